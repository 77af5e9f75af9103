"""Borders between fragments, and what the probability of a membrane is on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Borders", "measure_borders"]

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Borders:
    """Pairs of fragments that touch.

    Parameters
    ----------
    n : int
        Number of fragments; their labels are 1 to n.
    pairs : (m, 2) integer array
        Labels less one of the two, the smaller first; each pair once.
    faces : (m,) array
        Faces between voxels that they share.
    membrane : (m,) array
        Sum over those faces of the higher probability of the two voxels.
    """

    n: int
    pairs: Indices
    faces: Floats
    membrane: Floats


def measure_borders(
    fragments: npt.NDArray[np.integer[Any]], probability: npt.NDArray[np.floating]
) -> Borders:
    """Sum the probability of a membrane over the border of each two fragments that touch.

    Parameters
    ----------
    fragments : (...) integer array
        Labels from 1 to n.
    probability : (...) array
        Probability of a membrane, in the same shape.

    Returns
    -------
    Borders
        Pairs in ascending order.
    """
    n = int(fragments.max())
    keys, values = [], []
    for axis in range(fragments.ndim):
        here, there = _sides(fragments, axis)
        meet = np.flatnonzero((here != there).ravel())
        low, high = (side.ravel()[meet].astype(np.int64) - 1 for side in (here, there))
        keys.append(np.minimum(low, high) * n + np.maximum(low, high))
        above, below = (side.ravel()[meet] for side in _sides(probability, axis))
        values.append(np.maximum(above, below))
    key, place = np.unique(np.concatenate(keys), return_inverse=True)
    faces = np.bincount(place, minlength=len(key)).astype(float)
    membrane = np.bincount(place, np.concatenate(values), len(key)).astype(float)
    return Borders(n, np.stack([key // n, key % n], axis=1), faces, membrane)


def _sides(array: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    front, back = [slice(None)] * array.ndim, [slice(None)] * array.ndim
    front[axis], back[axis] = slice(None, -1), slice(1, None)
    return array[tuple(front)], array[tuple(back)]
