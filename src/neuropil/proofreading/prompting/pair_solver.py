"""The proofreader that runs here, and its simple rivals, behind the interface of all solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from neuropil.contracts import InputError
from neuropil.proofreading.prompting.solvers import Answer, Task
from neuropil.proofreading.score import JudgedPairs
from neuropil.proofreading.tasks.items import Item

__all__ = ["PairSolver"]


@dataclass(frozen=True, eq=False)
class PairSolver:
    """Answers questions about split errors by the probability that two objects are one.

    A pair is one from a probability of one half; of several candidates the likeliest is chosen.

    Parameters
    ----------
    name : str
        Name for tables.
    probability : mapping of (int, int) to float
        By the labels of both objects, the smaller one first.
    milliseconds : float
        Time to judge one pair [ms].
    """

    name: str
    probability: Mapping[tuple[int, int], float]
    milliseconds: float = 0.0

    @classmethod
    def of(cls, name: str, judged: JudgedPairs, milliseconds: float = 0.0) -> Self:
        """Return the solver that says what was said of pairs.

        Parameters
        ----------
        name : str
            Name for tables.
        judged : JudgedPairs
            What was said.
        milliseconds : float
            Time to judge one pair [ms].
        """
        ends = np.sort(judged.labels, axis=1).tolist()
        said = {
            (low, high): float(one)
            for (low, high), one in zip(ends, judged.probability, strict=True)
        }
        return cls(name, said, milliseconds)

    def solve(self, task: Task) -> list[Answer]:
        """Answer each item.

        Parameters
        ----------
        task : Task
            Questions about split errors.

        Returns
        -------
        list of Answer
            With how sure the solver is of each.

        Raises
        ------
        InputError
            When an item is of another kind, or nothing is known of its objects.
        """
        return [self._answer(item) for item in task.items]

    def _answer(self, item: Item) -> Answer:
        said = [self._judge(item, candidate) for candidate in range(1, len(item.shown))]
        passed = self.milliseconds * len(said)
        best = int(np.argmax(said))
        if item.task == "split-error-choice":
            return Answer(item.id, str(best + 1), said[best], milliseconds=passed)
        # One half, because the questions are balanced: as many pairs are one as are two.
        yes = said[0] >= 0.5
        return Answer(
            item.id, "1" if yes else "-1", said[0] if yes else 1 - said[0], milliseconds=passed
        )

    def _judge(self, item: Item, candidate: int) -> float:
        labels = sorted(label for end in (0, candidate) for label in item.shown[end].labels)
        known = self.probability.get((labels[0], labels[-1]))
        if not item.task.startswith("split-error") or len(labels) != 2 or known is None:
            raise InputError(
                f"expected a question about two objects that were judged, found {item.task} about "
                f"{', '.join(map(str, labels))}",
                where=f"item {item.id} of {item.origin}",
                repair="Make the items from the pairs that were judged.",
            )
        return known
