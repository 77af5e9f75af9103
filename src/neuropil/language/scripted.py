"""Scripted models, which answer by a rule: what a proofreader is compared with, and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.language.model import Message, Reply, hash_messages

__all__ = [
    "Always",
    "AnswerKey",
    "Guesser",
    "Known",
    "NoisyOracle",
    "Oracle",
    "Teacher",
    "Unparsable",
]


@dataclass(frozen=True)
class Known:
    """What is known of a question.

    Parameters
    ----------
    right : str
        The right answer.
    wrong : tuple of str
        The other answers that may be given.
    """

    right: str
    wrong: tuple[str, ...] = ()


Teacher = Callable[[tuple[Message, ...]], Known]
"""Tells what is known of a conversation."""


class AnswerKey:
    """The right answers to conversations that are known beforehand.

    Parameters
    ----------
    known : iterable of tuple
        Each conversation with what is known of it.

    Raises
    ------
    InputError
        When one conversation is given with two different answers; tell the two apart.

    Examples
    --------
    >>> messages = (Message("user", "One neuron or two?"),)
    >>> key = AnswerKey([(messages, Known("1", ("-1",)))])
    >>> key(messages).right
    '1'
    """

    def __init__(self, known: Iterable[tuple[tuple[Message, ...], Known]]) -> None:
        self._known: dict[str, Known] = {}
        for messages, one in known:
            name = hash_messages(messages)
            if self._known.setdefault(name, one) != one:
                raise InputError(
                    f"expected one answer to a question, found {self._known[name].right!r} and "
                    f"{one.right!r}",
                    where=f"question {name[:12]}",
                    repair="Questions that look the same cannot have different answers.",
                )

    def __call__(self, messages: tuple[Message, ...]) -> Known:
        """Return what is known of a conversation."""
        name = hash_messages(messages)
        if name not in self._known:
            raise InputError(
                f"expected one of {len(self._known)} questions, found another",
                where=f"question {name[:12]}",
                repair="Make the answer key from the questions that are asked.",
            )
        return self._known[name]


@dataclass(frozen=True)
class Always:
    """A model that always gives the same answer.

    Parameters
    ----------
    answer : str
        The answer.
    label : str, optional
        Name of the rule, such as ``always-yes``.

    Examples
    --------
    >>> Always("1").generate((Message("user", "One neuron or two?"),)).text
    '<analysis>always-1</analysis><answer>1</answer>'
    """

    answer: str
    label: str = ""

    @property
    def name(self) -> str:
        """Name for tables, such as ``mock:always-1``."""
        return f"mock:{self.label or f'always-{self.answer}'}"

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Give the answer, whatever is asked."""
        del messages, sample
        return _reply(self.name, self.answer)


@dataclass(frozen=True)
class Oracle:
    """A model that knows the right answers.

    Parameters
    ----------
    teacher : callable
        Returns what is known of a conversation, such as an :class:`AnswerKey`.
    """

    teacher: Teacher = field(repr=False)
    name = "mock:oracle"

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Give the right answer."""
        del sample
        return _reply(self.name, self.teacher(messages).right)


@dataclass(frozen=True)
class NoisyOracle:
    """A model that gives the right answer with a given probability, and else a wrong one.

    Each answer is drawn on its own, for each question and each of its samples, and is the same
    whenever it is asked for again.

    Parameters
    ----------
    teacher : callable
        Returns what is known of a conversation; it has at least one wrong answer.
    probability : float
        Of the right answer.
    seed : SeedTree
        What the draws depend on.

    Raises
    ------
    ConfigError
        When the probability is none; give one from 0 to 1.
    """

    teacher: Teacher = field(repr=False)
    probability: float
    seed: SeedTree

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ConfigError(
                f"expected a probability from 0 to 1, found {self.probability!r}",
                where=self.name,
                repair="Write for example mock:noisy-0.8.",
            )

    @property
    def name(self) -> str:
        """Name for tables, such as ``mock:noisy-0.8``."""
        return f"mock:noisy-{self.probability:g}"

    @property
    def settings(self) -> dict[str, Any]:
        """What its answers depend on beside its name and what it is asked."""
        return _seed_of(self.seed)

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Draw an answer.

        Parameters
        ----------
        messages : tuple of Message
            The conversation.
        sample : int
            Which of several answers.

        Returns
        -------
        Reply
            The right or a wrong answer.

        Raises
        ------
        InputError
            When no wrong answer is known; give them.
        """
        known = self.teacher(messages)
        if not known.wrong:
            raise InputError(
                "expected at least one wrong answer, found none",
                where=f"question {hash_messages(messages)[:12]}",
                repair="Give Known its wrong answers.",
            )
        rng = self.seed.child("noisy").child(hash_messages(messages)).child(sample).generator()
        right = rng.random() < self.probability
        wrong = known.wrong[rng.integers(len(known.wrong))]
        return _reply(self.name, known.right if right else wrong)


@dataclass(frozen=True)
class Guesser:
    """A model that guesses: each possible answer with the same probability.

    Parameters
    ----------
    teacher : callable
        Returns what is known of a conversation; which of the answers is right does not matter.
    seed : SeedTree
        What the draws depend on.
    """

    teacher: Teacher = field(repr=False)
    seed: SeedTree
    name = "mock:random"

    @property
    def settings(self) -> dict[str, Any]:
        """What its answers depend on beside its name and what it is asked."""
        return _seed_of(self.seed)

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Draw an answer."""
        known = self.teacher(messages)
        # Sorted, so that its guesses cannot depend on which answer is right.
        answers = sorted({known.right, *known.wrong})
        rng = self.seed.child("guess").child(hash_messages(messages)).child(sample).generator()
        return _reply(self.name, answers[rng.integers(len(answers))])


@dataclass(frozen=True)
class Unparsable:
    """A model whose answers have no form."""

    name = "mock:unparsable"

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Say something without an answer in it."""
        del messages, sample
        return Reply("It is hard to tell from these views alone.", model=self.name)


def _reply(name: str, answer: str) -> Reply:
    rule = name.removeprefix("mock:")
    return Reply(f"<analysis>{rule}</analysis><answer>{answer}</answer>", model=name)


def _seed_of(seed: SeedTree) -> dict[str, Any]:
    return {"seed": [seed.root, *seed.path]}
