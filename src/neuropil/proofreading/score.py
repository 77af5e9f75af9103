"""How well touching objects are told apart, and how far a segmentation is mended."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.halves import contact_sections
from neuropil.proofreading.halves import CrossFit
from neuropil.proofreading.models.pairs import PairPlan, PairScorer, TrainingPairs, label_contacts
from neuropil.proofreading.repair.calibration import find_abstention
from neuropil.proofreading.repair.repairer import SplitRepairer
from neuropil.proofreading.tasks.pairs import Pairs

__all__ = ["AREA_UNDER_CURVE", "BALANCED", "JudgedPairs", "judge_pairs", "judge_with_groups"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

AREA_UNDER_CURVE, BALANCED = "area under the curve", "balanced accuracy"
_RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """Touching objects with what a scorer that has not seen their half says of them.

    Parameters
    ----------
    probability : (m,) array
        That both are one.
    same : (m,) bool array
        Whether they are.
    alone : (m,) bool array
        Whether neither object reaches into the half that the scorer was trained on.
    labels : (m, 2) int array
        The objects.
    needed : (m,) array
        Certainty from which on an answer is given where the scorer may abstain, chosen in the half
        that it was trained on.
    """

    probability: Floats
    same: Truths
    alone: Truths
    labels: npt.NDArray[np.int64]
    needed: Floats

    def take(self, chosen: Truths) -> JudgedPairs:
        """Return some of the pairs.

        Parameters
        ----------
        chosen : (m,) bool array
            Which.
        """
        return replace(
            self,
            probability=self.probability[chosen],
            same=self.same[chosen],
            alone=self.alone[chosen],
            labels=self.labels[chosen],
            needed=self.needed[chosen],
        )

    def abstain(self) -> tuple[float, float]:
        """Return the share of pairs that are answered, and the share of right answers.

        Returns
        -------
        coverage, precision : float
            A precision of 1 where nothing is answered.
        """
        given = np.maximum(self.probability, 1 - self.probability) >= self.needed
        right = (self.probability >= 0.5) == self.same
        return float(given.mean()), float(right[given].mean()) if given.any() else 1.0

    def area(self) -> float:
        """Return the area under the receiver operating characteristic."""
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(self.same, self.probability))

    def balanced_accuracy(self) -> float:
        """Return the mean of the recalls of both answers at a probability of one half."""
        says = self.probability >= 0.5
        return float((says[self.same].mean() + (~says[~self.same]).mean()) / 2)

    def interval(self, quantity: str, seed: SeedTree) -> tuple[float, float]:
        """Resample objects, with all pairs whose first object they are, and return 95 %.

        Parameters
        ----------
        quantity : {"area under the curve", "balanced accuracy"}
            What is resampled.
        seed : SeedTree
            Source of randomness.
        """
        rng = seed.child("pairs").generator()
        names, owner = np.unique(self.labels[:, 0], return_inverse=True)
        by_owner = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
        found = []
        for _ in range(_RESAMPLES):
            rows = np.concatenate(
                [by_owner[one] for one in rng.integers(0, len(names), len(names))]
            )
            part = replace(self, probability=self.probability[rows], same=self.same[rows])
            if part.same.any() and not part.same.all():
                area = quantity == AREA_UNDER_CURVE
                found.append(part.area() if area else part.balanced_accuracy())
        low, high = np.percentile(found, [2.5, 97.5])
        return float(low), float(high)


def judge_pairs(cross: CrossFit, pairs: Pairs, precision: float) -> JudgedPairs:
    """Judge touching objects by the scorer of the half in which their contact does not lie.

    Parameters
    ----------
    cross : CrossFit
        Both scorers and the contacts of the block.
    pairs : Pairs
        Objects of the same segmentation.
    precision : float
        Share of answers that must be right where the scorers may abstain.

    Returns
    -------
    JudgedPairs
        In the same order.

    Raises
    ------
    InputError
        When pairs are of another segmentation, or all of one kind.
    """
    graph = cross.sample.graph
    features = describe_contacts(graph)
    said = cross.calibrate(graph, features)
    needed = tuple(_need(repairer, precision) for repairer in cross.repairers)
    return _look_up(cross, pairs, features.rows, said, needed)


def _need(repairer: SplitRepairer, precision: float) -> float:
    """Choose the certainty in the trials of a repairer, which are of its own half."""
    said = np.concatenate([trial.probability for trial in repairer.trials_])
    same = np.concatenate([trial.same for trial in repairer.trials_])
    return find_abstention(repairer.calibration_.apply(said), same, precision).certainty


def judge_with_groups(
    cross: CrossFit, pairs: Pairs, groups: tuple[str, ...], seed: SeedTree
) -> JudgedPairs:
    """Judge the same pairs by trees that see some groups of features only.

    They are trained on the contacts of the start, each half by itself.

    Parameters
    ----------
    cross : CrossFit
        The contacts of the block.
    pairs : Pairs
        Objects of the same segmentation.
    groups : tuple of str
        Kinds of features.
    seed : SeedTree
        Source of randomness.

    Returns
    -------
    JudgedPairs
        In the order of the pairs.
    """
    graph, trees = cross.sample.graph, cross.repairers[0].plan.pairs.trees
    plan = PairPlan(groups=groups, trees=trees)
    features = describe_contacts(graph)
    same, purity = label_contacts(graph, features.rows, cross.sample.overlap)
    upper = contact_sections(graph, features.rows) >= cross.parts.middle
    values = features.select(*groups)
    said = np.empty(len(same))
    for part in (upper, ~upper):
        seen = part & (purity >= plan.purity)
        learnt = TrainingPairs(values[seen], same[seen], np.ones(seen.sum()))
        scorer = PairScorer(plan).fit(learnt, seed)
        said[~part] = scorer.score(graph, features.take(~part))
    return _look_up(cross, pairs, features.rows, said, (np.inf, np.inf))


def _look_up(
    cross: CrossFit,
    pairs: Pairs,
    rows: npt.NDArray[np.intp],
    said: Floats,
    needed: tuple[float, ...],
) -> JudgedPairs:
    graph = cross.sample.graph
    names = np.asarray(graph.labels, np.int64)
    base = int(names.max()) + 1
    ends = names[graph.edges[rows]]
    keys = ends[:, 0] * base + ends[:, 1]
    wanted = np.sort(pairs.labels, axis=1) @ np.array([base, 1])
    order = np.argsort(keys)
    places = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
    if not np.array_equal(keys[places], wanted):
        raise InputError(
            "expected pairs that touch in the segmentation that was measured",
            where="pairs",
            repair="Find the pairs in the same segmentation, with the same reach.",
        )
    if pairs.same.all() or not pairs.same.any():
        raise InputError(
            f"expected pairs of one body and of two, found {len(pairs.same)} of one kind",
            where="pairs",
            repair="Bring a segmentation with both, or lower rules.fewest_voxels.",
        )
    upper = contact_sections(graph, rows[places]) >= cross.parts.middle
    alone = ~_reach_over(cross, pairs, upper)
    # The upper half is judged by the repairer of the lower one.
    bar = np.where(upper, needed[0], needed[1])
    return JudgedPairs(said[places], pairs.same, alone, pairs.labels, bar)


def _reach_over(cross: CrossFit, pairs: Pairs, upper: Truths) -> Truths:
    """Tell which pairs have an object with voxels in the half that their scorer has seen."""
    ends = np.searchsorted(cross.sample.graph.labels, pairs.labels)
    below = (cross.extents[ends, 0] < cross.parts.middle).any(axis=1)
    above = (cross.extents[ends, 1] >= cross.parts.middle).any(axis=1)
    return np.where(upper, below, above)
