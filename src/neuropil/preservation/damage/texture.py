"""Blurs, borrowed texture and smooth random fields: what damage is painted with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, uniform_filter1d

from neuropil.preservation.damage.tissue import Floats, Mask, Size

__all__ = [
    "blend",
    "blur_sections",
    "borrow_grain",
    "draw_field",
    "spread_level",
]

Places = npt.NDArray[np.integer[Any]]

# Waves of a random field: with 128 its values are Gaussian to the eye and the cost is nothing.
_WAVES = 128
# Edge of the blocks that take their grain from one place as far as they can [nm]: seams between
# grain from different places are sharper than grain.
_PATCH = 96.0
# How many shifts are tried before a voxel takes its grain from anywhere, and how far they go
# [nm]: beyond a membrane, and within the same light.
_SHIFTS = 24
_NEAREST, _FARTHEST = 40.0, 480.0
# Added to weights, so that places with nothing near take the mean of the whole.
_FAINT = 1e-4


def draw_field(
    shape: tuple[int, ...], voxel_size: Size, length: float, rng: np.random.Generator
) -> Floats:
    """Draw a smooth Gaussian random field: a sum of waves of random direction.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along z, y and x.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    length : float
        Distance at which the correlation has fallen to exp(-1/2) [nm].
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    (nz, ny, nx) array
        Values of mean 0 and standard deviation 1 over all places of an endless field: a volume that
        is small beside ``length`` has nearly one value.
    """
    waves = rng.normal(0, 1 / length, (3, _WAVES))
    phases = rng.uniform(0, 2 * np.pi, _WAVES)
    places = [np.arange(n) * edge for n, edge in zip(shape, voxel_size, strict=True)]
    z, y, x = (
        np.exp(1j * np.outer(at, wave)).astype(np.complex64)
        for at, wave in zip(places, waves, strict=True)
    )
    z = z * np.exp(1j * phases).astype(np.complex64) * np.sqrt(2 / _WAVES)
    # Each section is one product of matrices.
    return np.stack([((y * one) @ x.T).real for one in z]).astype(np.float32)


def blur_sections(values: Floats, blur: float, voxel_size: Size) -> Floats:
    """Blur each section by about a Gaussian, at a cost that does not grow with the blur.

    Parameters
    ----------
    values : (nz, ny, nx) array
        What to blur.
    blur : float
        Standard deviation [nm].
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    (nz, ny, nx) array
        Three box averages in a row along y and x, which have the variance that was asked for to
        within the rounding of the boxes; a Gaussian where it is under four voxels.
    """
    sigmas = [blur / edge for edge in voxel_size[1:]]
    if min(sigmas) < 4:
        return np.asarray(gaussian_filter(values, [0.0, *sigmas], truncate=3))
    for axis, sigma in enumerate(sigmas, 1):
        # Three boxes of width w have the variance (w^2 - 1) / 4; odd ones do not move the image.
        width = 2 * round((np.sqrt(4 * sigma**2 + 1) - 1) / 2) + 1
        for _ in range(3):
            values = uniform_filter1d(values, width, axis)
    return values


def spread_level(image: Floats, source: Mask, blur: float, voxel_size: Size) -> Floats:
    """Average the brightness of some voxels and spread it over their surroundings.

    Parameters
    ----------
    image : (nz, ny, nx) array
        Brightness.
    source : (nz, ny, nx) bool array
        Voxels that count.
    blur : float
        Standard deviation of the average, in the section [nm].
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    (nz, ny, nx) array
        Weighted mean of the voxels that count, at every voxel; far from all of them, their overall
        mean.
    """
    mean = float(image[source].mean()) if source.any() else float(image.mean())
    weight = blur_sections(source.astype(image.dtype), blur, voxel_size)
    total = blur_sections(np.where(source, image - mean, 0), blur, voxel_size)
    return np.asarray(mean + total / (weight + _FAINT))


def _draw_shifts(shape: tuple[int, ...], voxel_size: Size, rng: np.random.Generator) -> Floats:
    angles = rng.uniform(0, 2 * np.pi, _SHIFTS)
    # The nearest first: light and texture are alike there.
    lengths = np.sort(rng.uniform(_NEAREST, _FARTHEST, _SHIFTS))
    shifts = lengths * np.stack([np.sin(angles), np.cos(angles)])
    limits = np.array(shape[1:])[:, None] - 1
    return np.clip(np.rint(shifts / np.array(voxel_size[1:])[:, None]), -limits, limits)


def borrow_grain(
    grain: Floats, source: Mask, target: Mask, voxel_size: Size, rng: np.random.Generator
) -> Floats:
    """Copy the fine texture of some voxels to others, in coherent patches of the same section.

    Parameters
    ----------
    grain : (nz, ny, nx) array
        Deviation of the brightness from its level.
    source : (nz, ny, nx) bool array
        Voxels whose texture is copied.
    target : (nz, my, mx) bool array
        Voxels that need one, in a frame of any size with the same origin.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    (n_target,) array
        Deviation at each voxel that needs one, in the order of ``np.nonzero``.
    """
    # 32 bits halve the time of the search, where they hold every place.
    kind = np.int32 if grain.size < 2**31 else np.int64
    places: Places = np.stack(np.nonzero(target)).astype(kind)
    shifts: Places = _draw_shifts(grain.shape, voxel_size, rng).astype(kind)
    block = _index_blocks(places, target.shape, voxel_size)
    order = _rank_shifts(source, places, shifts, block)
    values = np.zeros(places.shape[1], grain.dtype)
    left = np.arange(len(values))
    allowed, lent = source.ravel(), grain.ravel()
    for best in order:
        there = _shift(places, shifts[:, best[block]], grain.shape)
        fits = allowed[there]
        values[left[fits]] = lent[there[fits]]
        places, block, left = places[:, ~fits], block[~fits], left[~fits]
        if not len(left):
            return values
    pool = grain[source] if source.any() else grain.ravel()
    values[left] = rng.choice(pool, len(left))
    return values


def _index_blocks(places: Places, shape: tuple[int, ...], voxel_size: Size) -> Places:
    """Give the number of the block that each place lies in."""
    edges = [max(4, round(_PATCH / edge)) for edge in voxel_size[1:]]
    across = -(-shape[2] // edges[1])
    down = -(-shape[1] // edges[0])
    return (places[0] * down + places[1] // edges[0]) * across + places[2] // edges[1]


def _rank_shifts(source: Mask, places: Places, shifts: Places, block: Places) -> Places:
    """Rank the shifts for each block by how much of it they serve, the best first."""
    allowed, count = source.ravel(), int(block.max(initial=-1)) + 1
    served = [
        np.bincount(block, allowed[_shift(places, one[:, None], source.shape)], count)
        for one in shifts.T
    ]
    return np.argsort(-np.array(served), axis=0, kind="stable")


def _shift(places: Places, shifts: Places, shape: tuple[int, ...]) -> Places:
    """Return the flat places that lie some pixels away in the same section."""
    # Around the edge: its other side is tissue as good, and larger frames repeat it.
    z, (y, x) = places[0], (places[1:] + shifts) % np.array(shape[1:], places.dtype)[:, None]
    return (z * shape[1] + y) * shape[2] + x


def blend(old: Floats, new: Floats, mask: Mask, ramp: float, voxel_size: Size) -> Floats:
    """Replace brightness within a mask, with a soft edge that lies inside it.

    Parameters
    ----------
    old, new : (nz, ny, nx) array
        Brightness outside, and deep inside.
    mask : (nz, ny, nx) bool array
        Where to replace.
    ramp : float
        Width of the edge, in the section [nm]: about half of it inside, the old is half replaced.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    (nz, ny, nx) array
        Brightness, bit-identical to the old outside the mask.
    """
    # The blurred mask is a half at its straight edge: what is beyond makes the ramp.
    inner = 2 * blur_sections(mask.astype(old.dtype), ramp / 2, voxel_size) - 1
    return np.where(mask, old + np.clip(inner, 0, 1) * (new - old), old)
