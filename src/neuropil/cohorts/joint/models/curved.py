"""Joint coordinates in closed form where one modality acts on the other by products and squares.

Canonical functions of one side are quadratic forms of its white components. Directions along which
none of them has a slope or a curvature carry nothing that the other side shares, so that the joint
space is spanned by the leading eigenvectors of the sum of g g' + H H' over their gradients g at the
centre and their Hessians H. This is sufficient dimension reduction by a parametric inverse: of a
function that is known, its own derivatives are read, where principal Hessian directions (Li 1992,
J. Am. Stat. Assoc. 87:1025) estimate them from the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.components import PrincipalComponents, find_axes, lead
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.base import Latents, PairedModel, Specification
from neuropil.cohorts.joint.models.canonical import complement, widen
from neuropil.contracts import SeedTree

__all__ = ["Curved", "CurvedModel", "QuadraticRidge"]

Array = npt.NDArray[np.floating]

# Of features of unit variance. With 90 features and 700 subjects a canonical function of noise
# reaches .4 without it and .36 with it, and one of the planted ones stays above .7.
_PENALTY = 0.1
_CONSTANT = 1e-12  # beside their size, features that spread by less differ by rounding
_LEVEL = 0.99  # percentile of shuffled pairs that a joint function or direction exceeds


def expand_quadratic(scores: Array) -> Array:
    """Return coordinates and their squares and products, shape (n, k + k (k + 1) / 2)."""
    rows, columns = np.triu_indices(scores.shape[1])
    return np.concatenate([scores, scores[:, rows] * scores[:, columns]], axis=1)


@dataclass(frozen=True)
class QuadraticRidge:
    """Ridge regression on coordinates, their squares and their products.

    Parameters
    ----------
    centre, scale : (f,) arrays
        Mean and standard deviation of the features.
    coefficients : (f, m) array
        Of the standardised features.
    offset : (m,) array
        Mean of the targets.
    """

    centre: Array
    scale: Array
    coefficients: Array
    offset: Array

    @classmethod
    def fit(cls, scores: Array, targets: Array) -> QuadraticRidge:
        """Fit targets (n, m) to coordinates (n, k)."""
        features = expand_quadratic(scores)
        centre = features.mean(axis=0)
        scale = _scale(features)
        white = (features - centre) / scale
        gram = white.T @ white / len(white) + _PENALTY * np.eye(white.shape[1])
        # From nothing: the centre of the components, which is the mean of more subjects than these.
        offset = targets.mean(axis=0) * (scores.shape[1] > 0)
        coefficients = np.linalg.solve(gram, white.T @ (targets - offset) / len(white))
        return cls(centre, scale, coefficients, offset)

    def predict(self, scores: Array) -> Array:
        """Predict the targets of coordinates, shape (n, m)."""
        white = (expand_quadratic(scores) - self.centre) / self.scale
        return self.offset + white @ self.coefficients


@dataclass(frozen=True)
class Curved(Specification):
    """Joint directions of one modality by which it acts on the other, straight or curved.

    Parameters
    ----------
    n_components : int, optional
        Principal components of each modality; None takes those before the largest gap.
    n_joint : int, optional
        Joint directions; None takes as many as stand out.
    permutations : int
        Of the tests that count joint functions and directions.
    """

    n_components: int | None = None
    n_joint: int | None = None
    permutations: int = 100

    def fit(self, training: Views, validation: Views, seed: SeedTree) -> CurvedModel:
        """Fit both directions of action to complete training subjects, and keep the stronger."""
        return self.fit_on(find_axes(training, validation, self.n_components), training, seed)

    def fit_on(
        self, axes: Mapping[str, PrincipalComponents], training: Views, seed: SeedTree
    ) -> CurvedModel:
        """Fit to training subjects whose principal components are known."""
        pairs = training.take(training.complete())
        scores = {name: axes[name].scores(pairs.edges[name]) for name in training.modalities}
        found = {
            driver: self._find(
                lead(scores[driver], pairs.n_subjects),
                lead(scores[training.other(driver)], pairs.n_subjects),
                seed.child(driver),
            )
            for driver in training.modalities
        }
        driver = max(found, key=lambda name: found[name].strength)
        return _complete(axes, scores, driver, found[driver])

    def _find(self, a: Array, b: Array, seed: SeedTree) -> _Directions:
        whiten = _Whitening.of(expand_quadratic(a))
        rng = seed.generator()
        shuffled = [whiten.relate(b[rng.permutation(len(b))]) for _ in range(self.permutations)]
        related = whiten.relate(b)
        limit = np.quantile([one.correlations[0] for one in shuffled], _LEVEL)
        n_functions = int((related.correlations > limit).sum())
        strength = float((related.correlations[:n_functions] ** 2).sum())
        if not n_functions and self.n_joint:
            # Asked for directions although none stands out: the best there are, not arbitrary ones.
            n_functions = min(self.n_joint, len(related.correlations))
        values, vectors = _bend(related.functions[:, :n_functions], a.shape[1])
        if self.n_joint is None:
            # Of as many functions of shuffled pairs, whose directions are none.
            null = [_bend(one.functions[:, :n_functions], a.shape[1])[0] for one in shuffled]
            n_joint = _count_directions(values, null)
        else:
            n_joint = self.n_joint
        return _Directions(vectors[:, :n_joint], related.targets[:, :n_functions], strength)


def _count_directions(values: Array, null: list[Array]) -> int:
    """Count the eigenvalues before a gap that those of shuffled pairs do not have."""
    if not values[0] > 0:
        return 0
    if len(values) == 1:
        # There is no gap: that its functions stand out is all that can be tested.
        return 1
    gap, n_joint = _largest_gap(values)
    shown = gap > np.quantile([_largest_gap(one)[0] for one in null], _LEVEL)
    return n_joint if shown else 0


@dataclass(frozen=True)
class _Directions:
    joint: Array  # (k, r)
    targets: Array  # (k, functions), orthonormal
    strength: float


@dataclass(frozen=True)
class _Related:
    correlations: Array
    functions: Array  # (f, m), coefficients of the features
    targets: Array  # (k, m)


@dataclass(frozen=True)
class _Whitening:
    """Features of unit variance and no correlation, but for the penalty."""

    features: Array
    back: Array  # from the white ones to the coefficients of the features

    @classmethod
    def of(cls, features: Array) -> _Whitening:
        centred = features - features.mean(axis=0)
        scale = _scale(features)
        standard = centred / scale
        gram = standard.T @ standard / len(standard) + _PENALTY * np.eye(standard.shape[1])
        values, vectors = np.linalg.eigh(gram)
        white = vectors / np.sqrt(values)
        return cls(standard @ white, white / scale[:, None])

    def relate(self, b: Array) -> _Related:
        left, correlations, right = np.linalg.svd(self.features.T @ b / len(b), full_matrices=False)
        return _Related(correlations, self.back @ left, right.T)


def _scale(features: Array) -> Array:
    """Return standard deviations, 1 for a feature that does not vary: it then weighs nothing."""
    spread = features.std(axis=0)
    return np.where(spread > _CONSTANT * (1 + np.abs(features).max(axis=0)), spread, 1.0)


def _bend(functions: Array, k: int) -> tuple[Array, Array]:
    """Return eigenvalues and vectors, largest first, of the sum of g g' + H H'."""
    rows, columns = np.triu_indices(k)
    total = np.zeros((k, k))
    for function in functions.T:
        slope, half = function[:k], np.zeros((k, k))
        half[rows, columns] = function[k:]
        hessian = half + half.T
        total += np.outer(slope, slope) + hessian @ hessian.T
    values, vectors = np.linalg.eigh(total)
    return values[::-1], vectors[:, ::-1]


def _largest_gap(values: Array) -> tuple[float, int]:
    """Return the largest ratio of neighbouring eigenvalues, and how many come before it."""
    ratios = values[:-1] / np.maximum(values[1:], np.finfo(float).tiny)
    at = int(ratios.argmax())
    return float(ratios[at]), at + 1


def _complete(
    axes: Mapping[str, PrincipalComponents],
    scores: Mapping[str, Array],
    driver: str,
    found: _Directions,
) -> CurvedModel:
    other = next(name for name in axes if name != driver)
    directions = widen(found.joint, scores[driver].shape[1])
    joint = scores[driver] @ directions
    onto = QuadraticRidge.fit(joint, scores[other])
    back = QuadraticRidge.fit(scores[other], joint)
    targets = widen(found.targets, scores[other].shape[1])
    return CurvedModel(axes, driver, directions, targets, onto, back)


@dataclass(frozen=True)
class CurvedModel(PairedModel):
    """Fitted joint directions.

    Parameters
    ----------
    axes : mapping of str to PrincipalComponents
        Of each modality.
    driver : str
        The modality whose components span the joint space.
    joint : (k, r) array
        Its joint directions, orthonormal columns.
    targets : (k, f) array
        Directions of the other modality that they act on, orthonormal columns.
    onto, back : QuadraticRidge
        The other modality's components from the joint coordinates, and these from those.
    """

    axes: Mapping[str, PrincipalComponents]
    driver: str
    joint: Array
    targets: Array
    onto: QuadraticRidge
    back: QuadraticRidge

    def encode(self, views: Views) -> Latents:
        """Return joint coordinates from the driver, or as the other modality foretells them."""
        other = views.other(self.driver)
        own, foreign = (self.axes[name].scores(views.edges[name]) for name in (self.driver, other))
        joint = own @ self.joint
        absent = np.isnan(joint).any(axis=1) if joint.size else np.zeros(len(joint), bool)
        if absent.any():
            joint[absent] = self.back.predict(foreign[absent])
        rest = {
            self.driver: own @ complement(self.joint),
            other: foreign @ complement(self.targets),
        }
        return Latents(joint, {name: rest[name] for name in views.modalities})

    def predict(self, views: Views, target: str) -> Array:
        """Predict through the joint coordinates that the other modality has or foretells."""
        source = views.other(target)
        scores = self.axes[source].scores(views.edges[source])
        if target == self.driver:
            return self.axes[target].expand(self.back.predict(scores) @ self.joint.T)
        return self.axes[target].expand(self.onto.predict(scores @ self.joint))

    def reconstruct(self, views: Views, modality: str) -> Array:
        """Project a modality on its principal components."""
        return self.axes[modality].expand(self.axes[modality].scores(views.edges[modality]))
