"""Local features from which zones and voids are told: of brightness, texture and membranes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from neuropil.preservation.axes.grids import PIXEL, AxisSection
from neuropil.preservation.axes.links import Links
from neuropil.preservation.axes.skeletons import MembraneLines

__all__ = ["CELL", "FEATURES", "compute_features", "pool"]

Floats = npt.NDArray[np.float32]

_POOLED = 3
CELL = _POOLED * PIXEL
"""Edge of the cells of a map [nm]: a tenth of an ice hole, a third of a gap."""

# Standard deviations of averages [nm]: the surroundings of a membrane, a zone, a neurite.
_SCALES = (45.0, 90.0, 180.0)
_TEXTURE_SCALES = (60.0, 120.0)
# Bands of texture between two blurs [nm], from grain over vesicles to small organelles.
_BANDS = ((0.0, 10.0), (6.0, 16.0), (10.0, 24.0), (16.0, 40.0), (24.0, 64.0))
_PLAIN = ("brightness", "probability", "membrane", "doubt")
_RARITIES = ("ends", "gaps")
_COHERENT = (45.0, 90.0)
_EXTREMES = (("bright", 90.0), ("dark", 90.0), ("dim", 60.0))
# Spreads from the median beyond which a place counts as bright, dark or dim.
_BRIGHT, _DARK, _DIM = 0.8, -0.8, -0.3
# Blurs [nm] at which directions, extremes and contrast are read.
_FINE, _MIDDLE, _COARSE = 6.0, 16.0, 24.0
# Added where a quotient is taken: a thousandth of the spread of brightness, squared.
_FAINT = 1e-6
# A texture this much fainter than that of the section tells no more.
_FAINTEST = 1e-3
# Ends or gaps per pixel that sound tissue has.
_RARE = 1e-4

FEATURES: tuple[str, ...] = (
    *(f"{name} {scale:g}" for name in _PLAIN for scale in _SCALES),
    *(f"{name} {scale:g}" for name in _RARITIES for scale in _SCALES),
    *(f"texture {fine:g}-{coarse:g} {s:g}" for fine, coarse in _BANDS for s in _TEXTURE_SCALES),
    *(
        f"skewness {fine:g}-{coarse:g} {s:g}"
        for fine, coarse in _BANDS[1:]
        for s in _TEXTURE_SCALES
    ),
    *(f"coherence {scale:g}" for scale in _COHERENT),
    *(f"contrast {scale:g}" for scale in _TEXTURE_SCALES),
    *(f"{name} {scale:g}" for name, scale in _EXTREMES),
    "brightness here",
    "probability here",
)
"""Names of the features, in their order: what, between which blurs, and averaged over what [nm]."""


def pool(values: npt.NDArray[Any]) -> Floats:
    """Average squares of pixels to cells of a map.

    Parameters
    ----------
    values : (ny, nx) array
        Values of pixels of 10 nm.

    Returns
    -------
    (ky, kx) float32 array
        Means of cells of 30 nm; rows and columns that fill no cell are repeated until they do.
    """
    missing = [(0, -n % _POOLED) for n in values.shape]
    padded = np.pad(np.asarray(values, np.float32), missing, mode="edge")
    ky, kx = (n // _POOLED for n in padded.shape)
    return padded.reshape(ky, _POOLED, kx, _POOLED).mean(axis=(1, 3))


def compute_features(section: AxisSection, lines: MembraneLines, links: Links) -> Floats:
    """Compute the features of each cell of a map.

    Parameters
    ----------
    section : AxisSection
        Brightness and probability of membranes.
    lines : MembraneLines
        Centre lines and free ends.
    links : Links
        Gaps.

    Returns
    -------
    (ky, kx, n_features) float32 array
        In the order of :data:`FEATURES`.
    """
    shape = (section.image.shape[0], section.image.shape[1])
    ends = np.zeros(shape, np.float32)
    ends[tuple(lines.ends.T)] = 1
    chance = section.probability
    brightness, here = pool(section.image), pool(chance)
    plain = (brightness, here, pool(lines.lines), pool(chance * (1 - chance)))
    found = [_blur(cells, scale) for cells in plain for scale in _SCALES]
    for cells in (pool(ends), pool(links.draw(shape))):
        found += [np.log(_blur(cells, scale) + _RARE) for scale in _SCALES]
    levels = {sigma for band in _BANDS for sigma in band}
    blurred = {sigma: _smooth(section.image, sigma) for sigma in levels}
    found += _measure_textures(blurred)
    found += _measure_coherence(blurred[_FINE])
    found += _measure_contrast(blurred[_COARSE], blurred[_MIDDLE])
    return np.stack([*found, brightness, here], axis=-1).astype(np.float32)


def _smooth(image: Floats, sigma: float) -> Floats:
    if sigma == 0:
        return image
    return np.asarray(gaussian_filter(image, sigma / PIXEL, mode="nearest", truncate=3.0))


def _blur(cells: Floats, scale: float) -> Floats:
    return np.asarray(gaussian_filter(cells, scale / CELL, mode="nearest", truncate=3.0))


def _measure_textures(blurred: dict[float, Floats]) -> list[Floats]:
    """Measure the power of each band, against that of the section, and its skewness.

    Noise and blur are everywhere, damage is not: a texture is compared with the median of its
    section. Flocs are dark spots on a pale ground, vesicles are rings, noise is neither.
    """
    power, skewness = [], []
    for fine, coarse in _BANDS:
        band = blurred[fine] - blurred[coarse]
        square = band * band
        cells = pool(square)
        cubes = pool(square * band) if fine else None
        for scale in _TEXTURE_SCALES:
            near = _blur(cells, scale)
            power.append(np.log(near / (np.median(near) + _FAINT) + _FAINTEST))
            if cubes is not None:
                skewness.append(_blur(cubes, scale) / (near**1.5 + _FAINT))
    return [*power, *skewness]


def _measure_coherence(blurred: Floats) -> list[Floats]:
    """Tell how alike the directions of edges are: 1 along a membrane, 0 in a cloud."""
    down, right = (np.gradient(blurred, axis=axis) for axis in (0, 1))
    squares = pool(down * down), pool(right * right), pool(down * right)
    found = []
    for scale in _COHERENT:
        first, second, mixed = (_blur(cells, scale) for cells in squares)
        strength = np.sqrt((first - second) ** 2 + 4 * mixed**2)
        found.append(strength / (first + second + _FAINT))
    return found


def _measure_contrast(coarse: Floats, middle: Floats) -> list[Floats]:
    """Measure how uneven brightness is nearby, and how much of it is bright, dark or dim."""
    mean, square = pool(coarse), pool(coarse * coarse)
    uneven = [
        np.sqrt(np.maximum(_blur(square, scale) - _blur(mean, scale) ** 2, 0))
        for scale in _TEXTURE_SCALES
    ]
    beyond = {
        "bright": np.maximum(middle - _BRIGHT, 0),
        "dark": np.maximum(_DARK - middle, 0),
        "dim": np.maximum(_DIM - middle, 0),
    }
    return [*uneven, *(_blur(pool(beyond[name]), scale) for name, scale in _EXTREMES)]
