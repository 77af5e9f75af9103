"""Dark sheets in an image, found by a filter that needs no training."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.adjacency.marks import CHANNELS, DISTANCES, far_channel

__all__ = ["find_ridges", "stretch_range"]

# Standard deviation of the filter [voxels]: membranes of tissue imaged at 10 nm are three voxels
# thick. Taken as it is, without trying others.
_SCALE = 1.5


def find_ridges(image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Find how much each voxel looks like a dark sheet, and what lies between distant voxels.

    Parameters
    ----------
    image : (nz, ny, nx) array
        Brightness.

    Returns
    -------
    (c, nz, ny, nx) uint8 array
        Maps with the channels of a boundary model: the largest curvature of the smoothed image,
        and the largest of those values on the way from each voxel to the one some steps on along
        an axis.

    References
    ----------
    Leung, T., & Malik, J. (1998). Contour continuity in region based image segmentation. ECCV.
    """
    from scipy.ndimage import maximum_filter1d

    maps = np.empty((len(CHANNELS), *image.shape), np.uint8)
    maps[0] = stretch_range(_largest_curvature(image.astype(np.float32)))
    for distance, axis in product(DISTANCES, range(3)):
        maps[far_channel(distance, axis)] = maximum_filter1d(
            maps[0], distance + 1, axis=axis, origin=-(distance // 2), mode="nearest"
        )
    return maps


def stretch_range(values: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Bring values to 0 to 255 by their 0.1 and 99.9 percentiles.

    Parameters
    ----------
    values : array
        Any values.

    Returns
    -------
    uint8 array
        Of the same shape.
    """
    low, high = np.percentile(values, [0.1, 99.9])
    scaled = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
    return (255 * scaled).astype(np.uint8)


def _largest_curvature(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the largest eigenvalue of the matrix of second derivatives, in closed form."""
    from scipy.ndimage import gaussian_filter

    def derive(*order: int) -> Any:  # noqa: ANN401 - an array; SciPy states no types
        return np.asarray(gaussian_filter(image, _SCALE, order=order, mode="nearest"))

    zz, yy, xx = derive(2, 0, 0), derive(0, 2, 0), derive(0, 0, 2)
    zy, zx, yx = derive(1, 1, 0), derive(1, 0, 1), derive(0, 1, 1)
    mean = (zz + yy + xx) / 3
    zz, yy, xx = zz - mean, yy - mean, xx - mean
    spread = np.sqrt((zz**2 + yy**2 + xx**2 + 2 * (zy**2 + zx**2 + yx**2)) / 6) + 1e-6
    determinant = zz * (yy * xx - yx**2) - zy * (zy * xx - yx * zx) + zx * (zy * yx - yy * zx)
    angle = np.arccos(np.clip(determinant / (2 * spread**3), -1, 1)) / 3
    return np.asarray(mean + 2 * spread * np.cos(angle))
