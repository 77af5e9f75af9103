"""The hybrid network: one category and a few continuous coordinates explain the features."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, PRNGKeyArray

from neuropil.cohorts.hybrid.models.mixture import TiedMixture

__all__ = ["HybridNetwork", "Sizes", "begin_at_mixture", "begin_at_random", "empty_network"]

Numbers = npt.NDArray[np.floating]

# Share of the mean variance within categories that noise has at least: a feature that the
# coordinates explain wholly would have an infinite likelihood.
_LEAST_NOISE = 1e-3
# Log variances are kept where exp neither vanishes nor overflows in single precision.
_LEAST, _MOST = -12.0, 6.0


class Sizes(NamedTuple):
    """Numbers of features, of those that tell categories, and of all that is found and hidden."""

    features: int
    acquisition: int
    categories: int
    continuous: int
    hidden: int


class HybridNetwork(eqx.Module):
    """Paths of a straight start, and hidden layers that bend them and begin at zero.

    Features are ``mean of the category + W z + bend(z) + noise of the category``. The posterior of
    the category is a softmax of straight lines plus a hidden layer, both of the first ``a``
    features alone; that of z given a category depends on the difference from its mean.
    """

    centre: Array  # (d,)
    scale: Array  # (d,)
    log_share: Array  # (K,)
    means: Array  # (K, d)
    basis: Array  # (c, d)
    log_noise: Array  # (K, d)
    slopes: Array  # (a, K)
    biases: Array  # (K,)
    encoder: Array  # (d, c)
    log_variance: Array  # (c,)
    read_in: Array  # (d, h): of the encoder
    to_category: Array  # (h, K)
    to_continuous: Array  # (h, c)
    bend_in: Array  # (c, h): of the decoder
    bend_out: Array  # (h, d)

    @property
    def sizes(self) -> Sizes:
        """Numbers that tell the shapes of all arrays."""
        k, d = self.means.shape
        return Sizes(d, len(self.slopes), k, self.basis.shape[0], self.read_in.shape[1])

    @property
    def lengths(self) -> Array:
        """What one unit of each coordinate adds to the features it is made of, shape (c,)."""
        a, d = len(self.slopes), self.means.shape[1]
        first = a if a < d else 0
        return jnp.linalg.norm((self.basis * self.scale)[:, first:], axis=1)

    def standardise(self, features: Array) -> Array:
        """Return features around 0 in the units of the network."""
        return (features - self.centre) / self.scale

    def category_logits(self, x: Array) -> Array:
        """Return log odds of the categories, shape (n, K)."""
        told = x[:, : len(self.slopes)]
        return told @ self.slopes + self.biases + self._read(told) @ self.to_category

    def encode(self, x: Array, means: Array) -> tuple[Array, Array]:
        """Return mean and log variance of z, given the means of the categories of subjects."""
        # The hidden layer reads the features themselves: once, and not for every category.
        centre = (x - means) @ self.encoder + self._read(x) @ self.to_continuous
        return centre, jnp.clip(self.log_variance, _LEAST, _MOST)

    def decode(self, means: Array, z: Array) -> Array:
        """Return the features of coordinates, given means of categories."""
        return means + z @ self.basis + jnp.tanh(z @ self.bend_in) @ self.bend_out

    def noise(self) -> Array:
        """Return log variances of the noise, shape (K, d)."""
        return jnp.clip(self.log_noise, _LEAST, _MOST)

    def _read(self, x: Array) -> Array:
        return jax.nn.gelu(x @ self.read_in[: x.shape[1]])


def begin_at_mixture(
    mixture: TiedMixture, features: Numbers, sizes: Sizes, key: PRNGKeyArray
) -> HybridNetwork:
    """Take over what a mixture has found.

    Parameters
    ----------
    mixture : TiedMixture
        Fitted to the first ``a`` features: its posterior is a softmax of straight lines.
    features : (n, d) array
        Of the subjects it was fitted to.
    sizes : Sizes
        Of the network.
    key : PRNG key
        Of what the hidden layers read.

    Returns
    -------
    HybridNetwork
        Its categories are those of the mixture; z are components within categories of the features
        after the first ``a``, or of all where there are no more.

    References
    ----------
    Tipping and Bishop 1999, J. R. Stat. Soc. B 61:611, for the components and their noise.
    """
    a = sizes.acquisition
    centre = features.mean(axis=0)
    means, covariance = _measure_within(mixture, features)
    scale = _choose_scale(np.diag(covariance), a)
    means = (means - centre) / scale
    covariance = covariance / np.outer(scale, scale)
    slopes, biases = mixture.discriminant()
    first = a if a < sizes.features else 0
    basis, noise = _take_components(covariance, sizes.continuous, first)
    precise = basis / noise
    inner = np.linalg.inv(np.eye(sizes.continuous) + precise @ basis.T)
    return _assemble(
        {
            "centre": centre,
            "scale": scale,
            "log_share": np.log(mixture.weights),
            "means": means,
            "basis": basis,
            "log_noise": np.tile(np.log(noise), (sizes.categories, 1)),
            # The same lines for features in other units.
            "slopes": slopes * scale[:a, None],
            "biases": biases + centre[:a] @ slopes,
            "encoder": (inner @ precise).T,
            "log_variance": np.log(np.diag(inner)),
        },
        sizes,
        key,
    )


def _measure_within(mixture: TiedMixture, features: Numbers) -> tuple[Numbers, Numbers]:
    """Return means of all features by category, and their covariance within categories."""
    a = mixture.means.shape[1]
    if a == features.shape[1]:
        return mixture.means, mixture.covariance
    member = mixture.predict_proba(features[:, :a])
    held = np.maximum(member.sum(axis=0), 1e-9)
    means = member.T @ features / held[:, None]
    spread = features.T @ features - (means * held[:, None]).T @ means
    return means, spread / len(features)


def _choose_scale(variance: Numbers, a: int) -> Numbers:
    """Return one scale for the first features and one for the others, shape (d,)."""
    parts = [part for part in (variance[:a], variance[a:]) if len(part)]
    return np.concatenate([np.full(len(part), np.sqrt(part.mean()) or 1.0) for part in parts])


def begin_at_random(features: Numbers, sizes: Sizes, key: PRNGKeyArray) -> HybridNetwork:
    """Begin with random paths, as published hybrids do."""
    keys = jax.random.split(key, 5)
    d, a, k, c, _ = sizes
    parts = {
        "centre": features.mean(axis=0),
        "scale": _choose_scale(features.var(axis=0), a),
        "log_share": np.full(k, -np.log(k)),
        "means": 0.1 * jax.random.normal(keys[0], (k, d)),
        "basis": jax.random.normal(keys[1], (c, d)) / np.sqrt(max(1, c)),
        "log_noise": np.zeros((k, d)),
        "slopes": jax.random.normal(keys[2], (a, k)) / np.sqrt(a),
        "biases": np.zeros(k),
        "encoder": jax.random.normal(keys[3], (d, c)) / np.sqrt(d),
        "log_variance": np.full(c, -1.0),
    }
    return _assemble(parts, sizes, keys[4])


def empty_network(sizes: Sizes) -> HybridNetwork:
    """Return a network of zeros of some sizes, whose shapes a file must have."""
    return begin_at_random(np.zeros((2, sizes.features)), sizes, jax.random.key(0))


def _take_components(covariance: Numbers, k: int, first: int) -> tuple[Numbers, Numbers]:
    """Return k components of the features from the first on (k, d), and the noise of every one.

    Features before the first are foretold from the components.
    """
    values, vectors = np.linalg.eigh(covariance[first:, first:])
    values, vectors = values[::-1], vectors[:, ::-1]
    rest = float(values[k:].mean()) if k < len(values) else 0.0
    spread = np.sqrt(np.maximum(values[:k] - rest, 0.0))
    across = (vectors[:, :k] / np.sqrt(np.maximum(values[:k], 1e-12))).T @ covariance[
        first:, :first
    ]
    basis = np.hstack([across, (vectors[:, :k] * spread).T])
    noise = np.diag(covariance) - (basis**2).sum(axis=0)
    return basis, np.maximum(noise, _LEAST_NOISE * np.diag(covariance).mean())


def _assemble(parts: dict[str, Numbers], sizes: Sizes, key: PRNGKeyArray) -> HybridNetwork:
    keys = jax.random.split(key, 2)
    d, _, k, c, h = sizes
    arrays = {name: jnp.asarray(part, jnp.float32) for name, part in parts.items()}
    return HybridNetwork(
        **arrays,
        read_in=jax.random.normal(keys[0], (d, h)) / np.sqrt(d),
        to_category=jnp.zeros((h, k)),
        to_continuous=jnp.zeros((h, c)),
        bend_in=jax.random.normal(keys[1], (c, h)) / np.sqrt(max(1, c)),
        bend_out=jnp.zeros((h, d)),
    )
