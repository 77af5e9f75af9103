"""Real merge errors, found by a detector that was trained on joins of true bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import Progress, SeedTree
from neuropil.proofreading.merges.detector import MergeDetector, find_strongest
from neuropil.proofreading.merges.lessons import look_at_places
from neuropil.proofreading.merges.samples import Look, MergeSample, sample_object
from neuropil.proofreading.merges.surroundings import RADII
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.joins import Joins, MergePlan

__all__ = ["RealMerges", "judge_real_merges"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

# Objects of real items are looked at as a whole.
_LOOK = Look(points=600, reach=np.inf)
# Bodies and sheets as small as those of real merge errors, in lengths of mouse cortex.
_PLAN = MergePlan(areas=(0.01, 1.0), fewest_voxels=2_000)
_PLACES = 1000


@dataclass(frozen=True, eq=False)
class RealMerges:
    """What a detector says of objects of a segmentation.

    Parameters
    ----------
    score : (n,) array
        How likely the likeliest place of an object is a merge error.
    merged : (n,) bool array
        Whether it has one.
    off : (n,) array
        Distance from that place to the middle of the sheet between both bodies [nm]; NaN where
        there is none.
    """

    score: Floats
    merged: npt.NDArray[np.bool_]
    off: Floats


def judge_real_merges(
    volumes: tuple[Labels, Labels],
    voxel_size: Size,
    scale: float,
    items: Sequence[Item],
    seed: SeedTree,
    progress: Progress,
) -> RealMerges:
    """Train on joins of true bodies in each half of the sections, and judge objects in the other.

    Points of an object that lie in one half are judged by what was trained on the other, so that
    an object which reaches into both is judged by both.

    Parameters
    ----------
    volumes : tuple of (nz, ny, nx) integer array
        The segmentation and the true bodies.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    scale : float
        How many times finer the neurites are than those of mouse cortex, for which all lengths of
        a detector were chosen.
    items : sequence of Item
        Binary items about single objects of the segmentation.
    seed : SeedTree
        Source of randomness.
    progress : Progress
        Told how far it is.

    Returns
    -------
    RealMerges
        One row for each item.
    """
    labels, truth = volumes
    z, y, x = (edge * scale for edge in voxel_size)
    size = (z, y, x)
    joins = Joins.find(truth, size, _PLAN)
    detectors = []
    for upper in (False, True):
        lessons = look_at_places(joins.half(upper), _PLACES, seed.child("places"), branching=False)
        detector = MergeDetector(random_state=seed.child("detector").integer())
        detectors.append(detector.fit_points(lessons))
    border = len(labels) // 2 * z
    rows = []
    with progress.track("looking at objects", len(items)) as advance:
        for item in items:
            sample = _look_at(labels, item, size, seed)
            in_lower, in_upper = (detectors[other].score_points(sample) for other in (1, 0))
            scores = np.where(sample.points[:, 0] < border, in_lower, in_upper)
            place, score = find_strongest(sample, scores)
            contact = np.asarray(item.facts.get("contact_nm", [np.nan] * 3))
            off = float(np.linalg.norm(place / scale - contact))
            rows.append((score, item.answer == "1", off))
            advance(1)
    score, merged, off = np.array(rows, float).T
    return RealMerges(score, merged == 1, off)


def _look_at(labels: Labels, item: Item, size: Size, seed: SeedTree) -> MergeSample:
    """Look at an object as a whole, with what spheres around its points may meet."""
    [label] = item.shown[0].labels
    where = np.nonzero(labels == label)
    edge = np.asarray(size)
    away = (RADII[-1] / edge).astype(int) + 1
    low = np.maximum([at.min() for at in where] - away, 0)
    high = np.minimum([at.max() + 1 for at in where] + away, labels.shape)
    part = labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    middle = (high - low) / 2 * edge
    sample = sample_object(part, (label,), size, middle, seed.child(item.id), _LOOK)
    return sample.move(low * edge)
