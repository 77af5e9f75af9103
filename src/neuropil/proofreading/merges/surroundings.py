"""Descriptors of what an object looks like around a point, the same however it is turned."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.merges.arms import describe_arms, name_arms
from neuropil.proofreading.merges.cuts import cast_rays, describe_cuts, name_cuts

__all__ = ["RADII", "describe_surroundings", "name_descriptors"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Size = tuple[float, float, float]

RADII: tuple[float, ...] = (70.0, 130.0, 200.0, 280.0, 380.0, 500.0, 680.0, 900.0, 1200.0)
"""Radii of the spheres on which an object is seen [nm], a third apart."""

# About 20 degrees apart: a neurite of 140 nm is one patch on a sphere of 380 nm and is not missed.
_DIRECTIONS = 120
_DEGREES = 7
# Of these spheres the patches in which they meet the object are described as well.
_ARMS = slice(2, 8)
# Of these, what lies on either side of a cut.
_ASIDE = slice(3, 8, 2)
# Spheres from these radii on are seen in an image of half, and of a quarter of the resolution, so
# that directions between two samples count as well.
_COARSER = (300.0, 650.0)


@lru_cache(maxsize=1)
def _harmonics() -> tuple[Floats, Floats]:
    """Return directions on the sphere, and real spherical harmonics there by degree and order."""
    from scipy.special import sph_harm_y

    k = np.arange(_DIRECTIONS) + 0.5
    polar = np.arccos(1 - 2 * k / _DIRECTIONS)
    azimuth = np.pi * (1 + np.sqrt(5)) * k
    directions = np.stack(
        [np.cos(polar), np.sin(polar) * np.sin(azimuth), np.sin(polar) * np.cos(azimuth)], 1
    )
    rows = []
    for degree in range(_DEGREES):
        for order in range(-degree, degree + 1):
            value = sph_harm_y(degree, abs(order), polar, azimuth)
            part = value.imag if order < 0 else value.real
            rows.append(part * (np.sqrt(2) if order else 1.0))
    weight = np.sqrt(4 * np.pi) / _DIRECTIONS
    return directions, (np.stack(rows, 1) * weight).astype(np.float32)


def _coarsen(image: Floats) -> Floats:
    """Average blocks of two voxels along each axis."""
    edges = [(0, n % 2) for n in image.shape]
    image = np.pad(image, edges, mode="edge")
    nz, ny, nx = (n // 2 for n in image.shape)
    averaged: Floats = image.reshape(nz, 2, ny, 2, nx, 2).mean((1, 3, 5), dtype=np.float32)
    return averaged


def _look(mask: Mask, points: Floats, voxel_size: Size) -> Floats:
    """See the object on spheres around points: (n, n_radii, n_directions)."""
    from scipy.ndimage import gaussian_filter

    directions, _ = _harmonics()
    image = gaussian_filter(mask.astype(np.float32), 0.8)
    levels = [image, _coarsen(image)]
    levels.append(_coarsen(levels[1]))
    seen = []
    for radius in RADII:
        level = sum(radius >= start for start in _COARSER)
        image, edge = levels[level], np.asarray(voxel_size) * 2**level
        at = ((points[:, None] + radius * directions) / edge).astype(np.int64)
        at = np.clip(at, 0, np.asarray(image.shape) - 1)
        seen.append(image[at[..., 0], at[..., 1], at[..., 2]])
    return np.stack(seen, 1)


def _pairs() -> list[tuple[int, int]]:
    n = len(RADII)
    near = [(k, k) for k in range(n)] + [(k, k + 1) for k in range(n - 1)]
    return near + [(k, k + 3) for k in range(n - 3)]


def name_descriptors() -> tuple[str, ...]:
    """Return the names of what :func:`describe_surroundings` computes, in its order."""
    powers = [
        f"degree {degree}, {RADII[a]:g} and {RADII[b]:g} nm"
        for degree in range(_DEGREES)
        for a, b in _pairs()
    ]
    shares = (f"share at {radius:g} nm" for radius in RADII)
    return (*shares, *powers, *name_arms(RADII[_ARMS]), *name_cuts(RADII[_ASIDE]))


def describe_surroundings(mask: Mask, points: Floats, voxel_size: Size) -> Floats:
    """Describe an object around points, whatever way it is turned.

    The object is seen on spheres around each point. What is seen on a sphere is a sum of spherical
    harmonics, and what two spheres share of a degree does not depend on how the object is turned.

    Parameters
    ----------
    mask : (nz, ny, nx) bool array
        The object.
    points : (n, 3) array
        Places along z, y, x [nm from the mask's corner].
    voxel_size : tuple of float
        Edges of a voxel [nm].

    Returns
    -------
    (n, n_descriptors) array
        As :func:`name_descriptors` names them: the share of each sphere that lies in the object,
        by degree the power of a sphere and the product of two of them, the arms that cross a
        sphere, and the narrowest cut through the point with what lies on either side of it.

    References
    ----------
    Kazhdan et al. 2003, Symposium on Geometry Processing, 156: descriptors from the power of
    spherical harmonics.
    """
    directions, harmonics = _harmonics()
    seen = _look(mask, points, voxel_size)
    coefficients = seen @ harmonics
    first, second = np.array(_pairs()).T
    products = coefficients[:, first] * coefficients[:, second]
    starts = np.arange(_DEGREES) ** 2
    powers = np.add.reduceat(products, starts, axis=2)
    powers = np.moveaxis(powers, 2, 1).reshape(len(points), -1)
    arms = describe_arms(seen[:, _ARMS], directions)
    reach = cast_rays(mask, points, directions, voxel_size)
    cuts = describe_cuts(reach, seen[:, _ASIDE], directions)
    return np.concatenate([seen.mean(2), powers, arms, cuts], 1).astype(np.float32)
