"""Gaps in membranes: free ends that point at each other, or at another membrane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from neuropil.preservation.axes.grids import PIXEL
from neuropil.preservation.axes.skeletons import MembraneLines

__all__ = ["Links", "link_ends"]

Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.floating[Any]]

# Least cosine between the direction of an end and the way across: 53 degrees. Membranes bend by
# less over 100 nm, or they would not be followed by eye either.
_TOWARDS_END = 0.6
# An end that meets a membrane from the side meets it nearly head on: 41 degrees.
_TOWARDS_LINE = 0.75
# How many nm nearer another end must be to outweigh pointing straight at it, for each end.
_STRAIGHT = 20.0
# Pixels of the own line beside an end are no other membrane.
_OWN = 3.0


@dataclass(frozen=True, eq=False)
class Links:
    """Gaps of membranes in one section.

    Parameters
    ----------
    starts, stops : (n, 2) integer arrays
        Row and column of both sides of each gap; a start is always a free end.
    lengths : (n,) array
        Distance across [nm].
    """

    starts: Places
    stops: Places
    lengths: Floats

    @property
    def length(self) -> float:
        """Length of all gaps [um]."""
        return float(self.lengths.sum() / 1000)

    def draw(self, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Draw the gaps as lines.

        Parameters
        ----------
        shape : tuple of int
            Number of pixels of 10 nm along y and x.

        Returns
        -------
        (ny, nx) bool array
            Pixels on a straight line across a gap.
        """
        drawn = np.zeros(shape, bool)
        for start, stop in zip(self.starts, self.stops, strict=True):
            steps = int(np.abs(stop - start).max()) + 1
            drawn[tuple(np.rint(np.linspace(start, stop, steps)).astype(int).T)] = True
        return drawn


def link_ends(lines: MembraneLines, reach: float = 100.0) -> Links:
    """Link free ends across gaps.

    Two ends are linked when they point at each other, the best pairs first; an end without such a
    partner is linked to the nearest line that it points at.

    Parameters
    ----------
    lines : MembraneLines
        Centre lines and their free ends.
    reach : float
        Longest gap [nm].

    Returns
    -------
    Links
        Each end is in one link at most.
    """
    ends = lines.ends
    pairs = _pair_ends(ends, lines.directions, reach)
    alone = np.setdiff1d(np.arange(len(ends)), pairs.ravel())
    single, targets = _meet_lines(lines, alone, reach)
    starts = np.concatenate([ends[pairs[:, 0]], ends[single]])
    stops = np.concatenate([ends[pairs[:, 1]], targets])
    return Links(starts, stops, np.linalg.norm(starts - stops, axis=1) * PIXEL)


def _pair_ends(ends: Places, directions: Floats, reach: float) -> Places:
    if len(ends) < 2:
        return np.zeros((0, 2), np.intp)
    pairs = cKDTree(ends).query_pairs(reach / PIXEL, output_type="ndarray")
    across = (ends[pairs[:, 1]] - ends[pairs[:, 0]]).astype(float)
    distance = np.linalg.norm(across, axis=1)
    across /= distance[:, None]
    there = np.sum(directions[pairs[:, 0]] * across, axis=1)
    back = -np.sum(directions[pairs[:, 1]] * across, axis=1)
    facing = (there > _TOWARDS_END) & (back > _TOWARDS_END)
    cost = distance * PIXEL - _STRAIGHT * (there + back)
    order = np.flatnonzero(facing)[np.argsort(cost[facing], kind="stable")]
    taken: set[int] = set()
    chosen = []
    for one, other in pairs[order].tolist():
        if one not in taken and other not in taken:
            taken |= {one, other}
            chosen.append((one, other))
    return np.array(chosen, np.intp).reshape(-1, 2)


def _meet_lines(lines: MembraneLines, alone: Places, reach: float) -> tuple[Places, Places]:
    """Find the nearest pixel of a line in the cone before each end."""
    if not len(alone):
        return alone, np.zeros((0, 2), np.intp)
    places = np.argwhere(lines.lines)
    near = cKDTree(places).query_ball_point(lines.ends[alone], reach / PIXEL)
    of = np.repeat(np.arange(len(alone)), [len(some) for some in near])
    which = np.concatenate([np.asarray(some, np.intp) for some in near])
    across = (places[which] - lines.ends[alone][of]).astype(float)
    distance = np.linalg.norm(across, axis=1)
    towards = np.sum(across * lines.directions[alone][of], axis=1)
    ahead = (distance >= _OWN) & (towards > _TOWARDS_LINE * distance)
    of, which, distance = of[ahead], which[ahead], distance[ahead]
    # Sorted by end and then by distance: the first of each end is its nearest.
    order = np.lexsort((distance, of))
    first, at = np.unique(of[order], return_index=True)
    return alone[first], places[which[order][at]]
