"""Answers about edges, one for each mechanism, pair and repeat, whoever gave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import list_some
from neuropil.contracts import InputError, did_you_mean

__all__ = ["Answer", "EdgeAnswers", "check_answers", "check_scope", "require_every_pair"]

Floats = npt.NDArray[np.float64]

# More would be a mistake: matrices of doubts are made of this many layers.
_MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about one pair of regions.

    Parameters
    ----------
    mechanism : str
        What was asked about.
    first, second : str
        The two regions. Which stands first says about which of them the question was.
    repeat : int
        Which of several answers to the same question, from 0.
    probability : float
        That the two interact, in [0, 1].
    reason : str
        One line.
    model, version : str
        Who answered, and which version of it.
    """

    mechanism: str
    first: str
    second: str
    repeat: int
    probability: float
    reason: str
    model: str
    version: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What one source may answer once."""
        return self.mechanism, self.first, self.second, self.repeat


@dataclass(frozen=True, eq=False, repr=False)
class EdgeAnswers:
    """All answers of one elicitation; :meth:`EdgePrior.from_answers` makes matrices of them.

    Parameters
    ----------
    regions : tuple of str
        Labels, in the order of the rows and columns of every matrix.
    mechanisms : tuple of str
        What was asked about, in order.
    answers : tuple of Answer
        In any order: nothing depends on it. A pair may be answered from both of its ends.
    source : str
        Where they come from, in words.

    Raises
    ------
    InputError
        When an answer is about an unknown region or mechanism, its probability is not in [0, 1],
        it is there twice, or a pair has no answer; the message names it.
    """

    regions: tuple[str, ...]
    mechanisms: tuple[str, ...]
    answers: tuple[Answer, ...]
    source: str = "not stated"

    def __post_init__(self) -> None:
        scope = (self.regions, self.mechanisms)
        check_scope(*scope, self.source)
        check_answers(self.answers, *scope, lambda number: f"answer {number + 1}")
        require_every_pair(self.answers, *scope, self.source)

    @property
    def repeats(self) -> int:
        """How often each question was asked."""
        return 1 + max(answer.repeat for answer in self.answers)

    def collect(self, mechanism: str) -> Floats:
        """Arrange the answers about one mechanism.

        Parameters
        ----------
        mechanism : str
            One of ``mechanisms``.

        Returns
        -------
        ndarray
            (n_repeats, 2, n_pairs) probabilities, NaN where there is no answer. Pairs are those
            of the upper triangle, row by row; the second axis tells from which of the two ends a
            pair was asked about.
        """
        n = len(self.regions)
        place = {label: number for number, label in enumerate(self.regions)}
        pair = np.zeros((n, n), dtype=np.int64)
        pair[np.triu_indices(n, 1)] = np.arange(n * (n - 1) // 2)
        # Each answer has its own cell, so that the order of the lines cannot change a sum.
        values = np.full((self.repeats, 2, n * (n - 1) // 2), np.nan)
        for answer in self.answers:
            if answer.mechanism == mechanism:
                row, column = place[answer.first], place[answer.second]
                end, number = int(row > column), pair[min(row, column), max(row, column)]
                values[answer.repeat, end, number] = answer.probability
        return values

    def __repr__(self) -> str:
        return (
            f"EdgeAnswers({len(self.answers):,} answers about {len(self.regions)} regions by "
            f"{', '.join(self.mechanisms)}; {self.source})"
        )


def check_answers(
    answers: Sequence[Answer],
    regions: tuple[str, ...],
    mechanisms: tuple[str, ...],
    place: Callable[[int], str],
) -> None:
    """Refuse answers that are none, and those that are there twice.

    Parameters
    ----------
    answers : sequence of Answer
        The answers.
    regions, mechanisms : tuple of str
        What they may be about.
    place : callable
        Names the place of an answer by its number, for the message.

    Raises
    ------
    InputError
        When a region or the mechanism of an answer is unknown, both regions are the same, the
        repeat is no number from 0, the probability is not in [0, 1], or it is there twice.
    """
    seen: dict[tuple[str, str, str, int], int] = {}
    # Dictionaries find a name at once and keep the order in which messages list them.
    known = dict.fromkeys(regions), dict.fromkeys(mechanisms)
    for number, answer in enumerate(answers):
        fault = _find_wrong_name(answer, *known) or _find_wrong_number(answer)
        if fault is not None:
            what, repair = fault
            raise InputError(what, where=place(number), repair=repair)
        earlier = seen.setdefault(answer.key, number)
        if earlier != number:
            raise InputError(
                f"expected one answer for {answer.mechanism}, {answer.first}, {answer.second}, "
                f"repeat {answer.repeat}, found a second",
                where=place(number),
                repair=f"Remove it or number its repeat: {place(earlier)} has the first.",
            )


def _find_wrong_name(
    answer: Answer, regions: Mapping[str, None], mechanisms: Mapping[str, None]
) -> tuple[str, str] | None:
    """Say what is wrong with the names of an answer, and how to mend it."""
    for name, what, known in (
        ("mechanism", "mechanism", mechanisms),
        ("first", "region", regions),
        ("second", "region", regions),
    ):
        found = getattr(answer, name)
        if found not in known:
            hint = did_you_mean(found, known)
            return (
                f"expected {name} to be a listed {what}, found {found!r}",
                f"{hint}Listed are {list_some(known)}.",
            )
    if answer.first == answer.second:
        return (
            f"expected two regions, found {answer.first!r} twice",
            "No edge joins a region with itself: leave the answer out.",
        )
    return None


def _find_wrong_number(answer: Answer) -> tuple[str, str] | None:
    if not 0 <= answer.repeat < _MOST_REPEATS:
        return (
            f"expected a repeat from 0 to {_MOST_REPEATS - 1}, found {answer.repeat}",
            "Number the repeats from 0.",
        )
    # Written so that NaN, of which no comparison is true, is refused too.
    if not 0 <= answer.probability <= 1:
        return (
            f"expected a probability from 0 to 1, found {answer.probability:g}",
            "Give a share and no percentage, and leave out what is not known.",
        )
    return None


def require_every_pair(
    answers: Sequence[Answer],
    regions: tuple[str, ...],
    mechanisms: tuple[str, ...],
    where: str,
) -> None:
    """Refuse answers that leave a pair out.

    Parameters
    ----------
    answers : sequence of Answer
        The answers.
    regions, mechanisms : tuple of str
        What they must be about.
    where : str
        Their place, for the message.

    Raises
    ------
    InputError
        When a mechanism has no answer about a pair, from either of its ends and in any repeat.
    """
    wanted = len(regions) * (len(regions) - 1) // 2
    found: dict[str, set[frozenset[str]]] = {mechanism: set() for mechanism in mechanisms}
    for each in answers:
        found[each.mechanism].add(frozenset((each.first, each.second)))
    for mechanism, pairs in found.items():
        if len(pairs) < wanted:
            first, second = _first_missing(regions, pairs)
            raise InputError(
                f"expected answers about {wanted} pairs for {mechanism}, found {len(pairs)}; the "
                f"first without one is {first}, {second}",
                where=where,
                repair="Ask about what is missing: no answer is not the same as 0.5.",
            )


def _first_missing(regions: tuple[str, ...], found: set[frozenset[str]]) -> tuple[str, str]:
    return next(
        (first, second)
        for place, first in enumerate(regions)
        for second in regions[place + 1 :]
        if frozenset((first, second)) not in found
    )


def check_scope(regions: tuple[str, ...], mechanisms: tuple[str, ...], where: str) -> None:
    """Refuse names of regions or mechanisms that are too few, empty, or not unique.

    Parameters
    ----------
    regions, mechanisms : tuple of str
        What answers are about.
    where : str
        Their place, for the message.

    Raises
    ------
    InputError
        When there are fewer than two regions or one mechanism, or a name is empty or repeated.
    """
    for what, names, least in (("regions", regions, 2), ("mechanisms", mechanisms, 1)):
        # A dictionary and not a set: the message names the first that is repeated.
        again = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if len(names) < least or again or not all(names):
            found = f"{list_some(again)} twice" if again else f"{sum(map(bool, names))} names"
            raise InputError(
                f"expected at least {least} {what}, each named once, found {found}",
                where=where,
                repair="Name each of them once.",
            )
