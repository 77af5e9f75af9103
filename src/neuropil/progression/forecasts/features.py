"""What a later map is foretold from: the state, its neighbours, and what other studies tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from neuropil.progression.forecasts.regression import NormalEquations, standardise
from neuropil.progression.forecasts.study_maps import StudyMaps

__all__ = [
    "FEATURES",
    "Sharing",
    "StudyStates",
    "average_neighbours",
    "build_features",
    "place_features",
    "sum_step",
]

Array = npt.NDArray[np.float64]

FEATURES = ("state", "neighbours", "susceptibility", "other maps")
"""The map that was seen; the mean over each region's neighbours in it; what the region gained
in other studies beyond what state, and neighbours where they are used, explain; and its mean last
map in other studies."""


def average_neighbours(
    values: npt.ArrayLike, graph: npt.ArrayLike, known: npt.NDArray[np.bool_]
) -> Array:
    """Average a map over the neighbours of each region, weighted by the edges to them.

    Parameters
    ----------
    values : (n,) array
        A map.
    graph : (n, n) array
        Weights; row i says from where region i takes up.
    known : (n,) bool array
        Regions that have a value; the others are no neighbours.

    Returns
    -------
    (n,) array
        The averages; the mean of all known values where a region has no known neighbour.

    Examples
    --------
    >>> graph = np.array([[0, 1, 3], [1, 0, 0], [0, 0, 0]])
    >>> average_neighbours([2.0, 4.0, 8.0], graph, np.array([True] * 3)).round(2)
    array([7.  , 2.  , 4.67])
    """
    given, weights = np.asarray(values, dtype=np.float64)[known], np.asarray(graph)[:, known]
    sums = weights.sum(axis=1)
    reached = sums > 0
    # No neighbour is no evidence for less pathology than elsewhere.
    return np.where(reached, weights @ given / np.where(reached, sums, 1), given.mean())


@dataclass(frozen=True, eq=False)
class StudyStates:
    """Every map of a study beside its neighbours on a graph, standardised over its regions.

    Parameters
    ----------
    study : StudyMaps
        The study.
    states : (t, n) array
        Its maps.
    neighbours : (t, n) array
        The averages over neighbours in them.
    gained : (2, n) array
        What each region gained beyond what state and neighbours explain, and beyond what the state
        alone explains, mean over the steps.
    """

    study: StudyMaps
    states: Array = field(repr=False)
    neighbours: Array = field(repr=False)
    gained: Array = field(repr=False)

    @classmethod
    def of(cls, study: StudyMaps, graph: npt.ArrayLike) -> StudyStates:
        """Describe a study on a graph.

        Parameters
        ----------
        study : StudyMaps
            The study.
        graph : (n, n) array
            Weights; row i says from where region i takes up.
        """
        # Seeds are neighbours, since their pathology was seen; they are not compared.
        used, maps = study.used, study.maps.values
        around = [average_neighbours(each, graph, study.measured) for each in maps]
        states, neighbours = (
            np.stack([standardise(each, used) for each in kind]) for kind in (maps, around)
        )
        both = np.stack([states, neighbours])
        # Two, since what is left beyond neighbours holds the graph: a forecast that is to do
        # without a graph must not take it in that way.
        gained = np.stack([_find_gain(both, used), _find_gain(both[:1], used)])
        return cls(study, states, neighbours, gained)

    @property
    def n_steps(self) -> int:
        """Steps from one map to the next."""
        return len(self.states) - 1


def _find_gain(known: Array, used: npt.NDArray[np.bool_]) -> Array:
    """Average what is left of each step after a regression on what was known, (k, t, n)."""
    states = known[0]
    left = np.zeros(states.shape[1])
    steps = len(states) - 1
    for place in range(steps):
        columns = known[:, place, used].T
        # Within the step: no coefficient of other studies can leak into what a study teaches them.
        fitted = np.linalg.lstsq(columns, states[place + 1][used], rcond=None)[0]
        left[used] += (states[place + 1][used] - columns @ fitted) / steps
    return left


@dataclass(frozen=True)
class Sharing:
    """How much studies count for each other.

    Parameters
    ----------
    other_protein : float
        Weight of a study of another protein, beside 1 for the same.
    shrinkage : float
        Studies without any effect that are thought to stand beside those that measured a region.
    """

    other_protein: float = 0.5
    shrinkage: float = 1.0


def place_features(features: Sequence[str]) -> tuple[int, ...]:
    """Return the columns of :func:`build_features` that a set of features stands for.

    Parameters
    ----------
    features : sequence of str
        Some of :data:`FEATURES`.

    Examples
    --------
    >>> place_features(("state", "neighbours", "susceptibility"))
    (0, 1, 2)
    >>> place_features(("state", "susceptibility"))
    (0, 4)
    """
    columns = [FEATURES.index(name) for name in features]
    without = "neighbours" not in features
    return tuple(4 if column == 2 and without else column for column in columns)


def build_features(
    own: StudyStates, place: int, others: Sequence[StudyStates], sharing: Sharing
) -> Array:
    """Describe what is known of each region before the next map of a study.

    Parameters
    ----------
    own : StudyStates
        The study.
    place : int
        Which of its maps is the last that was seen.
    others : sequence of StudyStates
        Other studies, of which everything is known; none are needed.
    sharing : Sharing
        How much they count.

    Returns
    -------
    (m, 5) array
        :data:`FEATURES` of the regions that are compared, then susceptibility without a graph; 0
        where no other study tells.
    """
    used = own.study.used
    gained, last = _share(own, others, sharing)
    shared = [standardise(each, used) for each in (gained[0], last, gained[1])]
    return np.stack([own.states[place], own.neighbours[place], *shared], axis=1)[used]


def _share(
    own: StudyStates, others: Sequence[StudyStates], sharing: Sharing
) -> tuple[Array, Array]:
    """Return both susceptibilities of each region and its mean last map, by other studies."""
    n = own.study.n_regions
    gained, (weight, last, count) = np.zeros((2, n)), np.zeros((3, n))
    for other in others:
        seen = other.study.used
        # States are 0 where a study did not measure: they add nothing, and are not counted.
        last += other.states[-1]
        count += seen
        # One map alone has gained nothing yet.
        if other.n_steps:
            same = other.study.protein == own.study.protein
            # The last maps count alike in contrast: where pathology ends is common to both proteins
            # as far as it is anatomy.
            share = 1.0 if same else sharing.other_protein
            gained += share * other.gained
            weight += share * seen
    return gained / np.maximum(weight + sharing.shrinkage, 1e-12), last / np.maximum(count, 1)


def sum_step(
    own: StudyStates, place: int, others: Sequence[StudyStates], sharing: Sharing
) -> NormalEquations:
    """Sum what one step of a study teaches about how the next map follows from the features."""
    columns = build_features(own, place, others, sharing)
    return NormalEquations.of(columns, own.states[place + 1][own.study.used])
