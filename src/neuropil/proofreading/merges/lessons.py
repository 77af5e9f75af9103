"""What a detector of merge errors learns from: the items, contacts and branches of one half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.proofreading.merges.samples import (
    Look,
    MergeSample,
    sample_piece,
    sample_place,
)
from neuropil.proofreading.merges.surroundings import RADII
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.joins import HalfOfJoins, Joins, Kind

__all__ = ["Lessons", "look_at_items", "look_at_places"]

Floats = npt.NDArray[np.floating]

# Next to a contact alone: a third of these points lie at the sheet.
_NEXT_TO = Look(points=60, reach=450.0)


@dataclass(frozen=True, eq=False)
class Lessons:
    """Objects with their places, so that what is learnt in one place is tried in another.

    Parameters
    ----------
    samples : sequence of MergeSample
        Objects; those with a cut are joined.
    places : (n_samples,) array
        Place of each along one axis, such as its section [nm].
    labels : sequence of tuple of int
        Labels of each. What was learnt from a label is not tried on it.
    """

    samples: Sequence[MergeSample]
    places: Floats
    labels: Sequence[tuple[int, ...]]

    def take_apart(self, chosen: npt.NDArray[np.bool_], unknown: set[int]) -> list[MergeSample]:
        """Return some of the objects, without those that have certain labels.

        Parameters
        ----------
        chosen : (n_samples,) bool array
            Which.
        unknown : set of int
            Labels that none of them may have.
        """
        return [
            self.samples[index]
            for index in map(int, np.flatnonzero(chosen))
            if unknown.isdisjoint(self.labels[index])
        ]

    def add(self, other: Lessons) -> Lessons:
        """Return the objects of both.

        Parameters
        ----------
        other : Lessons
            More objects.
        """
        return Lessons(
            [*self.samples, *other.samples],
            np.concatenate([self.places, other.places]),
            [*self.labels, *other.labels],
        )


def look_at_items(joins: Joins, items: Sequence[Item], seed: SeedTree) -> Lessons:
    """Look at what binary items show.

    Parameters
    ----------
    joins : Joins
        Of the segmentation.
    items : sequence of Item
        Questions about merge errors with one object each.
    seed : SeedTree
        Where points are drawn from.

    Returns
    -------
    Lessons
        One for each item, at the middle of its box.
    """
    samples = [sample_piece(item, 0, joins.labels, joins.voxel_size, seed) for item in items]
    places = np.array([item.center[0] for item in items])
    return Lessons(samples, places, [item.shown[0].labels for item in items])


def look_at_places(
    half: HalfOfJoins, most: int, seed: SeedTree, *, branching: bool = True
) -> Lessons:
    """Look at contacts of two objects, joined, and at branches of single ones.

    Parameters
    ----------
    half : HalfOfJoins
        Contacts and middles of objects in one half of the sections.
    most : int
        Contacts and branches that are looked at, at most so many of each.
    seed : SeedTree
        Which, and where points are drawn from.
    branching : bool
        Whether only places are meant from which three to five arms leave.

    Returns
    -------
    Lessons
        Of places so far from the other half that nothing of it is seen.
    """
    away = _NEXT_TO.reach + RADII[-1]
    samples: list[MergeSample] = []
    places: list[float] = []
    labels: list[tuple[int, ...]] = []
    for kind in get_args(Kind):
        z = half.places(kind)[:, 0]
        inside = z >= half.border + away if half.upper else z <= half.border - away
        # In random order: counting arms takes longer than a look, and few places are needed.
        order = seed.child(kind).generator().permutation(np.flatnonzero(inside))
        end = len(samples) + most
        for index in map(int, order):
            if len(samples) >= end:
                break
            if not branching or half.branches(kind, index):
                samples.append(_look_at(half, kind, index, seed))
                places.append(float(z[index]))
                labels.append(half.piece(kind, index))
    return Lessons(samples, np.array(places), labels)


def _look_at(half: HalfOfJoins, kind: Kind, index: int, seed: SeedTree) -> MergeSample:
    return sample_place(
        half.joins.labels,
        half.piece(kind, index),
        half.joins.voxel_size,
        half.places(kind)[index],
        seed.child(kind).child(index),
        _NEXT_TO,
    )
