"""Noise, contrast and clipped or empty parts of a section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Exposure", "estimate_noise", "measure_exposure"]

Section = npt.NDArray[Any]

# Median absolute deviation to standard deviation of a normal distribution.
_NORMAL = 1.4826
# The mask of Immerkaer has the norm 6: divided by it, white noise keeps its spread.
_MASK_NORM = 6.0
# Percentiles one standard deviation below and above the median of a normal distribution. Voids
# and dirt, which are brighter or darker than all tissue, hardly move them.
_LOW, _HIGH = 15.87, 84.13
# Edge of the squares in which a section is searched for empty places [pixels]: in tissue no
# sixty-four pixels are of one brightness.
_SQUARE = 8


@dataclass(frozen=True)
class Exposure:
    """How a section was exposed.

    Parameters
    ----------
    noise : float
        Standard deviation of white noise, in the units of the image.
    contrast : float
        Spread of brightness without that noise, in the units of the image.
    saturated : float
        Share of pixels at the brightest or darkest value of the section, outside empty places.
    empty : float
        Share of the area in which all pixels are of one brightness.
    """

    noise: float
    contrast: float
    saturated: float
    empty: float

    @property
    def snr(self) -> float:
        """Contrast over noise; 0 where there is no contrast, infinite where there is no noise."""
        if self.contrast == 0:
            return 0.0
        return self.contrast / self.noise if self.noise > 0 else float("inf")


def estimate_noise(section: Section) -> float:
    """Estimate the white noise of a section from its second differences.

    Parameters
    ----------
    section : (ny, nx) array
        Brightness, three pixels or more along each axis.

    Returns
    -------
    float
        Standard deviation. Noise that is correlated between pixels, as in images that were
        resampled, is not all seen.

    References
    ----------
    Immerkaer 1996, Computer Vision and Image Understanding 64:300, for the mask, whose mean is
    replaced by a median here, which edges disturb less.
    """
    values = np.asarray(section, np.float32)
    rows = values[:-2] - 2 * values[1:-1] + values[2:]
    both = rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]
    return float(_NORMAL * np.median(np.abs(both)) / _MASK_NORM)


def measure_exposure(section: Section) -> Exposure:
    """Measure noise, contrast, and what is clipped or empty.

    Parameters
    ----------
    section : (ny, nx) array
        Brightness.

    Returns
    -------
    Exposure
        Noise and contrast are of the whole section.
    """
    values = np.asarray(section, np.float32)
    noise = estimate_noise(values)
    low, high = np.percentile(values, (_LOW, _HIGH))
    spread = (high - low) / 2
    contrast = float(np.sqrt(max(spread**2 - noise**2, 0.0)))
    empty = _find_empty(values)
    extremes = (values == values.max()) | (values == values.min())
    saturated = float((extremes & ~empty).mean()) if not empty.all() else 0.0
    return Exposure(noise, contrast, saturated, float(empty.mean()))


def _find_empty(values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Mark squares of one brightness; what is left over at the edges goes with its neighbours."""
    ny, nx = (n // _SQUARE * _SQUARE for n in values.shape)
    if not (ny and nx):
        return np.full(values.shape, values.min() == values.max())
    squares = values[:ny, :nx].reshape(ny // _SQUARE, _SQUARE, nx // _SQUARE, _SQUARE)
    flat = squares.max(axis=(1, 3)) == squares.min(axis=(1, 3))
    rows = np.minimum(np.arange(values.shape[0]) // _SQUARE, flat.shape[0] - 1)
    columns = np.minimum(np.arange(values.shape[1]) // _SQUARE, flat.shape[1] - 1)
    return flat[np.ix_(rows, columns)]
