"""Where an object branches: places that more than two arms leave."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["count_arms", "find_middles"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]
Region = tuple[slice, slice, slice]

_MARGIN = 25
_BLOCK = 64
# A middle is the deepest place within about 150 nm, and an object thinner than 120 nm has none
# that three voxels across could tell.
_APART, _LEAST_DEPTH = 150.0, 60.0
# The ball that is taken out reaches this far beyond the surface next to its middle, so that the
# wall of the object leaves nothing of itself between two arms.
_BEYOND = 120.0


def _surfaces(labels: Labels) -> npt.NDArray[np.bool_]:
    """Mark voxels with the same label as the next along each axis."""
    inside = labels > 0
    for axis in range(3):
        same = np.diff(labels.astype(np.int64), axis=axis) == 0
        lower = [slice(None)] * 3
        lower[axis] = slice(0, -1)
        inside[tuple(lower)] &= same
    return inside


def find_middles(labels: Labels, voxel_size: Size) -> tuple[npt.NDArray[np.int64], Floats]:
    """Find places in the middle of objects, far from their surface for their surroundings.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation, its background closed.
    voxel_size : tuple of float
        Edges of a voxel [nm].

    Returns
    -------
    places : (n, 3) integer array
        Voxels.
    depths : (n,) array
        Distance of each to the next surface [nm].
    """
    from scipy.ndimage import distance_transform_edt, maximum_filter

    inside = _surfaces(labels)
    depth = np.zeros(labels.shape, np.float32)
    # In slabs: the transform holds several whole numbers a voxel. What is deeper than the margin
    # counts as that deep.
    for first in range(0, len(labels), _BLOCK):
        low, high = max(first - _MARGIN, 0), first + _BLOCK + _MARGIN
        slab = distance_transform_edt(inside[low:high], sampling=voxel_size)
        depth[first : first + _BLOCK] = slab[first - low : first - low + _BLOCK]
    reach = [2 * int(_APART / edge) + 1 for edge in voxel_size]
    peaks = (depth == maximum_filter(depth, reach)) & (depth >= _LEAST_DEPTH)
    places = np.argwhere(peaks)
    return places, depth[peaks].astype(np.float64)


def count_arms(
    labels: Labels,
    voxel_size: Size,
    piece: tuple[int, ...],
    place: Floats,
    depth: float,
    length: float = 500.0,
) -> int:
    """Count the arms by which an object leaves the surroundings of a place.

    A ball around the place is taken out of the object, and what is left of it within ``length``
    of the ball falls into parts; those that reach that far are arms.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation, its background closed.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    piece : tuple of int
        Labels of the object.
    place : (3,) array
        Middle of the ball along z, y, x [nm].
    depth : float
        Distance of the place to the object's surface [nm].
    length : float
        Least length of an arm [nm].

    Returns
    -------
    int
        Number of arms.
    """
    from scipy.ndimage import label

    size = np.asarray(voxel_size)
    outer = depth + length
    low = np.maximum(((place - outer) / size).astype(int), 0)
    high = np.minimum(((place + outer) / size).astype(int) + 2, labels.shape)
    crop = labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    axes = [(np.arange(a, b) + 0.5) * e for a, b, e in zip(low, high, size, strict=True)]
    far = np.sqrt(
        sum(
            ((axis - at) ** 2).reshape([-1 if k == j else 1 for j in range(3)])
            for k, (axis, at) in enumerate(zip(axes, place, strict=True))
        )
    )
    inside = np.isin(crop, piece) & (far <= outer)
    parts, _ = label(inside, np.ones((3, 3, 3)))
    here = parts[tuple(np.clip(((place / size).astype(int) - low), 0, np.array(crop.shape) - 1))]
    if here == 0:
        return 0
    # Of the shell alone: a flat object goes round the ball, and its arms part farther out.
    rim = (parts == here) & (far > outer - 2 * size.max())
    return int(label(rim, np.ones((3, 3, 3)))[1])
