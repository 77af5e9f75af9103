"""Descriptors of the narrowest cut through a point of an object, and of what lies on either side.

Where two neurites touch side by side, the narrowest cut lies along both of them, and two arms
leave on each side. Where one neurite branches, the narrowest cut goes across an arm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.merges.arms import count_patches

__all__ = ["cast_rays", "describe_cuts", "name_cuts"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Size = tuple[float, float, float]

# The longest edge of a voxel of mouse cortex: shorter steps would see the same voxels twice.
_STEP, _FARTHEST = 40.0, 1000.0
# Half the width of the band of directions that stands for the plane of a cut, as a cosine: it
# holds a sixth of them.
_BAND = 0.16
# An arm is on one side of a cut where it leaves its plane by this cosine at least.
_ASIDE = 0.15
_SIDES = ("lean off the cut", "lesser side", "larger side", "fewer arms", "more arms")
_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


def cast_rays(mask: Mask, points: Floats, directions: Floats, voxel_size: Size) -> Floats:
    """Measure how far an object reaches from points, in straight lines.

    Parameters
    ----------
    mask : (nz, ny, nx) bool array
        The object.
    points : (n, 3) array
        Places in it along z, y, x [nm from the mask's corner].
    directions : (n_directions, 3) array
        Unit vectors.
    voxel_size : tuple of float
        Edges of a voxel [nm].

    Returns
    -------
    (n, n_directions) array
        Distance to the first place outside, up to 1,000 nm [nm].
    """
    count = len(directions)
    start = np.repeat((points / voxel_size).astype(np.float32), count, 0)
    step = np.tile((_STEP * directions / voxel_size).astype(np.float32), (len(points), 1))
    length = np.zeros(len(start))
    alive = np.arange(len(start))
    last = np.asarray(mask.shape, np.int32) - 1
    for _ in range(int(_FARTHEST / _STEP)):
        start += step
        at = np.minimum(np.maximum(start, 0).astype(np.int32), last)
        inside = mask[at[:, 0], at[:, 1], at[:, 2]]
        alive, start, step = alive[inside], start[inside], step[inside]
        length[alive] += _STEP
    return length.reshape(len(points), count) + _STEP / 2


def name_cuts(radii: tuple[float, ...]) -> tuple[str, ...]:
    """Return the names of what :func:`describe_cuts` computes, in its order."""
    names = [f"reach, quantile {share:g}" for share in _SHARES]
    names += ["radius of the cut", "spread of its radius", "radius of the widest cut"]
    names += ["mean radius of cuts across it", "shorter reach off the cut", "longer reach off it"]
    names += ["lesser volume off the cut", "larger volume off it"]
    for radius in radii:
        names += [
            f"{what} at {radius:g} nm"
            for what in (
                "lean off the cut",
                "lesser side",
                "larger side",
                "fewer arms",
                "more arms",
            )
        ]
    return tuple(names)


def describe_cuts(reach: Floats, seen: Floats, directions: Floats) -> Floats:
    """Describe the narrowest cut through each point.

    Parameters
    ----------
    reach : (n, n_directions) array
        Of :func:`cast_rays` [nm].
    seen : (n, n_radii, n_directions) array
        Share of the object at each place of spheres around the points.
    directions : (n_directions, 3) array
        Unit vectors to those places.

    Returns
    -------
    (n, 13 + n_radii * 5) array
        How far the object reaches; the radius of a circle with the area of the narrowest cut, of
        the widest and of those across it; how far it reaches off the cut on either side, and the
        volume seen there as the radius of a ball [nm]. For each sphere how far off the cut's plane
        the object lies, its shares on either side, and the arms there.
    """
    cosines = directions @ directions.T
    band = (np.abs(cosines) < _BAND).astype(np.float64)
    band /= band.sum(1, keepdims=True)
    squares = reach**2
    areas = squares @ band.T
    cut = areas.argmin(1)
    across = np.take_along_axis(areas @ band.T, cut[:, None], 1)[:, 0]
    spread = np.sqrt(np.maximum(areas - (reach @ band.T) ** 2, 0))
    rows = np.arange(len(reach))
    lean = cosines[cut]
    along = reach[rows, cut], reach[rows, (lean).argmin(1)]
    off = [np.cbrt((reach**3 * side).mean(1) * 2) for side in (lean > 0, lean < 0)]
    described = [
        *np.quantile(reach, _SHARES, axis=1),
        np.sqrt(areas[rows, cut]),
        spread[rows, cut],
        np.sqrt(areas.max(1)),
        np.sqrt(across),
        *np.sort(along, axis=0),
        *np.sort(off, axis=0),
    ]
    return np.concatenate([np.stack(described, 1), _describe_sides(seen, directions, lean)], 1)


def _describe_sides(seen: Floats, directions: Floats, lean: Floats) -> Floats:
    """Describe what spheres show on either side of a cut: (n, n_radii * 5)."""
    total = np.maximum(seen.sum(2), 1e-6)
    above, below = (lean > _ASIDE)[:, None], (lean < -_ASIDE)[:, None]
    flat = np.einsum("nrd,nd->nr", seen, lean**2) / total
    shares = np.sort([(seen * side).mean(2) for side in (above, below)], axis=0)
    inside = seen > 0.5
    arms = np.sort([count_patches(inside & side, directions) for side in (above, below)], axis=0)
    sides = np.stack([flat, *shares, *arms], 2)
    return sides.reshape(len(seen), -1)
