"""Join objects of a segmentation, the surest contacts first, and look again after each round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError
from neuropil.proofreading.adjacency.features import ContactFeatures, describe_contacts
from neuropil.proofreading.adjacency.graph import ContactGraph

__all__ = ["Agglomeration", "AgglomerationPlan", "Score", "agglomerate", "find_groups"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Score = Callable[[ContactGraph, ContactFeatures], Floats]
Veto = Callable[[ContactGraph, Indices], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class AgglomerationPlan:
    """How the threshold falls.

    Parameters
    ----------
    start, stop : float
        Probability of the first joins and of the last.
    step : float
        By how much it falls once no contact reaches it.
    """

    # The last is low enough that the curve shows what too many joins cost.
    start: float = 0.99
    stop: float = 0.4
    step: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.stop <= self.start < 1 or self.step <= 0:
            raise ConfigError(
                f"expected 0 < stop <= start < 1 and a positive step, found {self.start}, "
                f"{self.stop} and {self.step}",
                where="plan",
                repair="Let the threshold fall from a high probability to a lower one.",
            )

    def thresholds(self) -> Floats:
        """Return the thresholds, falling."""
        # A hair more, or a whole number of steps would round down to one too few.
        n = int(np.floor((self.start - self.stop) / self.step + 1e-9)) + 1
        return np.round(self.start - self.step * np.arange(n), 6)


@dataclass(frozen=True, eq=False)
class Agglomeration:
    """Joins in the order in which they were made.

    Parameters
    ----------
    n : int
        Number of objects at the start.
    pairs : (m, 2) integer array
        Rows of the objects, among those of the start, that stand for the two that are joined; the
        first stands for both from then on.
    probability : (m,) array
        What the scorer said of the contact.
    threshold : (m,) array
        The threshold at that time, never rising.
    places : (m, 3) array
        Middle of the contact along z, y and x [voxels].
    """

    n: int
    pairs: Indices
    probability: Floats
    threshold: Floats
    places: Floats

    def groups(self, threshold: float) -> Indices:
        """Return the groups after all joins down to a threshold.

        Parameters
        ----------
        threshold : float
            Joins at this threshold or a higher one are made.

        Returns
        -------
        (n,) integer array
            Row of the object that stands for each object's group.
        """
        return find_groups(self.n, self.pairs[self.threshold >= threshold - 1e-9])


def find_groups(n: int, pairs: Indices) -> Indices:
    """Return the groups that joins make.

    Parameters
    ----------
    n : int
        Number of objects.
    pairs : (m, 2) integer array
        Joined objects.

    Returns
    -------
    (n,) integer array
        Row of the first object of each object's group.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    joined = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, component = connected_components(joined, directed=False)
    _, first = np.unique(component, return_index=True)
    return np.asarray(first[component], np.intp)


def agglomerate(
    graph: ContactGraph,
    score: Score,
    plan: AgglomerationPlan | None = None,
    veto: Veto | None = None,
) -> Agglomeration:
    """Join objects whose contact is probable, mutually best contacts first.

    All contacts that reach the threshold and are the best of both of their objects are joined at
    once; then sums are added and contacts are judged anew. Once none reaches it, the threshold
    falls.

    Parameters
    ----------
    graph : ContactGraph
        Objects and contacts.
    score : callable
        ``score(graph, features)`` returns the probability that each touching contact lies within
        one body.
    plan : AgglomerationPlan, optional
        How the threshold falls.
    veto : callable, optional
        ``veto(graph, rows)`` says which of the chosen contacts, rows of the graph's edges, may be
        joined; the others are not chosen again until one of their objects has changed.

    Returns
    -------
    Agglomeration
        The joins.
    """
    state = _State(graph, score)
    joins: list[tuple[Indices, Floats, Floats, Floats]] = []
    for threshold in (plan or AgglomerationPlan()).thresholds():
        while len(chosen := state.choose(float(threshold))):
            if veto is not None:
                chosen = state.refuse(chosen, veto)
            if len(chosen):
                places = state.find_places(chosen)
                pairs, probability = state.join(chosen)
                joins.append((pairs, probability, np.full(len(pairs), threshold), places))
    nothing = (np.empty((0, 2), np.intp), np.empty(0), np.empty(0), np.empty((0, 3)))
    columns = [np.concatenate(parts) for parts in zip(nothing, *joins, strict=True)]
    return Agglomeration(len(graph.labels), *columns)


class _State:
    """Objects that are left, and the probabilities of their contacts."""

    def __init__(self, graph: ContactGraph, score: Score) -> None:
        self.graph, self._score = graph, score
        self.n = len(graph.labels)
        self.alive = np.arange(self.n)
        self.rows = np.flatnonzero(graph.touching)
        self.probability = score(graph, describe_contacts(graph, self.rows))

    def choose(self, threshold: float) -> Indices:
        """Return the places of contacts that reach the threshold and are best of both objects."""
        reach = np.flatnonzero(self.probability >= threshold)
        # The surest first; of equal ones the first in the table, so that it is the same again.
        order = reach[np.lexsort((reach, -self.probability[reach]))]
        ends = self.graph.edges[self.rows[order]]
        best = np.full(len(self.alive), len(order))
        rank = np.arange(len(order))
        np.minimum.at(best, ends[:, 0], rank)
        np.minimum.at(best, ends[:, 1], rank)
        return order[(best[ends[:, 0]] == rank) & (best[ends[:, 1]] == rank)]

    def refuse(self, chosen: Indices, veto: Veto) -> Indices:
        """Return the contacts that may be joined, and never choose the others again."""
        allowed = veto(self.graph, self.rows[chosen])
        self.probability[chosen[~allowed]] = 0.0
        return chosen[allowed]

    def find_places(self, chosen: Indices) -> Floats:
        """Return the middle of each contact [voxels]."""
        rows = self.rows[chosen]
        faces = self.graph.of_contacts("faces")[rows].sum(axis=1)
        places: Floats = self.graph.of_contacts("place")[rows] / faces[:, None]
        return places

    def join(self, chosen: Indices) -> tuple[Indices, Floats]:
        """Join, add up sums and judge the contacts of joined objects anew."""
        ends = self.graph.edges[self.rows[chosen]]
        pairs, probability = self.alive[ends], self.probability[chosen]
        old = self._keys()
        groups = find_groups(len(self.alive), ends)
        kept = np.unique(groups)
        changed = np.zeros(len(self.alive), bool)
        changed[ends[:, 0]] = True
        self.graph, self.alive = self.graph.join(groups), self.alive[kept]
        self.rows = np.flatnonzero(self.graph.touching)
        anew = changed[kept][self.graph.edges[self.rows]].any(axis=1)
        before = self.probability[np.minimum(np.searchsorted(old, self._keys()), len(old) - 1)]
        if anew.any():
            rows = self.rows[anew]
            before[anew] = self._score(self.graph, describe_contacts(self.graph, rows))
        self.probability = before
        return pairs, probability

    def _keys(self) -> Indices:
        """Return a number for each contact that does not change while its objects are the same."""
        ends = self.alive[self.graph.edges[self.rows]]
        return ends[:, 0] * self.n + ends[:, 1]
