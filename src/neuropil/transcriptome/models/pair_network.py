"""What the networks share: encodings of regions, and a head that scores pairs of encodings.

Regions are encoded once, and all pairs are scored from the encodings. The first layer of the
head is linear in the two encodings, so that its work too is done once a region and added for
each pair.
"""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

__all__ = ["Moments", "PairHead", "PairNetwork", "RegionInputs", "count_numbers", "dropout"]

WIDTHS = (512, 256, 128)
_MOMENTUM = 0.1
_EPSILON = 1e-5


class RegionInputs(eqx.Module):
    """What a network sees of n regions.

    Parameters
    ----------
    genes : (n, g) array
        Expression, in the order of the genome.
    coordinates : (n, 3) array
        Centroids [mm].
    """

    genes: Float[Array, "n g"]
    coordinates: Float[Array, "n 3"]

    def take(self, rows: Array) -> RegionInputs:
        """Return some regions."""
        return RegionInputs(self.genes[rows], self.coordinates[rows])


class Moments(NamedTuple):
    """Mean and variance of each hidden unit over pairs, for use outside training."""

    mean: tuple[Array, ...]
    variance: tuple[Array, ...]

    @classmethod
    def start(cls) -> Moments:
        """Return mean 0 and variance 1."""
        return cls(tuple(map(jnp.zeros, WIDTHS)), tuple(map(jnp.ones, WIDTHS)))


def dropout(values: Array, rate: float, key: PRNGKeyArray | None) -> Array:
    """Set a share of the values to 0 and scale the rest up; nothing without a key."""
    if key is None or rate == 0:
        return values
    kept = jax.random.bernoulli(key, 1 - rate, values.shape)
    return jnp.where(kept, values / (1 - rate), 0)


def _linear(key: PRNGKeyArray, n_in: int, n_out: int) -> tuple[Array, Array]:
    bound = n_in**-0.5
    first, second = jax.random.split(key)
    weight = jax.random.uniform(first, (n_in, n_out), minval=-bound, maxval=bound)
    return weight, jax.random.uniform(second, (n_out,), minval=-bound, maxval=bound)


class PairHead(eqx.Module):
    """Perceptron on two encodings: linear, ReLU, batch normalisation and dropout, three times.

    Parameters
    ----------
    n_encoding : int
        Length of an encoding.
    rate : float
        Share of units that dropout sets to 0.
    key : PRNG key
        Source of the start.
    """

    left: Array
    right: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    scales: tuple[Array, ...]
    shifts: tuple[Array, ...]
    rate: float = eqx.field(static=True)

    def __init__(self, n_encoding: int, rate: float, key: PRNGKeyArray) -> None:
        keys = jax.random.split(key, len(WIDTHS) + 1)
        both, first = _linear(keys[0], 2 * n_encoding, WIDTHS[0])
        self.left, self.right = both[:n_encoding], both[n_encoding:]
        sizes = (*WIDTHS, 1)
        later = [
            _linear(each, n_in, n_out)
            for each, n_in, n_out in zip(keys[1:], sizes[:-1], sizes[1:], strict=True)
        ]
        self.weights = tuple(weight for weight, _ in later)
        self.biases = (first, *(bias for _, bias in later))
        self.scales = tuple(map(jnp.ones, WIDTHS))
        self.shifts = tuple(map(jnp.zeros, WIDTHS))
        self.rate = rate

    def __call__(
        self,
        encodings: Float[Array, "n d"],
        pairs: tuple[Int[Array, " p"], Int[Array, " p"]],
        moments: Moments,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, " p"], Moments]:
        """Score pairs in the order given.

        Parameters
        ----------
        encodings : (n, d) array
            Encodings of regions.
        pairs : two (p,) int arrays
            First and second region of each pair.
        moments : Moments
            Mean and variance of the hidden units, used without a key.
        key : PRNG key, optional
            While training: source of dropout.
        """
        first, second = pairs
        hidden = (encodings @ self.left)[first] + (encodings @ self.right)[second]
        keys = [None] * len(WIDTHS) if key is None else jax.random.split(key, len(WIDTHS))
        means, variances = [], []
        for layer, scale in enumerate(self.scales):
            active = jax.nn.relu(hidden + self.biases[layer])
            mean, variance = moments.mean[layer], moments.variance[layer]
            if key is not None:
                mean, variance = active.mean(axis=0), active.var(axis=0)
            means.append(mean)
            variances.append(variance)
            normal = (active - mean) * jax.lax.rsqrt(variance + _EPSILON)
            normal = dropout(normal * scale + self.shifts[layer], self.rate, keys[layer])
            hidden = normal @ self.weights[layer]
        return (hidden + self.biases[-1])[:, 0], Moments(tuple(means), tuple(variances))


def _follow(moments: Moments, seen: Moments) -> Moments:
    """Move the moments that are used later towards those of this step."""
    return jax.tree.map(
        lambda old, new: (1 - _MOMENTUM) * old + _MOMENTUM * jax.lax.stop_gradient(new),
        moments,
        seen,
    )


class PairNetwork(eqx.Module):
    """An encoder of regions under a head for pairs; subclasses encode."""

    head: eqx.AbstractVar[PairHead]
    limit: eqx.AbstractVar[bool]

    def encode(self, inputs: RegionInputs, key: PRNGKeyArray | None) -> Float[Array, "n d"]:
        """Encode each region; with a key, as while training."""
        raise NotImplementedError

    def learn(
        self, inputs: RegionInputs, moments: Moments, key: PRNGKeyArray
    ) -> tuple[Float[Array, " p"], Moments]:
        """Score each pair of the regions given once, as while training.

        Parameters
        ----------
        inputs : RegionInputs
            Features of n regions in random order, so that the order within pairs is random too.
        moments : Moments
            Of the hidden units so far.
        key : PRNG key
            Source of dropout.
        """
        first, second = jax.random.split(key)
        pairs = jnp.triu_indices(inputs.genes.shape[0], 1)
        scores, seen = self.head(self.encode(inputs, first), pairs, moments, second)
        return scores, _follow(moments, seen)

    def score(self, inputs: RegionInputs, moments: Moments) -> Float[Array, "n n"]:
        """Predict all pairs of the regions given, the mean of both orders of each.

        Parameters
        ----------
        inputs : RegionInputs
            Features of n regions.
        moments : Moments
            Of the hidden units.
        """
        n = inputs.genes.shape[0]
        first, second = jnp.triu_indices(n, 1)
        encodings = self.encode(inputs, None)
        forth, _ = self.head(encodings, (first, second), moments)
        back, _ = self.head(encodings, (second, first), moments)
        upper = jnp.zeros((n, n)).at[first, second].set((forth + back) / 2)
        scores = upper + upper.T
        return jnp.clip(scores, -1, 1) if self.limit else scores


def count_numbers(network: PairNetwork) -> int:
    """Count the trained numbers of a network, or of its shapes alone."""
    return sum(int(leaf.size) for leaf in jax.tree.leaves(network))
