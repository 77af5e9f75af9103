"""Whether profiles can be followed from one section to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["Steps", "follow_sections"]

Integers = npt.NDArray[np.integer[Any]]

# Share of the smaller of two profiles that both must have in common to be one neurite. Half:
# below it, most of the smaller one lies under something else.
_SHARED = 0.5
# Smallest profile that is followed [um^2]: a circle of 80 nm, the thinnest neurites of flies.
_SMALLEST = 0.005
_NM_PER_MM, _UM2_PER_NM2 = 1e6, 1e-6


class Steps(NamedTuple):
    """What becomes of profiles from each section to the next.

    Parameters
    ----------
    breaks : (n_steps,) integer array
        Profiles that have no one continuation.
    profiles : (n_steps,) integer array
        Profiles that were looked for.
    lengths : (n_steps,) array
        Length that was looked at: profiles times the distance of sections [mm]; of a neurite that
        runs obliquely it is more.
    """

    breaks: npt.NDArray[np.int64]
    profiles: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.float64]


def follow_sections(
    labels: Sequence[Integers] | Integers, voxel_size: tuple[float, float, float]
) -> Steps:
    """Follow profiles through a stack.

    A profile continues where one of the next section and it are each other's largest overlap, and
    that overlap is at least half of the smaller of both. Else it ends, divides, or was joined with
    another: a break. Neurites end and divide in perfect tissue too, so breaks mean something beside
    those of a reference alone.

    Parameters
    ----------
    labels : (n_sections, ny, nx) integer array
        Segments of each section; 0 is none. Labels of two sections need not agree.
    voxel_size : tuple of float
        Distance of the sections, and edges of a pixel along y and x [nm].

    Returns
    -------
    Steps
        One step fewer than there are sections.

    Raises
    ------
    InputError
        When there are fewer than two sections; a single one shows no continuity.
    """
    if len(labels) < 2:
        raise InputError(
            f"expected two sections or more, found {len(labels)}",
            where="sections",
            repair="Bring a stack: a single tile does not show whether profiles go on.",
        )
    pixel = voxel_size[1] * voxel_size[2] * _UM2_PER_NM2
    fewest = max(_SMALLEST / pixel, 1)
    found = [_step(one, other, fewest) for one, other in pairwise(labels)]
    breaks, profiles = np.array(found, np.int64).T
    return Steps(breaks, profiles, profiles * voxel_size[0] / _NM_PER_MM)


def _step(one: Integers, other: Integers, fewest: float) -> tuple[int, int]:
    """Count the profiles of one section that do not go on in the other, and all."""
    width = int(other.max()) + 1
    pairs, common = np.unique(
        one.ravel().astype(np.int64) * width + other.ravel(), return_counts=True
    )
    first, second = np.divmod(pairs, width)
    area_first, area_second = np.bincount(one.ravel()), np.bincount(other.ravel())
    inside = (first > 0) & (second > 0)
    first, second, common = first[inside], second[inside], common[inside]
    largest = common == _largest(first, common, len(area_first))[first]
    largest &= common == _largest(second, common, len(area_second))[second]
    shared = common >= _SHARED * np.minimum(area_first[first], area_second[second])
    goes_on = np.zeros(len(area_first), bool)
    goes_on[first[largest & shared]] = True
    followed = area_first >= fewest
    followed[0] = False
    return int((followed & ~goes_on).sum()), int(followed.sum())


def _largest(of: Integers, common: Integers, n: int) -> npt.NDArray[np.int64]:
    found = np.zeros(n, np.int64)
    np.maximum.at(found, of, common)
    return found
