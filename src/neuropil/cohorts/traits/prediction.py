"""Ridge regression of a trait on coordinates, in folds that the models have not seen either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from neuropil.cohorts.splits import deal_groups
from neuropil.cohorts.traits.columns import Trait
from neuropil.contracts import InputError, SeedTree

__all__ = ["CoordinateFold", "TraitScore", "predict_trait", "score_trait", "trait_row"]

Array = npt.NDArray[np.floating]
Rows = npt.NDArray[np.int64]

# Of coordinates whose variance is 1 in the mean: from hardly any penalty to one
# that leaves only the direction of the covariance.
_PENALTIES = np.geomspace(0.003, 100.0, 12)
_INNER_FOLDS = 5
_CONSTANT = 1e-9  # beside the numbers themselves, a spread below is rounding


@dataclass(frozen=True)
class CoordinateFold:
    """Coordinates of subjects, from a model that was fitted without those that are tested.

    Parameters
    ----------
    fitted, tested : int arrays
        Rows of the subjects.
    coordinates : pair of (n, k) arrays
        Of the fitted and of the tested subjects.
    """

    fitted: Rows
    tested: Rows
    coordinates: tuple[Array, Array]


@dataclass(frozen=True)
class TraitScore:
    """How well a trait is predicted in subjects that were not fitted.

    Parameters
    ----------
    value : float
        r, or the area under the ROC curve for two values; 0 or 0.5 where a prediction does not
        vary.
    low, high : float
        Central 95 % over resampled subjects.
    null : (n_permutations,) array
        The same for traits shuffled between subjects, fitted anew.
    n : int
        Subjects.
    predicted, measured : (n,) arrays
        Of each subject, confounds taken out, around the mean of the fitted subjects; the label of
        a trait of two values.
    rows : (n,) int array
        Rows of the subjects.
    """

    value: float
    low: float
    high: float
    null: Array
    n: int
    predicted: Array
    measured: Array
    rows: Rows

    @property
    def p(self) -> float:
        """Share of shuffles, and the trait itself, that are predicted at least as well."""
        return float((1 + (self.null >= self.value).sum()) / (1 + len(self.null)))


def predict_trait(
    folds: Sequence[CoordinateFold],
    trait: Trait,
    groups: Rows,
    seed: SeedTree,
    permutations: int = 1000,
) -> TraitScore:
    """Predict a trait from coordinates by ridge regression, in folds whose models are blind to it.

    In every fold, confounds are taken out of coordinates and trait by a regression on the fitted
    subjects. The coordinates are brought to a mean variance of one, those of more variance being
    shrunk less, and the penalty is chosen by a cross-validation among the fitted subjects, whose
    folds do not divide a group either. Predictions of all folds are
    pooled around the mean that the fitted subjects have, since that mean itself is off in the
    direction away from the tested ones. Of a trait that coordinates say nothing about, r is still
    somewhat below 0 and the area below a half, as subjects who are tested are not among those who
    are fitted: shuffles have this too, and p is right. Two values are 0 and 1.

    Parameters
    ----------
    folds : sequence of CoordinateFold
        Each subject is tested once.
    trait : Trait
        Subjects without it are neither fitted nor tested.
    groups : (n,) int array
        Subjects that share a number are on one side of every division.
    seed : SeedTree
        Of divisions, shuffles and resampling.
    permutations : int
        Shuffles of the trait between subjects; all is done anew for each.

    Returns
    -------
    TraitScore
        Pooled over the tested subjects.

    Raises
    ------
    InputError
        When no subject that is tested has the trait.
    """
    rows = np.concatenate([fold.tested[trait.known[fold.tested]] for fold in folds])
    if not len(rows):
        raise InputError(
            f"expected subjects with {trait.name!r} among those that are tested, found none",
            where="traits",
            repair="Choose another trait, or bring both modalities of subjects who have it.",
        )
    shuffled = _shuffle(trait, permutations, seed.child("shuffles").generator())
    parts = [
        _predict_fold(fold, trait, shuffled, groups, seed.child(number))
        for number, fold in enumerate(folds)
    ]
    predicted, measured = (np.vstack(each) for each in zip(*parts, strict=True))
    score = _area if trait.labels else _correlate
    values = score(predicted, measured)
    rng = seed.child("resampling").generator()
    draws = rng.integers(len(rows), size=(len(rows), 1000))
    spread = score(predicted[draws, 0], measured[draws, 0])
    # A draw may hold one value alone.
    low, high = np.nanpercentile(spread, [2.5, 97.5])
    return TraitScore(
        float(values[0]),
        float(low),
        float(high),
        values[1:],
        len(rows),
        predicted[:, 0],
        measured[:, 0],
        rows,
    )


def score_trait(
    folds: Sequence[CoordinateFold], trait: Trait, groups: Rows, seed: SeedTree, permutations: int
) -> dict[str, Any]:
    """Predict a trait as :func:`predict_trait` does, as JSON."""
    found = predict_trait(folds, trait, groups, seed, permutations)
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "p": found.p,
        "null": found.null.tolist(),
        "dimensions": [int(fold.coordinates[0].shape[1]) for fold in folds],
    }


def trait_row(trait: Trait, place: tuple[str, str], score: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the table of traits.

    Parameters
    ----------
    trait : Trait
        The trait.
    place : pair of str
        Model, and which of its coordinates.
    score : mapping
        What :func:`score_trait` returned.
    """
    sizes = score["dimensions"]
    return {
        "trait": trait.name,
        "model": place[0],
        "coordinates": place[1],
        "fewest": min(sizes),
        "most": max(sizes),
        "quantity": trait.quantity,
        **{name: score[name] for name in ("value", "low", "high", "p", "n")},
    }


def _shuffle(trait: Trait, permutations: int, rng: np.random.Generator) -> Array:
    """Return the trait and its shuffles among those who have it, shape (n, 1 + permutations)."""
    held = np.flatnonzero(trait.known)
    columns = np.tile(trait.values[:, None], (1, 1 + permutations))
    for column in range(1, 1 + permutations):
        columns[held, column] = trait.values[rng.permutation(held)]
    return columns


def _predict_fold(
    fold: CoordinateFold, trait: Trait, columns: Array, groups: Rows, seed: SeedTree
) -> tuple[Array, Array]:
    """Return predictions and what was measured of the tested subjects, one column a shuffle."""
    known = [trait.known[rows] for rows in (fold.fitted, fold.tested)]
    fitted, tested = (
        rows[each] for rows, each in zip((fold.fitted, fold.tested), known, strict=True)
    )
    x, unseen = (one[each].astype(float) for one, each in zip(fold.coordinates, known, strict=True))
    c, size = trait.confounds, np.abs(x).max(axis=0, initial=0.0)
    x, unseen = _take_out((c[fitted], c[tested]), (x, unseen))
    varies = x.std(axis=0) > _CONSTANT * size
    x, unseen = x[:, varies], unseen[:, varies]
    y, measured = _take_out((c[fitted], c[tested]), (columns[fitted], columns[tested]))
    # One scale for all: a coordinate of little variance is to weigh little.
    scale = np.sqrt(np.mean(x.var(axis=0))) if x.size else 0.0
    x, unseen = x / (scale or 1.0), unseen / (scale or 1.0)
    predicted = _Ridge.fit(x, y).predict(unseen, _choose_penalties(x, y, groups[fitted], seed))
    # Two values are scored by which is which; what was taken out of them makes more of two.
    return predicted, columns[tested] if trait.labels else measured


def _take_out(confounds: tuple[Array, Array], values: tuple[Array, Array]) -> tuple[Array, Array]:
    """Take confounds and mean out of values by a regression on the first, fitted subjects."""
    # The least of all solutions: a value of a confound that no fitted subject has changes nothing.
    centre = confounds[0].mean(axis=0)
    mean = values[0].mean(axis=0)
    weights = np.linalg.lstsq(confounds[0] - centre, values[0] - mean, rcond=None)[0]
    first, second = (
        value - mean - (confound - centre) @ weights
        for confound, value in zip(confounds, values, strict=True)
    )
    return first, second


@dataclass(frozen=True)
class _Ridge:
    """Ridge regressions of centred columns on the same coordinates, for any penalty."""

    values: Array
    vectors: Array
    targets: Array

    @classmethod
    def fit(cls, x: Array, y: Array) -> _Ridge:
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        return cls(values, vectors, vectors.T @ (x.T @ y / len(x)))

    def predict(self, unseen: Array, penalties: Array | float) -> Array:
        """Predict each column with its penalty, shape (len(unseen), columns)."""
        shrunk = self.targets / (self.values[:, None] + penalties)
        return np.asarray(unseen @ self.vectors @ shrunk)


def _choose_penalties(x: Array, y: Array, groups: Rows, seed: SeedTree) -> Array:
    """Return for each column of y the penalty with the least error in groups left out."""
    _, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member)
    if len(sizes) < 2:
        return np.full(y.shape[1], np.median(_PENALTIES))
    inner = min(_INNER_FOLDS, len(sizes))
    part = deal_groups(sizes, inner, seed.child("inner folds").generator())[member]
    error = np.zeros((len(_PENALTIES), y.shape[1]))
    for number in range(inner):
        out = part == number
        mean = x[~out].mean(axis=0), y[~out].mean(axis=0)
        ridge = _Ridge.fit(x[~out] - mean[0], y[~out] - mean[1])
        for at, penalty in enumerate(_PENALTIES):
            found = ridge.predict(x[out] - mean[0], penalty) + mean[1]
            error[at] += ((found - y[out]) ** 2).sum(axis=0)
    return np.asarray(_PENALTIES[error.argmin(axis=0)])


def _correlate(predicted: Array, measured: Array) -> Array:
    """Correlate column by column; 0 where one does not vary."""
    a, b = (each - each.mean(axis=0) for each in (predicted, measured))
    norms = np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0)
    sizes = np.abs(predicted).max(axis=0), np.abs(measured).max(axis=0)
    varies = (norms[0] > _CONSTANT * sizes[0]) & (norms[1] > _CONSTANT * sizes[1])
    product = (a * b).sum(axis=0)
    return np.divide(product, norms[0] * norms[1], out=np.zeros_like(product), where=varies)


def _area(predicted: Array, measured: Array) -> Array:
    """Return the area under the ROC curve of each column, NaN where there is one value alone."""
    ranks = rankdata(predicted, axis=0)
    ones = measured == 1
    n_ones, n_zeros = ones.sum(axis=0), (~ones).sum(axis=0)
    above = np.where(ones, ranks, 0.0).sum(axis=0) - n_ones * (n_ones + 1) / 2
    pairs = (n_ones * n_zeros).astype(float)
    return np.divide(above, pairs, out=np.full(above.shape, np.nan), where=pairs > 0)
