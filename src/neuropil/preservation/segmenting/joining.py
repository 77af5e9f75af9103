"""Join fragments across the weakest border first, and remember the order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.preservation.segmenting.borders import Borders

__all__ = ["JoinTree", "join_fragments"]

Indices = npt.NDArray[np.int64]
# Sums of a border: faces, and the probability of a membrane on them.
Sums = tuple[float, float]


@dataclass(frozen=True, eq=False)
class JoinTree:
    """Joins in the order in which they are made.

    Parameters
    ----------
    n : int
        Number of fragments.
    pairs : (m, 2) integer array
        Two fragments whose groups are joined.
    heights : (m,) array
        Threshold from which on a join is made; never falling.
    """

    n: int
    pairs: Indices
    heights: npt.NDArray[np.float64]

    def groups(self, threshold: float) -> Indices:
        """Return the group of each fragment once all borders below a threshold are gone.

        Parameters
        ----------
        threshold : float
            Mean probability of a membrane on a border that stays.

        Returns
        -------
        (n,) integer array
            Groups from 0, without gaps.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        low, high = self.pairs[: np.searchsorted(self.heights, threshold)].T
        joined = csr_array((np.ones(len(low), bool), (low, high)), shape=(self.n, self.n))
        return np.asarray(connected_components(joined, directed=False)[1], np.int64)


def join_fragments(borders: Borders) -> JoinTree:
    """Join all fragments, each time the two with the lowest mean on their common border.

    The border of a joined pair to a third fragment is the sum of both borders, so that its mean is
    over all of its faces.

    Parameters
    ----------
    borders : Borders
        Fragments that touch.

    Returns
    -------
    JoinTree
        All joins until none touch.

    References
    ----------
    Nunez-Iglesias et al. 2013, PLoS ONE 8:e71715, for the mean boundary as priority.
    """
    near, queue = _list_neighbours(borders)
    pairs, heights, highest = [], [], 0.0
    while queue:
        height, one, other, faces = heapq.heappop(queue)
        # A border that has grown, or whose fragment is part of another, is out of date.
        now = near[one].get(other) if one in near else None
        if now is None or now[0] != faces:
            continue
        # The mean can fall when borders are added up; a threshold above the highest so far has
        # made that join as well.
        highest = max(highest, height)
        pairs.append((one, other))
        heights.append(highest)
        _absorb(near, queue, one, other)
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return JoinTree(borders.n, table, np.array(heights))


Neighbours = dict[int, dict[int, Sums]]
Queue = list[tuple[float, int, int, float]]


def _list_neighbours(borders: Borders) -> tuple[Neighbours, Queue]:
    near: Neighbours = {fragment: {} for fragment in range(borders.n)}
    queue: Queue = []
    columns = (borders.faces.tolist(), borders.membrane.tolist())
    for (one, other), faces, membrane in zip(borders.pairs.tolist(), *columns, strict=True):
        near[one][other] = near[other][one] = (faces, membrane)
        queue.append((membrane / faces, one, other, faces))
    heapq.heapify(queue)
    return near, queue


def _absorb(near: Neighbours, queue: Queue, one: int, other: int) -> None:
    """Make one fragment part of another: the one with fewer neighbours goes."""
    if len(near[one]) < len(near[other]):
        one, other = other, one
    del near[one][other]
    for third, (faces, membrane) in near.pop(other).items():
        if third == one:
            continue
        del near[third][other]
        before = near[one].get(third, (0.0, 0.0))
        sums = before[0] + faces, before[1] + membrane
        near[one][third] = near[third][one] = sums
        low, high = min(one, third), max(one, third)
        heapq.heappush(queue, (sums[1] / sums[0], low, high, sums[0]))
