"""Whoever answers: the protocol, a language model behind it, and two that do not look."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, SeedTree
from neuropil.language import LanguageModel, Message, Reply, Usage
from neuropil.proofreading.prompting.parsing import list_answers, parse_reply
from neuropil.proofreading.prompting.prompts import PROMPT_MODES, PromptMode, ask
from neuropil.proofreading.prompting.votes import count_votes
from neuropil.proofreading.rendering.pictures import Pictures, Studio
from neuropil.proofreading.tasks.items import Item

__all__ = [
    "Answer",
    "Camera",
    "ConstantSolver",
    "GuessingSolver",
    "LanguageSolver",
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


@dataclass(frozen=True, eq=False)
class LanguageSolver:
    """Asks a language model.

    Parameters
    ----------
    model : LanguageModel
        The model.
    mode : {"null", "description", "heuristics"}
        How much help the prompt gives.
    votes : int
        How often each item is asked.
    seed : SeedTree
        Who wins a tie.
    camera : Camera, optional
        Where pictures come from; drawn from the task's volume when not given.

    Raises
    ------
    ConfigError
        When the mode is unknown, or items are asked less than once.
    """

    model: LanguageModel
    mode: PromptMode = "description"
    votes: int = 1
    seed: SeedTree = _SEED
    camera: Camera | None = None

    def __post_init__(self) -> None:
        if self.mode not in PROMPT_MODES:
            raise ConfigError(
                f"expected a mode of prompts, found {self.mode!r}",
                where="mode",
                repair=f"Choose one of {', '.join(PROMPT_MODES)}.",
            )
        if self.votes < 1:
            raise ConfigError(
                f"expected at least one vote, found {self.votes}",
                where="votes",
                repair="Ask each item once or more; odd numbers leave fewer ties.",
            )

    @property
    def name(self) -> str:
        """Model and mode."""
        return f"{self.model.name} ({self.mode})"

    def solve(self, task: Task) -> list[Answer]:
        """Ask the model about each item.

        Parameters
        ----------
        task : Task
            The questions.

        Returns
        -------
        list of Answer
            In the order of the items.
        """
        camera = self.camera or Studio(task.volume, task.segmentation)
        return [self._answer(item, camera) for item in task.items]

    def _answer(self, item: Item, camera: Camera) -> Answer:
        messages = ask(camera.take(item), self.mode)
        begin = time.perf_counter()
        replies = [self._reply(messages, sample) for sample in range(self.votes)]
        passed = (time.perf_counter() - begin) * 1000
        allowed = list_answers(item)
        samples = tuple(parse_reply(reply.text, allowed) for reply in replies)
        vote = count_votes(samples, self.seed.child(item.id))
        # One answer says nothing about how sure the model is.
        share = vote.shares[vote.value] if vote.value is not None and vote.n > 1 else None
        usage = add_usage([reply.usage for reply in replies])
        return Answer(item.id, vote.value, share, samples, usage, passed)

    def _reply(self, messages: tuple[Message, ...], sample: int) -> Reply:
        return self.model.generate(messages, sample=sample)


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
