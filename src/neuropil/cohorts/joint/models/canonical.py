"""Joint coordinates by canonical correlation of principal components.

With a rank that is tested, and what is left of each side as its individual part, this is AJIVE
(Feng, Jiang, Hannig, Marron 2018, J. Multivar. Anal. 166:241).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.components import PrincipalComponents, find_axes, lead
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.base import Latents, PairedModel, Specification
from neuropil.contracts import SeedTree

__all__ = ["Canonical", "CanonicalModel", "complement", "count_joint", "widen"]

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Canonical(Specification):
    """Canonical correlation of the principal components of two modalities.

    Parameters
    ----------
    n_components : int, optional
        Principal components of each modality; None takes those before the largest gap.
    rank : int, "tested" or None
        Joint coordinates: a number, as many as a permutation test finds, or all.
    permutations : int
        Of the test.
    """

    n_components: int | None = None
    rank: int | Literal["tested"] | None = "tested"
    permutations: int = 200

    def fit(self, training: Views, validation: Views, seed: SeedTree) -> CanonicalModel:
        """Fit to the training subjects that have both."""
        return self.fit_on(find_axes(training, validation, self.n_components), training, seed)

    def fit_on(
        self, axes: Mapping[str, PrincipalComponents], training: Views, seed: SeedTree
    ) -> CanonicalModel:
        """Fit to training subjects whose principal components are known."""
        first, second = training.modalities
        pairs = training.take(training.complete())
        a, b = (
            lead(axes[name].scores(pairs.edges[name]), pairs.n_subjects) for name in (first, second)
        )
        # White with one degree of freedom less, as their spread is.
        left, correlations, right = np.linalg.svd(a.T @ b / (len(a) - 1), full_matrices=False)
        if self.rank == "tested":
            rank = count_joint(a, b, self.permutations, seed)
        else:
            rank = len(correlations) if self.rank is None else self.rank
        weights = {
            first: widen(left[:, :rank], len(axes[first].spread)),
            second: widen(right[:rank].T, len(axes[second].spread)),
        }
        return CanonicalModel(axes, weights, correlations[:rank])


def widen(weights: Array, k: int) -> Array:
    """Add rows of 0 for the components that were left out."""
    return np.concatenate([weights, np.zeros((k - len(weights), weights.shape[1]))])


def count_joint(a: Array, b: Array, permutations: int, seed: SeedTree) -> int:
    """Count the canonical correlations that shuffled pairs do not reach.

    Parameters
    ----------
    a, b : (n, k) arrays
        White coordinates of the same subjects in two modalities.
    permutations : int
        How often the subjects of one side are shuffled.
    seed : SeedTree
        Source of the shuffles.

    Returns
    -------
    int
        Number of leading correlations above the 99th percentile of the largest one of each shuffle.
    """
    found = np.linalg.svd(a.T @ b, compute_uv=False)
    rng = seed.child("joint rank").generator()
    shuffled = [
        np.linalg.svd(a.T @ b[rng.permutation(len(b))], compute_uv=False)[0]
        for _ in range(permutations)
    ]
    below = found <= np.quantile(shuffled, 0.99)
    return int(below.argmax()) if below.any() else len(found)


@dataclass(frozen=True)
class CanonicalModel(PairedModel):
    """Fitted canonical correlation.

    Parameters
    ----------
    axes : mapping of str to PrincipalComponents
        Of each modality.
    weights : mapping of str to (k, r) array
        Canonical directions among the white components, orthonormal columns.
    correlations : (r,) array
        Between the canonical coordinates of the training subjects.
    """

    axes: Mapping[str, PrincipalComponents]
    weights: Mapping[str, Array]
    correlations: Array

    def encode(self, views: Views) -> Latents:
        """Return the mean of both sides' canonical coordinates, or those of the side there is.

        A subject that has neither modality is a row of NaN.
        """
        sides = np.stack([self._side(views, name) for name in views.modalities])
        count = (~np.isnan(sides)).sum(axis=0)
        joint = np.where(np.isnan(sides), 0.0, sides).sum(axis=0) / np.maximum(count, 1)
        joint[count == 0] = np.nan
        return Latents(joint, {name: self._rest(views, name) for name in views.modalities})

    def predict(self, views: Views, target: str) -> Array:
        """Predict through the canonical coordinates of the other modality."""
        joint = self._side(views, views.other(target)) * self.correlations
        return self.axes[target].expand(joint @ self.weights[target].T)

    def reconstruct(self, views: Views, modality: str) -> Array:
        """Project a modality on its principal components."""
        return self.axes[modality].expand(self.axes[modality].scores(views.edges[modality]))

    def _side(self, views: Views, modality: str) -> Array:
        return self.axes[modality].scores(views.edges[modality]) @ self.weights[modality]

    def _rest(self, views: Views, modality: str) -> Array:
        scores, weights = self.axes[modality].scores(views.edges[modality]), self.weights[modality]
        return scores @ complement(weights)


def complement(weights: Array) -> Array:
    """Return an orthonormal basis of what some columns leave out, shape (k, k - r)."""
    if not weights.size:
        return np.eye(len(weights))
    return np.linalg.qr(weights, mode="complete")[0][:, weights.shape[1] :]
