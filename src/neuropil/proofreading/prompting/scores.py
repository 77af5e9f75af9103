"""How good answers are: balanced accuracy with its interval, chance, failures and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.language import Usage
from neuropil.proofreading.prompting.solvers import Answer, add_usage
from neuropil.proofreading.tasks.items import Item

__all__ = ["Failures", "Score", "chance_interval", "score_answers"]

Failures = Literal["exclude", "penalise"]
"""Leave out what could not be read, or count it as wrong."""

Floats = npt.NDArray[np.float64]

# As many as ConnectomeBench takes for its intervals.
_RESAMPLES = 1000


@dataclass(frozen=True)
class Score:
    """How good the answers to some items are.

    Parameters
    ----------
    n : int
        Items that were scored.
    balanced_accuracy : float or None
        Mean share of right answers over the classes that occur; None without an item.
    low, high : float or None
        Its 95 % percentile bootstrap interval over items.
    accuracy : float or None
        Share of right answers.
    precision, recall, f1, specificity : float or None
        Of the answer 1 in tasks of two answers; None elsewhere, and where undefined.
    shares : mapping of str to float
        How often each answer was given; that of 1 is the share of yes.
    chance, chance_low, chance_high : float or None
        Accuracy of guessing among the classes that occur, with its 95 % binomial interval.
    failures : int
        Single answers that could not be read.
    readings : int
        Single answers in all.
    usage : Usage
        Tokens and price of all answers.
    milliseconds : float
        Mean time an item [ms].
    """

    n: int
    balanced_accuracy: float | None
    low: float | None
    high: float | None
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    specificity: float | None
    shares: Mapping[str, float]
    chance: float | None
    chance_low: float | None
    chance_high: float | None
    failures: int
    readings: int
    usage: Usage
    milliseconds: float


def score_answers(
    items: Sequence[Item],
    answers: Sequence[Answer],
    *,
    failures: Failures = "exclude",
    by: Literal["vote", "sample"] = "vote",
    together: Mapping[str, int] | None = None,
    seed: SeedTree | None = None,
) -> Score:
    """Score the answers to items.

    Parameters
    ----------
    items : sequence of Item
        Questions of one task.
    answers : sequence of Answer
        One for each of them, in any order.
    failures : {"exclude", "penalise"}
        What becomes of answers that could not be read: they are counted apart in any case.
    by : {"vote", "sample"}
        Whether majorities are scored, or every single answer, each item with the same weight.
    together : mapping of str to int, optional
        Number of a group by the id of an item. Items of one group, such as one choice in both
        orders, are resampled together; each alone when not given.
    seed : SeedTree, optional
        Resampling of the interval.

    Returns
    -------
    Score
        The scores.

    Raises
    ------
    InputError
        When an item has no answer or several, or items are of several tasks.
    """
    ordered = _match(items, answers)
    readings = [answer.readings() for answer in ordered]
    given = [(answer.value,) for answer in ordered] if by == "vote" else readings
    classes = sorted({item.answer for item in items})
    truth = np.array([classes.index(item.answer) for item in items], dtype=np.int64)
    options = sorted({*classes, *(one for some in given for one in some if one is not None)})
    shares = _share_table(given, options, failures)
    scored = np.asarray(~np.isnan(shares).any(axis=1))
    truth, shares = truth[scored], shares[scored]
    columns = [options.index(name) for name in classes]
    right = shares[np.arange(len(truth)), np.asarray(columns, dtype=int)[truth]]
    ids = [item.id for item, kept in zip(items, scored.tolist(), strict=True) if kept]
    groups = np.array([together[one] for one in ids]) if together else np.arange(len(ids))
    low, high = _bootstrap(truth, right, groups, seed or SeedTree(0))
    chance, chance_low, chance_high = chance_interval(len(truth), len(np.unique(truth)))
    precision, recall, f1, specificity = _score_two(truth, shares, classes, options)
    return Score(
        n=len(truth),
        balanced_accuracy=_balance(truth, right),
        low=low,
        high=high,
        accuracy=float(right.mean()) if len(right) else None,
        precision=precision,
        recall=recall,
        f1=f1,
        specificity=specificity,
        shares={
            name: float(shares[:, k].sum() / max(len(right), 1)) for k, name in enumerate(options)
        },
        chance=chance,
        chance_low=chance_low,
        chance_high=chance_high,
        failures=sum(one is None for some in readings for one in some),
        readings=sum(len(some) for some in readings),
        usage=add_usage([answer.usage for answer in ordered]),
        milliseconds=float(np.mean([answer.milliseconds for answer in ordered]))
        if ordered
        else 0.0,
    )


def chance_interval(n: int, classes: int) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return what guessing reaches.

    Parameters
    ----------
    n : int
        Items.
    classes : int
        Right answers among which is guessed.

    Returns
    -------
    chance, low, high : float or None
        Expected share of right answers, and its 95 % binomial interval; None without an item.

    Examples
    --------
    >>> chance_interval(100, 2)
    (0.5, 0.4, 0.6)
    """
    from scipy.stats import binom

    if not n:
        return None, None, None
    low, high = binom.interval(0.95, n, 1 / classes)
    return 1 / classes, float(low) / n, float(high) / n


def _match(items: Sequence[Item], answers: Sequence[Answer]) -> list[Answer]:
    tasks = sorted({item.task for item in items})
    if len(tasks) > 1:
        raise InputError(
            f"expected items of one task, found {', '.join(tasks)}",
            where="score_answers",
            repair="Score each task by itself.",
        )
    by_id = {answer.item: answer for answer in answers}
    missing = [item.id for item in items if item.id not in by_id]
    if missing or len(by_id) != len(answers):
        found = f"none for {missing[0]}" if missing else "several for one of them"
        raise InputError(
            f"expected one answer for each of {len(items)} items, found {found}",
            where="score_answers",
            repair="Let the solver answer each item once; value=None says that it could not.",
        )
    return [by_id[item.id] for item in items]


def _share_table(
    given: Sequence[Sequence[str | None]], options: Sequence[str], failures: Failures
) -> Floats:
    """Return how often each item got each answer; NaN where it is left out."""
    table = np.zeros((len(given), len(options)))
    for row, some in enumerate(given):
        read = [one for one in some if one is not None]
        # A vote that is left out must not lower the share of those that were read.
        n = len(read) if failures == "exclude" else len(some)
        for one in read:
            table[row, options.index(one)] += 1
        table[row] = table[row] / n if n else np.nan
    return table


def _balance(truth: npt.NDArray[np.int64], right: Floats) -> float | None:
    if not len(truth):
        return None
    return float(np.mean([right[truth == one].mean() for one in np.unique(truth)]))


def _bootstrap(
    truth: npt.NDArray[np.int64], right: Floats, groups: npt.NDArray[np.int64], seed: SeedTree
) -> tuple[float, float] | tuple[None, None]:
    names, owner = np.unique(groups, return_inverse=True)
    n = len(names)
    # Two groups have three resamples, whose interval is no interval.
    if n < 3:
        return None, None
    rng = seed.child("bootstrap").generator()
    # How often each item is drawn, which is all that a mean needs of a resample.
    times = rng.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES).astype(float)[:, owner]
    member = np.eye(truth.max() + 1)[truth]
    counts = times @ member
    with np.errstate(invalid="ignore"):
        recalls = (times @ (member * right[:, None])) / counts
    low, high = np.percentile(np.nanmean(recalls, axis=1), [2.5, 97.5])
    return float(low), float(high)


def _score_two(
    truth: npt.NDArray[np.int64], shares: Floats, classes: Sequence[str], options: Sequence[str]
) -> tuple[float | None, float | None, float | None, float | None]:
    """Compute precision, recall, F1 and specificity of the answer 1."""
    if classes != ["-1", "1"] or not set(options) <= {"-1", "1"}:
        return None, None, None, None
    positive = truth == 1
    yes, no = (
        shares[:, options.index(name)] if name in options else 0 * shares[:, 0]
        for name in ("1", "-1")
    )
    hits, false_alarms = float(yes[positive].sum()), float(yes[~positive].sum())
    rejected = float(no[~positive].sum())
    precision = _ratio(hits, hits + false_alarms)
    recall = _ratio(hits, float(positive.sum()))
    f1 = _ratio(2 * hits, hits + false_alarms + float(positive.sum()))
    return precision, recall, f1, _ratio(rejected, float((~positive).sum()))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
