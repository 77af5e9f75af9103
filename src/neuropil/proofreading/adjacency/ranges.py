"""Which brightness stands for 0 and for 255 in evidence, of a volume that is seen in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = [
    "BlockValues",
    "Range",
    "Ranges",
    "find_range",
    "require_contrast",
    "require_finite",
    "stretch_range",
]

Values = npt.NDArray[np.floating[Any]]
Range = tuple[float, float]
"""The value that becomes 0 and the one that becomes 255."""

# Shares of the values that are darker and brighter than what the bytes can tell [%].
_SHARES = (0.1, 99.9)


@dataclass(frozen=True)
class Ranges:
    """Ranges of the three kinds of values that are made of an image.

    Parameters
    ----------
    smooth, single, curvature : tuple of float, optional
        Of the smoothed image, of the image, and of the largest curvature of the smoothed image; the
        percentiles of what is seen when not given.
    """

    smooth: Range | None = None
    single: Range | None = None
    curvature: Range | None = None


def require_finite(image: npt.NDArray[Any], first: Sequence[int] = (0, 0, 0)) -> None:
    """Refuse an image with a voxel whose brightness is no number.

    Percentiles and filters would carry it on to every voxel, and bytes hide it.

    Parameters
    ----------
    image : (nz, ny, nx) array
        Brightness.
    first : sequence of int
        Place of its first voxel in the volume, for the message.

    Raises
    ------
    InputError
        When a voxel is NaN or infinite; the message names the first one.
    """
    if np.issubdtype(image.dtype, np.integer):
        return
    known = np.isfinite(image)
    if not known.all():
        place = np.unravel_index(int(known.argmin()), image.shape)
        z, y, x = (low + int(step) for low, step in zip(first, place, strict=True))
        raise InputError(
            f"expected a brightness that is a finite number, found {image[place]} at voxel "
            f"z = {z}, y = {y}, x = {x}",
            where="image",
            repair="Replace such voxels by the brightness around them, or cut them off.",
        )


def require_contrast(bounds: Range) -> None:
    """Refuse an image that is the same nearly everywhere.

    Parameters
    ----------
    bounds : tuple of float
        Its 0.1 and 99.9 percentiles.

    Raises
    ------
    InputError
        When they are equal; nothing could be seen in it.
    """
    low, high = bounds
    if not high > low:
        raise InputError(
            f"expected an image in which brightness differs, found {low:g} nearly everywhere",
            where="image",
            repair="Name the image of this tissue; a blank one tells nothing about its objects.",
        )


def stretch_range(values: Values, bounds: Range | None = None) -> npt.NDArray[np.uint8]:
    """Bring values to 0 to 255 by their 0.1 and 99.9 percentiles.

    Parameters
    ----------
    values : array
        Any values.
    bounds : tuple of float, optional
        What becomes 0 and 255; the percentiles of the values when not given.

    Returns
    -------
    uint8 array
        Of the same shape.
    """
    low, high = bounds or find_range([values], values.size)
    scaled = np.clip((values - np.float64(low)) / max(high - low, 1e-6), 0, 1)
    return (255 * scaled).astype(np.uint8)


def find_range(parts: Iterable[Values], n: int) -> Range:
    """Find the 0.1 and 99.9 percentiles of values that come in parts.

    Parameters
    ----------
    parts : iterable of array
        Values.
    n : int
        How many there are in all.

    Returns
    -------
    tuple of float
        Both percentiles, interpolated as NumPy does it.
    """
    found = BlockValues(n)
    for part in parts:
        found.add(part)
    return found.range()


class BlockValues:
    """Keeps the lowest and the highest values of those that come in parts.

    What is held is one hundredth of a volume at most, so that percentiles of the whole are exact
    and the whole is never in memory.

    Parameters
    ----------
    n : int
        How many values come in all.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._places = [share / 100 * (n - 1) for share in _SHARES]
        low, high = (int(place) for place in self._places)
        self._lowest, self._highest = _Tail(min(low + 2, n)), _Tail(n - high)

    def add(self, values: Values) -> None:
        """Take some of the values.

        Parameters
        ----------
        values : array
            Any shape.
        """
        flat = values.reshape(-1)
        self._lowest.add(flat)
        self._highest.add(-flat)

    def range(self) -> Range:
        """Return the two percentiles, interpolated between neighbours as NumPy does it."""
        low, high = self._places
        lowest, highest = self._lowest.sort(), -self._highest.sort()[::-1]
        # The highest begin at the place below the percentile.
        return _interpolate(lowest, low, int(low)), _interpolate(highest, high, 0)


def _interpolate(values: Values, place: float, row: int) -> float:
    one, other = values[row], values[min(row + 1, len(values) - 1)]
    share, step = place - int(place), np.float64(other - one)
    return float(one + step * share if share < 0.5 else other - step * (1 - share))


class _Tail:
    """The lowest of values that come in parts."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._kept: list[Values] = []
        self._held = 0

    def add(self, values: Values) -> None:
        self._kept.append(self._cut(values))
        self._held += len(self._kept[-1])
        # Not after each part, which would take time for each of them.
        if self._held > 4 * self._n:
            self._kept = [self._cut(np.concatenate(self._kept))]
            self._held = self._n

    def sort(self) -> Values:
        return np.sort(self._cut(np.concatenate(self._kept)))

    def _cut(self, values: Values) -> Values:
        if len(values) <= self._n:
            return values
        return np.partition(values, self._n - 1)[: self._n].copy()
