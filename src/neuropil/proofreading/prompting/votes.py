"""One answer from several: majorities, ties, and what the order of options does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.prompting.parsing import list_answers
from neuropil.proofreading.tasks.items import Item

__all__ = ["PositionBias", "Vote", "count_votes", "measure_position_bias", "swap_options"]


@dataclass(frozen=True)
class Vote:
    """What several answers to one question come to.

    Parameters
    ----------
    value : str or None
        The answer given most often; None where none could be read.
    shares : mapping of str to float
        Share of each answer among those that could be read.
    n : int
        Answers that could be read.
    failures : int
        Answers that could not.
    tied : bool
        Whether several answers were given equally often.
    """

    value: str | None
    shares: Mapping[str, float]
    n: int
    failures: int
    tied: bool


def count_votes(samples: Sequence[str | None], seed: SeedTree) -> Vote:
    """Take the majority of several answers.

    Parameters
    ----------
    samples : sequence of str or None
        Answers; None where one could not be read.
    seed : SeedTree
        Which of the answers wins a tie: to take the first or "no" would favour it.

    Returns
    -------
    Vote
        The majority with its margin.

    Examples
    --------
    >>> count_votes(["1", "-1", "1", None], SeedTree(0)).value
    '1'
    """
    counts = Counter(sample for sample in samples if sample is not None)
    n = sum(counts.values())
    if not n:
        return Vote(None, {}, 0, len(samples), tied=False)
    most = max(counts.values())
    leaders = sorted(answer for answer, count in counts.items() if count == most)
    value = leaders[0]
    if len(leaders) > 1:
        value = leaders[int(seed.child("tie").generator().integers(len(leaders)))]
    shares = {answer: count / n for answer, count in sorted(counts.items())}
    return Vote(value, shares, n, len(samples) - n, tied=len(leaders) > 1)


def swap_options(item: Item) -> Item:
    """Return a choice with its options in the reverse order.

    Parameters
    ----------
    item : Item
        Of a choice task.

    Returns
    -------
    Item
        The same question, with the number of its right answer.

    Raises
    ------
    InputError
        When the item has no options; swap those of choice tasks only.
    """
    if not item.task.endswith("-choice"):
        raise InputError(
            f"expected an item of a choice task, found {item.task!r}",
            where=f"item {item.id}",
            repair="Swap the options of choice tasks only.",
        )
    # The base of a split stands first and is no option; a merge error shows options alone.
    fixed = 1 if item.task == "split-error-choice" else 0
    shown = (*item.shown[:fixed], *reversed(item.shown[fixed:]))
    return replace(item, shown=shown, answer=_mirror(item.answer, len(item.shown) - fixed))


@dataclass(frozen=True)
class PositionBias:
    """How answers depend on the order of options that are asked in both orders.

    Parameters
    ----------
    first_share : float or None
        Share of the numbers given that name the first option; .5 without bias. None without any.
    agreement : float or None
        Share of the pairs, both answered, in which both orders name the same object.
    n : int
        Pairs in which both orders were answered.
    """

    first_share: float | None
    agreement: float | None
    n: int


def measure_position_bias(items: Sequence[Item], answers: Mapping[str, str | None]) -> PositionBias:
    """Compare the answers to choices that are asked in both orders.

    Parameters
    ----------
    items : sequence of Item
        Choices; those whose swapped form is not among them are left out.
    answers : mapping of str to str or None
        Answer by the id of the item.

    Returns
    -------
    PositionBias
        Shares over the pairs.
    """
    known = {item.id for item in items}
    firsts: list[bool] = []
    agreed: list[bool] = []
    for item in items:
        other = swap_options(item)
        one, two = answers.get(item.id), answers.get(other.id)
        # Each pair once: its two items know each other.
        if other.id not in known or item.id > other.id or one is None or two is None:
            continue
        agreed.append(one == _mirror(two, len(list_answers(item)) - 1))
        firsts += [answer == "1" for answer in (one, two) if answer != "-1"]
    return PositionBias(
        sum(firsts) / len(firsts) if firsts else None,
        sum(agreed) / len(agreed) if agreed else None,
        len(agreed),
    )


def _mirror(answer: str, options: int) -> str:
    return answer if answer == "-1" else str(options + 1 - int(answer))
