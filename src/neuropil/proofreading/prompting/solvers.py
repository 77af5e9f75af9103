"""Whoever answers: the protocol, and two that do not look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.language import Usage
from neuropil.proofreading.rendering.pictures import Pictures
from neuropil.proofreading.tasks.items import Item

__all__ = [
    "Answer",
    "Camera",
    "ConstantSolver",
    "GuessingSolver",
    "Solver",
    "Task",
    "add_usage",
]

_NO_COST = Usage()
_SEED = SeedTree(0)


@dataclass(frozen=True, eq=False)
class Task:
    """Questions of one kind about one volume.

    Parameters
    ----------
    name : str
        Name for tables.
    items : tuple of Item
        The questions.
    volume : Volume
        Tissue they are about.
    segmentation : str, optional
        Which segmentation; the only one when not given.
    """

    name: str
    items: tuple[Item, ...]
    volume: Volume
    segmentation: str | None = None


@dataclass(frozen=True)
class Answer:
    """What was answered to one item.

    Parameters
    ----------
    item : str
        Id of the item.
    value : str or None
        The answer; None where none could be read.
    probability : float, optional
        How sure the solver is of its answer; None where it does not say.
    samples : tuple of str or None
        Single answers whose majority ``value`` is; None for one that could not be read.
    usage : Usage
        What all of them cost.
    milliseconds : float
        Time that they took [ms].
    """

    item: str
    value: str | None
    probability: float | None = None
    samples: tuple[str | None, ...] = ()
    usage: Usage = _NO_COST
    milliseconds: float = 0.0

    def readings(self) -> tuple[str | None, ...]:
        """Return the single answers; the one answer where there was no vote."""
        return self.samples or (self.value,)


class Solver(Protocol):
    """Anything that answers items: a language model, a trained network, a person's table."""

    @property
    def name(self) -> str:
        """Name for tables."""
        ...

    def solve(self, task: Task) -> Sequence[Answer]:
        """Answer all items of a task.

        Parameters
        ----------
        task : Task
            The questions; their right answers are not to be looked at.

        Returns
        -------
        sequence of Answer
            One for each item.
        """
        ...


class Camera(Protocol):
    """Anything that has pictures of items, drawn or kept."""

    def take(self, item: Item) -> Pictures:
        """Return the pictures of an item."""
        ...


@dataclass(frozen=True)
class ConstantSolver:
    """Gives one answer to everything: always yes, or always the first option.

    Parameters
    ----------
    value : str
        The answer.
    """

    value: str = "1"

    @property
    def name(self) -> str:
        """What it always answers."""
        return f"always {self.value}"

    def solve(self, task: Task) -> list[Answer]:
        """Give the answer to each item."""
        return [Answer(item.id, self.value) for item in task.items]


@dataclass(frozen=True)
class GuessingSolver:
    """Draws among the answers that are right in the task.

    Parameters
    ----------
    seed : SeedTree
        The draws; those of an item do not depend on the others.
    """

    seed: SeedTree = _SEED

    @property
    def name(self) -> str:
        """Name for tables."""
        return "guess"

    def solve(self, task: Task) -> list[Answer]:
        """Draw an answer to each item."""
        options = sorted({item.answer for item in task.items})
        draws = (self.seed.child(item.id).generator().integers(len(options)) for item in task.items)
        return [
            Answer(item.id, options[int(draw)], 1 / len(options))
            for item, draw in zip(task.items, draws, strict=True)
        ]


def add_usage(usages: Sequence[Usage]) -> Usage:
    """Add what several replies cost.

    Parameters
    ----------
    usages : sequence of Usage
        Costs.

    Returns
    -------
    Usage
        Their sum.
    """
    return Usage(
        sum(usage.input_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        sum(usage.usd for usage in usages),
    )
