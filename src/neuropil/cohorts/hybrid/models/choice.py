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
        The smallest whose held-out likelihood is within a standard error of the best.
    candidates : (m,) int array
        Numbers that were tried, from 1.
    gain : (m,) array
        Held-out log likelihood beyond that of one category, mean over subjects [nat].
    error : (m,) array
        Standard error of its difference from the best.
    stability : (m,) array
        Adjusted Rand index between the categories that two halves of the subjects give to all.
    by_division : tuple of int
        What each half alone would choose.
    """

    n_categories: int
    candidates: npt.NDArray[np.int64]
    gain: Array
    error: Array
    stability: Array
    by_division: tuple[int, ...]


def choose_categories(features: Array, seed: SeedTree, most: int | None = None) -> CategoryChoice:
    """Choose the number of categories without labels.

    One half of the subjects is fitted with every number of categories, by merging, and the other
    half is judged: too many categories describe the first half only. The smallest number within a
    standard error of the best is taken, as is usual where a curve is flat.

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
        With the uncertainty: what each half alone would choose.

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
        held += [_judge(traced[0], features[halves[1]], top), _judge(traced[1], features[halves[0]], top)]
        agreement.append([_agree(traced, features, k) for k in range(1, top + 1)])
    return _choose(held, np.array(agreement).mean(axis=0))


def _judge(traced: dict[int, TiedMixture], unseen: Array, top: int) -> Array:
    """Return the log density of unseen subjects beyond that of one category, shape (m, n)."""
    densities = np.stack([traced[k].score_samples(unseen) for k in range(1, top + 1)])
    return np.asarray(densities - densities[0])


def _agree(traced: list[dict[int, TiedMixture]], features: Array, k: int) -> float:
    return float(adjusted_rand_score(*(one[k].predict(features) for one in traced)))


def _choose(held: list[Array], stability: Array) -> CategoryChoice:
    together = np.hstack(held)
    k, error = _least_within_error(together, len(held) / 2)
    return CategoryChoice(
        k,
        np.arange(1, len(together) + 1),
        together.mean(axis=1),
        error,
        stability,
        tuple(_least_within_error(one, 1.0)[0] for one in held),
    )


def _least_within_error(gains: Array, repeats: float) -> tuple[int, Array]:
    """Return the smallest number within one standard error of the best, and these errors."""
    best = int(gains.mean(axis=1).argmax())
    short = gains[best] - gains
    # Each subject was judged once a division: repeats add no subjects.
    error = short.std(axis=1) / np.sqrt(max(1.0, gains.shape[1] / repeats))
    return int(np.flatnonzero(short.mean(axis=1) <= error)[0]) + 1, error
