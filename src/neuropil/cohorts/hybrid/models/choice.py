"""How many categories there are, by subjects that were not fitted, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import adjusted_rand_score

from neuropil.cohorts.hybrid.models.mixture import TiedMixture, trace_mergers
from neuropil.contracts import SeedTree

__all__ = ["CategoryChoice", "choose_categories"]

Array = npt.NDArray[np.floating]

# Each half of three divisions is fitted and the other one judges: six numbers of categories.
_DIVISIONS = 3
# More are not looked for: collections of 25 protocols are the largest that were published.
_MOST, _SUBJECTS_EACH = 40, 8


@dataclass(frozen=True)
class CategoryChoice:
    """The number of categories, and what speaks for it.

    Parameters
    ----------
    n_categories : int
        The most stable number between ``low`` and ``high``.
    low, high : int
        The knee of the held-out likelihood, and the smallest number within one standard error of
        its best: fewer describe the cohort badly, and more no better.
    candidates : (m,) int array
        Numbers that were tried, from 1.
    gain : (m,) array
        Held-out log likelihood beyond that of one category, mean over subjects [nat].
    stability : (m,) array
        Adjusted Rand index between the categories that two halves of the subjects give to all.
    """

    n_categories: int
    low: int
    high: int
    candidates: npt.NDArray[np.int64]
    gain: Array
    stability: Array


def choose_categories(features: Array, seed: SeedTree, most: int | None = None) -> CategoryChoice:
    """Choose the number of categories without labels.

    One half of the subjects is fitted with every number of categories, by merging, and the other
    half is judged: too many categories describe the first half only. Age and disease make groups
    that are no ball, and many thousands of subjects support more categories than there are
    protocols: the likelihood alone says ten protocols are 37. What is told is therefore a range,
    and within it the number on which two halves of the subjects agree best.

    Parameters
    ----------
    features : (n, d) array
        Of the subjects.
    seed : SeedTree
        Of divisions and starts.
    most : int, optional
        Largest number; by default 40, or one for every eight subjects of a half.

    Returns
    -------
    CategoryChoice
        With the range.

    References
    ----------
    Breiman, Friedman, Olshen, Stone 1984, Classification and Regression Trees, for the rule of one
    standard error.
    """
    n = len(features)
    top = max(1, min(_MOST, n // 2 // _SUBJECTS_EACH)) if most is None else max(1, min(most, n))
    held, agreement = [], []
    for number in range(_DIVISIONS):
        branch = seed.child(f"division {number}")
        order = branch.generator().permutation(n)
        halves = order[: n // 2], order[n // 2 :]
        traced = [
            trace_mergers(features[rows], min(top, len(rows)), branch.child(side))
            for side, rows in enumerate(halves)
        ]
        held += [
            _judge(traced[0], features[halves[1]], top),
            _judge(traced[1], features[halves[0]], top),
        ]
        agreement.append([_agree(traced, features, k) for k in range(1, top + 1)])
    return _choose(held, np.array(agreement).mean(axis=0))


def _judge(traced: dict[int, TiedMixture], unseen: Array, top: int) -> Array:
    """Return the log density of unseen subjects beyond that of one category, shape (m, n)."""
    densities = np.stack([traced[k].score_samples(unseen) for k in range(1, top + 1)])
    return np.asarray(densities - densities[0])


def _agree(traced: list[dict[int, TiedMixture]], features: Array, k: int) -> float:
    return float(adjusted_rand_score(*(one[k].predict(features) for one in traced)))


def _choose(held: list[Array], stability: Array) -> CategoryChoice:
    gains = np.hstack(held)
    gain, candidates = gains.mean(axis=1), np.arange(1, len(gains) + 1)
    high = _least_within_error(gains, len(held) / 2)
    low = min(high, _find_knee(gain))
    # The smallest of equally stable ones.
    best = low + int(stability[low - 1 : high].argmax())
    return CategoryChoice(best, low, high, candidates, gain, stability)


def _find_knee(gain: Array) -> int:
    """Return where a rising curve is farthest above the line between its ends.

    Examples
    --------
    >>> _find_knee(np.array([0.0, 5.0, 9.0, 9.1, 9.2, 9.3]))
    3
    """
    top = float(gain.max())
    if len(gain) < 2 or top <= 0:
        return 1
    return int((gain / top - np.linspace(0, 1, len(gain))).argmax()) + 1


def _least_within_error(gains: Array, repeats: float) -> int:
    """Return the smallest number within one standard error of the best."""
    best = int(gains.mean(axis=1).argmax())
    short = gains[best] - gains
    # Each subject was judged once a division: repeats add no subjects.
    error = short.std(axis=1) / np.sqrt(max(1.0, gains.shape[1] / repeats))
    return int(np.flatnonzero(short.mean(axis=1) <= error)[0]) + 1
