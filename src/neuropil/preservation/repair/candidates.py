"""Where a membrane could be missing: ways from each free end to other ends and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from neuropil.preservation.axes.grids import PIXEL
from neuropil.preservation.axes.skeletons import MembraneLines

__all__ = ["Candidates", "list_candidates", "sample_across"]

Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Values = npt.NDArray[np.floating]

# Longest gap that is tried [nm]. Gaps of up to 200 nm are planted, and two that fall together make
# a longer one.
_REACH = 250.0
# Least cosine between the direction of an end and the way to another end: 72 degrees.
_TOWARDS = 0.3
# To lines, the nearest pixel in each of three sectors before an end: half a sector is 17 degrees.
_SECTORS = ((-0.9, -0.3), (-0.3, 0.3), (0.3, 0.9))
# Pixels of the own line beside an end are no other membrane.
_OWN = 3.0
# Where a way is sampled: its ends lie on membranes, which tell nothing.
_ALONG = np.linspace(0.12, 0.88, 9)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Ways along which a membrane could be missing.

    Parameters
    ----------
    starts, stops : (n, 2) integer arrays
        Row and column of both sides, in pixels of 10 nm; a start is always a free end.
    start_ends, stop_ends : (n,) integer arrays
        Number of the free end on either side; -1 where the way stops on a line.
    """

    starts: Places
    stops: Places
    start_ends: Places
    stop_ends: Places

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lengths(self) -> Floats:
        """Length of each way [nm], (n,)."""
        return np.linalg.norm(self.stops - self.starts, axis=1) * PIXEL

    @property
    def directions(self) -> Floats:
        """Unit vector along each way, (n, 2)."""
        way = (self.stops - self.starts).astype(np.float64)
        return way / np.linalg.norm(way, axis=1, keepdims=True)

    def choose(self, weights: Values, least: float) -> Places:
        """Choose ways so that each end is in one at most, the most likely first.

        Parameters
        ----------
        weights : (n,) array
            How likely each way is a membrane.
        least : float
            Below this none is chosen.

        Returns
        -------
        integer array
            Numbers of the ways, in the order of their weights.
        """
        taken: set[int] = set()
        chosen = []
        for one in np.argsort(-weights, kind="stable").tolist():
            if weights[one] < least:
                break
            ends = {int(self.start_ends[one]), int(self.stop_ends[one])} - {-1}
            if not ends & taken:
                taken |= ends
                chosen.append(one)
        return np.array(chosen, np.intp)


def list_candidates(lines: MembraneLines) -> Candidates:
    """List ways from free ends to ends that face them, and to lines before them.

    Parameters
    ----------
    lines : MembraneLines
        Centre lines of membranes and their free ends.

    Returns
    -------
    Candidates
        None where there is no free end.
    """
    pairs = _pair_ends(lines)
    single, targets = _meet_lines(lines)
    ends = lines.ends
    return Candidates(
        np.concatenate([ends[pairs[:, 0]], ends[single]]),
        np.concatenate([ends[pairs[:, 1]], targets]),
        np.concatenate([pairs[:, 0], single]),
        np.concatenate([pairs[:, 1], np.full(len(single), -1)]),
    )


def _pair_ends(lines: MembraneLines) -> Places:
    if len(lines.ends) < 2:
        return np.zeros((0, 2), np.intp)
    pairs = cKDTree(lines.ends).query_pairs(_REACH / PIXEL, output_type="ndarray")
    across = (lines.ends[pairs[:, 1]] - lines.ends[pairs[:, 0]]).astype(float)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    there = np.sum(lines.directions[pairs[:, 0]] * across, axis=1)
    back = -np.sum(lines.directions[pairs[:, 1]] * across, axis=1)
    return np.asarray(pairs[(there > _TOWARDS) & (back > _TOWARDS)], np.intp)


def _meet_lines(lines: MembraneLines) -> tuple[Places, Places]:
    """Find the nearest pixel of a line in each sector before each end."""
    none = np.zeros(0, np.intp), np.zeros((0, 2), np.intp)
    if not len(lines.ends):
        return none
    places = np.argwhere(lines.lines)
    near = cKDTree(places).query_ball_point(lines.ends, _REACH / PIXEL)
    of = np.repeat(np.arange(len(near)), [len(some) for some in near])
    which = np.concatenate([np.asarray(some, np.intp) for some in near])
    across = (places[which] - lines.ends[of]).astype(float)
    distance = np.linalg.norm(across, axis=1)
    ahead = lines.directions[of]
    angle = np.arctan2(
        across[:, 0] * ahead[:, 1] - across[:, 1] * ahead[:, 0], np.sum(across * ahead, axis=1)
    )
    found = [none]
    for low, high in _SECTORS:
        inside = np.flatnonzero((distance >= _OWN) & (angle > low) & (angle <= high))
        # Sorted by end and then by distance: the first of each end is its nearest.
        inside = inside[np.lexsort((distance[inside], of[inside]))]
        ends, first = np.unique(of[inside], return_index=True)
        found.append((ends, places[which[inside[first]]]))
    single, targets = (np.concatenate(part) for part in zip(*found, strict=True))
    return single, targets


def sample_across(
    values: npt.NDArray[Any], ways: Candidates, aside: float, order: int = 1
) -> npt.NDArray[Any]:
    """Sample an image along each way, moved to its side.

    Parameters
    ----------
    values : (ny, nx) array
        Image, in pixels of 10 nm.
    ways : Candidates
        Where to sample.
    aside : float
        Pixels to the left of the way; negative to the right.
    order : int
        Of the spline between pixels; 0 for labels.

    Returns
    -------
    (n, 9) array
        Values from near the start to near the stop.
    """
    along = ways.starts[:, None] + (ways.stops - ways.starts)[:, None] * _ALONG[:, None]
    left = ways.directions[:, ::-1] * (-1, 1)
    places = along + aside * left[:, None]
    return np.asarray(
        map_coordinates(values, np.moveaxis(places, -1, 0), order=order, mode="nearest")
    )
