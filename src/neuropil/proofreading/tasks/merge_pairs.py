"""Pairs of two objects joined where they touch, and a single one that branches beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.proofreading.tasks.interfaces import Contact
from neuropil.proofreading.tasks.joins import HalfOfJoins, Kind, MergePlan
from neuropil.proofreading.tasks.matching import Box, cut_box, measure_mismatch, measure_sizes

__all__ = ["MergePair", "generate_pairs"]

Floats = npt.NDArray[np.float64]

# Each part of a joined object shows at least a tenth of what is seen, as a body that is merged
# does where real merges are counted, and .08 um3 where voxels are of 40 x 32 x 32 nm.
_LEAST_SHARE, _FEWEST_SEEN = 0.1, 2_000


@dataclass(frozen=True)
class MergePair:
    """A joined object and a single one that one box shows.

    Parameters
    ----------
    center : (3,) array
        Middle of the box along z, y, x [nm].
    contact : Contact
        Where the joined objects touch.
    single : int
        The label that is whole.
    branch : (3,) array
        Where it branches [nm].
    sizes : (2, 6) array
        Sizes of the joined object and of the single one in the box.
    """

    center: Floats
    contact: Contact
    single: int
    branch: Floats
    sizes: Floats


class _Search:
    """Pairs of one half of the sections."""

    def __init__(self, half: HalfOfJoins, plan: MergePlan, seed: SeedTree) -> None:
        self.half, self.joins, self.plan = half, half.joins, plan
        self.rng = seed.generator()
        self.used: Counter[tuple[Kind, int]] = Counter()
        self.used_labels: Counter[tuple[Kind, int]] = Counter()

    def centers(self) -> Iterator[Floats]:
        """Draw middles of boxes, near objects that are drawn with equal shares."""
        half, plan = self.half, self.plan
        margin = plan.half_width if plan.margin is None else plan.margin
        low, high = np.zeros(3), half.size * self.joins.labels.shape
        if half.upper:
            low[0] = half.border + margin
        else:
            high[0] = half.border - margin
        owners = np.unique(half.owner)
        for _ in range(plan.tries if len(owners) else 0):
            own = np.flatnonzero(half.owner == self.rng.choice(owners))
            jitter = self.rng.uniform(-plan.jitter, plan.jitter, 3)
            center = half.middles[self.rng.choice(own)] + jitter
            if (center >= low).all() and (center <= high).all():
                yield np.round(center)

    def is_free(self, kind: Kind, index: int) -> bool:
        """Tell whether an object has not been shown, and its labels not too often."""
        often = (self.used_labels[kind, label] for label in self.half.piece(kind, index))
        return not self.used[kind, index] and max(often) < self.plan.uses

    def use(self, kind: Kind, index: int) -> None:
        """Count that an object is shown."""
        self.used[kind, index] += 1
        self.used_labels.update((kind, label) for label in self.half.piece(kind, index))

    def find_near(self, kind: Kind, center: Floats) -> list[int]:
        """List objects that branch at a place which the box may have been moved off."""
        off = np.abs(self.half.places(kind) - center)
        return [
            index
            for index in map(int, np.flatnonzero((off <= self.plan.jitter).all(1)))
            if self.is_free(kind, index) and self.half.branches(kind, index)
        ]

    def candidates(self, kind: Kind, near: list[int], box: Box) -> list[tuple[int, Floats]]:
        """List those of which the box shows enough, with their sizes."""
        found = []
        for index in near:
            piece = self.half.piece(kind, index)
            if max(piece) < len(box.counts) and _is_seen(box.counts[list(piece)]):
                sizes = measure_sizes(box, piece, self.joins.voxel_size, self.joins.volumes)
                found.append((index, sizes))
        return found

    def match(self, center: Floats) -> MergePair | None:
        """Find the joined and the single object of a box that are most alike in size."""
        # Boxes are large: only one with objects of both kinds is cut.
        near: list[tuple[Kind, list[int]]] = []
        for kind in get_args(Kind):
            near.append((kind, self.find_near(kind, center)))
            if not near[-1][1]:
                return None
        box = cut_box(self.joins.labels, self.joins.voxel_size, center, self.plan.half_width)
        joined, single = (self.candidates(kind, places, box) for kind, places in near)
        if not joined or not single:
            return None
        mismatch = measure_mismatch(
            np.array([sizes for _, sizes in joined])[:, None],
            np.array([sizes for _, sizes in single])[None],
        )
        order = np.argsort(mismatch, axis=None, kind="stable")
        for i, j in zip(*np.unravel_index(order, mismatch.shape), strict=True):
            if mismatch[i, j] > self.plan.mismatch:
                break
            (a, one), (b, other) = joined[i], single[j]
            contact, label = self.half.contacts[a], int(self.half.owner[b])
            if label in contact.labels:
                continue
            self.use("joined", a)
            self.use("single", b)
            return MergePair(center, contact, label, self.half.middles[b], np.stack([one, other]))
        return None


def _is_seen(counts: npt.NDArray[np.int64]) -> bool:
    """Tell whether a box shows enough of each part of an object."""
    return bool(counts.min() >= max(_FEWEST_SEEN, _LEAST_SHARE * counts.sum()))


def generate_pairs(half: HalfOfJoins, plan: MergePlan, seed: SeedTree) -> list[MergePair]:
    """Make pairs of a joined object and a single one in one half of the sections.

    A box holds both: a contact of the one and a branch of the other lie within the jitter of its
    middle, and neither is nearer to it for what it is.

    Parameters
    ----------
    half : HalfOfJoins
        Contacts and middles of that half.
    plan : MergePlan
        Which pairs.
    seed : SeedTree
        Where boxes are drawn from.

    Returns
    -------
    list of MergePair
        As many as there are, at most ``plan.pairs``.
    """
    search = _Search(half, plan, seed.child("upper" if half.upper else "lower"))
    pairs: list[MergePair] = []
    for center in search.centers():
        if len(pairs) >= plan.pairs:
            break
        pair = search.match(center)
        if pair is not None:
            pairs.append(pair)
    return pairs
