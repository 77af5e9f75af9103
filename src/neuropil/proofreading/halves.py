"""Train on one half of a block and judge the other: nothing is judged by what has seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.features import ContactFeatures
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.config import MendingPlan
from neuropil.proofreading.models.boundary import BoundaryModel, BoundaryPlan
from neuropil.proofreading.models.pairs import PairPlan, PairScorer
from neuropil.proofreading.repair.agglomeration import (
    Agglomeration,
    AgglomerationPlan,
    agglomerate,
)
from neuropil.proofreading.repair.guided import GuidancePlan, Sample, fit_guided

__all__ = ["CrossFit", "Curve", "fit_halves", "follow_joins"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.integer[Any]]

_LOWEST = 0.4
_FEWEST_SECTIONS = 16


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Two scorers, each trained on one half of the sections, and all contacts of the block.

    Parameters
    ----------
    sample : Sample
        Contacts of the whole block, with the bodies of its objects.
    scorers : tuple of PairScorer
        Trained on the lower half and on the upper one.
    middle : int
        First section of the upper half.
    threshold : float
        Probability at which joining stops, chosen inside the training halves.
    extents : (n, 2) integer array
        First and last section of each object.
    """

    sample: Sample
    scorers: tuple[PairScorer, PairScorer]
    middle: int
    threshold: float
    extents: npt.NDArray[np.intp]

    def score(self, graph: ContactGraph, features: ContactFeatures) -> Floats:
        """Judge each contact by the scorer of the half in which it does not lie.

        Parameters
        ----------
        graph : ContactGraph
            Contacts of the block, at the start or after joins.
        features : ContactFeatures
            Their features.

        Returns
        -------
        (t,) array
            Probability that both objects of a contact are one.
        """
        rows = features.rows
        faces = graph.of_contacts("faces")[rows].sum(axis=1)
        upper = graph.of_contacts("place")[rows, 0] / faces >= self.middle
        found = np.empty(len(rows))
        for part, scorer in ((upper, self.scorers[0]), (~upper, self.scorers[1])):
            if part.any():
                taken = ContactFeatures(rows[part], features.names, features.values[part])
                found[part] = scorer.score(graph, taken)
        return found

    def agglomerate(self) -> Agglomeration:
        """Join the objects of the whole block, down to a low probability."""
        return agglomerate(self.sample.graph, self.score, AgglomerationPlan(stop=_LOWEST))


@dataclass(frozen=True, eq=False)
class Curve:
    """What each threshold of joining costs and gains.

    Parameters
    ----------
    threshold : (t,) array
        Falling thresholds; the first, above 1, joins nothing.
    joins : (t,) array
        Joins down to each.
    split, merge : (t,) array
        Parts of the variation of information [bit].
    rand_error : (t,) array
        Adapted Rand error.
    """

    threshold: Floats
    joins: npt.NDArray[np.int64]
    split: Floats
    merge: Floats
    rand_error: Floats

    def choose(self, rise: float) -> float:
        """Return the lowest threshold down to which the merge part rises by no more than that."""
        low = self.merge - self.merge[0] <= rise
        return float(self.threshold[low].min())


def follow_joins(overlap: Overlap, joins: Agglomeration) -> Curve:
    """Score a segmentation after the joins down to each threshold.

    Parameters
    ----------
    overlap : Overlap
        Bodies of the objects at the start.
    joins : Agglomeration
        The joins.
    """
    thresholds = np.concatenate([[1.01], np.unique(joins.threshold)[::-1]])
    scores = [overlap.join(joins.groups(float(level))).score() for level in thresholds]
    return Curve(
        thresholds,
        np.array([(joins.threshold >= level - 1e-9).sum() for level in thresholds]),
        np.array([score.split for score in scores]),
        np.array([score.merge for score in scores]),
        np.array([score.rand_error for score in scores]),
    )


def fit_halves(
    volume: Volume, segmentation: str, truth: str, plan: MendingPlan, seed: SeedTree
) -> CrossFit:
    """Train on each half of the sections, and measure the contacts of the whole block.

    Parameters
    ----------
    volume : Volume
        Tissue with an image and both segmentations.
    segmentation, truth : str
        The one with errors and the one without.
    plan : MendingPlan
        How to train.
    seed : SeedTree
        Source of randomness.

    Returns
    -------
    CrossFit
        Whatever lies in one half is judged by what was trained on the other, maps of boundaries
        included.

    Raises
    ------
    InputError
        When there are too few sections to train on.
    """
    middle = volume.shape[0] // 2
    if middle - plan.margin < _FEWEST_SECTIONS:
        raise InputError(
            f"expected at least {2 * (_FEWEST_SECTIONS + plan.margin)} sections, found "
            f"{volume.shape[0]}",
            where=volume.source.name,
            repair="Bring a thicker block, or set a smaller mending.margin.",
        )
    block = _Block(volume, segmentation, truth, plan)
    parts = (slice(0, middle - plan.margin), slice(middle + plan.margin, volume.shape[0]))
    fits = [block.fit(part, seed.child(f"from section {part.start}")) for part in parts]
    seen = block.evidence
    if plan.steps:
        maps = [model.predict(volume) for _, model in fits if model is not None]
        # Each half sees the maps of the network that was trained on the other.
        seen = seen.replace(np.concatenate([maps[1][:, :middle], maps[0][:, middle:]], axis=1))
    threshold = float(np.mean([block.choose_threshold(part, seed) for part in parts]))
    lower, upper = (scorer for scorer, _ in fits)
    sample = block.sample(slice(None), seen)
    extents = _find_extents(block.labels, sample.graph.labels)
    return CrossFit(sample, (lower, upper), middle, threshold, extents)


class _Block:
    """A volume whose arrays are read once, and what is trained on parts of it."""

    def __init__(self, volume: Volume, segmentation: str, truth: str, plan: MendingPlan) -> None:
        self.volume, self.truth_name, self.plan = volume, truth, plan
        self.labels, self.truth = volume.segmentation(segmentation), volume.segmentation(truth)
        self.evidence = Evidence.of(volume.read_image())

    def sample(self, part: slice, evidence: Evidence | None = None) -> Sample:
        region = (part, slice(None), slice(None))
        labels = self.labels[region]
        graph = measure_contacts(labels, (evidence or self.evidence).crop(region))
        return Sample(graph, Overlap.of(graph.labels, labels, self.truth[region]))

    def fit(self, part: slice, seed: SeedTree) -> tuple[PairScorer, BoundaryModel | None]:
        """Train on a part; the scorer sees maps of networks that have not seen their voxels."""
        if not self.plan.steps:
            return self._guide([self.sample(part)], seed), None
        quarters = _cut(part)
        models = [self._train(one, seed.child(f"quarter {one.start}"), 2) for one in quarters]
        samples = [
            self.sample(quarter, self.evidence.replace(model.predict(self.volume)))
            for quarter, model in zip(quarters, reversed(models), strict=True)
        ]
        return self._guide(samples, seed), self._train(part, seed.child("half"), 1)

    def _train(self, part: slice, seed: SeedTree, share: int) -> BoundaryModel:
        model = BoundaryModel(BoundaryPlan(steps=self.plan.steps // share))
        return model.fit(self.volume, self.truth_name, (part, slice(None), slice(None)), seed)

    def _guide(self, samples: list[Sample], seed: SeedTree) -> PairScorer:
        guidance = GuidancePlan(rounds=self.plan.rounds)
        return fit_guided(samples, seed, PairPlan(trees=self.plan.trees), guidance)

    def choose_threshold(self, part: slice, seed: SeedTree) -> float:
        """Choose where joining stops: trained on one quarter, judged on the other, both ways."""
        first, second = (self.sample(quarter) for quarter in _cut(part))
        found = []
        for one, other in ((first, second), (second, first)):
            scorer = self._guide([one], seed.child("threshold"))
            joins = agglomerate(other.graph, scorer.score, AgglomerationPlan(stop=_LOWEST))
            found.append(min(follow_joins(other.overlap, joins).choose(self.plan.rise), 1.0))
        return float(np.mean(found))


def _find_extents(labels: Labels, names: Labels) -> npt.NDArray[np.intp]:
    from scipy.ndimage import find_objects

    # Rows instead of labels: ids of a large segmentation would make a list as long as the largest.
    numbers = np.where(labels > 0, np.searchsorted(names, labels) + 1, 0)
    boxes = find_objects(numbers)
    return np.array([(box[0].start, box[0].stop - 1) for box in boxes], np.intp)


def _cut(part: slice) -> tuple[slice, slice]:
    middle = (part.start + part.stop) // 2
    return slice(part.start, middle), slice(middle, part.stop)
