"""What hybrid latents are compared with: clusters of principal components and of a plain VAE."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.mixture import GaussianMixture

from neuropil.cohorts.hybrid.models.mixture import fit_tied_mixture
from neuropil.cohorts.hybrid.models.network import (
    HybridNetwork,
    Sizes,
    begin_at_random,
)
from neuropil.cohorts.hybrid.models.training import HybridPlan, fit_network, train_held_out
from neuropil.contracts import ConfigError, SeedTree, did_you_mean

__all__ = ["RIVALS", "Given", "cluster", "label_of", "require_model"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

_FEW, _RIDGE = 20, 1e-6
_NEIGHBOURS = 15
_CONTINUOUS = 10  # coordinates of networks from random weights: the default of the published ones


@dataclass(frozen=True)
class Given:
    """What every model is given.

    Parameters
    ----------
    components : (n, 50) array
        Plain principal components of the connections.
    features : (n, d) array
        Those of the hybrid model.
    acquisition : slice
        Which of them tell categories apart.
    n_categories, n_continuous : int
        How many are asked for.
    plan : HybridPlan
        Of the networks.
    """

    components: Array
    features: Array
    acquisition: slice
    n_categories: int
    n_continuous: int
    plan: HybridPlan

    @property
    def told(self) -> Array:
        """Features that tell categories apart, shape (n, a)."""
        return np.asarray(self.features[:, self.acquisition])


def _k_means(x: Array, k: int, seed: SeedTree) -> Whole:
    found: Whole = KMeans(k, n_init=3, random_state=seed.integer()).fit_predict(x)
    return found


def _whiten(x: Array) -> Array:
    spread = x.std(axis=0)
    return np.asarray(x / np.where(spread > 0, spread, 1.0))


def _gauss(x: Array, k: int, seed: SeedTree, kind: str) -> Whole:
    model = GaussianMixture(k, covariance_type=kind, reg_covar=_RIDGE, random_state=seed.integer())
    found: Whole = model.fit_predict(_whiten(x))
    return found


def _spectral(given: Given, seed: SeedTree) -> Whole:
    x = given.components[:, :_FEW]
    model = SpectralClustering(
        given.n_categories,
        affinity="nearest_neighbors",
        n_neighbors=min(_NEIGHBOURS, len(x) - 1),
        assign_labels="kmeans",
        random_state=seed.integer(),
    )
    with warnings.catch_warnings():
        # Groups without a neighbour in another one are what is looked for.
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        found: Whole = model.fit_predict(x)
    return found


def _plain_latents(given: Given, seed: SeedTree) -> Array:
    """Return coordinates of a variational autoencoder of the same size without categories."""
    x = given.components
    plan = given.plan.model_copy(update={"categories": "exact", "schedule": "none"})
    fitted = _fit_random(x, 1, plan, seed)
    inside = fitted.standardise(jnp.asarray(x, jnp.float32))
    return np.asarray(fitted.encode(inside, fitted.means[0])[0], float)


def _published(schedule: str) -> Callable[[Given, SeedTree], Whole]:
    """Return a hybrid from random weights, as it is published."""

    def find(given: Given, seed: SeedTree) -> Whole:
        plan = given.plan.model_copy(update={"categories": "gumbel", "schedule": schedule})
        x = given.told
        return _likeliest(_fit_random(x, given.n_categories, plan, seed), x)

    return find


def _fit_random(x: Array, k: int, plan: HybridPlan, seed: SeedTree) -> HybridNetwork:
    d = x.shape[1]
    sizes = Sizes(d, d, k, min(_CONTINUOUS, d), plan.hidden)
    key = jax.random.key(seed.child("network").integer())
    return train_held_out(begin_at_random(x, sizes, key), x, plan, seed)


def _hybrid(given: Given, seed: SeedTree) -> Whole:
    mixture = fit_tied_mixture(given.told, given.n_categories, seed.child("mixture"))
    x = given.features
    return _likeliest(fit_network(x, mixture, given.n_continuous, given.plan, seed), x)


def _likeliest(network: HybridNetwork, x: Array) -> Whole:
    logits = network.category_logits(network.standardise(jnp.asarray(x, jnp.float32)))
    return np.asarray(logits).argmax(axis=1)


@dataclass(frozen=True)
class _Rival:
    label: str
    cluster: Callable[[Given, SeedTree], Whole]


RIVALS: Mapping[str, _Rival] = {
    "k-means": _Rival(
        "PCA, k-means", lambda g, s: _k_means(g.components[:, :_FEW], g.n_categories, s)
    ),
    "white-k-means": _Rival(
        "PCA whitened, k-means", lambda g, s: _k_means(_whiten(g.components), g.n_categories, s)
    ),
    "diagonal": _Rival(
        "PCA, mixture (diagonal)", lambda g, s: _gauss(g.components, g.n_categories, s, "diag")
    ),
    "tied": _Rival(
        "PCA, mixture (tied)", lambda g, s: _gauss(g.components, g.n_categories, s, "tied")
    ),
    "spectral": _Rival("PCA, spectral", _spectral),
    "vae-k-means": _Rival(
        "VAE, k-means", lambda g, s: _k_means(_plain_latents(g, s), g.n_categories, s)
    ),
    "vae-mixture": _Rival(
        "VAE, mixture", lambda g, s: _gauss(_plain_latents(g, s), g.n_categories, s, "tied")
    ),
    "loss": _Rival("hybrid, loss annealed", _published("loss")),
    "architecture": _Rival("hybrid, gates opened", _published("architecture")),
    "mixture": _Rival(
        "mixture, merged",
        lambda g, s: fit_tied_mixture(g.told, g.n_categories, s.child("mixture")).predict(g.told),
    ),
    "hybrid": _Rival("hybrid VAE", _hybrid),
}
"""Every model by name, the simplest first."""


def label_of(name: str) -> str:
    """Return the name of a model for readers."""
    return RIVALS[name].label


def require_model(name: str) -> None:
    """Refuse a model that is not there.

    Raises
    ------
    ConfigError
        The message lists all.
    """
    if name not in RIVALS:
        raise ConfigError(
            f"there is no model {name!r}",
            where="models",
            repair=f"{did_you_mean(name, RIVALS)}The models are: {', '.join(RIVALS)}.",
        )


def cluster(name: str, given: Given, seed: SeedTree) -> list[int]:
    """Return the categories that a model gives to every subject.

    Parameters
    ----------
    name : str
        One of :data:`RIVALS`.
    given : Given
        Components, features and settings.
    seed : SeedTree
        Of the fit.
    """
    return [int(one) for one in RIVALS[name].cluster(given, seed)]
