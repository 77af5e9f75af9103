"""Which objects of a segmentation touch, over how many voxels, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Contacts", "fill_gaps", "find_contacts"]

Labels = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Contacts:
    """Pairs of objects that touch.

    Parameters
    ----------
    labels : (m, 2) int array
        The smaller label of each pair, then the larger one.
    sides : (m,) int array
        Sides of voxels that they have in common.
    center : (m, 3) array
        Mean place of these sides along z, y and x [nm].
    """

    labels: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    center: npt.NDArray[np.float64]


def find_contacts(labels: Labels, voxel_size: tuple[float, float, float]) -> Contacts:
    """Find all pairs of objects that touch; 0 is no object.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        A segmentation.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    Contacts
        In order of labels.
    """
    # One number a pair sorts in a tenth of the time of two.
    base = int(labels.max(initial=0)) + 1
    keys, places = (np.concatenate(part) for part in zip(*_sides(labels, base), strict=True))
    pairs, number = np.unique(keys, return_inverse=True)
    n = len(pairs)
    sides = np.bincount(number, minlength=n)
    sums = [np.bincount(number, places[:, k], minlength=n) for k in range(3)]
    center = np.stack(sums, axis=1).astype(np.float64)
    center = center * np.asarray(voxel_size, dtype=np.float64) / np.maximum(sides, 1)[:, None]
    return Contacts(np.stack(np.divmod(pairs, base), axis=1), sides, center)


def _sides(
    labels: Labels, base: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """List the sides between objects: the two labels as one number, and the place."""
    for axis in range(3):
        low = np.take(labels, range(labels.shape[axis] - 1), axis=axis)
        high = np.take(labels, range(1, labels.shape[axis]), axis=axis)
        here = np.nonzero((low != high) & (low != 0) & (high != 0))
        a, b = low[here].astype(np.int64), high[here].astype(np.int64)
        # The side lies at the end of the voxel along its axis, and in its middle along the others.
        places = np.stack(here, axis=1).astype(np.float64) + 0.5
        places[:, axis] += 0.5
        yield np.minimum(a, b) * base + np.maximum(a, b), places


def fill_gaps(labels: Labels, reach: float) -> Labels:
    """Give voxels without a label that of the nearest object.

    Segmentations that leave membranes unlabelled have few objects that touch; after this they do.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        A segmentation; 0 is no object.
    reach : float
        Farthest distance that is bridged [voxels].

    Returns
    -------
    (nz, ny, nx) integer array
        The segmentation with objects grown into the gaps.
    """
    from scipy.ndimage import distance_transform_edt

    if labels.all() or not labels.any():
        return labels
    distance, nearest = distance_transform_edt(labels == 0, return_indices=True)
    return np.where(distance <= reach, labels[tuple(nearest)], labels)
