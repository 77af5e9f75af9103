"""Cached pieces of work of the claims about later maps: nine studies, and two groups of mice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Visits
from neuropil.contracts import SeedTree
from neuropil.progression.claims.group_map_pieces import STUDIES, load_mice
from neuropil.progression.data import COMPANIONS, read_graphs
from neuropil.progression.forecasts.animals import (
    OFFSET,
    GroupForecaster,
    average_logarithms,
    compare_logarithms,
    keep_before,
)
from neuropil.progression.forecasts.prior_graphs import build_prior_graphs
from neuropil.progression.forecasts.recipes import RECIPES
from neuropil.progression.forecasts.study_maps import StudyMaps, read_studies
from neuropil.progression.forecasts.validation import (
    Forecast,
    LeaveOut,
    foretell_by_chance,
    foretell_last_maps,
    score_forecasts,
)
from neuropil.progression.group_maps.animals import AnimalGroup, measure_distances
from neuropil.progression.group_maps.graph_nulls import GraphNull, draw_graph_nulls
from neuropil.progression.group_maps.scoring import correlate_maps

__all__ = [
    "MOUSE_GRAPH",
    "foretell_groups",
    "foretell_groups_by_chance",
    "foretell_studies",
    "foretell_studies_by_chance",
]

Array = npt.NDArray[np.float64]

MOUSE_GRAPH = "retrograde x Snca"
"""The graph of the mice's recipe: what a region takes up is weighted by the protein it makes."""

# The last time of the mice, which nothing may see that is fitted [month].
_HELD_OUT = 6.0


def _load_studies() -> tuple[tuple[StudyMaps, ...], dict[str, Array], Array]:
    visits = datasets.load(STUDIES, kind=Visits)
    wiring = read_graphs(COMPANIONS[STUDIES], visits.region_names)
    graphs = build_prior_graphs(visits.parcellation, wiring)
    return read_studies(visits), graphs, visits.parcellation.regions["injection_side"].to_numpy()


def foretell_studies(
    recipe: str, source: str, leave_out: LeaveOut, seed: int, resamples: int
) -> dict[str, Any]:
    """Foretell the last map of each of nine studies.

    Parameters
    ----------
    recipe : str
        One of :data:`RECIPES`.
    source : str
        Graph, by the name that :func:`build_prior_graphs` gives it.
    leave_out : {"study", "laboratory", "all others"}
        What the forecast does not see beside the last map.
    seed : int
        Of the resampling; blocks are drawn alike for all recipes, so that they can be compared.
    resamples : int
        Draws of blocks.

    Returns
    -------
    dict
        Of each study ``names``, ``r``, ``persistence``, ``intervals``, ``gain_intervals``,
        ``features`` and ``coefficients``; the ``mean`` with its ``interval`` and that of the
        ``gain``; ``drawn``, the mean in each resample; and the number of ``blocks``.
    """
    # Loaded in each piece: pieces are done in processes of their own, and loading takes a second.
    studies, graphs, sides = _load_studies()
    forecasts = foretell_last_maps(
        studies, graphs[source], RECIPES[recipe], leave_out=leave_out, sides=sides
    )
    scores = score_forecasts(forecasts, SeedTree(seed), resamples)
    return {
        "names": [one.name for one in forecasts],
        "r": scores.r.tolist(),
        "persistence": scores.persistence.tolist(),
        "intervals": scores.intervals.tolist(),
        "gain_intervals": scores.gain_intervals.tolist(),
        "features": [list(one.features) for one in forecasts],
        "coefficients": [list(one.coefficients) for one in forecasts],
        "mean": scores.mean,
        "interval": list(scores.mean_interval),
        "gain": list(scores.mean_gain_interval),
        "better": scores.n_better,
        "drawn": scores.drawn.mean(axis=0).tolist(),
        "blocks": [int(one.block.max()) + 1 for one in forecasts],
    }


def foretell_studies_by_chance(
    recipe: str, source: str, leave_out: LeaveOut, seed: int, draws: tuple[int, int]
) -> list[list[float]]:
    """Do the same with graphs whose regions were exchanged.

    Parameters
    ----------
    recipe, source, leave_out, seed
        As of :func:`foretell_studies`.
    draws : (int, int)
        First draw, and the one after the last: blocks of draws are pieces of their own.

    Returns
    -------
    list of list of float
        r of each study, one list a draw.
    """
    studies, graphs, _ = _load_studies()
    drawn = foretell_by_chance(
        studies,
        graphs[source],
        RECIPES[recipe],
        SeedTree(seed).child(f"exchanged {source}"),
        range(*draws),
        leave_out=leave_out,
    )
    return drawn.tolist()


def _foretell(
    groups: Mapping[str, AnimalGroup], laplacian: Array | None, *, pooled: bool = True
) -> dict[str, Array]:
    """Foretell each group from earlier months, by coefficients of all groups or of its own."""
    seen = [keep_before(one, _HELD_OUT) for one in groups.values()]
    if pooled:
        return GroupForecaster(laplacian).fit(seen).predict(_HELD_OUT)
    # Without pooling the other group is hidden too: what is left is what one group alone gives.
    alone = [GroupForecaster(laplacian, others=False).fit([one]) for one in seen]
    return {name: each for model in alone for name, each in model.predict(_HELD_OUT).items()}


def foretell_groups(seed: int, resamples: int) -> dict[str, Any]:
    """Foretell both groups of mice at six months, from mice at one and three.

    Returns
    -------
    dict
        Of each group ``r`` with its ``interval`` over pairs of regions of both sides, and the
        interval of its ``gain`` over persistence; ``persistence`` of the mean of logarithms and of
        the ``logarithm`` of the mean; r of the same recipe with each graph (``sources``) and with
        none (``no graph``); ``own``, without other groups; the ``ceiling``; and ``n`` regions.
    """
    visits, groups, candidates = load_mice()
    laplacians = {name: one.laplacian() for name, one in candidates.items()}
    best = _foretell(groups, laplacians[MOUSE_GRAPH])
    own = _foretell(groups, laplacians[MOUSE_GRAPH], pooled=False)
    alone = _foretell(groups, None)
    tried = {name: _foretell(groups, each) for name, each in laplacians.items()}
    # Both sides of a region are no two facts and are drawn together; the first letter is the side.
    pairs = np.array([name[1:] for name in visits.parcellation.regions["name"]])
    found = {}
    for name, group in groups.items():
        truth, seen = group.average().values[-1], keep_before(group, _HELD_OUT)
        *_, state = average_logarithms(seen).values()
        plain = np.log10(seen.average().values[-1] + OFFSET)
        forecast = _compare(name, best[name], state, truth, pairs)
        scores = score_forecasts([forecast], SeedTree(seed), resamples)
        found[name] = {
            "r": scores.mean,
            "interval": list(scores.mean_interval),
            "gain": list(scores.mean_gain_interval),
            "persistence": float(scores.persistence[0]),
            "logarithm": compare_logarithms(truth, plain),
            "no graph": compare_logarithms(truth, alone[name]),
            "own": compare_logarithms(truth, own[name]),
            "sources": {each: compare_logarithms(truth, one[name]) for each, one in tried.items()},
            "ceiling": _find_ceiling(group.values[group.times == _HELD_OUT]),
            "n": forecast.truth.size,
        }
    return found


def _compare(
    name: str, predicted: Array, rival: Array, mean: Array, pairs: npt.NDArray[np.str_]
) -> Forecast:
    """Put a forecast beside the logarithm of a mean map, over regions that have pathology."""
    used = mean > 0
    block = np.unique(pairs[used], return_inverse=True)[1].astype(np.int64)
    return Forecast(name, predicted[used], rival[used], np.log10(mean[used]), block)


def _find_ceiling(animals: Array) -> float:
    """Return the highest r that a map without noise could have with the mean of few animals.

    References
    ----------
    Spearman 1910 and Brown 1910, British Journal of Psychology 3:271 and 3:296, for the
    reliability of a whole from that of its halves.
    """
    n = len(animals)
    halves = []
    # All halves and not some that were drawn: of six or seven mice there are 20 or 35.
    for half in combinations(range(n), n // 2):
        rest = np.setdiff1d(np.arange(n), half)
        one, two = (_average_known(animals[list(part)]) for part in (half, rest))
        halves.append(correlate_maps(one, two, logarithm=True))
    # Of halves; the whole group is more reliable, and its square root is what r can reach.
    reliability = float(np.mean(halves))
    return float(np.sqrt(2 * reliability / (1 + reliability)))


def _average_known(animals: Array) -> Array:
    known = np.isfinite(animals)
    counts = known.sum(axis=0)
    return np.where(
        counts > 0, np.where(known, animals, 0).sum(axis=0) / np.maximum(counts, 1), np.nan
    )


def foretell_groups_by_chance(
    null: GraphNull, seed: int, draws: tuple[int, int]
) -> dict[str, list[float]]:
    """Foretell both groups along null graphs; the rate and the weights are fitted anew on each.

    Wiring is drawn, and the expression of each region stays.

    Returns
    -------
    dict
        Of each group r, one a draw.
    """
    visits, groups, candidates = load_mice()
    candidate = candidates[MOUSE_GRAPH]
    start, lengths = next(iter(groups.values())).start, measure_distances(visits)
    found: dict[str, list[float]] = {name: [] for name in groups}
    for draw in range(*draws):
        child = SeedTree(seed).child(f"{null} {draw}")
        [drawn] = draw_graph_nulls(candidate.weights, null, 1, child, start=start, lengths=lengths)
        forecasts = _foretell(groups, candidate.laplacian(drawn))
        for name, group in groups.items():
            found[name].append(compare_logarithms(group.average().values[-1], forecasts[name]))
    return found
