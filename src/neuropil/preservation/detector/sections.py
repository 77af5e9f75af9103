"""Sections as the network sees them: of one pixel size, one brightness and one spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neuropil.contracts import InputError

__all__ = ["check_section", "pad_section", "resample_section", "standardise_section"]

Section = npt.NDArray[np.float32]

# Of a normal distribution these lie one standard deviation below and above the median. Quantiles
# and not moments, because voids and dirt may be brighter or darker than all tissue.
_LOW, _HIGH = 15.87, 84.13
# Every third pixel along both axes; of a section of 250 x 250 the quantiles then differ by less
# than a hundredth of their distance.
_SPARSE = 3


def check_section(section: npt.NDArray[Any]) -> Section:
    """Return a section in single precision.

    Parameters
    ----------
    section : (ny, nx) array
        Brightness.

    Raises
    ------
    InputError
        When a value is not finite; replace it by the median.
    """
    values = np.asarray(section, np.float32)
    # A sum is finite only where all values are, and takes no second array.
    if not np.isfinite(values.sum(dtype=np.float64)):
        n = int((~np.isfinite(values)).sum())
        raise InputError(
            f"expected brightness that is finite, found {n} pixels that are not",
            where="image",
            repair="Replace them by the median of the section.",
        )
    return values


def standardise_section(section: npt.NDArray[Any]) -> Section:
    """Bring the median of a section to 0 and its spread to 1.

    Parameters
    ----------
    section : (ny, nx) array
        Brightness.

    Returns
    -------
    (ny, nx) float32 array
        All 0 where the section is of one brightness.

    Raises
    ------
    InputError
        When a value is not finite; replace it by the median.
    """
    values = check_section(section)
    step = _SPARSE if min(values.shape) > 20 * _SPARSE else 1
    low, middle, high = np.percentile(values[::step, ::step], (_LOW, 50, _HIGH))
    spread = (high - low) / 2
    return (values - np.float32(middle)) / np.float32(spread if spread > 0 else 1.0)


def resample_section(section: npt.NDArray[Any], shape: tuple[int, int]) -> Section:
    """Resample a section to a grid of another number of pixels over the same field.

    Parameters
    ----------
    section : (ny, nx) array
        Values of pixels.
    shape : tuple of int
        New number of pixels along y and x.

    Returns
    -------
    (new ny, new nx) float32 array
        Linear between pixels; before it is thinned out the section is blurred by what the larger
        pixel averages.
    """
    values = np.asarray(section, np.float32)
    if values.shape == shape:
        return values
    ratios = [old / new for old, new in zip(values.shape, shape, strict=True)]
    # A box of r pixels has the variance (r^2 - 1) / 12 beyond that of one pixel.
    blur = [max(ratio**2 - 1, 0.0) ** 0.5 / 12**0.5 for ratio in ratios]
    if max(blur) > 0:
        values = ndimage.gaussian_filter(values, blur, mode="nearest", truncate=3.0)
    # By the centres of pixels, so that both grids cover the same field.
    offset = [(ratio - 1) / 2 for ratio in ratios]
    return ndimage.affine_transform(
        values, ratios, offset, output_shape=shape, order=1, mode="nearest"
    )


def pad_section(section: Section, multiple: int) -> Section:
    """Mirror a section at its lower and right edge until a number divides its edges.

    Parameters
    ----------
    section : (ny, nx) array
        Values of pixels.
    multiple : int
        What divides both edges of the result.
    """
    missing = [(0, -n % multiple) for n in section.shape]
    return np.pad(section, missing, mode="symmetric")
