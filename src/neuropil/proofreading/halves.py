"""Train on one half of a block and judge the other: nothing is judged by what has seen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import Progress, SeedTree
from neuropil.proofreading.adjacency.features import ContactFeatures
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.halves import Halves, judge_across
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.config import MendingPlan
from neuropil.proofreading.models.boundary import BoundaryPlan
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.agglomeration import Agglomeration, agglomerate
from neuropil.proofreading.repair.expectation import expect_rise, find_expected_threshold
from neuropil.proofreading.repair.guided import GuidancePlan, Sample
from neuropil.proofreading.repair.repairer import RepairPlan, SplitRepairer, measure_sample
from neuropil.proofreading.repair.trials import PairRule
from neuropil.proofreading.tasks.pairs import PairRules

__all__ = ["CrossFit", "Curve", "fit_halves", "follow_joins", "plan_repair"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Two repairers, each trained on one half of the sections, and all contacts of the block.

    Parameters
    ----------
    sample : Sample
        Contacts of the whole block, with the bodies of its objects.
    repairers : tuple of SplitRepairer
        Trained on the lower half and on the upper one.
    parts : Halves
        Where the block is cut.
    extents : (n, 2) integer array
        First and last section of each object.
    """

    sample: Sample
    repairers: tuple[SplitRepairer, SplitRepairer]
    parts: Halves
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
            Score that both objects of a contact are one.
        """
        lower, upper = (repairer.scorer_.score for repairer in self.repairers)
        return judge_across((lower, upper), self.parts.middle)(graph, features)

    def calibrate(self, graph: ContactGraph, features: ContactFeatures) -> Floats:
        """Return calibrated probabilities, as :meth:`score` from the other half.

        Parameters
        ----------
        graph : ContactGraph
            Contacts of the block.
        features : ContactFeatures
            Their features.
        """
        lower, upper = (_calibrated(repairer) for repairer in self.repairers)
        return judge_across((lower, upper), self.parts.middle)(graph, features)

    def agglomerate(self) -> Agglomeration:
        """Join the objects of the whole block, down to a low score."""
        return agglomerate(self.sample.graph, self.score, self.repairers[0].plan.agglomeration)

    def choose_threshold(self, joins: Agglomeration) -> float:
        """Choose how far the joins go by what they are expected to cost.

        Parameters
        ----------
        joins : Agglomeration
            Of the whole block.

        Returns
        -------
        float
            The lowest threshold at which the expected rise of the merge part keeps to the plan.
            How often joins are right was learnt in trials within the half in which each does not
            lie. Infinite where the first joins would already cost too much.
        """

        def calibrate(said: Floats, places: Floats) -> Floats:
            lower, upper = (repairer.joins_.apply(said) for repairer in self.repairers)
            return np.where(places[:, 0] >= self.parts.middle, lower, upper)

        voxels = self.sample.graph.of_objects("voxels")[:, 0]
        rise = expect_rise(voxels, joins, calibrate)
        return find_expected_threshold(joins, rise, self.repairers[0].plan.rise)


def _calibrated(repairer: SplitRepairer) -> Callable[[ContactGraph, ContactFeatures], Floats]:
    def score(graph: ContactGraph, features: ContactFeatures) -> Floats:
        return repairer.calibration_.apply(repairer.scorer_.score(graph, features))

    return score


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


def plan_repair(plan: MendingPlan, rules: PairRules) -> RepairPlan:
    """Return the plan of a repairer that the settings mean.

    Parameters
    ----------
    plan : MendingPlan
        Settings.
    rules : PairRules
        Pairs by which probabilities are calibrated, and how far gaps are filled.
    """
    return RepairPlan(
        boundary=BoundaryPlan(steps=plan.steps) if plan.steps else None,
        pairs=PairPlan(trees=plan.trees),
        guidance=GuidancePlan(rounds=plan.rounds),
        rule=PairRule(rules.fewest_voxels, rules.fewest_sides, rules.purity),
        rise=plan.rise,
        gap=rules.reach,
    )


def fit_halves(
    volume: Volume,
    names: tuple[str, str],
    plan: MendingPlan,
    rules: PairRules,
    seed: SeedTree,
    progress: Progress,
) -> CrossFit:
    """Train on each half of the sections, and measure the contacts of the whole block.

    Parameters
    ----------
    volume : Volume
        Tissue with an image and both segmentations.
    names : tuple of str
        The segmentation with errors and the one without.
    plan : MendingPlan
        How to train.
    rules : PairRules
        Which pairs are asked about.
    seed : SeedTree
        Source of randomness.
    progress : Progress
        Told how far the training is.

    Returns
    -------
    CrossFit
        Whatever lies in one half is judged by what was trained on the other, maps of boundaries
        included.
    """
    parts = Halves(0, volume.shape[0], plan.margin)
    fits = []
    with progress.track("training on halves", 3) as advance:
        for half in (0, 1):
            repairer = SplitRepairer(plan_repair(plan, rules))
            fits.append(
                repairer.fit(
                    volume,
                    *names,
                    parts.quarters(half, volume.shape[1]),
                    seed.child(f"half {half}"),
                )
            )
            advance(1)
        lower, upper = fits
        seen = lower.observer_.evidence_
        if plan.steps:
            # Each half sees the maps of the networks that were trained on the other.
            regions = zip((upper, lower), parts.regions(), strict=True)
            maps = [
                one.observer_.observe(volume, region).maps["boundary"] for one, region in regions
            ]
            seen = seen.replace(np.concatenate(maps, axis=1))
        sample = measure_sample(volume, names, seen, parts.whole(), rules.reach)
        advance(1)
    extents = _find_extents(volume.segmentation(names[0]), sample.graph.labels)
    return CrossFit(sample, (lower, upper), parts, extents)


def _find_extents(
    labels: npt.NDArray[np.integer], objects: npt.NDArray[np.integer]
) -> npt.NDArray[np.intp]:
    from scipy.ndimage import find_objects

    # Rows instead of labels: ids of a large segmentation would make a list as long as the largest.
    numbers = np.where(labels > 0, np.searchsorted(objects, labels) + 1, 0)
    boxes = find_objects(numbers)
    return np.array([(box[0].start, box[0].stop - 1) for box in boxes], np.intp)
