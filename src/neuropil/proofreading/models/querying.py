"""Which contacts to ask a person about, so that few answers teach much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.models.pairs import PairPlan, PairScorer, TrainingPairs

__all__ = ["ActiveLearner", "LearningCurve", "follow_learning"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]

Choice = Literal["uncertain", "random"]


class ActiveLearner:
    """Asks about the contacts that its scorer is least sure of.

    Parameters
    ----------
    values : (t, f) array
        Features of the contacts that can be asked about.
    weights : (t,) array
        How much each counts.
    seed : SeedTree
        Source of randomness.
    plan : PairPlan, optional
        The trees.
    choice : {"uncertain", "random"}
        What is asked next; ``random`` is what active learning is compared with.

    Raises
    ------
    InputError
        When there is nothing to ask about.
    """

    def __init__(
        self,
        values: npt.NDArray[np.float32],
        weights: Floats,
        seed: SeedTree,
        plan: PairPlan | None = None,
        choice: Choice = "uncertain",
    ) -> None:
        if not len(values):
            raise InputError(
                "expected contacts to ask about, found none",
                where="values",
                repair="Lower the number of faces or voxels that a contact must have.",
            )
        self.values, self.weights, self.choice = values, weights, choice
        self.plan, self.seed = plan or PairPlan(), seed
        # A contact is answered once; which one comes first among equals is drawn.
        self._order = seed.child("order").generator().permutation(len(values))
        self.answered: Indices = np.empty(0, np.intp)
        self.same: Truths = np.empty(0, bool)
        self.scorer_: PairScorer | None = None

    def ask(self, n: int) -> Indices:
        """Choose the contacts to be answered next.

        Parameters
        ----------
        n : int
            How many; fewer where fewer are left.

        Returns
        -------
        (n,) integer array
            Rows: those whose probability is nearest to one half, drawn as long as the answers are
            all of one kind.
        """
        left = self._order[~np.isin(self._order, self.answered)]
        if self.scorer_ is not None and self.choice == "uncertain":
            doubt = np.abs(self.scorer_.judge(self.values[left]) - 0.5)
            left = left[np.argsort(doubt, kind="stable")]
        return left[:n]

    def tell(self, rows: Indices, same: Truths) -> Self:
        """Learn from answers.

        Parameters
        ----------
        rows : (n,) integer array
            Contacts that were answered.
        same : (n,) bool array
            Whether both objects of each are one.

        Returns
        -------
        ActiveLearner
            This learner, with a ``scorer_`` once both answers have been given.
        """
        self.answered = np.concatenate([self.answered, rows])
        self.same = np.concatenate([self.same, same])
        if self.same.any() and not self.same.all():
            known = TrainingPairs(
                self.values[self.answered], self.same, self.weights[self.answered]
            )
            self.scorer_ = PairScorer(self.plan).fit(known, self.seed.child(str(len(self.same))))
        return self


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """How good a scorer became with the answers it was given.

    Parameters
    ----------
    answers : (s,) array
        Number of answers after each step.
    score : (s,) array
        What the scorer reached then; NaN before there was one.
    """

    answers: Indices
    score: Floats

    def find_need(self, wanted: float) -> int | None:
        """Return the answers from which on the score stays at or above a value.

        Parameters
        ----------
        wanted : float
            The value.

        Returns
        -------
        int or None
            None where it is not reached to stay.
        """
        below = np.flatnonzero(~(self.score >= wanted))
        first = int(below[-1]) + 1 if len(below) else 0
        return int(self.answers[first]) if first < len(self.answers) else None


def follow_learning(
    learner: ActiveLearner,
    truth: Truths,
    judge: Callable[[PairScorer], float],
    step: int,
    most: int,
) -> LearningCurve:
    """Answer what a learner asks, and measure it after each step.

    Parameters
    ----------
    learner : ActiveLearner
        It has not been told anything.
    truth : (t,) bool array
        The answers.
    judge : callable
        ``judge(scorer)`` measures a scorer on contacts that cannot be asked about.
    step : int
        Answers between two measurements.
    most : int
        Answers at the end.

    Returns
    -------
    LearningCurve
        One entry a step.
    """
    answers, scores = [], []
    while len(learner.answered) < min(most, len(truth)):
        rows = learner.ask(min(step, most - len(learner.answered)))
        learner.tell(rows, truth[rows])
        answers.append(len(learner.answered))
        scores.append(np.nan if learner.scorer_ is None else judge(learner.scorer_))
    return LearningCurve(np.array(answers, np.intp), np.array(scores, np.float64))
