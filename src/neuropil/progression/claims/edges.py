"""Claims about edges: how far data move a prior, and whether the probabilities are honest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from neuropil.contracts import (
    Bound,
    Claim,
    DataUnavailableError,
    Finding,
    at_least,
    at_most,
    below,
)
from neuropil.datasets import load_measured_views
from neuropil.progression.claims.bench import Bench, Measure
from neuropil.progression.claims.edges_pieces import (
    EdgeCase,
    OddsForm,
    fit_with_penalty,
    infer_halves,
    infer_planted,
)
from neuropil.progression.edges.penalised import PenaltyPlan
from neuropil.progression.edges.posterior import EdgePlan
from neuropil.progression.edges.sampler import SlabPlan

__all__ = ["EDGE_CLAIMS"]

_NEEDS = "Needs real data: the bound is of a graph mixed from measured views."
_DATA = "planted progression, multi-pattern"
_OVER_PAIRS, _OVER_DRAWS = "bootstrap over pairs", "range over draws"

# New people, new noise and new answers in each; the graph is the same.
_DRAWS = ((1, 11), (2, 12), (3, 13))
"""Seeds of people and of the elicitor; the first pair is that of the published draws."""
_DENSITIES = (0.1, 0.2, 0.3)
"""Densities that a user may believe in, of a graph of density .2."""
# A doubt of 1 in the logit: a density believed to be .2 may as well be .08 or .4.
_DOUBT = 1.0
# Where the posterior begins: a sixth of the published steps bring the graph near enough.
_START = PenaltyPlan(alignments=3, steps=50)
# Enough to run every line, not to find anything.
_TINY_PLAN = PenaltyPlan(alignments=1, steps=3)
_TINY_SLAB = {"chains": 2, "burn_in": 2, "sweeps": 4}


def _needs_views(measure: Measure) -> Measure:
    """Measure on measured views alone, or on generated ones in a fast check."""

    def find(bench: Bench) -> Finding:
        if not bench.fast:
            try:
                load_measured_views()
            except DataUnavailableError:
                return Finding.not_run(_NEEDS)
        return measure(bench)

    return find


def _fit(bench: Bench, case: EdgeCase, plan: PenaltyPlan) -> dict[str, Any]:
    """Return the penalised fit of a case; each is done once, whoever asks for it."""
    if bench.fast:
        case, plan = EdgeCase(permuted=case.permuted, small=True), _TINY_PLAN
    kind = "free" if plan.free else f"{plan.penalty:g}-{plan.steps}"
    name = f"edges-penalty-{kind}-{_name(case)}" + ("-estimated" if plan.estimated else "")
    return dict(bench.do(name, fit_with_penalty, case, plan))


def _infer(
    bench: Bench, case: EdgeCase, form: OddsForm, density: float = 0.2, estimated: bool = False
) -> dict[str, Any]:
    """Return the posterior of a case, begun from its penalised fit."""
    start = _fit(bench, case, replace(_START, estimated=estimated))
    plan = EdgePlan(SlabPlan(density=density, doubt=_DOUBT))
    if bench.fast:
        case, density = EdgeCase(small=True), 0.2
        plan = EdgePlan(SlabPlan(doubt=_DOUBT, **_TINY_SLAB), rounds=1)
    name = f"edges-{form}-{density:g}-{_name(case)}" + ("-estimated" if estimated else "")
    return dict(bench.do(name, infer_planted, case, start, form, plan, estimated))


def _name(case: EdgeCase) -> str:
    parts = [f"{case.seed}", f"{case.elicitor}", case.strength]
    return "-".join(parts + ["permuted"] * case.permuted + ["small"] * case.small)


def _say(found: dict[str, Any]) -> str:
    """Say the areas of prior and posterior, each of all edges and of absent ones."""
    (prior, hidden), (after, hidden_after) = found["prior"], found["posterior"]
    return (
        f"Prior {prior:.3f}, absent edges {hidden:.3f}; posterior {after:.3f}, {hidden_after:.3f}; "
        f"squared error {found['sse']:.2f} (planted course {found['oracle']:.2f})."
    )


def _strong(bench: Bench) -> Finding:
    found = _fit(bench, EdgeCase(strength="strong"), PenaltyPlan())
    return _find_area(found, _say(found))


def _find_area(found: dict[str, Any], note: str) -> Finding:
    further = {"absent edges": found["posterior"][1]}
    area, (low, high) = found["posterior"][0], found["area"]
    return Finding(area, found["n"], low, high, _OVER_PAIRS, further=further, note=note, data=_DATA)


_PERMUTED = EdgeCase(permuted=True)


def _wrong_error(bench: Bench) -> Finding:
    found, free = (
        _fit(bench, _PERMUTED, PenaltyPlan()),
        _fit(bench, EdgeCase(), PenaltyPlan(free=True, steps=50)),
    )
    note = (
        f"{_say(found)} Free graph: squared error {free['sse']:.2f}, area "
        f"{free['posterior'][0]:.3f}."
    )
    return Finding(found["sse"] / free["sse"], found["n"], note=note, data=_DATA)


def _wrong_moved(bench: Bench) -> Finding:
    found = _fit(bench, _PERMUTED, PenaltyPlan())
    note = f"{_say(found)} Of true edges: {found['moved']['edges']:.3f}."
    return Finding(found["moved"]["wrong"], found["n"], note=note, data=_DATA)


def _wrong_gap(bench: Bench) -> Finding:
    found = _fit(bench, _PERMUTED, PenaltyPlan())
    edges, wrong = found["moved"]["edges"], found["moved"]["wrong"]
    note = f"True edges {edges:.3f}, permuted pairs that are none {wrong:.3f}."
    return Finding(edges - wrong, found["n"], note=note, data=_DATA)


def _wrong_area(bench: Bench) -> Finding:
    found = _fit(bench, _PERMUTED, PenaltyPlan())
    return _find_gain(found, _say(found))


def _find_gain(found: dict[str, Any], note: str) -> Finding:
    gain = found["posterior"][0] - found["prior"][0]
    low, high = found["gain"]
    return Finding(gain, found["n"], low, high, _OVER_PAIRS, note=note, data=_DATA)


def _each_draw(bench: Bench, form: OddsForm) -> list[dict[str, Any]]:
    draws = _DRAWS[:1] if bench.fast else _DRAWS
    return [_infer(bench, EdgeCase(*draw), form) for draw in draws]


def _recovered(form: OddsForm) -> Measure:
    def measure(bench: Bench) -> Finding:
        found = _each_draw(bench, form)
        areas = [one["posterior"][0] for one in found]
        # Each at its worst, not all of one draw: the claim is about every draw.
        further = {
            "absent edges": min(one["posterior"][1] for one in found),
            "squared error": max(one["sse"] / one["oracle"] for one in found),
        }
        note = "The worst draw decides. " + " ".join(map(_say, found))
        low, high = min(areas), max(areas)
        return Finding(
            low, len(found), low, high, _OVER_DRAWS, further=further, note=note, data=_DATA
        )

    return measure


def _permuted_posterior(bench: Bench) -> Finding:
    found = _infer(bench, _PERMUTED, "ranks")
    return _find_gain(found, f"{_say(found)} Calibration error {found['calibration']:.3f}.")


def _halves(bench: Bench) -> Finding:
    case = EdgeCase(small=bench.fast)
    start = _fit(bench, EdgeCase(), _START)
    slab = SlabPlan(doubt=_DOUBT, **(_TINY_SLAB if bench.fast else {}))
    plan = EdgePlan(slab, rounds=1)
    found = bench.do("edges-halves", infer_halves, case, start, "ranks", plan)
    note = f"Of the weights themselves, which the prior fixes: {found['weights']:.3f}."
    return Finding(found["change"], found["n"], note=note, data=_DATA)


def _estimated(bench: Bench) -> Finding:
    found = _infer(bench, EdgeCase(), "ranks", estimated=True)
    known = _infer(bench, EdgeCase(), "ranks")
    note = (
        f"{_say(found)} Calibration error {found['calibration']:.3f}. With all of them known: "
        f"{known['posterior'][0]:.3f}, {known['posterior'][1]:.3f}. Given: pattern of each person "
        "and the region where each pattern begins."
    )
    return _find_area(found, note)


def _calibrated(bench: Bench) -> Finding:
    densities: Sequence[float] = (0.2,) if bench.fast else _DENSITIES
    # The same people and answers: only what the user believes differs.
    found = [_infer(bench, EdgeCase(), "ranks", density) for density in densities]
    errors = [one["calibration"] for one in found]
    parts = [
        f"{density:g}: {one['calibration']:.3f} (prior {one['prior_calibration']:.3f}, density "
        f"learnt {one['density']:.3f})"
        for density, one in zip(densities, found, strict=True)
    ]
    note = f"The worst density believed in decides; error at each: {'; '.join(parts)}."
    low, high = min(errors), max(errors)
    how = "range over densities"
    return Finding(high, found[0]["n"], low, high, how, note=note, data=_DATA)


def _unidentifiable(bench: Bench) -> Finding:
    found = _infer(bench, EdgeCase(), "ranks")
    words: list[str] = []
    for name, key in (("there", "among_others"), ("elsewhere", "among_moved")):
        before, after = found[key]
        if before is not None:
            words.append(f"{name} the area goes from {before:.3f} to {after:.3f}")
    note = f"Odds moved by a factor below 1.6; {', '.join(words)}."
    return Finding(1 - found["identifiable"], found["n"], note=note, data=_DATA)


def _claim(name: str, what: str, unit: str, bound: Bound | None, measure: Measure) -> Claim:
    return Claim(name, what, unit, bound, _needs_views(measure))


_AREA = "area under the curve of planted edges"

# fmt: off
EDGE_CLAIMS = (
    _claim("6-strong", f"{_AREA}, strong joint prior, four patterns", "AUC",
           at_least(0.93) & at_least(0.82, of="absent edges"), _strong),
    _claim("8-error", "squared error with a prior of which 30 % are permuted, as a multiple of "
           "that of a free graph", "1", below(1.02), _wrong_error),
    _claim("8-permuted", "mean log ratio of posterior to prior of permuted pairs that are no edges",
           "1", below(0), _wrong_moved),
    _claim("8-gap", "by how much that of true edges is larger", "1", at_least(0.25), _wrong_gap),
    _claim("8-area", f"gain in {_AREA} over the permuted prior", "AUC", at_least(0.04),
           _wrong_area),
    _claim("B3", f"{_AREA}, weak joint prior, three draws", "AUC",
           at_least(0.87) & at_least(0.70, of="absent edges") & at_most(1.02, of="squared error"),
           _recovered("ranks")),
    _claim("B3-odds", f"{_AREA}, the elicitor's odds and views, three draws", "AUC",
           at_least(0.89) & at_least(0.70, of="absent edges") & at_most(1.02, of="squared error"),
           _recovered("probabilities")),
    _claim("B3-permuted", f"gain in {_AREA} over the permuted prior, by the posterior", "AUC",
           None, _permuted_posterior),
    _claim("B3-halves", "agreement of the changes of log-odds between halves of the people", "r",
           None, _halves),
    _claim("B3-estimated", f"{_AREA} with capacity, initial states and noise estimated", "AUC",
           None, _estimated),
    _claim("B4", "calibration error over ten bins, for densities believed to be .1 to .3", "1",
           at_most(0.05), _calibrated),
    _claim("B4-flag", "share of the pairs whose odds the data did not move", "1", None,
           _unidentifiable),
)
# fmt: on
