"""Cached pieces of work of the claims about group maps: spread from the seed, and one human map."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Connectome, Visits
from neuropil.contracts import SeedTree
from neuropil.progression.data import COMPANIONS, find_start, read_graphs
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.dynamics.laplacians import build_laplacian, mix_directions, mix_graphs
from neuropil.progression.forecasts.prior_graphs import correlate_densities
from neuropil.progression.forecasts.study_maps import StudyMaps, read_studies
from neuropil.progression.forecasts.validation import Forecast, score_forecasts
from neuropil.progression.group_maps.animals import (
    AnimalGroup,
    CandidateGraph,
    list_candidates,
    measure_distances,
    split_groups,
)
from neuropil.progression.group_maps.coupled import MapFit, MapTarget, fit_map
from neuropil.progression.group_maps.graph_nulls import GraphNull
from neuropil.progression.group_maps.judging import judge_graphs, judge_nulls
from neuropil.progression.group_maps.spread import (
    LINEAR_PROTOCOL,
    RateFit,
    choose_graph,
    fit_rate,
    score_seeds,
)

__all__ = [
    "MICE",
    "STUDIES",
    "TAU",
    "explain_tau",
    "follow_mice",
    "follow_mice_by_chance",
    "foretell_from_seeds",
    "load_mice",
]

Array = npt.NDArray[np.float64]

MICE, STUDIES, TAU = "henderson2019-asyn", "nexis-mouse", "ucl-tau"
"""The datasets."""

# Shares of the protocol from which a graph is chosen for each study without its last map.
_DIRECTIONS = (0.0, 0.5, 1.0)
_CELL_TYPES = (0.0, 0.25, 0.5, 0.75)


def load_mice() -> tuple[Visits, dict[str, AnimalGroup], dict[str, CandidateGraph]]:
    """Load mice with alpha-synuclein pathology: visits, groups and graphs, both by name."""
    visits = datasets.load(MICE, kind=Visits)
    start = find_start(visits)
    if start is None:
        # Facts of the file that its reader has checked.
        raise AssertionError("the mice have a seed")
    graphs = read_graphs(COMPANIONS[MICE], visits.region_names)
    candidates = {one.name: one for one in list_candidates(visits, graphs)}
    return visits, {one.name: one for one in split_groups(visits, start)}, candidates


def follow_mice(graph: str, group: str, seed: int, resamples: int) -> dict[str, Any]:
    """Choose the rate of spread from the seed, by all months and by all but the last.

    Parameters
    ----------
    graph : str
        Along what, by the names of :func:`list_candidates`.
    group : str
        Which mice.
    seed : int
        Of the resampling of mice.
    resamples : int
        How often; the rate is chosen anew each time.

    Returns
    -------
    dict
        ``r`` at each month, then their mean and r at the held-out last month, with ``low`` and
        ``high``; ``rate``; ``n`` mice; and the ``rank`` of the true seed among all regions.
    """
    _, groups, candidates = load_mice()
    mice, candidate = groups[group], candidates[graph]
    [found] = judge_graphs((candidate,), mice, resamples, SeedTree(seed))
    seeds = score_seeds(candidate.laplacian(), mice.average())
    return {
        "r": [*found.fit.chosen.tolist(), found.fit.score, found.held_out.last],
        "low": found.low.tolist(),
        "high": found.high.tolist(),
        "rate": found.fit.rate,
        "n": len(mice),
        "rank": 1 + int((seeds > seeds[mice.start > 0].max()).sum()),
    }


def follow_mice_by_chance(null: GraphNull, seed: int, n: int) -> dict[str, Any]:
    """Foretell the last month of the NTG mice along null graphs of the retrograde connectome.

    Returns
    -------
    dict
        ``r`` of the connectome and ``drawn`` of the null graphs, rates chosen without the last
        month.
    """
    visits, groups, candidates = load_mice()
    mice, candidate = groups["NTG"], candidates["retrograde"]
    real = fit_rate(candidate.laplacian(), mice.average(), hold_out_last=True).last
    lengths = measure_distances(visits)
    drawn = judge_nulls(candidate, mice, null, n, SeedTree(seed), lengths)
    return {"r": real, "drawn": drawn.tolist()}


def foretell_from_seeds(seed: int, resamples: int) -> dict[str, Any]:
    """Foretell the last map of each of nine studies by spread from its seed.

    Graph and rate are chosen for each study by its maps but the last.

    Returns
    -------
    dict
        ``names``; ``r`` of the chosen graph and ``retrograde`` alone, one a study; names of the
        ``graphs``; the ``mean`` with its ``interval`` over blocks, that of the ``gain``; and the
        mean of ``distance`` alone.
    """
    visits = datasets.load(STUDIES, kind=Visits)
    connectome = datasets.load(COMPANIONS[STUDIES], kind=Connectome)
    laplacians = _build_laplacians(connectome, correlate_densities(visits.parcellation))
    near = build_laplacian(connectome.adjacency("proximity").toarray(), scale="row-sum")
    sides = visits.parcellation.regions["injection_side"].to_numpy()
    chosen, forecasts, far = [], [], []
    for study in read_studies(visits):
        name, fit = choose_graph(laplacians, study.maps)
        alone = fit_rate(laplacians["1 0"], study.maps, LINEAR_PROTOCOL, hold_out_last=True)
        far.append(fit_rate(near, study.maps, LINEAR_PROTOCOL, hold_out_last=True).last)
        # Rivals go through the same hiding: their rate too is chosen without the last map.
        chosen.append(name)
        courses = ((laplacians[name], fit), (laplacians["1 0"], alone))
        forecasts.append(_foretell(study, courses, sides))
    scores = score_forecasts(forecasts, SeedTree(seed), resamples)
    return {
        "names": [one.name for one in forecasts],
        "graphs": chosen,
        "r": scores.r.tolist(),
        "retrograde": scores.persistence.tolist(),
        "distance": float(np.mean(far)),
        "mean": scores.mean,
        "interval": list(scores.mean_interval),
        "gain": list(scores.mean_gain_interval),
    }


def _build_laplacians(connectome: Connectome, alike: Array) -> dict[str, Array]:
    retrograde = connectome.adjacency("retrograde").toarray()
    graphs = {
        f"{direction:g} {share:g}": mix_graphs(
            [mix_directions(retrograde, direction), alike], [1 - share, share]
        )
        for direction in _DIRECTIONS
        for share in _CELL_TYPES
    }
    graphs["cell types"] = alike
    return {name: build_laplacian(graph, scale="row-sum") for name, graph in graphs.items()}


def _foretell(
    study: StudyMaps, courses: tuple[tuple[Array, RateFit], ...], sides: npt.ArrayLike
) -> Forecast:
    """Put the last map of a study beside spread along the chosen graph and along the rival."""
    maps, used = study.maps, study.used
    chosen, rival = (
        diffuse(laplacian, maps.start, np.array([fit.rate * maps.times[-1]]))[0][used]
        for laplacian, fit in courses
    )
    return Forecast(study.name, chosen, rival, maps.values[-1, used], study.find_blocks(sides))


def explain_tau(seed: int, resamples: int) -> dict[str, Any]:
    """Explain the group mean of tau PET in the cortex by three models of spread and growth.

    Returns
    -------
    dict
        Of each model ``r`` with its ``interval`` over pairs of regions, ``sse``, ``aicc``, the
        ``seed`` and the ``spread``; of ``n`` the regions.
    """
    visits = datasets.load(TAU, kind=Visits)
    weights = datasets.load(COMPANIONS[TAU], kind=Connectome).adjacency().toarray()
    regions = visits.parcellation.regions
    # Both cerebellar regions have no connection; they stay as they are.
    laplacian = build_laplacian(weights, kind="row-normalised", isolated="keep")
    names = regions["name"].to_list()
    pairs = list(dict.fromkeys(names))
    # Both sides at once: pathology of the group mean has no side.
    starts = np.array([[float(name == pair) for name in names] for pair in pairs])
    target = MapTarget(visits.values[0], regions["cortical"].to_numpy())
    amyloid = regions["amyloid_suvr"].to_numpy()
    blocks = np.unique(np.array(names)[target.scored], return_inverse=True)[1].astype(np.int64)
    found: dict[str, Any] = {"n": blocks.size}
    for model in ("diffusion", "growth", "weighted growth"):
        # All 20 shares of spread; the test of the package tries those around the best alone.
        fit = fit_map(laplacian, target, starts, model, weights=amyloid)
        found[model] = _describe_fit(fit, target, blocks, SeedTree(seed), resamples)
        found[model]["seed"] = pairs[fit.seed]
    return found


def _describe_fit(
    fit: MapFit, target: MapTarget, blocks: npt.NDArray[np.int64], seed: SeedTree, resamples: int
) -> dict[str, Any]:
    predicted = fit.predicted[target.scored]
    # No map was seen before: the rival of a forecast is the prediction itself, and is not read.
    forecast = Forecast(fit.model, predicted, predicted, target.unit, blocks)
    scores = score_forecasts([forecast], seed, resamples)
    return {
        "r": fit.r,
        "interval": list(scores.mean_interval),
        "sse": fit.sse,
        "aicc": fit.aicc,
        "spread": fit.spread,
    }
