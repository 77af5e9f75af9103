"""Claims about planted worlds: what is recovered of a known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import ttest_rel

from neuropil.cohorts.joint.claims.bench import Bench, Measure
from neuropil.cohorts.joint.claims.pieces import (
    measure_pairing,
    recover_with_missing,
    recover_world,
    time_fit,
)
from neuropil.contracts import Claim, Finding, Piece, at_least, at_most, below, between
from neuropil.measures import find_mean

__all__ = ["WORLD_CLAIMS"]

_MODEL = "attention"
# Closed forms and the linear latent space, then networks, which a fast check leaves out.
_CLOSED = ("component-ridge", "partial-least-squares", "ajive", "curved", "linear-latent")
_RIVALS = (*_CLOSED, "product", "concatenation")
_RANDOM = "product-random"
# Worlds of each kind; every mean of these rows is over as many.
_SEEDS = 10
_NEEDS = "Needs real data, whose means and spectrum the planted world takes."
_NAMES = {
    "linear": "planted, linear",
    "uncoupled": "planted, linear, uncoupled",
    "nonlinear": "planted, nonlinear",
}

World = dict[str, Any]


def _worlds(bench: Bench, kind: str) -> list[World] | None:
    """Return what every model recovers of the worlds of one kind; None where data are wanting."""
    if kind == "nonlinear" and bench.data.source.synthetic:
        return None
    models = (_MODEL, *(("ajive", "curved") if bench.fast else _RIVALS))
    seeds = range(len(bench.seeds(_SEEDS)))
    pieces = [
        Piece(f"world-{kind}-{seed}", recover_world, (kind, seed, models, bench.config))
        for seed in seeds
    ]
    found: list[World] = bench.do_all(_NAMES[kind], pieces)
    return found


def _over_worlds(kind: str, measure: Any, note: Any = None) -> Measure:  # noqa: ANN401
    """Take ``measure(world)`` of every world; ``note(worlds)`` says what stands beside it."""

    def find(bench: Bench) -> Finding:
        worlds = _worlds(bench, kind)
        if worlds is None:
            return Finding.not_run(_NEEDS)
        said = note(worlds) if note else ""
        return find_mean([measure(world) for world in worlds], said, data=_NAMES[kind])

    return find


def _beside(quantity: str, form: str = ".4f") -> Any:  # noqa: ANN401
    """Say the mean of a quantity of every rival."""

    def say(worlds: list[World]) -> str:
        rivals = [name for name in worlds[0] if name in _RIVALS]
        means = {name: np.mean([world[name][quantity] for world in worlds]) for name in rivals}
        return "; ".join(f"{name} {mean:{form}}" for name, mean in means.items())

    return say


def _from_random_weights(bench: Bench) -> list[World]:
    """Return what a product of experts recovers of nonlinear worlds without a closed form."""
    pieces = [
        Piece(
            f"world-nonlinear-random-{seed}",
            recover_world,
            ("nonlinear", seed, (_RANDOM,), bench.config),
        )
        for seed in range(len(bench.seeds(_SEEDS)))
    ]
    found: list[World] = bench.do_all("planted, nonlinear, random weights", pieces)
    return found


def _gain(rival: str) -> Measure:
    """Compare the canonical correlation with a rival's, world by world."""

    def find(bench: Bench) -> Finding:
        worlds = _worlds(bench, "nonlinear")
        if worlds is None:
            return Finding.not_run(_NEEDS)
        rivals = _from_random_weights(bench) if rival == _RANDOM else worlds
        own = np.array([world[_MODEL]["canonical"] for world in worlds])
        other = np.array([world[rival]["canonical"] for world in rivals])
        gains = own - other
        p = float(ttest_rel(own, other).pvalue) if len(gains) > 1 else float("nan")
        note = f"Its mean: {other.mean():.4f}. Paired t-test over worlds: p = {p:.2g}."
        return find_mean(gains.tolist(), note, further={"p": p}, data=_NAMES["nonlinear"])

    return find


def _excess(world: World, model: str = _MODEL) -> float:
    return float(world[model]["mse"] / world["bayes_mse"])


def _count_rank(kind: str, rank: int) -> Measure:
    """Count the worlds in which the joint rank comes out as it was planted."""

    def find(bench: Bench) -> Finding:
        worlds = _worlds(bench, kind)
        assert worlds is not None
        ranks = [world[_MODEL]["n_joint"] for world in worlds]
        share = float(np.mean([each == rank for each in ranks]))
        said = f"Ranks found: {', '.join(map(str, ranks))}."
        return Finding(share, len(ranks), note=said, data=_NAMES[kind])

    return find


def _missing(bench: Bench) -> Finding:
    """Compare fits with and without the FC of three training subjects in ten."""
    pieces = [
        Piece(f"missing-{seed}", recover_with_missing, (seed, 0.3, bench.config))
        for seed in range(len(bench.seeds(_SEEDS)))
    ]
    found = bench.do_all("linear worlds, FC missing", pieces)
    costs = [each["complete"] - each["missing"] for each in found]
    with_all = np.mean([each["complete"] for each in found])
    return find_mean(costs, f"Complete: {with_all:.4f}.", data=_NAMES["linear"])


def _coverage(kind: str, cross: bool) -> Measure:
    """Take the coverage of 90 % intervals that is farther from 90 %, of SC and FC."""
    end = "_cross" if cross else ""

    def farther(world: World) -> float:
        both = [world[_MODEL][f"coverage_{name}{end}"] for name in ("SC", "FC")]
        return float(max(both, key=lambda each: abs(each - 0.9)))

    return _over_worlds(kind, farther)


def _time(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        # As many as in the other worlds of a fast check, so that nothing new is compiled.
        n = 500 if bench.fast else 1000
        found = bench.do("time", time_fit, n, bench.config)
        note = "Without stopping early; the processes of other claims may have run beside it."
        return Finding(found[quantity], n, note=note, data=_NAMES["linear"])

    return find


def _pairing(kind: str) -> Measure:
    def find(bench: Bench) -> Finding:
        name = f"pairing-{kind}"
        found = bench.do(name, measure_pairing, kind, bench.seed.root, bench.config)
        return Finding(found["p"], found["n"], note=f"Mantel's r {found['value']:.3f}.")

    return find


WORLD_CLAIMS = (
    Claim(
        "1-joint",
        "canonical correlation of joint coordinates with the planted ones, linear worlds",
        "r",
        at_least(0.95),
        _over_worlds("linear", lambda w: w[_MODEL]["canonical"], _beside("canonical")),
    ),
    Claim(
        "1-apart",
        "R^2 of the planted individual coordinates from the joint ones, larger of SC and FC",
        "1",
        at_most(0.05),
        _over_worlds(
            "linear",
            lambda w: max(w[_MODEL][f"joint_to_individual_{name}"] for name in ("SC", "FC")),
        ),
    ),
    Claim(
        "2-joint",
        "canonical correlation of joint coordinates with the planted ones, nonlinear worlds",
        "r",
        at_least(0.8),
        _over_worlds("nonlinear", lambda w: w[_MODEL]["canonical"], _beside("canonical")),
    ),
    Claim(
        "2-ajive",
        "its gain over AJIVE",
        "r",
        at_least(0.05) & below(0.05, of="p"),
        _gain("ajive"),
    ),
    Claim(
        "2-product",
        "its gain over a product of experts from random weights",
        "r",
        at_least(0.05) & below(0.05, of="p"),
        _gain(_RANDOM),
    ),
    Claim(
        "3-bayes",
        "squared error of FC from SC over that of the best possible prediction, linear worlds",
        "1",
        at_most(1.1),
        _over_worlds(
            "linear",
            _excess,
            lambda ws: "; ".join(
                f"{name} {np.mean([_excess(w, name) for w in ws]):.3f}"
                for name in ws[0]
                if name in _RIVALS
            ),
        ),
    ),
    Claim(
        "3-null",
        "R^2 of FC from SC where nothing couples them",
        "1",
        between(-0.02, 0.01),
        _over_worlds("uncoupled", lambda w: w[_MODEL]["r_squared"], _beside("r_squared")),
    ),
    Claim(
        "3-null-r",
        "demeaned r of FC from SC where nothing couples them",
        "r",
        between(-0.03, 0.03),
        _over_worlds("uncoupled", lambda w: w[_MODEL]["demeaned_r"]),
    ),
    Claim(
        "5-joint",
        "correlation of a trait with its prediction from the joint coordinates, over that from "
        "the planted ones",
        "1",
        at_least(0.9),
        _over_worlds("linear", lambda w: w[_MODEL]["trait_joint"] / w[_MODEL]["trait_truth"]),
    ),
    *(
        Claim(
            f"5-individual-{name}",
            f"correlation of a trait with its prediction from the individual coordinates of {name}",
            "r",
            between(-0.1, 0.1),
            _over_worlds("linear", lambda w, name=name: w[_MODEL][f"trait_{name}"]),
        )
        for name in ("SC", "FC")
    ),
    Claim(
        "6-linear",
        "p of the pairing of a coupled linear world",
        "p",
        below(0.01),
        _pairing("linear"),
    ),
    Claim(
        "b1-rank",
        "share of coupled linear worlds whose joint rank is found to be 5",
        "1",
        at_least(0.9),
        _count_rank("linear", 5),
    ),
    Claim(
        "b1-null",
        "share of uncoupled linear worlds whose joint rank is found to be 0",
        "1",
        at_least(0.9),
        _count_rank("uncoupled", 0),
    ),
    Claim(
        "b2-joint",
        "canonical correlation of joint coordinates with the planted ones, nonlinear worlds",
        "r",
        at_least(0.98),
        _over_worlds("nonlinear", lambda w: w[_MODEL]["canonical"], _beside("canonical")),
    ),
    Claim(
        "b2-error",
        "squared error of FC from SC (Fisher z), nonlinear worlds",
        "1",
        at_most(0.057),
        _over_worlds("nonlinear", lambda w: w[_MODEL]["mse"], _beside("mse", ".5f")),
    ),
    Claim(
        "b2-attention",
        "gain in canonical correlation of attention over concatenation",
        "r",
        None,
        _gain("concatenation"),
    ),
    Claim(
        "b2-product",
        "gain in canonical correlation of attention over a product of experts from the same start",
        "r",
        None,
        _gain("product"),
    ),
    Claim(
        "b4-apart",
        "R^2 of the planted joint coordinates from the individual ones, larger of SC and FC",
        "1",
        at_most(0.05),
        _over_worlds(
            "linear",
            lambda w: max(w[_MODEL][f"individual_to_joint_{name}"] for name in ("SC", "FC")),
        ),
    ),
    Claim(
        "b4-curved",
        "the same from their squares and products too",
        "1",
        at_most(0.05),
        _over_worlds(
            "linear",
            lambda w: max(w[_MODEL][f"individual_to_joint_{name}_curved"] for name in ("SC", "FC")),
        ),
    ),
    Claim(
        "b4-exchange",
        "AUC with which exchanged joint coordinates move the edges that carry them, smaller of SC "
        "and FC",
        "AUC",
        at_least(0.9),
        _over_worlds(
            "linear", lambda w: min(w[_MODEL][f"exchange_{name}"] for name in ("SC", "FC"))
        ),
    ),
    *(
        Claim(
            f"b5-{kind}{'-cross' if cross else ''}",
            f"coverage of 90 % intervals of {'predicted' if cross else 'rebuilt'} test edges, "
            f"{kind} worlds",
            "1",
            between(0.87, 0.93),
            _coverage(kind, cross),
        )
        for kind in ("linear", "nonlinear")
        for cross in (False, True)
    ),
    Claim(
        "b12",
        "cost in canonical correlation of missing FC in three training subjects of ten",
        "r",
        at_most(0.02),
        _missing,
    ),
    Claim(
        "12-fit",
        "time of 200 epochs on 1,000 subjects with 2,278 edges in two modalities",
        "s",
        at_most(300),
        _time("fit"),
    ),
    Claim("12-encode", "time to encode 1,000 subjects", "s", below(1), _time("encode")),
)
"""Claims about planted worlds."""
