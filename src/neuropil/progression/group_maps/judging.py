"""How well spread from a known seed foretells the maps of a group, graph by graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.group_maps.animals import AnimalGroup, CandidateGraph
from neuropil.progression.group_maps.graph_nulls import GraphNull, draw_graph_nulls
from neuropil.progression.group_maps.scoring import correlate_maps
from neuropil.progression.group_maps.spread import RateFit, fit_rate

__all__ = [
    "GraphJudgement",
    "JudgedGroup",
    "choose_by_earlier",
    "compare_with_previous",
    "judge_graphs",
    "judge_nulls",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GraphJudgement:
    """One graph on the maps of one group.

    Parameters
    ----------
    graph : CandidateGraph
        Which.
    fit : RateFit
        The rate chosen on all times.
    held_out : RateFit
        The rate chosen without the last time.
    drawn : (k, t + 2) array
        r at each time, their mean and r at the held-out last time, in resamples of the animals.
    """

    graph: CandidateGraph
    fit: RateFit
    held_out: RateFit
    drawn: Array

    @property
    def low(self) -> Array:
        """Lower end of the 95 % intervals, in the order of ``drawn``."""
        return np.percentile(self.drawn, 2.5, axis=0)

    @property
    def high(self) -> Array:
        """Upper end of the 95 % intervals."""
        return np.percentile(self.drawn, 97.5, axis=0)


@dataclass(frozen=True, eq=False)
class JudgedGroup:
    """What was found about one group of animals.

    Parameters
    ----------
    group : AnimalGroup
        The animals.
    judged : tuple of GraphJudgement
        Each graph.
    chosen : GraphJudgement
        The graph that foretells the earlier maps best.
    previous : float
        r of the last map with the one before.
    previous_drawn : (k,) array
        The same in resamples.
    nulls : dict of str to (k,) array
        r at the held-out last time on graphs of each null.
    """

    group: AnimalGroup
    judged: tuple[GraphJudgement, ...]
    chosen: GraphJudgement
    previous: float
    previous_drawn: Array
    nulls: dict[GraphNull, Array]

    def predict(self) -> Array:
        """Predict the maps at all times with the rate that the earlier ones chose, (t, n)."""
        fit = self.chosen.held_out
        laplacian = self.chosen.graph.laplacian()
        maps = self.group.average()
        return diffuse(laplacian, maps.start, fit.rate * maps.times)


def judge_graphs(
    candidates: tuple[CandidateGraph, ...], group: AnimalGroup, resamples: int, seed: SeedTree
) -> tuple[GraphJudgement, ...]:
    """Choose the rate on each graph, and again in resamples of the animals.

    Parameters
    ----------
    candidates : tuple of CandidateGraph
        The graphs.
    group : AnimalGroup
        Single animals.
    resamples : int
        Number of resamples.
    seed : SeedTree
        Source of the resamples, the same for each graph.
    """
    maps = group.average()
    found = []
    for candidate in candidates:
        laplacian = candidate.laplacian()
        rng = seed.child("animals").child(group.name).generator()
        drawn = []
        for one in group.resample(resamples, rng):
            fit = fit_rate(laplacian, one)
            last = fit_rate(laplacian, one, hold_out_last=True).last
            drawn.append([*fit.chosen, fit.score, last])
        found.append(
            GraphJudgement(
                candidate,
                fit_rate(laplacian, maps),
                fit_rate(laplacian, maps, hold_out_last=True),
                np.array(drawn),
            )
        )
    return tuple(found)


def choose_by_earlier(judged: tuple[GraphJudgement, ...]) -> GraphJudgement:
    """Return the graph that foretells all maps but the last best; the last has no say."""
    return max(judged, key=lambda one: one.held_out.score)


def compare_with_previous(
    group: AnimalGroup, resamples: int, seed: SeedTree
) -> tuple[float, Array]:
    """Correlate the last map with the one before, as if nothing changed in between.

    Parameters
    ----------
    group : AnimalGroup
        Single animals.
    resamples : int
        Resamples of the animals.
    seed : SeedTree
        Source of the resamples.

    Returns
    -------
    r : float
        Of logarithms, without regions that have no pathology at either time.
    drawn : (resamples,) array
        r in each resample.
    """
    rng = seed.child("animals").child(group.name).generator()

    def correlate(values: Array) -> float:
        previous, last = values[-2:]
        return float(correlate_maps(last, previous, logarithm=True))

    drawn = [correlate(one.values) for one in group.resample(resamples, rng)]
    return correlate(group.average().values), np.array(drawn)


def judge_nulls(
    candidate: CandidateGraph,
    group: AnimalGroup,
    null: GraphNull,
    n: int,
    seed: SeedTree,
    lengths: Array | None = None,
) -> Array:
    """Hold out the last map on graphs that keep some properties of the wiring alone.

    Parameters
    ----------
    candidate : CandidateGraph
        The graph; what weights it stays.
    group : AnimalGroup
        Single animals.
    null : {"weights", "labels", "degrees", "lengths"}
        What is destroyed.
    n : int
        Number of graphs.
    seed : SeedTree
        Source of the graphs.
    lengths : (n, n) array, optional
        Distances between regions, which ``lengths`` needs.

    Returns
    -------
    (n,) array
        r at the last time, with the rate chosen on the others.
    """
    maps = group.average()
    source = seed.child("nulls").child(null)
    drawn = draw_graph_nulls(candidate.weights, null, n, source, start=group.start, lengths=lengths)
    return np.array(
        [fit_rate(candidate.laplacian(one), maps, hold_out_last=True).last for one in drawn]
    )
