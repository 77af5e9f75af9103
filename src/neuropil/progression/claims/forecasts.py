"""Claims about later maps: nine studies and two groups of mice, from the state that was seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import (
    Claim,
    Finding,
    NullSummary,
    Piece,
    above,
    at_least,
)
from neuropil.measures import share_interval, summarise_null
from neuropil.progression.claims.bench import Bench, Measure, needs_real
from neuropil.progression.claims.forecast_pieces import (
    MOUSE_GRAPH,
    foretell_groups,
    foretell_groups_by_chance,
    foretell_studies,
    foretell_studies_by_chance,
)
from neuropil.progression.claims.group_map_pieces import MICE, STUDIES
from neuropil.progression.forecasts.prior_graphs import BOTH
from neuropil.progression.forecasts.validation import LeaveOut
from neuropil.progression.group_maps.graph_nulls import GraphNull

__all__ = ["FORECAST_CLAIMS"]

# Percentiles of the mean over nine studies settle to .002 with as many.
_RESAMPLES = 1000
# Draws of one piece of work: half a minute on one core, so that little is lost by an interruption.
_BLOCK = 20
# The level at which a null is said to do as well, as is usual.
_CHANCE = 0.05
_OVER_BLOCKS = "bootstrap over blocks of each study; the fits stay"
_BETTER = "studies better than persistence"
_EXCHANGED = "regions of the graph exchanged, the whole recipe repeated"
_SOURCES = ("tracts", "cell types", "distance")


def _slug(*words: str) -> str:
    return "-".join(words).replace(" ", "-")


def _foretell(
    bench: Bench, recipe: str, source: str = BOTH, leave_out: LeaveOut = "study"
) -> dict[str, Any]:
    name = _slug("forecasts", recipe, source, leave_out)
    found: dict[str, Any] = bench.do(
        name, foretell_studies, recipe, source, leave_out, bench.seed.root, _RESAMPLES
    )
    return found


def _by_chance(
    bench: Bench, recipe: str, source: str = BOTH, leave_out: LeaveOut = "study"
) -> npt.NDArray[np.float64]:
    """Return r of each study on each null graph, (draws, studies)."""
    n, seed = bench.config.maps.nulls, bench.seed.root
    name = _slug("forecasts-null", recipe, source, leave_out)
    pieces = [
        Piece(
            f"{name}-{first}",
            foretell_studies_by_chance,
            (recipe, source, leave_out, seed, (first, min(first + _BLOCK, n))),
        )
        for first in range(0, n, _BLOCK)
    ]
    parts = bench.do_all(f"null graphs, {recipe}, {source}", pieces)
    return np.concatenate([np.array(part) for part in parts])


def _summarise(drawn: npt.NDArray[np.float64], observed: float) -> NullSummary:
    return summarise_null(_EXCHANGED, drawn, observed, smaller_is_better=False)


def _does_as_well(null: NullSummary | None) -> bool:
    # A reader must not take the gain over persistence for a gain by the graph.
    return null is not None and null.p is not None and null.p > _CHANCE


def _report(found: dict[str, Any], note: str, null: NullSummary | None = None) -> Finding:
    low, high = found["interval"]
    lower, upper = found["gain"]
    persistence = float(np.mean(found["persistence"]))
    sure = sum(limits[0] > 0 for limits in found["gain_intervals"])
    said = (
        f"Persistence {persistence:.3f}, gain {found['mean'] - persistence:.3f} [{lower:.3f}, "
        f"{upper:.3f}], better in {found['better']} of {len(found['r'])} studies and surely so "
        f"in {sure}."
    )
    return Finding(
        found["mean"],
        len(found["r"]),
        low,
        high,
        _OVER_BLOCKS,
        null,
        {_BETTER: found["better"]},
        f"{said} {note}".strip(),
        STUDIES,
    )


def _forecast(recipe: str, leave_out: LeaveOut, note: str, *, null: bool = False) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _foretell(bench, recipe, leave_out=leave_out)
        drawn = _by_chance(bench, recipe, leave_out=leave_out).mean(axis=1) if null else None
        summary = None if drawn is None else _summarise(drawn, found["mean"])
        said = "" if drawn is None else f"Highest of the null {drawn.max():.3f}."
        if _does_as_well(summary):
            said += " Exchanged graphs do as well: what helps is other studies, and not the graph."
        return _report(found, f"{note} {said}".strip(), summary)

    return find


def _graph_adds(bench: Bench) -> Finding:
    with_graph, without = (_foretell(bench, recipe) for recipe in ("all", "without graph"))
    # The same blocks are drawn for both recipes, so that what they share cancels.
    drawn = np.subtract(with_graph["drawn"], without["drawn"])
    low, high = np.percentile(drawn, [2.5, 97.5])
    note = (
        f"With a graph to choose {with_graph['mean']:.3f}, without one {without['mean']:.3f}: what "
        "other studies tell of a region holds what its neighbours would."
    )
    value = with_graph["mean"] - without["mean"]
    n = len(with_graph["r"])
    return Finding(value, n, float(low), float(high), _OVER_BLOCKS, note=note, data=STUDIES)


def _source(source: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _foretell(bench, "graph", source)
        drawn = _by_chance(bench, "graph", source).mean(axis=1)
        mice = _foretell_mice(bench)
        # The mice have another space, and the sources that it knows.
        name = {"tracts": MOUSE_GRAPH, "distance": "1/distance"}.get(source)
        values = [f"{group} {one['sources'][name]:.3f}" for group, one in mice.items() if name]
        tenth = (
            f"The tenth set, along {name}: {', '.join(values)}."
            if name
            else ("The tenth set has no cell types.")
        )
        return _report(found, tenth, _summarise(drawn, found["mean"]))

    return find


def _foretell_mice(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.do("forecasts-mice", foretell_groups, bench.seed.root, _RESAMPLES)
    return found


def _mice_by_chance(bench: Bench, null: GraphNull) -> dict[str, list[float]]:
    n, seed = bench.config.maps.nulls, bench.seed.root
    pieces = [
        Piece(
            f"forecasts-mice-{null}-{first}",
            foretell_groups_by_chance,
            (null, seed, (first, min(first + _BLOCK, n))),
        )
        for first in range(0, n, _BLOCK)
    ]
    parts = bench.do_all(f"null graphs of the mice, {null}", pieces)
    return {name: [r for part in parts for r in part[name]] for name in parts[0]}


def _mice(group: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _foretell_mice(bench)[group]
        labels, weights = (
            np.array(_mice_by_chance(bench, null)[group]) for null in ("labels", "weights")
        )
        worse = int((weights < found["r"]).sum())
        low, high = found["interval"]
        lower, upper = found["gain"]
        note = (
            f"Persistence of mean logarithms {found['persistence']:.3f}, gain [{lower:.3f}, "
            f"{upper:.3f}]; of the logarithm of means {found['logarithm']:.3f}. Without a graph "
            f"{found['no graph']:.3f}, without the other group {found['own']:.3f}. Null: highest "
            f"{labels.max():.3f}; weights put on any pair are worse in {worse} of {weights.size}. "
            f"Ceiling {found['ceiling']:.3f}. The month was seen when the recipe was sought."
        )
        null = summarise_null(
            "regions exchanged, the seed kept, rates and weights fitted anew",
            labels,
            found["r"],
            smaller_is_better=False,
        )
        if _does_as_well(null):
            note += " That the graph helps here is not established."
        return Finding(
            found["r"],
            found["n"],
            low,
            high,
            "bootstrap over regions, both sides together; the fits stay",
            null,
            note=note,
            data=MICE,
        )

    return find


def _benchmark(bench: Bench) -> Finding:
    """Count the sets that have every column of the table."""
    found, mice = _foretell(bench, "all"), _foretell_mice(bench)
    nulls = [_by_chance(bench, "graph", source) for source in _SOURCES]
    # Counted and not asserted: a set without a null or a source would not be in the table.
    complete = [
        all(np.isfinite(null[:, place]).all() for null in nulls)
        for place in range(len(found["names"]))
    ]
    drawn = _mice_by_chance(bench, "labels")
    tenth = all(np.isfinite(drawn[group]).all() for group in mice)
    groups = list(mice.values())
    sources = min(len(_SOURCES), *(len(one["sources"]) for one in groups))
    # Both groups come from one experiment, and so are one set.
    better = found["better"] + int(
        np.mean([one["r"] for one in groups]) > np.mean([one["persistence"] for one in groups])
    )
    n = sum(complete) + tenth
    lines = [
        f"{name} {r:.2f} ({before:.2f})"
        for name, r, before in zip(found["names"], found["r"], found["persistence"], strict=True)
    ]
    lines += [f"{name} {one['r']:.2f} ({one['persistence']:.2f})" for name, one in mice.items()]
    note = f"Forecast (persistence): {', '.join(lines)}. Better in {better} of {n} sets."
    return Finding(n, n, further={"sources of graphs in each set": sources}, note=note, data="both")


def _better(bench: Bench) -> Finding:
    found, mice = _foretell(bench, "all"), list(_foretell_mice(bench).values())
    both = [np.mean([one[name] for one in mice]) for name in ("r", "persistence")]
    better, n = found["better"] + int(both[0] > both[1]), len(found["r"]) + 1
    low, high = (n * limit for limit in share_interval(better, n))
    note = "Two groups of mice are one set, by the mean of their r."
    return Finding(better, n, low, high, f"Wilson interval over {n} sets", note=note, data="both")


_PARTS = {
    "graph": ("B1-graph", "state and neighbours on the graph alone", True),
    "susceptibility": ("B1-susceptibility", "state and susceptibility alone, no graph", False),
    "other maps": ("B1-other-maps", "state and the last maps of other studies alone", False),
    "without graph": ("B1-without-graph", "all but the graph", False),
}

# fmt: off
FORECAST_CLAIMS = (
    Claim("B1", "mean r of nine studies at the last time, from the state, one study left out",
          "r", at_least(.785) & at_least(8, of=_BETTER),
          needs_real(_forecast("all", "study", "", null=True))),
    Claim("B1-laboratory", "the same, all studies of a laboratory left out", "r", at_least(.775),
          needs_real(_forecast("all", "laboratory", ""))),
    Claim("B1-own", "the same by the study's own earlier times alone: state and neighbours", "r",
          above(.755) & at_least(6, of=_BETTER),
          needs_real(_forecast("own", "all others", "One penalty, not chosen.", null=True))),
    *(Claim(name, f"the same from {what}", "r", None,
            needs_real(_forecast(recipe, "study", "", null=null)))
      for recipe, (name, what, null) in _PARTS.items()),
    Claim("B1-graph-adds", "mean r that the graph adds to what other studies tell", "r", None,
          needs_real(_graph_adds)),
    Claim("B2-ntg", "r at month 6 from months 1 and 3, NTG mice", "r", at_least(.85),
          needs_real(_mice("NTG"))),
    Claim("B2-g20", "r at month 6 from months 1 and 3, G20 mice", "r", at_least(.84),
          needs_real(_mice("G20"))),
    Claim("B5", "sets with forecast, persistence, null graphs and several sources of graphs",
          "sets", at_least(10) & at_least(3, of="sources of graphs in each set"),
          needs_real(_benchmark)),
    Claim("B5-better", "sets whose last map is foretold better than by persistence", "sets", None,
          needs_real(_better)),
    *(Claim(_slug("B5", source), f"mean r of nine studies from state and neighbours: {source}",
            "r", None, needs_real(_source(source))) for source in _SOURCES),
)
# fmt: on
"""Claims about later maps."""
