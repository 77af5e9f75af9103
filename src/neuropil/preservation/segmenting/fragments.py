"""Fragments that a probability of membranes is flooded into, from each of its minima."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neuropil.contracts import InputError
from neuropil.preservation.detector.extras import import_skimage

__all__ = ["check_probability", "flood_probability"]

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


def check_probability(probability: npt.NDArray[np.floating]) -> Floats:
    """Return probabilities in single precision.

    Parameters
    ----------
    probability : (...) array
        Probability of a membrane at each voxel.

    Raises
    ------
    InputError
        When a value is not from 0 to 1, or there is none; pass what a detector predicts.
    """
    values = np.asarray(probability, np.float32)
    # NaN is in no range.
    if not values.size or not (values.min() >= 0 and values.max() <= 1):
        found = "none" if not values.size else f"{values.min():g} to {values.max():g}"
        raise InputError(
            f"expected probabilities from 0 to 1, found {found}",
            where="probability",
            repair="Pass what a detector predicts.",
        )
    return values


def flood_probability(
    probability: npt.NDArray[np.floating], sampling: tuple[float, ...], smoothing: float
) -> Labels:
    """Flood a section or a block from the minima of the probability of a membrane.

    Parameters
    ----------
    probability : (ny, nx) or (nz, ny, nx) array
        Probability of a membrane.
    sampling : tuple of float
        Edges of a voxel along the axes [nm].
    smoothing : float
        Standard deviation of the Gaussian before minima are sought [nm].

    Returns
    -------
    integer array of the same shape
        Fragments from 1; every voxel is in one.

    Raises
    ------
    MissingDependencyError
        When scikit-image is not installed.

    References
    ----------
    Vincent and Soille 1991, IEEE Trans. Pattern Anal. Mach. Intell. 13:583.
    """
    values = check_probability(probability)
    blur = [smoothing / edge for edge in sampling]
    smooth = ndimage.gaussian_filter(values, blur) if smoothing > 0 else values
    # A plateau is one minimum: neighbours of the same value get one label.
    lowest = smooth == ndimage.minimum_filter(smooth, 3)
    seeds, _ = ndimage.label(lowest, np.ones((3,) * values.ndim))
    return np.asarray(import_skimage("segmentation").watershed(smooth, seeds), np.int32)
