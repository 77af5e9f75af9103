"""Rivals without joint coordinates: the group's mean, and regressions between modalities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.components import PrincipalComponents, find_axes
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.base import Latents, PairedModel, Specification
from neuropil.contracts import SeedTree

__all__ = ["ComponentRidge", "GroupMean", "PartialLeastSquares", "RegressionModel"]

Array = npt.NDArray[np.floating]

# From none to one that leaves little but the mean.
_PENALTIES = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_PARTS = (1, 2, 3, 5, 8)


@dataclass(frozen=True)
class RegressionModel(PairedModel):
    """Principal components, and a linear map from those of each modality to the other's edges.

    Parameters
    ----------
    axes : mapping of str to PrincipalComponents
        Of each modality.
    maps : mapping of str to (k, n_edges) array
        By target: from the white components of the other modality to its edges; all 0 predicts
        the mean.
    """

    axes: Mapping[str, PrincipalComponents]
    maps: Mapping[str, Array]

    def encode(self, views: Views) -> Latents:
        """Return the principal components; there are no joint coordinates."""
        scores = {name: self.axes[name].scores(views.edges[name]) for name in views.modalities}
        return Latents(np.zeros((views.n_subjects, 0)), scores)

    def predict(self, views: Views, target: str) -> Array:
        """Predict through the linear map."""
        source = views.other(target)
        scores = self.axes[source].scores(views.edges[source])
        return self.axes[target].mean + scores @ self.maps[target]

    def reconstruct(self, views: Views, modality: str) -> Array:
        """Project on the principal components."""
        return self.axes[modality].expand(self.axes[modality].scores(views.edges[modality]))


@dataclass(frozen=True)
class GroupMean(Specification):
    """Every subject is the mean of the training subjects."""

    def fit(self, training: Views, validation: Views, seed: SeedTree) -> RegressionModel:
        """Take the means; a component is kept so that there are coordinates to show."""
        del seed
        axes = find_axes(training, validation, 1)
        silent = {
            name: PrincipalComponents(
                one.mean, np.zeros_like(one.directions), one.spread, one.residual
            )
            for name, one in axes.items()
        }
        maps = {name: np.zeros((1, training.edges[name].shape[1])) for name in axes}
        return RegressionModel(silent, maps)


@dataclass(frozen=True)
class ComponentRidge(Specification):
    """Ridge regression of edges on the white components of the other modality.

    Parameters
    ----------
    n_components : int, optional
        None takes those before the largest gap.
    penalties : tuple of float
        Those of the white components that validation subjects choose from, beside n.
    """

    n_components: int | None = None
    penalties: tuple[float, ...] = _PENALTIES

    def fit(self, training: Views, validation: Views, seed: SeedTree) -> RegressionModel:
        """Choose the penalty by the error of validation subjects, one for each target."""
        del seed
        axes = find_axes(training, validation, self.n_components)
        pairs = training.take(training.complete())

        def fit_map(target: str, penalty: float) -> Array:
            scores, edges = _source_and_target(axes, pairs, target)
            gram = scores.T @ scores / len(scores) + penalty * np.eye(scores.shape[1])
            return np.asarray(np.linalg.solve(gram, scores.T @ edges / len(scores)))

        return _choose_maps(axes, validation, fit_map, self.penalties)


@dataclass(frozen=True)
class PartialLeastSquares(Specification):
    """Partial least squares: components of one modality that covary most with the other's edges.

    The directions are the singular vectors of the covariance, all at once and not one after the
    other with deflation; edges are then regressed on the coordinates along them.

    Parameters
    ----------
    n_components : int, optional
        Principal components of each modality; None takes those before the largest gap.
    parts : tuple of int
        Numbers of directions that validation subjects choose from.
    """

    n_components: int | None = None
    parts: tuple[int, ...] = _PARTS

    def fit(self, training: Views, validation: Views, seed: SeedTree) -> RegressionModel:
        """Choose the number of latent pairs by the error of validation subjects."""
        del seed
        axes = find_axes(training, validation, self.n_components)
        pairs = training.take(training.complete())

        def fit_map(target: str, parts: float) -> Array:
            scores, edges = _source_and_target(axes, pairs, target)
            # Coordinates with their variance: those of much variance lead, unlike in canonical
            # correlation.
            spread = axes[pairs.other(target)].spread
            left = np.linalg.svd((scores * spread).T @ edges, full_matrices=False)[0]
            weights = spread[:, None] * left[:, : int(parts)]
            latent = scores @ weights
            return np.asarray(weights @ np.linalg.lstsq(latent, edges, rcond=None)[0])

        return _choose_maps(axes, validation, fit_map, self.parts)


def _source_and_target(
    axes: Mapping[str, PrincipalComponents], pairs: Views, target: str
) -> tuple[Array, Array]:
    source = pairs.other(target)
    edges = np.nan_to_num(pairs.edges[target] - axes[target].mean)
    return axes[source].scores(pairs.edges[source]), edges


def _choose_maps(
    axes: Mapping[str, PrincipalComponents],
    validation: Views,
    fit_map: Callable[[str, float], Array],
    settings: tuple[float, ...],
) -> RegressionModel:
    """Take the map of each target that foretells validation subjects best.

    The mean alone is among what may be chosen, and is chosen where no subject can choose.
    """
    unseen = validation.take(validation.complete())
    maps = {}
    for target in validation.modalities:
        scores, edges = _source_and_target(axes, unseen, target)
        found = [fit_map(target, setting) for setting in settings]
        # First, so that it is taken where all errors are the same.
        found.insert(0, np.zeros_like(found[0]))
        maps[target] = min(found, key=lambda one: float(((scores @ one - edges) ** 2).sum()))
    return RegressionModel(axes, maps)
