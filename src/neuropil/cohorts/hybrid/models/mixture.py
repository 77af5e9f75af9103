"""A Gaussian mixture with one covariance for all categories, from twice as many merged down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.special import logsumexp
from sklearn.cluster import kmeans_plusplus

from neuropil.contracts import InputError, SeedTree

__all__ = ["TiedMixture", "fit_tied_mixture", "trace_mergers"]

Array = npt.NDArray[np.floating]

# Share of the mean variance that is added to the covariance, so that features that are equal in
# all subjects can be inverted.
_RIDGE = 1e-6
# Steps after which a likelihood has settled to the third digit in planted and real cohorts, and
# those that tell a good merger from a bad one.
_LONG, _SHORT = 60, 8
# The nearest pair is not always the one to merge: of two candidates the higher likelihood wins.
_CANDIDATES = 2
_STARTS = 4
_TINY = 1e-30
_SETTLED = 1e-5  # gain of the mean log likelihood [nat] below which steps stop


@dataclass(frozen=True)
class TiedMixture:
    """Categories of subjects that differ in their mean alone.

    Parameters
    ----------
    weights : (k,) array
        Share of each category.
    means : (k, d) array
        Mean of each.
    covariance : (d, d) array
        Within every category.
    log_likelihood : float
        Mean over the fitted subjects [nat].
    """

    weights: Array
    means: Array
    covariance: Array
    log_likelihood: float

    def score_samples(self, features: Array) -> Array:
        """Return the log density of each subject, shape (n,) [nat]."""
        return np.asarray(logsumexp(self._joint(features), axis=1))

    def predict_proba(self, features: Array) -> Array:
        """Return the probability of each category, shape (n, k)."""
        joint = self._joint(features)
        return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)))

    def predict(self, features: Array) -> npt.NDArray[np.int64]:
        """Return the most probable category of each subject, shape (n,)."""
        return np.asarray(self._joint(features).argmax(axis=1))

    def discriminant(self) -> tuple[Array, Array]:
        """Return weights (d, k) and biases (k,) whose sum with features is the log posterior.

        The quadratic terms of categories with one covariance are the same, so that the posterior is
        a softmax of straight lines (linear discriminant analysis).
        """
        inverse = np.linalg.inv(self.covariance)
        slopes = inverse @ self.means.T
        biases = np.log(self.weights) - 0.5 * np.einsum("kd,dk->k", self.means, slopes)
        return slopes, biases

    def _joint(self, features: Array) -> Array:
        slopes, biases = self.discriminant()
        features = np.asarray(features, float)
        inverse = np.linalg.inv(self.covariance)
        own = np.einsum("nd,nd->n", features @ inverse, features)
        constant = 0.5 * np.linalg.slogdet(2 * np.pi * self.covariance)[1]
        return features @ slopes + biases - 0.5 * own[:, None] - constant


@dataclass(frozen=True)
class _Sample:
    """Features of mean 0 and variance 1, and the mean of their outer products."""

    features: npt.NDArray[np.float32]
    scatter: Array

    @classmethod
    def of(cls, features: Array) -> _Sample:
        # Single precision halves the time of a step; sums over pairs of features keep double.
        return cls(features.astype(np.float32), features.T @ features / len(features))


def fit_tied_mixture(
    features: Array, n_categories: int, seed: SeedTree, *, surplus: int = 2, starts: int = _STARTS
) -> TiedMixture:
    """Fit the mixture: from ``surplus`` times as many categories merged down, best of some starts.

    Expectation and maximisation alone stay where they began: a category that covers two sites and
    two that share one are both stable. From twice as many, the pair whose merger costs least is
    merged again and again; of several starts the one of the highest likelihood is taken, so that
    no label is used.

    Parameters
    ----------
    features : (n, d) array
        Finite features of the subjects.
    n_categories : int
        Categories at the end.
    seed : SeedTree
        Of the starts.
    surplus : int
        How many times as many there are at the start; 1 merges nothing.
    starts : int
        Starts, of which the likeliest is taken.

    Returns
    -------
    TiedMixture
        Categories in falling order of their share.

    Raises
    ------
    InputError
        When there are more categories than subjects; ask for fewer.

    References
    ----------
    Ward 1963, J. Am. Stat. Assoc. 58:236, for the cost of a merger.
    """
    n = len(features)
    if not 1 <= n_categories <= n:
        raise InputError(
            f"expected 1 to {n} categories for {n} subjects, found {n_categories}",
            where="n_categories",
            repair="Ask for fewer categories, or add subjects.",
        )
    centre, scale = _measure_units(features)
    sample = _Sample.of((features - centre) / scale)
    found = []
    for number in range(starts):
        begun = _start(sample, min(surplus * n_categories, n), seed.child(number))
        found.append(_merge_down(sample, begun, n_categories))
    best = max(found, key=lambda one: one.log_likelihood)
    return _restore(best, centre, scale)


def trace_mergers(features: Array, most: int, seed: SeedTree) -> dict[int, TiedMixture]:
    """Merge one start of many categories down to one, and return the mixture of every number.

    Parameters
    ----------
    features : (n, d) array
        Finite features of the subjects.
    most : int
        Most categories of interest; the start has half as many again.
    seed : SeedTree
        Of the start.

    Returns
    -------
    dict of int to TiedMixture
        By the number of categories, from ``most`` to 1.
    """
    centre, scale = _measure_units(features)
    sample = _Sample.of((features - centre) / scale)
    mixture = _start(sample, min(len(features), most + most // 2), seed)
    found = {}
    while True:
        k = len(mixture.weights)
        if k <= most:
            found[k] = _restore(_iterate(sample, mixture, _SHORT), centre, scale)
        if k == 1:
            return found
        mixture = _merge_once(sample, mixture)


def _measure_units(features: Array) -> tuple[Array, Array]:
    spread = features.std(axis=0)
    return features.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _restore(mixture: TiedMixture, centre: Array, scale: Array) -> TiedMixture:
    order = np.argsort(-mixture.weights, kind="stable")
    return TiedMixture(
        mixture.weights[order],
        mixture.means[order] * scale + centre,
        mixture.covariance * np.outer(scale, scale),
        float(mixture.log_likelihood - np.log(scale).sum()),
    )


def _start(sample: _Sample, k: int, seed: SeedTree) -> TiedMixture:
    """Begin at subjects that are far apart once the whole is round."""
    values, vectors = np.linalg.eigh(sample.scatter)
    white = sample.features @ vectors / np.sqrt(np.maximum(values, _RIDGE * values.max()))
    rows = kmeans_plusplus(white, k, random_state=seed.integer())[1]
    covariance = sample.scatter + _RIDGE * np.eye(len(values))
    begun = TiedMixture(np.full(k, 1 / k), sample.features[rows].astype(float), covariance, -np.inf)
    return _iterate(sample, begun, _LONG)


def _merge_down(sample: _Sample, mixture: TiedMixture, k: int) -> TiedMixture:
    while len(mixture.weights) > k:
        mixture = _merge_once(sample, mixture)
    return _iterate(sample, mixture, _LONG)


def _merge_once(sample: _Sample, mixture: TiedMixture) -> TiedMixture:
    tried = [_iterate(sample, _merge(mixture, pair), _SHORT) for pair in _nearest_pairs(mixture)]
    return max(tried, key=lambda one: one.log_likelihood)


def _nearest_pairs(mixture: TiedMixture) -> list[tuple[int, int]]:
    """List the pairs whose merger costs least: d^2 n_i n_j / (n_i + n_j)."""
    root = cholesky(mixture.covariance, lower=True)
    centres = solve_triangular(root, mixture.means.T, lower=True).T
    squares = ((centres[:, None] - centres[None]) ** 2).sum(axis=2)
    w = np.maximum(mixture.weights, _TINY)
    cost = squares * np.outer(w, w) / (w[:, None] + w[None])
    rows, columns = np.triu_indices(len(w), 1)
    order = np.argsort(cost[rows, columns], kind="stable")[:_CANDIDATES]
    return [(int(rows[at]), int(columns[at])) for at in order]


def _merge(mixture: TiedMixture, pair: tuple[int, int]) -> TiedMixture:
    i, j = pair
    w = mixture.weights
    share = w[i] / max(w[i] + w[j], _TINY)
    weights, means = w.copy(), mixture.means.copy()
    weights[i] += weights[j]
    means[i] = share * means[i] + (1 - share) * means[j]
    rest = np.arange(len(w)) != j
    return TiedMixture(weights[rest], means[rest], mixture.covariance, -np.inf)


def _iterate(sample: _Sample, mixture: TiedMixture, steps: int) -> TiedMixture:
    """Go some steps of expectation and maximisation."""
    before = -np.inf
    for _ in range(steps):
        mixture = _step(sample, mixture)
        if mixture.log_likelihood - before < _SETTLED:
            break
        before = mixture.log_likelihood
    return mixture


def _step(sample: _Sample, mixture: TiedMixture) -> TiedMixture:
    x, n = sample.features, len(sample.features)
    inverse = np.linalg.inv(mixture.covariance)
    slopes, biases = mixture.discriminant()
    member = x @ slopes.astype(np.float32)
    member += biases.astype(np.float32)
    highest = member.max(axis=1, keepdims=True)
    member -= highest
    np.exp(member, out=member)
    total = member.sum(axis=1, keepdims=True)
    member /= total
    # What all categories have in common needs no sum over subjects: it is a trace.
    common = np.vdot(inverse, sample.scatter)
    common += np.linalg.slogdet(2 * np.pi * mixture.covariance)[1]
    likelihood = float((highest + np.log(total)).mean(dtype=float) - 0.5 * common)
    held = member.sum(axis=0, dtype=float)
    # A category without subjects stays where it was, with hardly any share; it is merged first.
    alive = held > np.finfo(np.float32).eps * n
    moved = (member.T @ x).astype(float) / np.maximum(held, _TINY)[:, None]
    means = np.where(alive[:, None], moved, mixture.means)
    weights = np.maximum(held / n, _TINY)
    # Within = whole minus between: no sum over subjects and pairs of features at every step.
    within = sample.scatter - (means * weights[:, None]).T @ means
    within += _RIDGE * np.trace(sample.scatter) / len(within) * np.eye(len(within))
    return TiedMixture(weights / weights.sum(), means, within, likelihood)
