"""Real merge errors, found by detectors that were trained on joins of true bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.proofreading.merges.detector import MergeDetector, find_strongest
from neuropil.proofreading.merges.halves import FOUND
from neuropil.proofreading.merges.lessons import look_at_places
from neuropil.proofreading.merges.samples import Look, MergeSample, sample_object
from neuropil.proofreading.merges.surroundings import RADII
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.joins import Joins, MergePlan

__all__ = ["BodyDetectors", "RealMerges"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

# Objects of real items are looked at as a whole.
_LOOK = Look(points=400, reach=np.inf)
# Bodies and sheets as small as those of real merge errors, in lengths of mouse cortex.
_PLAN = MergePlan(areas=(0.01, 1.0), fewest_voxels=2_000)


@dataclass(frozen=True, eq=False)
class RealMerges:
    """What detectors say of objects of a segmentation.

    Parameters
    ----------
    score : (n,) array
        How likely the likeliest place of an object is at a merge error.
    merged : (n,) bool array
        Whether it has one.
    off : (n,) array
        Distance from that place to the middle of the sheet between both bodies [nm]; NaN where
        there is none.
    chance : (n,) array
        Share of an object's places that lie within 500 nm of it, in lengths of mouse cortex; 0
        where there is none. Small objects have no place that is far.
    """

    score: Floats
    merged: npt.NDArray[np.bool_]
    off: Floats
    chance: Floats


@dataclass(frozen=True, eq=False)
class BodyDetectors:
    """Two detectors, each trained on joins of true bodies in one half of the sections.

    Parameters
    ----------
    lower, upper : MergeDetector
        Trained on the lower half, and on the upper one.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    scale : float
        How many times finer the neurites are than those of mouse cortex, for which all lengths of
        a detector were chosen.
    """

    lower: MergeDetector
    upper: MergeDetector
    voxel_size: Size
    scale: float

    @classmethod
    def train(
        cls, truth: Labels, voxel_size: Size, scale: float, places: int, seed: SeedTree
    ) -> Self:
        """Train on places where true bodies touch, joined, and on middles of single ones.

        Parameters
        ----------
        truth : (nz, ny, nx) integer array
            True bodies; 0 is unknown.
        voxel_size : tuple of float
            Edges of a voxel [nm].
        scale : float
            How many times finer the neurites are than those of mouse cortex.
        places : int
            Contacts, and as many middles, that each half gives at most.
        seed : SeedTree
            Source of randomness.
        """
        z, y, x = (edge * scale for edge in voxel_size)
        joins = Joins.find(truth, (z, y, x), _PLAN)
        fitted = []
        for upper in (False, True):
            half = joins.half(upper)
            lessons = look_at_places(half, places, seed.child("places"), branching=False)
            detector = MergeDetector(random_state=seed.child("detector").integer())
            fitted.append(detector.fit_points(lessons))
        return cls(fitted[0], fitted[1], voxel_size, scale)

    def judge(self, labels: Labels, items: Sequence[Item], seed: SeedTree) -> RealMerges:
        """Judge objects of a segmentation.

        Points of an object that lie in one half are judged by what was trained on the other, so
        that an object which reaches into both is judged by both.

        Parameters
        ----------
        labels : (nz, ny, nx) integer array
            The segmentation.
        items : sequence of Item
            Binary items about single objects.
        seed : SeedTree
            Where points are drawn from.

        Returns
        -------
        RealMerges
            One row for each item.
        """
        size = np.asarray(self.voxel_size) * self.scale
        border = len(labels) // 2 * size[0]
        rows = []
        for item in items:
            sample = _look_at(labels, item, size, seed)
            in_lower, in_upper = (judge.score_points(sample) for judge in (self.upper, self.lower))
            scores = np.where(sample.points[:, 0] < border, in_lower, in_upper)
            place, score = find_strongest(sample, scores)
            contact = np.asarray(item.facts.get("contact_nm", [np.nan] * 3))
            off = float(np.linalg.norm(place / self.scale - contact))
            near = np.linalg.norm(sample.points - contact * self.scale, axis=1) < FOUND
            rows.append((score, item.answer == "1", off, near.mean()))
        said = np.array(rows, float).reshape(-1, 4)
        return RealMerges(said[:, 0], said[:, 1] == 1, said[:, 2], said[:, 3])


def _look_at(labels: Labels, item: Item, size: Floats, seed: SeedTree) -> MergeSample:
    """Look at an object as a whole, with what spheres around its points may meet."""
    [label] = item.shown[0].labels
    where = np.nonzero(labels == label)
    away = (RADII[-1] / size).astype(int) + 1
    low = np.maximum([at.min() for at in where] - away, 0)
    high = np.minimum([at.max() + 1 for at in where] + away, labels.shape)
    part = labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    z, y, x = map(float, size)
    middle = (high - low) / 2 * size
    sample = sample_object(part, (label,), (z, y, x), middle, seed.child(item.id), _LOOK)
    return sample.move(low * size)
