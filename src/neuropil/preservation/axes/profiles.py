"""Profiles: the cut neurites of a section, how many there are and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label

from neuropil.preservation.axes.grids import PIXEL

__all__ = ["Profiles", "measure_profiles"]

# Probability above which a pixel is membrane, as where lines are traced.
_MEMBRANE = 0.4
# Diameter of the smallest profile [nm]: that of the thinnest neurites, about 50, less half a
# membrane on either side.
_SMALLEST = 40.0


@dataclass(frozen=True)
class Profiles:
    """The profiles of a section.

    Parameters
    ----------
    density : float
        Number per area [1/um^2].
    diameter : float
        Median diameter of a circle of the area of a profile [nm]; NaN where there is none.
    """

    density: float
    diameter: float


def measure_profiles(
    probability: npt.NDArray[np.float32], apart: npt.NDArray[Any] | None = None
) -> Profiles:
    """Count the profiles that membranes enclose.

    Parameters
    ----------
    probability : (ny, nx) array
        Probability of a membrane, in pixels of 10 nm.
    apart : (ny, nx) bool array, optional
        Voids, which are no profiles and whose area does not count.

    Returns
    -------
    Profiles
        Those at the edge of the section count too. A gap between two makes them one.
    """
    inside = probability <= _MEMBRANE
    tissue = inside.size
    if apart is not None:
        inside &= ~apart
        tissue -= int(np.count_nonzero(apart))
    places, n = label(inside)
    areas = np.bincount(places.ravel(), minlength=n + 1)[1:] * PIXEL**2
    areas = areas[areas >= np.pi / 4 * _SMALLEST**2]
    if not len(areas) or not tissue:
        return Profiles(0.0, float("nan"))
    density = len(areas) / (tissue * (PIXEL / 1000) ** 2)
    return Profiles(density, float(np.median(np.sqrt(4 / np.pi * areas))))
