"""Pairs of two objects joined where they touch, and a single one that branches beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.proofreading.tasks.branches import count_arms, find_middles
from neuropil.proofreading.tasks.matching import Box, cut_box, measure_mismatch, measure_sizes
from neuropil.proofreading.tasks.interfaces import Contact, close_background, find_contacts

__all__ = ["Joins", "MergePair", "MergePlan", "generate_pairs"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

_FEWEST_ARMS = 3
# More arms than these has a sheet that fills its surroundings, and no branch.
_MOST_ARMS = 5
# Each part of a joined object shows at least a tenth of what is seen, as a body that is merged
# does where real merges are counted, and .08 um3 where voxels are of 40 x 32 x 32 nm.
_LEAST_SHARE, _FEWEST_SEEN = 0.1, 2_000


@dataclass(frozen=True)
class MergePlan:
    """Which pairs of a joined object and a single one are made.

    Parameters
    ----------
    pairs : int
        How many each part gets at most.
    half_width : float
        Half the edge of the box [nm].
    jitter : float
        How far the box may be moved off the contact and off the branch along each axis [nm].
    margin : float
        Least distance of a box's middle to the section between the parts [nm]; the half width
        where not given, so that boxes of two parts share no voxel.
    areas : tuple of float
        Least and largest area of the contact [um2].
    fewest_voxels : int
        Voxels that a label has at least.
    uses : int
        Times that one label is shown as a single object, or joined, at most.
    mismatch : float
        Largest mismatch of the sizes within a pair, see
        :func:`~neuropil.proofreading.tasks.matching.measure_mismatch`.
    tries : int
        Boxes that are tried in each part.
    """

    pairs: int = 500
    half_width: float = 2048.0
    jitter: float = 1000.0
    margin: float | None = None
    areas: tuple[float, float] = (0.05, 1.0)
    fewest_voxels: int = 10_000
    uses: int = 8
    mismatch: float = 1.0
    tries: int = 20_000


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


@dataclass(frozen=True, eq=False)
class Joins:
    """Contacts and middles of a segmentation, of which pairs are made.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation, its background closed.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    contacts : tuple of Contact
        Where two objects touch once.
    middles : (n, 3) integer array
        Voxels in the middle of objects.
    depths : (n,) array
        Their distance to the surface [nm].
    upper : (n_labels,) bool array
        Whether most of a label lies in the upper half of the sections.
    """

    labels: Labels
    voxel_size: Size
    contacts: tuple[Contact, ...]
    middles: npt.NDArray[np.int64]
    depths: Floats
    upper: npt.NDArray[np.bool_]
    volumes: npt.NDArray[np.int64] = field(repr=False)

    @classmethod
    def find(cls, labels: Labels, voxel_size: Size, plan: MergePlan) -> Joins:
        """Find the contacts and middles of a segmentation."""
        closed = close_background(labels)
        volumes = np.bincount(closed.reshape(-1))
        chosen = volumes >= plan.fewest_voxels
        chosen[0] = False
        half = np.bincount(closed[: len(closed) // 2].reshape(-1), minlength=len(volumes))
        contacts = tuple(find_contacts(closed, voxel_size, chosen, plan.areas))
        middles, depths = find_middles(closed, voxel_size)
        of = chosen[closed[tuple(middles.T)]]
        upper = 2 * half < volumes
        return cls(closed, voxel_size, contacts, middles[of], depths[of], upper, volumes)


class _Search:
    """Pairs of one half of the sections."""

    def __init__(self, joins: Joins, plan: MergePlan, upper: bool, seed: SeedTree) -> None:
        self.joins, self.plan, self.upper = joins, plan, upper
        self.rng = seed.generator()
        self.size = np.asarray(joins.voxel_size)
        self.extent = self.size * joins.labels.shape
        owner = joins.labels[tuple(joins.middles.T)]
        here = np.flatnonzero(joins.upper[owner] == upper)
        self.places = (joins.middles[here] + 0.5) * self.size
        self.depths, self.owner = joins.depths[here], owner[here].astype(np.int64)
        self.contacts = [c for c in joins.contacts if (joins.upper[[*c.labels]] == upper).all()]
        self.sheets = np.array([c.place for c in self.contacts]).reshape(-1, 3)
        self.arms: dict[tuple[str, int], int] = {}
        self.used: Counter[tuple[str, int]] = Counter()

    def centers(self) -> Iterator[Floats]:
        """Draw middles of boxes, near objects that are drawn with equal shares."""
        margin = self.plan.half_width if self.plan.margin is None else self.plan.margin
        low, high = np.zeros(3), self.extent.copy()
        border = len(self.joins.labels) // 2 * self.size[0]
        low[0], high[0] = (border + margin, high[0]) if self.upper else (0.0, border - margin)
        owners = np.unique(self.owner)
        for _ in range(self.plan.tries if len(owners) else 0):
            own = np.flatnonzero(self.owner == self.rng.choice(owners))
            jitter = self.rng.uniform(-self.plan.jitter, self.plan.jitter, 3)
            center = self.places[self.rng.choice(own)] + jitter
            if (center >= low).all() and (center <= high).all():
                yield np.round(center)

    def count_arms(self, kind: str, index: int) -> int:
        """Count the arms at a contact of a joined object, or at a middle of a single one."""
        if (kind, index) not in self.arms:
            if kind == "joined":
                contact = self.contacts[index]
                piece, place = contact.labels, contact.place
                depth = 1e3 * float(np.sqrt(contact.area / np.pi))
            else:
                piece, place = (int(self.owner[index]),), self.places[index]
                depth = float(self.depths[index])
            labels, size = self.joins.labels, self.joins.voxel_size
            self.arms[kind, index] = count_arms(labels, size, piece, place, depth)
        return self.arms[kind, index]

    def branches(self, kind: str, index: int) -> bool:
        """Tell whether three to five arms leave the place."""
        return _FEWEST_ARMS <= self.count_arms(kind, index) <= _MOST_ARMS

    def branches_or_unknown(self, kind: str, index: int) -> bool:
        """Tell whether arms were counted already and were too few or too many."""
        return (kind, index) not in self.arms or self.branches(kind, index)

    def candidates(self, kind: str, center: Floats, box: Box) -> list[tuple[int, Floats]]:
        """List objects of a kind whose place the box may have been moved off, with their sizes."""
        places = self.sheets if kind == "joined" else self.places
        near = np.flatnonzero((np.abs(places - center) <= self.plan.jitter).all(1))
        found = []
        for index in map(int, near):
            piece = self.piece(kind, index)
            if self.used[kind, index] or not self.branches_or_unknown(kind, index):
                continue
            if any(self.used[kind + " label", label] >= self.plan.uses for label in piece):
                continue
            if max(piece) >= len(box.counts) or not self.is_seen(box.counts[list(piece)]):
                continue
            sizes = measure_sizes(box, piece, self.joins.voxel_size, self.joins.volumes)
            found.append((index, sizes))
        return found

    def piece(self, kind: str, index: int) -> tuple[int, ...]:
        """Return the labels of an object."""
        return self.contacts[index].labels if kind == "joined" else (int(self.owner[index]),)

    @staticmethod
    def is_seen(counts: npt.NDArray[np.int64]) -> bool:
        """Tell whether the box shows enough of each part."""
        fewest = max(_FEWEST_SEEN, _LEAST_SHARE * counts.sum())
        return bool(counts.min() >= fewest)

    def match(self, center: Floats) -> MergePair | None:
        """Find the joined and the single object of a box that are most alike in size."""
        box = cut_box(self.joins.labels, self.joins.voxel_size, center, self.plan.half_width)
        joined = self.candidates("joined", center, box)
        single = self.candidates("single", center, box)
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
            if self.owner[b] in self.contacts[a].labels:
                continue
            if self.branches("joined", a) and self.branches("single", b):
                self.used.update([("joined", a), ("single", b)])
                self.used.update(("joined label", label) for label in self.piece("joined", a))
                self.used.update([("single label", int(self.owner[b]))])
                sizes = np.stack([one, other])
                return MergePair(
                    center, self.contacts[a], int(self.owner[b]), self.places[b], sizes
                )
        return None


def generate_pairs(joins: Joins, plan: MergePlan, upper: bool, seed: SeedTree) -> list[MergePair]:
    """Make pairs of a joined object and a single one in one half of the sections.

    A box holds both: a contact of the one and a branch of the other lie within the jitter of its
    middle, and neither is nearer to it for what it is.

    Parameters
    ----------
    joins : Joins
        Contacts and middles of the segmentation.
    plan : MergePlan
        Which pairs.
    upper : bool
        Whether the pairs are of the upper half of the sections.
    seed : SeedTree
        Where boxes are drawn from.

    Returns
    -------
    list of MergePair
        As many as there are, at most ``plan.pairs``.
    """
    search = _Search(joins, plan, upper, seed.child("upper" if upper else "lower"))
    pairs: list[MergePair] = []
    for center in search.centers():
        if len(pairs) >= plan.pairs:
            break
        pair = search.match(center)
        if pair is not None:
            pairs.append(pair)
    return pairs
