"""One linear latent space for all modalities, in which every subject is a unit vector.

After Krakencoder (Jamison, Gu, Wang, Tozlu, Sabuncu, Kuceyeski 2025, Nature Methods), which maps
principal components of many kinds of connectomes to one latent space and back, without hidden
layers. Here: two kinds, a squared error in place of its losses, and the components of this study.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, PRNGKeyArray

from neuropil.cohorts.components import PrincipalComponents, find_axes
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.base import Latents, PairedModel, Specification
from neuropil.contracts import SeedTree
from neuropil.learning import AdamDescent, TrainingPlan, train

__all__ = ["LinearLatent", "LinearLatentModel"]

Numbers = npt.NDArray[np.floating]

# Adam's, on all subjects at once; validation subjects stop it long before the last step.
_STEPS, _EVERY, _RATE = 2000, 50, 1e-2
# Weight of the distance between what two modalities say of one subject. Not tuned.
_TOGETHER = 1.0
_SMALL = 1e-6  # of a vector that has no direction


class _Maps(eqx.Module):
    """Linear maps of both modalities to the latent space and back."""

    into: tuple[Array, Array]  # (k_m, d)
    back: tuple[Array, Array]  # (d, k_m)

    def encode(self, scores: Array, m: int) -> Array:
        latent = scores @ self.into[m]
        return latent / (jnp.linalg.norm(latent, axis=-1, keepdims=True) + _SMALL)


def _misfit(maps: _Maps, scores: tuple[Array, Array]) -> Array:
    """Return the error of every modality from every one, and how far apart their latents are."""
    latents = [maps.encode(scores[m], m) for m in (0, 1)]
    error = sum(
        jnp.sum((scores[t] - latent @ maps.back[t]) ** 2) / jnp.sum(scores[t] ** 2)
        for latent in latents
        for t in (0, 1)
    )
    apart = jnp.mean(jnp.sum((latents[0] - latents[1]) ** 2, axis=1))
    return error + _TOGETHER * apart


def _loss(maps: Any, data: Any, key: PRNGKeyArray) -> Array:  # noqa: ANN401
    del key
    return _misfit(maps, data[0])


def _judge(maps: Any, data: Any) -> Array:  # noqa: ANN401
    return _misfit(maps, data[1])


@dataclass(frozen=True)
class LinearLatent(Specification):
    """Linear maps of both modalities to one space of unit vectors and back.

    Parameters
    ----------
    n_components : int, optional
        Principal components of each modality; None takes those before the largest gap.
    size : int
        Dimensions of the latent space.
    """

    n_components: int | None = None
    size: int = 128

    def fit(self, training: Views, validation: Views, seed: SeedTree) -> LinearLatentModel:
        """Fit to training subjects that have both; validation subjects choose when to stop."""
        axes = find_axes(training, validation, self.n_components)
        data = tuple(
            tuple(jnp.asarray(each, jnp.float32) for each in _weigh(axes, views).values())
            for views in (part.take(part.complete()) for part in (training, validation))
        )
        keys = jax.random.split(jax.random.key(seed.child("linear latent").integer()), 4)
        sizes = [each.shape[1] for each in data[0]]
        shapes = [*((k, self.size) for k in sizes), *((self.size, k) for k in sizes)]
        first, second, third, fourth = (
            jax.random.normal(key, shape) / np.sqrt(shape[0])
            for key, shape in zip(keys, shapes, strict=True)
        )
        found = train(
            AdamDescent(_loss, _RATE, _STEPS),
            jax.tree.map(lambda leaf: leaf[None], _Maps((first, second), (third, fourth))),
            jax.tree.map(lambda leaf: leaf[None], data),
            _judge,
            TrainingPlan(_STEPS, _EVERY, tolerance=0.0, label="linear latent"),
            keys[0],
        )
        return LinearLatentModel(axes, jax.tree.map(lambda leaf: leaf[0], found.parameters))


def _weigh(axes: Mapping[str, PrincipalComponents], views: Views) -> dict[str, Numbers]:
    """Return components with their variances, so that those of much variance count most."""
    return {name: one.scores(views.edges[name]) * one.spread for name, one in axes.items()}


@dataclass(frozen=True)
class LinearLatentModel(PairedModel):
    """Fitted linear maps.

    Parameters
    ----------
    axes : mapping of str to PrincipalComponents
        Of each modality.
    maps : object
        To the latent space and back.
    """

    axes: Mapping[str, PrincipalComponents]
    maps: _Maps

    def encode(self, views: Views) -> Latents:
        """Return the mean of what a subject's modalities say; all of it is joint."""
        sides = np.stack([self._side(views, name) for name in views.modalities])
        count = (~np.isnan(sides)).sum(axis=0)
        joint = np.nansum(sides, axis=0) / np.maximum(count, 1)
        joint[count == 0] = np.nan
        return Latents(joint, {name: np.zeros((len(joint), 0)) for name in views.modalities})

    def predict(self, views: Views, target: str) -> Numbers:
        """Predict through the latent vector of the other modality."""
        return self._decode(self._side(views, views.other(target)), target)

    def reconstruct(self, views: Views, modality: str) -> Numbers:
        """Reconstruct through the latent vector of the modality itself."""
        return self._decode(self._side(views, modality), modality)

    def _side(self, views: Views, modality: str) -> Numbers:
        scores = _weigh(self.axes, views)[modality]
        m = tuple(self.axes).index(modality)
        return np.asarray(self.maps.encode(jnp.asarray(scores, jnp.float32), m), float)

    def _decode(self, latent: Numbers, modality: str) -> Numbers:
        m, axes = tuple(self.axes).index(modality), self.axes[modality]
        scores = latent @ np.asarray(self.maps.back[m], float)
        return axes.expand(scores / axes.spread)
