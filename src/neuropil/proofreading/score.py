"""How well touching objects are told apart, and how far a segmentation is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.measures import bootstrap_groups, compute_calibration_error, compute_roc_area
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.halves import contact_sections
from neuropil.proofreading.halves import CrossFit
from neuropil.proofreading.models.pairs import PairPlan, PairScorer, TrainingPairs, label_contacts
from neuropil.proofreading.repair.calibration import find_abstention
from neuropil.proofreading.repair.repairer import SplitRepairer
from neuropil.proofreading.tasks.pairs import Pairs

__all__ = ["JudgedPairs", "judge_pairs", "judge_with_groups"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


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

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> JudgedPairs:
        """Return some of the pairs, or some several times.

        Parameters
        ----------
        rows : (m,) bool array, or array of int
            Which.
        """
        return JudgedPairs(*(getattr(self, one.name)[rows] for one in fields(self)))

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

    def coverage(self) -> float:
        """Return the share of pairs that are answered where the scorer may abstain."""
        return self.abstain()[0]

    def precision(self) -> float:
        """Return the share of those answers that are right."""
        return self.abstain()[1]

    def area(self) -> float:
        """Return the area under the receiver operating characteristic; NaN of one kind alone."""
        return compute_roc_area(self.same, self.probability)

    def balanced_accuracy(self) -> float:
        """Return the mean recall at a probability of one half; NaN of one kind alone."""
        if self.same.all() or not self.same.any():
            return float("nan")
        says = self.probability >= 0.5
        return float((says[self.same].mean() + (~says[~self.same]).mean()) / 2)

    def calibration_error(self) -> float:
        """Return the expected calibration error."""
        return compute_calibration_error(self.probability, self.same)

    def interval(
        self, quantity: Callable[[JudgedPairs], float], seed: SeedTree
    ) -> tuple[float, float]:
        """Resample objects, with all pairs whose first object they are, and return 95 %.

        Parameters
        ----------
        quantity : callable
            Such as :meth:`area`; takes pairs and returns a number.
        seed : SeedTree
            Source of randomness.
        """
        rng = seed.child("pairs").generator()
        return bootstrap_groups(self.labels[:, 0], lambda rows: quantity(self.take(rows)), rng)


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
    known = repairer.experience_
    said = repairer.calibration_.apply(known.said)
    return find_abstention(said, known.same, precision).certainty


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
