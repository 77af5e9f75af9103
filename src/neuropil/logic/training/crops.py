"""Crops of images at random places: shifted, mirrored, dimmed and with a part cut out.

A whole training set is cropped anew in every epoch, so that the crops have a compiled form that
ends in packed bits. Both forms multiply and compare 32-bit floats in the same way, and agree in
every bit.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from neuropil.contracts import Settings

__all__ = ["Crops", "ShiftFlip", "crop_images", "crop_to_bits", "draw_crops"]

Floats = npt.NDArray[np.float32]

# The compiled form gathers the bits of a pixel above up to 7 others in a word of 64.
_MOST_LEVELS = 56


class ShiftFlip(Settings):
    """A crop at a random place of the image padded by reflection, mirrored half of the time.

    Parameters
    ----------
    padding : int
        Pixels added on each side before the crop.
    jitter : float
        Largest change of the brightness of a channel: its factor is drawn between e to the minus
        ``jitter`` and e to the ``jitter``, evenly in its logarithm.
    cutout : int
        Side of a square at a random place of the crop that is set to 0 [pixel].
    """

    padding: int = Field(default=4, ge=0)
    jitter: float = Field(default=0.0, ge=0)
    cutout: int = Field(default=0, ge=0)


@dataclass(frozen=True, eq=False)
class Crops:
    """What was drawn for each image.

    Parameters
    ----------
    corner : (n, 2) int32 array
        First row and column of the crop in the original; they lie outside where it is padded.
    mirrored : (n,) uint8 array
        1 where left and right change places.
    gain : (n, channels) float32 array
        Factor of the brightness.
    box : (n, 4) int32 array
        First and last row and column, the last excluded, of what is cut out of the crop.
    """

    corner: npt.NDArray[np.int32]
    mirrored: npt.NDArray[np.uint8]
    gain: Floats
    box: npt.NDArray[np.int32]

    def part(self, images: slice) -> Crops:
        """Return the crops of some of the images."""
        return Crops(
            self.corner[images], self.mirrored[images], self.gain[images], self.box[images]
        )


def draw_crops(shape: tuple[int, ...], settings: ShiftFlip, rng: np.random.Generator) -> Crops:
    """Draw a crop for each image.

    Parameters
    ----------
    shape : (int, int, int) or (int, int, int, int)
        Shape of the images: number, height, width, and channels where they have some.
    settings : ShiftFlip
        How far they may go.
    rng : np.random.Generator
        Source of the draws.
    """
    n, height, width = shape[:3]
    channels = shape[3] if len(shape) == 4 else 1
    place = rng.integers(0, 2 * settings.padding + 1, (2, n)).T - settings.padding
    mirrored = rng.random(n) < 0.5
    gain = np.exp(rng.uniform(-settings.jitter, settings.jitter, (n, channels)))
    middle = np.stack([rng.integers(0, height, n), rng.integers(0, width, n)], axis=1)
    first = middle - settings.cutout // 2
    box = np.stack([first, first + settings.cutout], axis=2).reshape(n, 4)
    return Crops(
        np.ascontiguousarray(place, np.int32),
        mirrored.astype(np.uint8),
        gain.astype(np.float32),
        np.ascontiguousarray(box, np.int32),
    )


def crop_images(images: npt.NDArray[np.generic], crops: Crops) -> Floats:
    """Return the crop of each image.

    Parameters
    ----------
    images : (n, height, width) or (n, height, width, channels) array
        Brightness on any scale.
    crops : Crops
        Of the same images.

    Returns
    -------
    array of float32, shape of ``images``
        Brightness on the same scale.
    """
    n, height, width = images.shape[:3]
    down = _reflect(crops.corner[:, :1] + np.arange(height), height)
    across = _reflect(crops.corner[:, 1:] + np.arange(width), width)
    across = np.where(crops.mirrored[:, None] > 0, across[:, ::-1], across)
    crop = images[np.arange(n)[:, None, None], down[:, :, None], across[:, None, :]]
    gain = crops.gain[:, 0, None, None] if images.ndim == 3 else crops.gain[:, None, None, :]
    top, bottom, left, right = crops.box.T[:, :, None]
    rows, columns = np.arange(height), np.arange(width)
    cut = ((rows >= top) & (rows < bottom))[:, :, None]
    cut = cut & ((columns >= left) & (columns < right))[:, None, :]
    dimmed: Floats = crop.astype(np.float32) * gain
    dimmed[cut] = 0
    return dimmed


def _reflect(index: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Return places inside, mirrored at the middle of the first and of the last pixel."""
    if size == 1:
        return np.zeros_like(index)
    index = np.abs(index) % (2 * (size - 1))
    return np.minimum(index, 2 * (size - 1) - index)


def crop_to_bits(
    images: npt.NDArray[Any],
    crops: Crops,
    thresholds: npt.NDArray[np.float64],
    library: ctypes.CDLL | None,
) -> npt.NDArray[np.uint8] | None:
    """Crop images and turn them into packed bits in one compiled pass.

    Parameters
    ----------
    images : (n, height, width) or (n, height, width, channels) array
        Brightness.
    crops : Crops
        Of the same images.
    thresholds : (n_features, n_levels) array
        Where the bits of each pixel and channel begin.
    library : ctypes.CDLL or None
        The compiled kernel.

    Returns
    -------
    (n, n_bits / 8 rounded up) uint8 array or None
        The lowest bit of a byte first; None where there is no kernel, or it has no such form: it
        takes bytes, and thresholds that are the same for all features.
    """
    levels = np.ascontiguousarray(thresholds[0], np.float32)
    same = bool((thresholds == thresholds[0]).all()) and levels.size <= _MOST_LEVELS
    if library is None or images.dtype != np.uint8 or not same or not len(images):
        return None
    height, width = images.shape[1:3]
    n_bits = images[0].size * levels.size
    packed = np.empty((len(images), -(-n_bits // 8)), np.uint8)
    sizes = np.array([len(images), height, width, crops.gain.shape[1], levels.size], np.int32)
    arrays = (np.ascontiguousarray(images), crops.corner, crops.mirrored, crops.gain, crops.box)
    library.crop(
        *(ctypes.c_void_p(array.ctypes.data) for array in (sizes, *arrays, levels, packed)),
        ctypes.c_int64(packed.shape[1]),
    )
    return packed
