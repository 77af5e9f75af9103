"""What a boundary network learns to say of each voxel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CHANNELS", "DISTANCES", "far_channel", "mark_boundaries", "shift_pair"]

Region = tuple[slice, slice, slice]

# Four steps cross a membrane of three voxels; ten end well inside both neurites.
DISTANCES = (4, 10)
"""Distances along an axis at which two voxels are asked about [voxels]."""

CHANNELS = (
    "boundary",
    *(f"apart-{distance}-{axis}" for distance in DISTANCES for axis in "zyx"),
)
"""What a map says of a voxel: that it touches another object, and that the voxel so many steps on
along an axis belongs to another one."""

# Stands for "not known" among marks that are 0 or 1.
_UNKNOWN = 2


def mark_boundaries(labels: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.uint8]:
    """Say of each voxel what a boundary network has to learn.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        True object of each voxel; of voxels with 0 nothing is known.

    Returns
    -------
    (c, nz, ny, nx) uint8 array
        One channel for each of :data:`CHANNELS`: 1 for yes, 0 for no, 2 where it is not known.
    """
    marks = np.full((len(CHANNELS), *labels.shape), _UNKNOWN, np.uint8)
    touching = np.zeros(labels.shape, bool)
    for axis in range(3):
        here, there = shift_pair(axis, 1)
        differ = labels[here] != labels[there]
        touching[here] |= differ
        touching[there] |= differ
    marks[0] = np.where(labels > 0, touching, _UNKNOWN)
    offsets = [(distance, axis) for distance in DISTANCES for axis in range(3)]
    for channel, (distance, axis) in enumerate(offsets, start=1):
        here, there = shift_pair(axis, distance)
        known = (labels[here] > 0) & (labels[there] > 0)
        marks[channel][here] = np.where(known, labels[here] != labels[there], _UNKNOWN)
    return marks


def shift_pair(axis: int, distance: int) -> tuple[Region, Region]:
    """Return where pairs of voxels along an axis begin and where they end.

    Parameters
    ----------
    axis : int
        0 for z, 1 for y, 2 for x.
    distance : int
        Steps between the two voxels.

    Returns
    -------
    here, there : tuple of slice
        Places of the first and of the second voxels.
    """
    here, there = [slice(None)] * 3, [slice(None)] * 3
    here[axis], there[axis] = slice(None, -distance), slice(distance, None)
    return (here[0], here[1], here[2]), (there[0], there[1], there[2])


def far_channel(distance: int, axis: int) -> int:
    """Return the channel that says whether voxels some steps along an axis are apart.

    Parameters
    ----------
    distance : int
        One of :data:`DISTANCES`.
    axis : int
        0 for z, 1 for y, 2 for x.
    """
    return 1 + 3 * DISTANCES.index(distance) + axis
