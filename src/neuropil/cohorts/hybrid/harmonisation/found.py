"""Taking the location of found categories out: as much as is needed, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from neuropil.cohorts.data import average_edges
from neuropil.cohorts.hybrid.features.projection import project
from neuropil.cohorts.hybrid.features.spaces import Space
from neuropil.cohorts.splits import split_subjects
from neuropil.contracts import SeedTree

__all__ = ["CategoryLocation", "choose_shrinkage", "cluster_components"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

# Subjects c of n_k / (n_k + c), the gentlest first; 0 takes whole offsets out.
_STRENGTHS = (300.0, 100.0, 30.0, 10.0, 3.0, 0.0)
# Agreement with the found categories up to which they count as gone: the .02 that a harmonised
# cohort is held to. Chance does not reach .01 here: in a third of ABIDE's subjects .016 is left
# when whole offsets are taken out.
_GONE = 0.02
_FOLDS, _COMPONENTS = 3, 20
_RIDGE = 1e-6


@dataclass(frozen=True)
class CategoryLocation:
    """Offset of every category, covariates kept.

    Parameters
    ----------
    offsets : (K, p) array
        Beside the mean of all fitted subjects.
    counts : (K,) array
        Fitted subjects of each category.
    strength : float
        Subjects c of the factor n_k / (n_k + c) on an offset.
    """

    offsets: Array
    counts: Array
    strength: float = 0.0

    @classmethod
    def fit(
        cls,
        values: Array,
        probability: Array,
        covariates: Array | None = None,
        strength: float = 0.0,
    ) -> Self:
        """Fit offsets and the effect of covariates together by least squares.

        Parameters
        ----------
        values : (n, p) array
            Connections in the space of the model; a missing one counts as the mean.
        probability : (n, K) array
            Of the categories.
        covariates : (n, q) array, optional
            Whose effect is not part of the offsets.
        strength : float
            Of the shrinkage.
        """
        seen = ~np.isnan(values)
        mean = average_edges(values)
        q = np.zeros((len(values), 0)) if covariates is None else np.asarray(covariates, float)
        design = np.hstack([probability, q - q.mean(axis=0)])
        gram = design.T @ design
        gram += np.diag(_RIDGE * np.maximum(np.diag(gram), 1.0))
        weights = np.linalg.solve(gram, design.T @ np.where(seen, values - mean, 0.0))
        return cls(weights[: probability.shape[1]], probability.sum(axis=0), strength)

    def shrunk(self) -> Array:
        """Return the offsets that are taken out, shape (K, n_edges)."""
        share = self.counts / np.maximum(self.counts + self.strength, 1e-9)
        return np.asarray(share[:, None] * self.offsets)

    def apply(self, values: Array, probability: Array, target: Array | None = None) -> Array:
        """Take the offsets out, and put in that of a target, a (K,) array of weights."""
        offsets = self.shrunk()
        weights = -probability if target is None else target - probability
        return np.asarray(values + weights @ offsets)


def choose_shrinkage(
    space: Space, values: Array, probability: Array, covariates: Array | None, seed: SeedTree
) -> float:
    """Choose how much of the offsets is taken out, by subjects that were not fitted.

    In three folds offsets are fitted to some subjects and taken out of the others. The gentlest
    shrinkage is taken with which k-means finds the categories in these no longer. No label of a
    site or of a diagnosis is used: where categories go with a diagnosis, what is taken out beyond
    need is taken from it.

    Parameters
    ----------
    space : Space
        Where offsets are taken out.
    values : (n, p) array
        Connections in this space.
    probability : (n, K) array
        Of the categories.
    covariates : (n, q) array or None
        Whose effect is kept.
    seed : SeedTree
        Of folds and of k-means.
    """
    folds = split_subjects(np.arange(len(values)), _FOLDS, seed.child("shrinkage"))
    categories = probability.argmax(axis=1)
    for strength in _STRENGTHS:
        left = []
        for fold in folds:
            fitted = np.concatenate([fold.training, fold.validation])
            kept = None if covariates is None else covariates[fitted]
            location = CategoryLocation.fit(values[fitted], probability[fitted], kept, strength)
            moved = location.apply(values[fold.test], probability[fold.test])
            found = cluster_components(space.show(moved), probability.shape[1], seed)
            left.append(adjusted_rand_score(categories[fold.test], found))
        if np.mean(left) <= _GONE:
            return strength
    return 0.0


def cluster_components(values: Array, k: int, seed: SeedTree) -> Whole:
    """Return k-means clusters of 20 principal components, shape (n,)."""
    projection, _ = project(values, _COMPONENTS)
    scores = projection.scores(values)
    model = KMeans(min(k, len(values)), n_init=3, random_state=seed.child("k-means").integer())
    found: Whole = model.fit_predict(scores)
    return found
