"""Two halves of a volume: models are trained in one and judged in the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.features import ContactFeatures
from neuropil.proofreading.adjacency.graph import ContactGraph

__all__ = ["Halves", "Region", "contact_sections", "judge_across"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Region = tuple[slice, slice, slice]
"""Which voxels along z, y and x."""
Score = Callable[[ContactGraph, ContactFeatures], Floats]


@dataclass(frozen=True)
class Halves:
    """A cut through a volume, across its sections unless it says otherwise.

    Parameters
    ----------
    first, end : int
        First section, and the one after the last.
    margin : int
        Sections on each side of the cut that are neither trained on nor counted in a test.
    axis : int
        Along what sections are counted: 0 for z, 1 for y, 2 for x.
    within : tuple of slice
        The part of the volume that is cut.
    """

    first: int
    end: int
    margin: int = 8
    axis: int = 0
    within: Region = (slice(None),) * 3

    def __post_init__(self) -> None:
        if self.end - self.first <= 2 * self.margin + 2:
            raise InputError(
                f"expected more than {2 * self.margin + 2} voxels along {'zyx'[self.axis]}, found "
                f"{self.end - self.first}",
                where="halves",
                repair="Use a larger volume, or a thinner margin (mending.margin).",
            )

    @property
    def middle(self) -> int:
        """First section of the upper half."""
        return (self.first + self.end) // 2

    def regions(self) -> tuple[Region, Region]:
        """Return both halves, which meet at the cut."""
        return self._slab(self.first, self.middle), self._slab(self.middle, self.end)

    def training_regions(self) -> tuple[Region, Region]:
        """Return both halves without the margin."""
        return (
            self._slab(self.first, self.middle - self.margin),
            self._slab(self.middle + self.margin, self.end),
        )

    def whole(self) -> Region:
        """Return both halves together."""
        return self._slab(self.first, self.end)

    def quarters(self, half: int, height: int) -> Halves:
        """Return the cut along y through what is trained on of one half.

        Thin slabs would cut most objects, and what is learnt about joining them would not hold for
        a whole half: quarters are therefore cut across the halves.

        Parameters
        ----------
        half : int
            0 or 1.
        height : int
            Voxels along y.
        """
        within = self.training_regions()[half]
        return Halves(0, height, self.margin // 2, axis=1, within=within)

    def _slab(self, first: int, end: int) -> Region:
        z, y, x = (
            slice(first, end) if axis == self.axis else part
            for axis, part in enumerate(self.within)
        )
        return z, y, x


def contact_sections(graph: ContactGraph, rows: Indices) -> Floats:
    """Return the mean section of some touching contacts [voxels].

    Parameters
    ----------
    graph : ContactGraph
        Objects and contacts.
    rows : (t,) integer array
        Which contacts.
    """
    faces = graph.of_contacts("faces")[rows].sum(axis=1)
    sections: Floats = graph.of_contacts("place")[rows, 0] / faces
    return sections


def judge_across(scores: tuple[Score, Score], middle: float) -> Score:
    """Judge each contact with the scorer that was trained in the other half.

    Parameters
    ----------
    scores : tuple of callable
        Trained in the lower and in the upper half.
    middle : float
        Section at which the upper half begins, counted as the graph's places are.

    Returns
    -------
    callable
        ``score(graph, features)``.
    """

    def score(graph: ContactGraph, features: ContactFeatures) -> Floats:
        upper = contact_sections(graph, features.rows) >= middle
        found = np.empty(len(features.rows))
        for rows, other in ((~upper, scores[1]), (upper, scores[0])):
            if rows.any():
                found[rows] = other(graph, features.take(rows))
        return found

    return score
