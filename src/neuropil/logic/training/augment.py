"""Augmented copies of images: affine maps with an elastic field, and shifted, mirrored crops.

Parameters are drawn for each image. All copies are float images on the scale of the originals, so
that an encoder turns both into bits in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from neuropil.contracts import Settings
from neuropil.logic.training.crops import ShiftFlip, crop_images, draw_crops

__all__ = ["AffineElastic", "Augmentation", "ShiftFlip", "augment", "parse_augmentation"]

Floats = npt.NDArray[np.float32]

_TRUNCATE = 3.0  # standard deviations after which the blur ends; 0.3 % of its weight is beyond


class AffineElastic(Settings):
    """A rotation, shear, scale and elastic field for each image, in one bilinear resampling.

    Parameters
    ----------
    rotation, shear : float
        Largest angle; drawn uniformly from minus to plus that [deg].
    scale : float
        Largest relative change of size.
    elastic : float
        Strength of the elastic field [pixel]: the displacement is half of it times blurred
        uniform noise in [-1, 1].
    smoothness : float
        Standard deviation of the blur [pixel].

    Notes
    -----
    The defaults were set for handwritten digits of 28 pixels, where the field displaces a pixel by
    0.87 pixels (card.md, "How it is trained"); other strengths were not compared.
    """

    rotation: float = Field(default=10.0, ge=0, le=180)
    shear: float = Field(default=10.0, ge=0, lt=90)
    scale: float = Field(default=0.1, ge=0, lt=1)
    elastic: float = Field(default=64.0, ge=0)
    smoothness: float = Field(default=6.0, gt=0)


Augmentation = AffineElastic | ShiftFlip


def parse_augmentation(
    settings: Augmentation | Mapping[str, Any] | None,
) -> Augmentation | None:
    """Return an augmentation from its settings.

    Parameters
    ----------
    settings : Augmentation, mapping or None
        A mapping with ``padding`` is one of :class:`ShiftFlip`, any other one of
        :class:`AffineElastic`; None has no augmentation.

    Raises
    ------
    ConfigError
        When a setting is unknown or out of range, or there are no settings.

    Examples
    --------
    >>> parse_augmentation({"padding": 2})
    ShiftFlip(padding=2, jitter=0.0, cutout=0)
    """
    if settings is None or isinstance(settings, Augmentation):
        return settings
    kind = ShiftFlip if isinstance(settings, Mapping) and "padding" in settings else AffineElastic
    return kind.build(settings, where="augmentation")


def augment(
    images: npt.NDArray[np.generic],
    settings: Augmentation,
    rng: np.random.Generator,
) -> Floats:
    """Return one augmented copy of each image.

    Parameters
    ----------
    images : (n, height, width) or (n, height, width, channels) array
        Brightness on any scale.
    settings : Augmentation
        What is drawn.
    rng : np.random.Generator
        Source of the draws.

    Returns
    -------
    array of float32, shape of ``images``
        Brightness on the same scale; 0 beyond the border of the original.
    """
    if isinstance(settings, ShiftFlip):
        return crop_images(images, draw_crops(images.shape, settings, rng))
    y, x = _source_places(images.shape[:3], settings, rng)
    if images.ndim == 3:
        return _resample(images, y, x)
    channels = [_resample(images[..., c], y, x) for c in range(images.shape[3])]
    return np.stack(channels, axis=-1)


def _source_places(
    shape: tuple[int, int, int], settings: AffineElastic, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return (n, height, width) rows and columns [pixel] that each output pixel reads."""
    n, height, width = shape
    theta, phi = (
        np.deg2rad(rng.uniform(-limit, limit, (n, 1, 1))).astype(np.float32)
        for limit in (settings.rotation, settings.shear)
    )
    size = rng.uniform(1 - settings.scale, 1 + settings.scale, (n, 1, 1)).astype(np.float32)
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    down = (np.arange(height, dtype=np.float32) - np.float32(centre_y))[None, :, None]
    across = (np.arange(width, dtype=np.float32) - np.float32(centre_x))[None, None, :]
    across = across + np.tan(phi) * down
    x = (np.cos(theta) * across - np.sin(theta) * down) / size + np.float32(centre_x)
    y = (np.sin(theta) * across + np.cos(theta) * down) / size + np.float32(centre_y)
    if settings.elastic:
        noise = rng.random((2, n, height, width), dtype=np.float32) * 2 - 1
        field = _blur(height, settings.smoothness) @ noise @ _blur(width, settings.smoothness).T
        x += np.float32(settings.elastic / 2) * field[0]
        y += np.float32(settings.elastic / 2) * field[1]
    return y, x


def _blur(n: int, deviation: float) -> Floats:
    """Return the (n, n) matrix of a normalised Gaussian blur with zeros beyond the border."""
    distance = np.arange(n)[:, None] - np.arange(n)[None, :]
    reach = int(_TRUNCATE * deviation)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weight = np.exp(-0.5 * (distance / deviation) ** 2) / kernel.sum()
    matrix: Floats = np.where(np.abs(distance) <= reach, weight, 0.0).astype(np.float32)
    return matrix


def _resample(images: npt.NDArray[np.generic], y: Floats, x: Floats) -> Floats:
    """Read images bilinearly at (n, height, width) places, with zeros beyond the border."""
    n, height, width = images.shape
    padded = np.zeros((n, height + 2, width + 2), np.float32)
    padded[:, 1:-1, 1:-1] = images
    flat = padded.ravel()
    y = np.clip(y + 1, 0, np.float32(height + 0.999))
    x = np.clip(x + 1, 0, np.float32(width + 0.999))
    row, column = y.astype(np.int32), x.astype(np.int32)
    below, right = y - row, x - column
    at = (row * (width + 2) + column).astype(np.intp)
    at += (np.arange(n) * (height + 2) * (width + 2))[:, None, None]
    step = width + 2
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + step] * (1 - right) + flat[at + step + 1] * right
    result: Floats = upper * (1 - below) + lower * below
    return result
