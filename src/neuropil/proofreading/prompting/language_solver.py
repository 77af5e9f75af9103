"""A language model that is asked about items, many at a time and within a budget."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from neuropil.contracts import ConfigError, Progress, SeedTree
from neuropil.language import (
    BudgetError,
    LanguageModel,
    Message,
    Question,
    Reply,
    ask_all,
    settings_of,
)
from neuropil.proofreading.prompting.parsing import list_answers, parse_reply
from neuropil.proofreading.prompting.prompts import PROMPT_MODES, PromptMode, ask
from neuropil.proofreading.prompting.solvers import Answer, Camera, Task, add_usage
from neuropil.proofreading.prompting.votes import count_votes
from neuropil.proofreading.rendering.pictures import Studio
from neuropil.proofreading.tasks.items import Item

__all__ = ["LanguageSolver", "Stopwatch"]

_SEED = SeedTree(0)


class Stopwatch:
    """A model that is timed.

    Parameters
    ----------
    model : LanguageModel
        Who is asked.

    Attributes
    ----------
    milliseconds : list of float
        Time of each reply [ms].
    """

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.milliseconds: list[float] = []

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of the model."""
        return settings_of(self.model)

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Ask the model.

        Parameters
        ----------
        messages : tuple of Message
            The conversation so far.
        sample : int
            Which of several answers.
        """
        begin = time.perf_counter()
        reply = self.model.generate(messages, sample=sample)
        self.milliseconds.append((time.perf_counter() - begin) * 1000)
        return reply


class _Interview(Sequence[Question]):
    """Questions whose pictures are drawn when their turn comes, and the replies to them.

    Replies are kept by the number of their question: two items may look the same. A question is
    looked up in the thread that asks it, as :func:`ask_all` does.

    Parameters
    ----------
    model : LanguageModel
        Who is asked.
    items : sequence of Item
        What is asked about.
    draw : callable
        Makes messages of an item.
    votes : int
        Questions an item, one after the other.
    """

    # Threads ask about neighbours in the list: a few items are kept, and none is drawn twice.
    _KEPT = 16

    def __init__(
        self,
        model: LanguageModel,
        items: Sequence[Item],
        draw: Callable[[Item], tuple[Message, ...]],
        votes: int,
    ) -> None:
        self.replies: dict[int, tuple[Reply, float]] = {}
        self._model, self._items, self._draw, self._votes = model, items, draw, votes
        self._drawn: OrderedDict[int, tuple[Message, ...]] = OrderedDict()
        self._drawing = threading.Lock()
        self._here = threading.local()

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._model.name

    def __len__(self) -> int:
        return len(self._items) * self._votes

    @overload
    def __getitem__(self, number: int) -> Question: ...

    @overload
    def __getitem__(self, number: slice) -> list[Question]: ...

    def __getitem__(self, number: int | slice) -> Question | list[Question]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        index, sample = divmod(number, self._votes)
        self._here.number = number
        # One at a time: drawing takes a whole processor.
        with self._drawing:
            if index not in self._drawn:
                self._drawn[index] = self._draw(self._items[index])
                if len(self._drawn) > self._KEPT:
                    self._drawn.popitem(last=False)
            return Question(self._drawn[index], sample)

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Ask the model what was looked up last in this thread."""
        begin = time.perf_counter()
        reply = self._model.generate(messages, sample=sample)
        self.replies[self._here.number] = (reply, (time.perf_counter() - begin) * 1000)
        return reply

    def of_item(self, index: int) -> list[tuple[Reply, float]]:
        """Return the replies about an item, as far as there are any, each with its time [ms]."""
        numbers = range(index * self._votes, (index + 1) * self._votes)
        return [self.replies[one] for one in numbers if one in self.replies]


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
    workers : int
        Most questions that are under way at once.
    progress : Progress, optional
        Told about each reply.

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
    workers: int = 1
    progress: Progress | None = None

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

        Raises
        ------
        BudgetError
            When the budget does not suffice for all of them.
        """
        answers, stopped = self.solve_within_budget(task)
        if stopped is not None:
            raise stopped
        return answers

    def solve_within_budget(self, task: Task) -> tuple[list[Answer], BudgetError | None]:
        """Ask the model about each item, as far as the budget goes.

        Parameters
        ----------
        task : Task
            The questions.

        Returns
        -------
        answers : list of Answer
            Of the items that were asked as often as there are votes, in their order.
        stopped : BudgetError or None
            Why there are no more.
        """
        camera = self.camera or Studio(task.volume, task.segmentation)
        interview = _Interview(
            self.model, task.items, lambda item: ask(camera.take(item), self.mode), self.votes
        )
        stopped = None
        try:
            ask_all(interview, interview, workers=self.workers, progress=self.progress)
        except BudgetError as error:
            stopped = error
        replies = [interview.of_item(index) for index in range(len(task.items))]
        answers = [
            self._count(item, some)
            for item, some in zip(task.items, replies, strict=True)
            if len(some) == self.votes
        ]
        return answers, stopped

    def _count(self, item: Item, replies: Sequence[tuple[Reply, float]]) -> Answer:
        allowed = list_answers(item)
        samples = tuple(parse_reply(reply.text, allowed) for reply, _ in replies)
        vote = count_votes(samples, self.seed.child(item.id))
        # One answer says nothing about how sure the model is.
        share = vote.shares[vote.value] if vote.value is not None and vote.n > 1 else None
        usage = add_usage([reply.usage for reply, _ in replies])
        passed = sum(milliseconds for _, milliseconds in replies)
        return Answer(item.id, vote.value, share, samples, usage, passed)
