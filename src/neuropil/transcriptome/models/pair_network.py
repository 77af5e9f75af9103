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

__all__ = [
    "Moments",
    "PairHead",
    "PairNetwork",
    "RegionInputs",
    "apply_dropout",
    "count_numbers",
    "make_linear",
]

WIDTHS = (512, 256, 128)
"""Hidden units of the published head; the numbers of parameters that follow are tested."""

# Step of the running moments and the number under the root: the usual ones of batch normalisation,
# which were not tuned.
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
        """Return the inputs of some regions, in the order given."""
        return RegionInputs(self.genes[rows], self.coordinates[rows])


class Moments(NamedTuple):
    """Mean and variance of each hidden unit over pairs, for use outside training."""

    mean: tuple[Array, ...]
    variance: tuple[Array, ...]

    @classmethod
    def start(cls) -> Moments:
        """Return mean 0 and variance 1."""
        return cls(tuple(map(jnp.zeros, WIDTHS)), tuple(map(jnp.ones, WIDTHS)))


def apply_dropout(values: Array, rate: float, key: PRNGKeyArray | None) -> Array:
    """Set a share of the values to 0 and scale the rest up; nothing without a key."""
    # Made anew for each call: stored in a network, its rate would count among the trained numbers.
    layer = eqx.nn.Dropout(rate)
    dropped: Array = layer(values, key=key, inference=key is None)
    return dropped


def make_linear(n_in: int, n_out: int, key: PRNGKeyArray) -> eqx.nn.Linear:
    """Return a linear layer whose numbers were drawn input by input.

    Equinox draws the same uniform numbers and fills its (n_out, n_in) matrix row by row; the
    published rows of results come from networks that were filled column by column.

    Parameters
    ----------
    n_in, n_out : int
        Lengths of what goes in and what comes out.
    key : PRNG key
        Source of the numbers.
    """
    # Drawn the other way round and turned, so that a key gives the start that published networks
    # had. Products are summed in another order, and training enlarges the rounding.
    layer = eqx.nn.Linear(n_in, n_out, key=key)
    return eqx.tree_at(lambda made: made.weight, layer, layer.weight.reshape(n_in, n_out).T)


class PairHead(eqx.Module):
    """Perceptron on two encodings: linear, ReLU, batch normalisation and dropout, three times.

    Batch normalisation is written out: Equinox keeps its running moments in a state that a named
    axis updates, whereas here they are an argument and a result, one set for each member of an
    ensemble.

    Parameters
    ----------
    n_encoding : int
        Length of an encoding.
    rate : float
        Share of units that dropout sets to 0.
    key : PRNG key
        Source of the start.
    """

    layers: tuple[eqx.nn.Linear, ...]
    scales: tuple[Array, ...]
    shifts: tuple[Array, ...]
    rate: float = eqx.field(static=True)

    def __init__(self, n_encoding: int, rate: float, key: PRNGKeyArray) -> None:
        keys = jax.random.split(key, len(WIDTHS) + 1)
        sizes = (2 * n_encoding, *WIDTHS, 1)
        self.layers = tuple(
            make_linear(n_in, n_out, each)
            for each, n_in, n_out in zip(keys, sizes[:-1], sizes[1:], strict=True)
        )
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
        hidden = self._join(encodings, pairs)
        keys = [None] * len(WIDTHS) if key is None else jax.random.split(key, len(WIDTHS))
        means, variances = [], []
        for layer, scale in enumerate(self.scales):
            active = jax.nn.relu(hidden)
            mean, variance = moments.mean[layer], moments.variance[layer]
            if key is not None:
                mean, variance = active.mean(axis=0), active.var(axis=0)
            means.append(mean)
            variances.append(variance)
            normal = (active - mean) * jax.lax.rsqrt(variance + _EPSILON)
            normal = apply_dropout(normal * scale + self.shifts[layer], self.rate, keys[layer])
            hidden = jax.vmap(self.layers[layer + 1])(normal)
        return hidden[:, 0], Moments(tuple(means), tuple(variances))

    def _join(
        self, encodings: Float[Array, "n d"], pairs: tuple[Int[Array, " p"], Int[Array, " p"]]
    ) -> Float[Array, "p h"]:
        """Apply the first layer to each pair: its work is done once a region and then added."""
        layer, n = self.layers[0], encodings.shape[1]
        left, right = encodings @ layer.weight[:, :n].T, encodings @ layer.weight[:, n:].T
        assert layer.bias is not None
        return left[pairs[0]] + right[pairs[1]] + layer.bias


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
