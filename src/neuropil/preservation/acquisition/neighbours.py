"""Doubled and missing sections of a stack, by how alike neighbours are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Neighbours", "compare_neighbours"]

Floats = npt.NDArray[np.floating[Any]]

# Two sections that differ by less than this share of what neighbours differ by are one section:
# the least of 278 pairs of neighbours was .59 of the median (FIB-25 and ISBI 2012).
_DOUBLED = 0.25
# Standard deviations above the median at which a step is too large to be one section; of those 278
# pairs none reaches it.
_MISSING = 4.0
_NORMAL = 1.4826
# A median needs some neighbours: with fewer, only identical sections are named.
_FEWEST = 4


@dataclass(frozen=True, eq=False)
class Neighbours:
    """How each section of a stack follows the one before.

    Parameters
    ----------
    difference : (nz,) array
        One minus the correlation with the section before, corrected for noise; NaN for the first
        section and beside sections without contrast.
    doubled : (nz,) bool array
        Whether a section shows what the one before shows.
    gap_before : (nz,) bool array
        Whether more than one section seems to lie between. Serial sections of 50 nm differ so much
        from each other that a single lost one is not seen there.
    """

    difference: Floats
    doubled: npt.NDArray[np.bool_]
    gap_before: npt.NDArray[np.bool_]


def compare_neighbours(sections: npt.NDArray[Any], noise: Floats) -> Neighbours:
    """Compare each section with the one before.

    Parameters
    ----------
    sections : (nz, ny, nx) array
        Brightness.
    noise : (nz,) array
        Standard deviation of the white noise of each section.

    Returns
    -------
    Neighbours
        What follows what.
    """
    count = len(sections)
    difference = np.full(count, np.nan)
    identical = np.zeros(count, bool)
    before = _centre(sections[0])
    for z in range(1, count):
        here = _centre(sections[z])
        identical[z] = np.array_equal(sections[z], sections[z - 1])
        signal = [
            max(float(np.vdot(one, one)) / one.size - sigma**2, 0.0)
            for one, sigma in ((before, noise[z - 1]), (here, noise[z]))
        ]
        if min(signal) > 0:
            shared = float(np.vdot(before, here)) / here.size
            difference[z] = 1 - shared / np.sqrt(signal[0] * signal[1])
        before = here
    doubled, gap = _find_outliers(difference, identical)
    return Neighbours(difference, doubled, gap)


def _centre(section: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    values = np.asarray(section, np.float32)
    return values - values.mean()


def _find_outliers(
    difference: Floats, identical: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    usual = difference[np.isfinite(difference) & ~identical]
    if len(usual) < _FEWEST:
        return identical, np.zeros(len(identical), bool)
    middle = float(np.median(usual))
    spread = _NORMAL * float(np.median(np.abs(usual - middle)))
    with np.errstate(invalid="ignore"):
        doubled = identical | (difference < _DOUBLED * middle)
        gap = difference > middle + _MISSING * spread
    return doubled, gap
