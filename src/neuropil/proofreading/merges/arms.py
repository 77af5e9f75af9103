"""Descriptors of the arms by which an object leaves the surroundings of a point."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_ARMS", "count_patches", "describe_arms", "name_arms"]

Floats = npt.NDArray[np.floating[Any]]

MOST_ARMS = 4
"""Arms whose sizes and angles are described, the largest first."""

_NEIGHBOURS = 6
# In place of the cosine of an angle between arms of which one is missing: no angle has it.
_NO_ANGLE = 2.0
# A patch of one direction is a grain of the sampling.
_LEAST = 2


@lru_cache(maxsize=4)
def _find_neighbours(n_directions: int, directions: tuple[float, ...]) -> npt.NDArray[np.int64]:
    vectors = np.array(directions).reshape(n_directions, 3)
    order = np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")
    return order[:, 1 : _NEIGHBOURS + 1]


def _find_patches(inside: npt.NDArray[np.bool_], directions: Floats) -> npt.NDArray[np.int16]:
    """Give each direction within the object the last direction of its patch, others -1."""
    count = len(directions)
    near = _find_neighbours(count, tuple(directions.ravel().tolist()))
    # Directions come first, so that those next to each other are whole rows of memory.
    within = np.ascontiguousarray(inside.reshape(-1, count).T)
    patch = np.where(within, np.arange(count, dtype=np.int16)[:, None], np.int16(-1))
    while True:
        grown = patch.copy()
        for one in near.T:
            np.maximum(grown, patch[one], out=grown)
        grown[~within] = -1
        if np.array_equal(grown, patch):
            return np.ascontiguousarray(patch.T).reshape(inside.shape)
        patch = grown


def count_patches(inside: npt.NDArray[np.bool_], directions: Floats) -> npt.NDArray[np.int64]:
    """Count the patches in which spheres meet an object.

    Parameters
    ----------
    inside : (..., n_directions) bool array
        Whether the object is at each place of a sphere.
    directions : (n_directions, 3) array
        Unit vectors to those places.

    Returns
    -------
    (...) array
        Number of patches of at least two places.
    """
    count = len(directions)
    patch = _find_patches(inside, directions).reshape(-1, count)
    row, at = np.nonzero(patch >= 0)
    code = row * count + patch[row, at].astype(np.int64)
    sizes = np.bincount(code, minlength=patch.size).reshape(patch.shape)
    number: npt.NDArray[np.int64] = np.sum(sizes >= _LEAST, axis=1)
    return number.reshape(inside.shape[:-1])


def name_arms(radii: tuple[float, ...]) -> tuple[str, ...]:
    """Return the names of what :func:`describe_arms` computes, in its order."""
    names: list[str] = []
    for radius in radii:
        names += [f"arms at {radius:g} nm"]
        names += [f"size of arm {k + 1} at {radius:g} nm" for k in range(MOST_ARMS)]
        pairs = combinations(range(MOST_ARMS), 2)
        names += [f"cosine of arms {a + 1} and {b + 1} at {radius:g} nm" for a, b in pairs]
    return tuple(names)


def describe_arms(seen: Floats, directions: Floats) -> Floats:
    """Describe the patches in which spheres meet an object.

    Parameters
    ----------
    seen : (n, n_radii, n_directions) array
        Share of the object at each place of a sphere.
    directions : (n_directions, 3) array
        Unit vectors to those places.

    Returns
    -------
    (n, n_radii * 11) array
        For each sphere the number of patches, the share of the sphere that each of the four
        largest has, and the cosines of the angles between them; 2 where there are fewer.
    """
    n, n_radii, count = seen.shape
    patch = _find_patches(seen > 0.5, directions).reshape(-1, count)
    row, at = np.nonzero(patch >= 0)
    code = row * count + patch[row, at].astype(np.int64)
    sizes = np.bincount(code, minlength=n * n_radii * count).reshape(-1, count)
    largest = np.argsort(-sizes, axis=1, kind="stable")[:, :MOST_ARMS]
    top = np.take_along_axis(sizes, largest, 1)
    sums = np.stack(
        [np.bincount(code, directions[at, k], n * n_radii * count) for k in range(3)], 1
    ).reshape(-1, count, 3)
    arms = np.take_along_axis(sums, largest[..., None], 1)
    arms = arms / np.maximum(np.linalg.norm(arms, axis=2, keepdims=True), 1e-9)
    first, second = np.array(list(combinations(range(MOST_ARMS), 2))).T
    cosines = np.einsum("npi,npi->np", arms[:, first], arms[:, second])
    # The largest come first: where the second of a pair is there, so is the first.
    cosines = np.where(top[:, second] >= _LEAST, cosines, _NO_ANGLE)
    number = np.sum(sizes >= _LEAST, axis=1, keepdims=True)
    described = np.concatenate([number, top / count, cosines], 1)
    return described.reshape(n, -1).astype(np.float32)
