"""Sizes of what an item shows, matched so that they tell nothing of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Box", "cut_box", "measure_mismatch", "measure_sizes"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]
Region = tuple[slice, slice, slice]

# An item may differ from its partner by a fifth of the volume, by 300 nm in each extent, and by
# no face of the box that it touches: with twice as much, sizes alone told the answers.
_LIMITS = np.array([np.log(1.2), 300.0, 300.0, 300.0, 0.5, np.log(3.0)])


@dataclass(frozen=True)
class Box:
    """A part of a segmentation that an item shows.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Labels of that part.
    first : (3,) integer array
        Voxel of the volume with which it begins.
    counts : (n_labels,) integer array
        Voxels of each label in the part.
    bounds : (n_labels, 3, 2) integer array
        First voxel of each label along each axis, and the one after its last.
    """

    labels: Labels
    first: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]


def cut_box(labels: Labels, voxel_size: Size, center: Floats, half_width: float) -> Box:
    """Cut the part of a segmentation that lies in a cube, as far as the volume reaches.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    center : (3,) array
        Middle of the cube along z, y, x [nm].
    half_width : float
        Half its edge [nm].

    Returns
    -------
    Box
        The part and the sizes of the labels in it.
    """
    from scipy.ndimage import find_objects

    low = np.maximum(np.round((center - half_width) / voxel_size).astype(np.int64), 0)
    high = np.minimum(np.round((center + half_width) / voxel_size).astype(np.int64), labels.shape)
    part = labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    counts = np.bincount(part.reshape(-1))
    bounds = np.zeros((len(counts), 3, 2), np.int64)
    for label, region in enumerate(find_objects(part), 1):
        if region is not None:
            bounds[label] = [(axis.start, axis.stop) for axis in region]
    return Box(part, low, counts, bounds)


def measure_sizes(
    box: Box, piece: tuple[int, ...], voxel_size: Size, volumes: npt.NDArray[np.int64]
) -> Floats:
    """Measure how large an object is, in its box and beyond.

    Parameters
    ----------
    box : Box
        What the item shows.
    piece : tuple of int
        Labels of the object, all of them in the box.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    volumes : (n_labels,) integer array
        Voxels of each label in the whole volume.

    Returns
    -------
    (6,) array
        Logarithm of the voxels in the box, extents along z, y, x [nm], faces of the box that it
        touches, logarithm of all its voxels.
    """
    chosen = list(piece)
    low, high = box.bounds[chosen, :, 0].min(0), box.bounds[chosen, :, 1].max(0)
    touched = np.sum(low == 0) + np.sum(high == box.labels.shape)
    inside, everywhere = box.counts[chosen].sum(), volumes[chosen].sum()
    return np.array([np.log(inside), *(high - low) * voxel_size, touched, np.log(everywhere)])


def measure_mismatch(one: Floats, other: Floats) -> float:
    """Measure how far two objects are from looking alike in size.

    Parameters
    ----------
    one, other : (6,) array
        Sizes of :func:`measure_sizes`.

    Returns
    -------
    float
        The largest difference as a share of what is allowed; a match has at most 1.
    """
    return float(np.max(np.abs(one - other) / _LIMITS))
