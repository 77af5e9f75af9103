"""How well categories agree with labels and with each other, and what coordinates carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import (
    adjusted_rand_score,
    balanced_accuracy_score,
    completeness_score,
    homogeneity_score,
    normalized_mutual_info_score,
)
from sklearn.model_selection import StratifiedKFold

from neuropil.cohorts.splits import split_subjects
from neuropil.cohorts.traits import CoordinateFold, Trait, score_trait
from neuropil.contracts import SeedTree

__all__ = [
    "compare_seeds",
    "count_used",
    "encode_labels",
    "score_categories",
    "score_leakage",
    "score_on_coordinates",
    "shuffle_agreement",
]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

# A category of fewer subjects than one in two hundred is dead (specification of the study).
_USED = 0.005
_FOLDS = 5
_RIDGE = 1e-6  # of all variance, so that a coordinate that never varies is no fault


def encode_labels(column: pl.Series) -> Whole:
    """Give each value of a column a number, in their order; -1 for none, or a blank text."""
    texts = [None if one is None or not str(one).strip() else str(one) for one in column]
    names = sorted({one for one in texts if one is not None})
    places = {name: place for place, name in enumerate(names)}
    return np.array([-1 if one is None else places[one] for one in texts])


def score_categories(labels: Whole, found: Whole) -> dict[str, float]:
    """Compare categories with labels, over the subjects who have both.

    Returns
    -------
    dict of str to float
        ``ari, nmi, homogeneity, completeness`` and ``used``, the number of categories of more than
        one subject in two hundred.
    """
    both = (labels >= 0) & (found >= 0)
    pair = labels[both], found[both]
    return {
        "ari": float(adjusted_rand_score(*pair)),
        "nmi": float(normalized_mutual_info_score(*pair)),
        "homogeneity": float(homogeneity_score(*pair)),
        "completeness": float(completeness_score(*pair)),
        "used": float(count_used(found)),
    }


def count_used(found: Whole) -> int:
    """Count the categories that hold more than one subject in two hundred."""
    held = np.bincount(found[found >= 0])
    return int((held > _USED * held.sum()).sum())


def compare_seeds(runs: Sequence[Whole]) -> float:
    """Return the mean adjusted Rand index between the categories of any two seeds."""
    pairs = [
        adjusted_rand_score(runs[first], runs[second])
        for first in range(len(runs))
        for second in range(first)
    ]
    return float(np.mean(pairs)) if pairs else 1.0


def shuffle_agreement(labels: Whole, found: Whole, seed: SeedTree, n: int) -> Array:
    """Return the adjusted Rand index of labels that are shuffled between subjects, shape (n,)."""
    both = (labels >= 0) & (found >= 0)
    rng, held = seed.child("shuffled labels").generator(), labels[both]
    return np.array([adjusted_rand_score(rng.permutation(held), found[both]) for _ in range(n)])


def score_leakage(
    coordinates: Array, labels: Whole, seed: SeedTree, permutations: int
) -> dict[str, Any] | None:
    """Tell how well coordinates give the site away: balanced accuracy in held-out subjects.

    Parameters
    ----------
    coordinates : (n, c) array
        Of the subjects.
    labels : (n,) int array
        Site of each, -1 where it is not known. Sites of fewer subjects than folds are left out.
    seed : SeedTree
        Of folds, resampling and shuffles.
    permutations : int
        Shuffles of the sites between subjects, each fitted anew.

    Returns
    -------
    dict or None
        ``value, low, high, null, n``; None where fewer than two sites are left.
    """
    counts = np.bincount(labels[labels >= 0], minlength=1)
    large = np.flatnonzero(counts >= _FOLDS)
    rows = np.flatnonzero(np.isin(labels, large) & np.isfinite(coordinates).all(axis=1))
    if len(large) < 2:
        return None
    x, y = coordinates[rows], labels[rows]
    predicted = _foretell_labels(x, y, seed)
    rng = seed.child("leakage").generator()
    null = []
    for _ in range(permutations):
        shuffled = rng.permutation(y)
        guessed = _foretell_labels(x, shuffled, seed)
        null.append(float(balanced_accuracy_score(shuffled, guessed)))
    draws = []
    for _ in range(200):
        picked = rng.integers(len(y), size=len(y))
        right = predicted[picked] == y[picked]
        draws.append(_mean_by(right, y[picked]))
    low, high = np.percentile(draws, [2.5, 97.5])
    value = float(balanced_accuracy_score(y, predicted))
    return {"value": value, "low": low, "high": high, "null": null, "n": len(y)}


def _mean_by(right: npt.NDArray[np.bool_], of: Whole) -> float:
    held = np.bincount(of)
    share = np.bincount(of, weights=right)[held > 0] / held[held > 0]
    return float(share.mean())


def _foretell_labels(x: Array, y: Whole, seed: SeedTree) -> Whole:
    predicted = np.empty_like(y)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed.integer())
    for fitted, tested in folds.split(x, y):
        predicted[tested] = _discriminate(x[fitted], y[fitted], x[tested])
    return predicted


def _discriminate(x: Array, y: Whole, unseen: Array) -> Whole:
    """Foretell labels by linear discriminant analysis; written out, since shuffles repeat it."""
    kinds, member = np.unique(y, return_inverse=True)
    counts = np.bincount(member)
    sums = np.zeros((len(kinds), x.shape[1]))
    np.add.at(sums, member, x)
    means = sums / counts[:, None]
    inside = x - means[member]
    covariance = inside.T @ inside / len(x)
    covariance += _RIDGE * max(float(np.trace(covariance)), _RIDGE) * np.eye(len(covariance))
    slopes = np.linalg.solve(covariance, means.T)
    biases = np.log(counts / len(x)) - 0.5 * (means.T * slopes).sum(axis=0)
    return np.asarray(kinds[(unseen @ slopes + biases).argmax(axis=1)])


def score_on_coordinates(
    coordinates: Array, trait: Trait, seed: SeedTree, permutations: int
) -> dict[str, Any]:
    """Foretell a trait from coordinates in five folds of subjects.

    Coordinates were found without the trait; the regression has not seen who is tested.

    Returns
    -------
    dict
        As :func:`~neuropil.cohorts.traits.score_trait`.
    """
    known = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    folds = split_subjects(np.arange(len(known)), _FOLDS, seed)
    parts = []
    for fold in folds:
        fitted = known[np.sort(np.concatenate([fold.training, fold.validation]))]
        tested = known[fold.test]
        parts.append(CoordinateFold(fitted, tested, (coordinates[fitted], coordinates[tested])))
    return score_trait(parts, trait, np.arange(len(coordinates)), seed, permutations)
