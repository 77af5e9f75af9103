"""Claims about group maps: spread from a known seed, one human map, and nulls of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil.contracts import (
    Claim,
    Finding,
    above,
    at_least,
    at_most,
    between,
)
from neuropil.measures import share_interval, summarise_null
from neuropil.progression.claims.bench import Bench, Measure, needs_real
from neuropil.progression.claims.group_map_pieces import (
    MICE,
    STUDIES,
    TAU,
    explain_tau,
    follow_mice,
    follow_mice_by_chance,
    foretell_from_seeds,
)
from neuropil.progression.group_maps.graph_nulls import GraphNull

__all__ = ["GROUP_MAP_CLAIMS"]

# Percentiles of correlations settle to .003 with as many.
_RESAMPLES = 1000
_PLAIN, _EXPRESSED = "retrograde", "retrograde x Snca"
_OVER_MICE = "bootstrap over mice within months, the rate chosen anew"
# Places in what a piece returns, after the three months.
_MEAN, _UNSEEN = 3, 4
# By so much a graph must be better to count as better: less is within what a rate of the grid does.
_MARGIN = 0.005
_BEATEN = "null graphs of 100 that are worse"
_NULLS: dict[str, GraphNull] = {
    "weights put on any pair of regions": "weights",
    "regions exchanged, the seed in its place": "labels",
    "partners redrawn, degrees kept": "degrees",
    "partners redrawn, degrees and lengths kept": "lengths",
}


def _follow(bench: Bench, graph: str, group: str) -> dict[str, Any]:
    name = f"mice-{graph.replace(' ', '-')}-{group}"
    n = bench.config.maps.resamples
    found: dict[str, Any] = bench.do(name, follow_mice, graph, group, bench.seed.root, n)
    return found


def _report(found: dict[str, Any], place: int, note: str) -> Finding:
    low, high = found["low"][place], found["high"][place]
    value = found["r"][place]
    return Finding(value, found["n"], low, high, _OVER_MICE, note=note, data=MICE)


def _month(place: int) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _follow(bench, _PLAIN, "NTG")
        note = f"One rate, {found['rate']:.2f} a month, chosen by the mean over all three months."
        return _report(found, place, note)

    return find


def _rank(bench: Bench) -> Finding:
    found = _follow(bench, _PLAIN, "NTG")
    note = "Each of 116 regions is tried as the only seed, each with its own best rate."
    return Finding(found["rank"], 116, note=note, data=MICE)


def _with_expression(place: int, group: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found, plain = (_follow(bench, graph, group) for graph in (_EXPRESSED, _PLAIN))
        return _report(found, place, f"Without expression {plain['r'][place]:.3f}.")

    return find


def _from_seeds(bench: Bench) -> Finding:
    found = bench.do("studies-from-seed", foretell_from_seeds, bench.seed.root, _RESAMPLES)
    # Study by study, and not of the means: nine studies count, and none weighs more.
    gain = np.subtract(found["r"], found["retrograde"])
    low, high = found["interval"]
    lower, upper = found["gain"]
    note = (
        f"Retrograde alone {np.mean(found['retrograde']):.3f}, gain {gain.mean():.3f} "
        f"[{lower:.3f}, {upper:.3f}]; distance alone {found['distance']:.3f}. Graph and rate of "
        "each study by its earlier maps. Regions are upsampled: blocks of equal values are drawn."
    )
    return Finding(
        found["mean"],
        len(gain),
        low,
        high,
        "bootstrap over blocks of each study",
        further={"studies better than retrograde by .005": int((gain > _MARGIN).sum())},
        note=note,
        data=STUDIES,
    )


def _explain(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.do("human-tau", explain_tau, bench.seed.root, _RESAMPLES)
    return found


def _human(model: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _explain(bench)
        one = found[model]
        low, high = one["interval"]
        share = "" if one["spread"] is None else f", share of spread {one['spread']:.2f}"
        note = (
            f"SSE {one['sse']:.2f}, seed {one['seed']}{share}. Fitted to the map it is judged by."
        )
        how = "bootstrap over regions, both sides together; the fit stays"
        return Finding(one["r"], found["n"], low, high, how, note=note, data=TAU)

    return find


def _choice(bench: Bench) -> Finding:
    found = _explain(bench)
    # Growth and weighted growth have as many parameters; diffusion has one less.
    others = {name: found[name]["aicc"] for name in ("diffusion", "growth")}
    best = min(others, key=lambda name: others[name])
    note = f"The next best is {best}. One group map: no interval can be had."
    return Finding(others[best] - found["weighted growth"]["aicc"], 1, note=note, data=TAU)


def _beaten(name: str, null: GraphNull) -> Measure:
    def find(bench: Bench) -> Finding:
        n = bench.config.maps.nulls
        found = bench.do(f"mice-null-{null}", follow_mice_by_chance, null, bench.seed.root, n)
        # The interval is that of the mice themselves, which null graphs have no part in.
        mice = _follow(bench, _PLAIN, "NTG")
        drawn = np.array(found["drawn"])
        beaten = int((drawn < found["r"]).sum())
        low, high = (100 * limit for limit in share_interval(beaten, n))
        note = (
            f"Better than {beaten} of {n} null graphs, whose share is {low:.0f} to {high:.0f} of "
            f"100; the highest of them has {drawn.max():.3f}."
        )
        return Finding(
            found["r"],
            mice["n"],
            mice["low"][_UNSEEN],
            mice["high"][_UNSEEN],
            _OVER_MICE,
            summarise_null(name, drawn, found["r"], smaller_is_better=False),
            {_BEATEN: 100 * beaten / n},
            note,
            MICE,
        )

    return find


def _null_claims() -> tuple[Claim, ...]:
    claims = []
    for name, null in _NULLS.items():
        # Rewiring keeps what may carry the spread, such as degrees and lengths: it is no fair bar.
        bound = at_least(95, of=_BEATEN) if null in ("weights", "labels") else None
        what = f"r of retrograde spread at month 6, rate by months 1 and 3; null: {name}"
        claims.append(Claim(f"10-{null}", what, "r", bound, needs_real(_beaten(name, null))))
    return tuple(claims)


# fmt: off
GROUP_MAP_CLAIMS = (
    Claim("1-month-1", "r of retrograde spread, NTG mice, month 1", "r", between(.554, .564),
          needs_real(_month(0)), "0.559"),
    Claim("1-month-3", "r of retrograde spread, NTG mice, month 3", "r", between(.691, .701),
          needs_real(_month(1)), "0.696"),
    Claim("1-month-6", "r of retrograde spread, NTG mice, month 6", "r", between(.643, .653),
          needs_real(_month(2)), "0.648"),
    Claim("1-seed", "rank of the injected region among 116 seeds", "rank", at_most(2),
          needs_real(_rank)),
    Claim("2-mean", "mean r of spread weighted by Snca expression, NTG mice", "r", at_least(.68),
          needs_real(_with_expression(_MEAN, "NTG"))),
    Claim("2-held-out", "its r at month 6, rate by months 1 and 3, NTG mice", "r", at_least(.72),
          needs_real(_with_expression(_UNSEEN, "NTG"))),
    Claim("2-held-out-g20", "its r at month 6, rate by months 1 and 3, G20 mice", "r",
          at_least(.70), needs_real(_with_expression(_UNSEEN, "G20"))),
    Claim("3", "mean r of nine studies at the last time, from the seed", "r",
          at_least(.53) & at_least(7, of="studies better than retrograde by .005"),
          needs_real(_from_seeds)),
    Claim("4-diffusion", "r of diffusion with human tau PET", "r", between(.747, .757),
          needs_real(_human("diffusion")), "0.752"),
    Claim("4-growth", "r of spread and growth with human tau PET", "r", between(.788, .798),
          needs_real(_human("growth")), "0.793"),
    Claim("4-weighted", "r of growth weighted by amyloid with human tau PET", "r",
          between(.843, .853), needs_real(_human("weighted growth")), "0.848"),
    Claim("4-choice", "AICc of the next best model beyond that of growth weighted by amyloid", "1",
          above(0), needs_real(_choice)),
    *_null_claims(),
)
# fmt: on
"""Claims about group maps."""
