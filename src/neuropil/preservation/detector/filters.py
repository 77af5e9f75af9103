"""A bank of filters that describes each pixel of a section by its surroundings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

__all__ = ["SCALES", "apply_filters"]

Floats = npt.NDArray[np.float32]

SCALES = (1.0, 2.0, 4.0, 8.0)
"""Standard deviations of the filters [pixels]."""

# The difference is between a Gaussian and one this much wider, near the Laplacian's own shape.
_WIDER = 1.6


def apply_filters(section: Floats, scales: tuple[float, ...] = SCALES) -> Floats:
    """Describe each pixel by its brightness and by seven filters at each scale.

    At each scale: Gaussian, length of the gradient, both eigenvalues of the Hessian matrix, both of
    the structure tensor, and a difference of Gaussians.

    Parameters
    ----------
    section : (ny, nx) array
        Standardised brightness.
    scales : tuple of float
        Standard deviations [pixels].

    Returns
    -------
    (ny * nx, 1 + 7 * len(scales)) array
        A row for each pixel.
    """
    columns = [np.asarray(section, np.float32)]
    for scale in scales:
        columns += _filter(columns[0], scale)
    return np.stack([column.ravel() for column in columns], axis=1)


def _filter(section: Floats, scale: float) -> list[Floats]:
    smooth = ndimage.gaussian_filter(section, scale)
    dy, dx = (_derive(section, scale, order) for order in ((1, 0), (0, 1)))
    dyy, dxy, dxx = (_derive(section, scale, order) for order in ((2, 0), (1, 1), (0, 2)))
    tensor = [ndimage.gaussian_filter(each, scale) for each in (dy * dy, dy * dx, dx * dx)]
    wider = ndimage.gaussian_filter(section, _WIDER * scale)
    return [
        smooth,
        np.hypot(dy, dx),
        *_eigenvalues(dyy, dxy, dxx),
        *_eigenvalues(*tensor),
        smooth - wider,
    ]


def _derive(section: Floats, scale: float, order: tuple[int, int]) -> Floats:
    return ndimage.gaussian_filter(section, scale, order=order)


def _eigenvalues(yy: Floats, xy: Floats, xx: Floats) -> tuple[Floats, Floats]:
    """Return the larger and the smaller eigenvalue of symmetric matrices of 2 x 2."""
    middle = np.asarray((yy + xx) / 2, np.float32)
    half = np.asarray(np.hypot((yy - xx) / 2, xy), np.float32)
    return middle + half, middle - half
