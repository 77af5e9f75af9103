"""Which voxels lie on a membrane, told from a true segmentation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["find_fine_axes", "mark_membranes"]

# Sections farther apart than this many pixels are not compared with each other: a neurite that
# runs aslant lies elsewhere in the next one, and a border there is no membrane.
_FARTHEST = 2.0


def find_fine_axes(voxel_size: tuple[float, float, float]) -> tuple[int, ...]:
    """Return the axes along which neighbouring voxels show the same membrane.

    Parameters
    ----------
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    tuple of int
        All three where voxels are nearly cubes; y and x for serial sections.
    """
    finest = min(voxel_size[1:])
    return tuple(axis for axis, edge in enumerate(voxel_size) if edge <= _FARTHEST * finest)


def mark_membranes(
    truth: npt.NDArray[np.integer[Any]], voxel_size: tuple[float, float, float]
) -> npt.NDArray[np.bool_]:
    """Mark the voxels of membranes: label 0, and both sides of a border between two bodies.

    Parameters
    ----------
    truth : (nz, ny, nx) integer array
        True body of each voxel; 0 is membrane.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm]. Borders across sections count only where these lie
        as close as pixels.

    Returns
    -------
    (nz, ny, nx) bool array
        True on membranes. Voxels that touch label 0 alone are not marked: what was drawn there has
        its own width.
    """
    marks = truth == 0
    for axis in find_fine_axes(voxel_size):
        low, high = (np.take(truth, part, axis) for part in _neighbours(truth.shape[axis]))
        border = (low != high) & (low != 0) & (high != 0)
        for part in _neighbours(truth.shape[axis]):
            place = [slice(None)] * 3
            place[axis] = slice(part.start, part.stop)
            marks[tuple(place)] |= border
    return marks


def _neighbours(n: int) -> tuple[range, range]:
    return range(n - 1), range(1, n)
