"""What speaks for a membrane along a way: its course, the image on it, and the room beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from neuropil.preservation.axes.grids import PIXEL, AxisSection
from neuropil.preservation.axes.skeletons import MembraneLines
from neuropil.preservation.repair.candidates import Candidates, sample_across

__all__ = ["EVIDENCE", "weigh_evidence"]

Floats = npt.NDArray[np.float32]

EVIDENCE = (
    *("length", "straight_there", "straight_back", "to_an_end"),
    *("membrane_mean", "membrane_least", "membrane_most", "membrane_ridge"),
    *("bright_mean", "bright_least", "bright_most", "bright_valley", "bright_beside"),
    *("bright_before", "membrane_before", "membrane_at_end"),
    *("room_less", "room_more", "neck", "ends_per_um", "ends_nearby"),
)
"""What is told of each way, in the order of the columns."""

# Blur of the image before it is read [pixels]: less than a membrane.
_FINE = 0.6
# How far beside a way its surroundings are read [pixels]: beyond the membrane that may lie on it.
_BESIDE, _RIDGE = 3.0, 2.5
# How far before a free end its membrane is read, and just at it [pixels].
_BEFORE, _AT = 4.0, 1.0
# The room on either side is sought along a ray of this length [pixels], until it meets a line.
_RAY = np.arange(2, 26)
_LINE = 12.0
# Units that bring lengths [nm] and counts near to 1; other ends count within 400 nm.
_LENGTH, _NECK, _COUNT, _AROUND = 100.0, 20.0, 5.0, 400.0


def weigh_evidence(section: AxisSection, lines: MembraneLines, ways: Candidates) -> Floats:
    """Describe each way by what speaks for a membrane on it.

    Parameters
    ----------
    section : AxisSection
        Image and probability of a membrane, in pixels of 10 nm.
    lines : MembraneLines
        Traced in that probability.
    ways : Candidates
        One or more ways between its ends.

    Returns
    -------
    (n, n_evidence) float32 array
        Columns as :data:`EVIDENCE` names them.
    """
    image = gaussian_filter(section.image, _FINE)
    bright, membrane = (sample_across(one, ways, 0.0) for one in (image, section.probability))
    beside = (sample_across(image, ways, _BESIDE) + sample_across(image, ways, -_BESIDE)) / 2
    flanks = sample_across(section.probability, ways, _RIDGE)
    flanks = (flanks + sample_across(section.probability, ways, -_RIDGE)) / 2
    less, more = _measure_room(lines, ways)
    ahead = lines.directions[ways.start_ends]
    before, at = (ways.starts - back * ahead for back in (_BEFORE, _AT))
    columns = [
        ways.lengths / _LENGTH,
        np.sum(ahead * ways.directions, axis=1),
        _face_back(lines, ways),
        ways.stop_ends >= 0,
        *(membrane.mean(axis=1), membrane.min(axis=1), membrane.max(axis=1)),
        (membrane - flanks).mean(axis=1),
        *(bright.mean(axis=1), bright.min(axis=1), bright.max(axis=1)),
        (bright - beside).mean(axis=1),
        beside.mean(axis=1),
        *(_at(image, before), _at(section.probability, before), _at(section.probability, at)),
        *(less / _LENGTH, more / _LENGTH),
        ways.lengths / np.maximum(less, _NECK),
        np.full(len(ways), len(lines.ends) / max(lines.length, 1e-9)),
        _count_ends(lines, ways) / _COUNT,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _face_back(lines: MembraneLines, ways: Candidates) -> npt.NDArray[np.float64]:
    """Return how straight the end on the far side points back; 0 where the way stops on a line."""
    towards = -np.sum(lines.directions[ways.stop_ends] * ways.directions, axis=1)
    return np.where(ways.stop_ends >= 0, towards, 0.0)


def _measure_room(
    lines: MembraneLines, ways: Candidates
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Measure the widest room on either side of each way [nm], the lesser first.

    A gap between two neurites is a neck: it is short beside the room on both sides.
    """
    clear = distance_transform_edt(~lines.lines) * PIXEL
    middle = (ways.starts + ways.stops) / 2
    left = ways.directions[:, ::-1] * (-1, 1)
    room = []
    for side in (1, -1):
        places = middle[:, None] + side * _RAY[:, None] * left[:, None]
        seen = map_coordinates(clear, np.moveaxis(places, -1, 0), order=1, mode="nearest")
        # Beyond the first line lies another neurite.
        open_way = np.minimum.accumulate(seen >= _LINE, axis=1)
        room.append((seen * open_way).max(axis=1))
    return np.minimum(*room), np.maximum(*room)


def _at(values: npt.NDArray[np.floating], places: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(map_coordinates(values, places.T, order=1, mode="nearest"))


def _count_ends(lines: MembraneLines, ways: Candidates) -> npt.NDArray[np.int64]:
    tree = cKDTree(lines.ends)
    return np.asarray(tree.query_ball_point(ways.starts, _AROUND / PIXEL, return_length=True))
