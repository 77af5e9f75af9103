"""The network: tokens of two modalities, fused by attention, beside linear paths.

Everything is in units of the white principal components of each modality. Each path from or to the
joint coordinates is a closed-form solution plus a correction by a network that begins at zero, so
that training begins at the closed form and its worth is what validation subjects show beyond it.
"""

from __future__ import annotations

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

__all__ = ["Fusion", "Network", "Posterior", "Sizes", "Start", "empty_start", "expand_features"]

Fusion = Literal["attention", "concatenation", "product", "mixture"]
"""How what two modalities say of the joint coordinates becomes one posterior."""

# A posterior's at the start: small beside the unit variance of the prior, so that the closed form
# is not drowned in noise.
_LOG_VARIANCE = -4.0


class Sizes(eqx.Module):
    """Sizes of a network.

    Parameters
    ----------
    components : tuple of int
        White components of each modality.
    joint : int
        Joint coordinates.
    individual : tuple of int
        Individual coordinates of each modality.
    tokens, width, heads : int
        Tokens of a modality, their width, and the heads of the attention.
    hidden : int
        Width of hidden layers.
    """

    components: tuple[int, int] = eqx.field(static=True)
    joint: int = eqx.field(static=True)
    individual: tuple[int, int] = eqx.field(static=True)
    tokens: int = eqx.field(static=True, default=8)
    width: int = eqx.field(static=True, default=32)
    heads: int = eqx.field(static=True, default=4)
    hidden: int = eqx.field(static=True, default=64)


def expand_features(scores: Float[Array, "*n k"]) -> Float[Array, "*n f"]:
    """Return coordinates, their squares and their products."""
    rows, columns = jnp.triu_indices(scores.shape[-1])
    return jnp.concatenate([scores, scores[..., rows] * scores[..., columns]], axis=-1)


class Start(eqx.Module):
    """Closed-form paths that a network corrects, each from quadratic features.

    Parameters
    ----------
    both, alone : pair of (f_m, joint) arrays
        From the features of modality m to the joint coordinates: where both are there, whose parts
        are added, and where it is the only one.
    offset : (3, joint) array
        Added where both, the first alone, and the second alone are there.
    onto : pair of (f, k_m) arrays
        From the features of the joint coordinates to the components of modality m.
    onto_offset : pair of (k_m,) arrays
        Added to them.
    basis : pair of (individual_m, k_m) arrays
        Directions of the individual coordinates among the components of modality m.
    """

    both: tuple[Array, Array]
    alone: tuple[Array, Array]
    offset: Array
    onto: tuple[Array, Array]
    onto_offset: tuple[Array, Array]
    basis: tuple[Array, Array]


def empty_start(sizes: Sizes) -> Start:
    """Return paths that say nothing, of the sizes of a network."""
    first, second = sizes.components
    joint = _count_features(sizes.joint)

    def paths(columns: tuple[int, int]) -> tuple[Array, Array]:
        rows = [_count_features(k) for k in sizes.components]
        return jnp.zeros((rows[0], columns[0])), jnp.zeros((rows[1], columns[1]))

    own = sizes.individual
    return Start(
        paths((sizes.joint, sizes.joint)),
        paths((sizes.joint, sizes.joint)),
        jnp.zeros((3, sizes.joint)),
        (jnp.zeros((joint, first)), jnp.zeros((joint, second))),
        (jnp.zeros(first), jnp.zeros(second)),
        (jnp.zeros((own[0], first)), jnp.zeros((own[1], second))),
    )


def _count_features(k: int) -> int:
    return k + k * (k + 1) // 2


class Posterior(eqx.Module):
    """Means and log variances of the coordinates of one subject.

    Parameters
    ----------
    joint, joint_log_variance : (joint,) arrays
        Of the joint coordinates.
    individual, individual_log_variance : pair of (individual_m,) arrays
        Of those of each modality.
    """

    joint: Array
    joint_log_variance: Array
    individual: tuple[Array, Array]
    individual_log_variance: tuple[Array, Array]


class _Head(eqx.Module):
    """A hidden layer and a linear one whose result begins at zero.

    Without joint coordinates it has nothing to see or to say.
    """

    hidden: eqx.nn.Linear | None
    out: eqx.nn.Linear | None
    size: int = eqx.field(static=True)

    def __init__(self, sizes: tuple[int, int, int], key: PRNGKeyArray) -> None:
        self.size = sizes[2]
        if not sizes[0] or not sizes[2]:
            self.hidden = self.out = None
            return
        first, second = jax.random.split(key)
        self.hidden = eqx.nn.Linear(sizes[0], sizes[1], key=first)
        out = eqx.nn.Linear(sizes[1], sizes[2], key=second)
        self.out = jax.tree.map(jnp.zeros_like, out)

    def __call__(self, values: Array) -> Array:
        if self.hidden is None or self.out is None:
            return jnp.zeros(self.size)
        return self.out(jax.nn.gelu(self.hidden(values)))


def _count(there: Array) -> Array:
    """Count what is there; 1 where nothing is, so that it divides."""
    return jnp.maximum(jnp.sum(there), 1.0)


class _Tokens(eqx.Module):
    """Components of one modality as tokens."""

    hidden: eqx.nn.Linear
    out: eqx.nn.Linear
    name: Array  # what tells the modalities apart
    count: int = eqx.field(static=True)

    def __init__(self, components: int, sizes: Sizes, key: PRNGKeyArray) -> None:
        keys = jax.random.split(key, 3)
        self.hidden = eqx.nn.Linear(components, sizes.hidden, key=keys[0])
        self.out = eqx.nn.Linear(sizes.hidden, sizes.tokens * sizes.width, key=keys[1])
        self.name = 0.1 * jax.random.normal(keys[2], (sizes.width,))
        self.count = sizes.tokens

    def __call__(self, scores: Array) -> Array:
        return self.out(jax.nn.gelu(self.hidden(scores))).reshape(self.count, -1) + self.name


class _Attention(eqx.Module):
    """One block of attention over all tokens that are there, and their mean."""

    attention: eqx.nn.MultiheadAttention
    first: eqx.nn.LayerNorm
    second: eqx.nn.LayerNorm
    forward: eqx.nn.MLP

    def __init__(self, sizes: Sizes, key: PRNGKeyArray) -> None:
        one, two = jax.random.split(key)
        self.attention = eqx.nn.MultiheadAttention(sizes.heads, sizes.width, key=one)
        self.first, self.second = eqx.nn.LayerNorm(sizes.width), eqx.nn.LayerNorm(sizes.width)
        self.forward = eqx.nn.MLP(
            sizes.width, sizes.width, 2 * sizes.width, 1, jax.nn.gelu, key=two
        )

    def __call__(self, tokens: Array, there: Array) -> Array:
        mask = jnp.broadcast_to(there[None, :], (len(there), len(there)))
        tokens = jax.vmap(self.first)(tokens + self.attention(tokens, tokens, tokens, mask=mask))
        tokens = jax.vmap(self.second)(tokens + jax.vmap(self.forward)(tokens))
        return jnp.sum(jnp.where(there[:, None], tokens, 0.0), axis=0) / _count(there)


class Network(eqx.Module):
    """Encoders, fusion and decoders of two modalities.

    Parameters
    ----------
    start : Start
        Closed-form paths.
    sizes : Sizes
        Numbers of coordinates, tokens and hidden units.
    fusion : {"attention", "concatenation", "product", "mixture"}
        How two modalities are brought together.
    key : PRNG key
        Source of the weights.
    """

    start: Start
    tokens: tuple[_Tokens, _Tokens]
    attention: _Attention
    joint_heads: tuple[_Head, ...]
    individual_heads: tuple[_Head, _Head]
    decoders: tuple[_Head, _Head]
    noise: tuple[Array, Array]  # log variance of each component around its prediction
    cross_noise: tuple[Array, Array]  # the same, predicted from the other modality
    sizes: Sizes = eqx.field(static=True)
    fusion: Fusion = eqx.field(static=True)

    def __init__(self, start: Start, sizes: Sizes, fusion: Fusion, key: PRNGKeyArray) -> None:
        keys = iter(jax.random.split(key, 9))
        self.start, self.sizes, self.fusion = start, sizes, fusion
        first, second = sizes.components
        self.tokens = (_Tokens(first, sizes, next(keys)), _Tokens(second, sizes, next(keys)))
        self.attention = _Attention(sizes, next(keys))
        flat = sizes.tokens * sizes.width
        # Experts see their own modality; the others see what was brought together.
        seen = {"attention": sizes.width, "concatenation": 2 * flat + 2}.get(fusion, flat)
        count = 1 if fusion in ("attention", "concatenation") else 2
        shape = (seen, sizes.hidden, 2 * sizes.joint)
        self.joint_heads = tuple(_Head(shape, next(keys)) for _ in range(count))
        one, two = (
            _Head((k, sizes.hidden, 2 * own), next(keys))
            for k, own in zip(sizes.components, sizes.individual, strict=True)
        )
        self.individual_heads = (one, two)
        one, two = (_Head((sizes.joint, sizes.hidden, k), next(keys)) for k in sizes.components)
        self.decoders = (one, two)
        self.noise = (jnp.full(first, -2.0), jnp.full(second, -2.0))
        self.cross_noise = (jnp.zeros(first), jnp.zeros(second))

    def encode(self, scores: tuple[Array, Array], there: Float[Array, 2]) -> Posterior:
        """Return the posterior of one subject.

        Parameters
        ----------
        scores : pair of (k_m,) arrays
            White components; of a modality that is not there, any finite values.
        there : (2,) array of 0 and 1
            Which modalities are there.
        """
        scores = (scores[0] * there[0], scores[1] * there[1])
        joint, spread = self._encode_joint(scores, there)
        own = [
            (basis @ score, *jnp.split(head(score), 2))
            for basis, score, head in zip(
                self.start.basis, scores, self.individual_heads, strict=True
            )
        ]
        individual = tuple(mean + change for mean, change, _ in own)
        spreads = tuple(_LOG_VARIANCE + spread for _, _, spread in own)
        return Posterior(joint, spread, individual, spreads)  # type: ignore[arg-type]

    def decode(self, joint: Array, individual: tuple[Array, Array]) -> tuple[Array, Array]:
        """Return the components of both modalities, from coordinates of one subject."""
        first, second = (
            self.decode_joint(joint, m) + individual[m] @ self.start.basis[m] for m in (0, 1)
        )
        return first, second

    def decode_joint(self, joint: Array, m: int) -> Array:
        """Return what the joint coordinates say of the components of modality m."""
        straight = expand_features(joint) @ self.start.onto[m] + self.start.onto_offset[m]
        return straight + self.decoders[m](joint)

    def _encode_joint(self, scores: tuple[Array, Array], there: Array) -> tuple[Array, Array]:
        start = self.start
        alone = [
            expand_features(score) @ weights + start.offset[1 + m]
            for m, (score, weights) in enumerate(zip(scores, start.alone, strict=True))
        ]
        both = start.offset[0] + sum(
            expand_features(score) @ weights
            for score, weights in zip(scores, start.both, strict=True)
        )
        if self.fusion in ("product", "mixture"):
            return self._consult(scores, there, alone)
        only = jnp.where(there[0] > 0, alone[0], alone[1])
        base = jnp.where(there.sum() > 1, both, only)
        change, spread = jnp.split(self.joint_heads[0](self._bring_together(scores, there)), 2)
        return base + change, _LOG_VARIANCE + spread

    def _bring_together(self, scores: tuple[Array, Array], there: Array) -> Array:
        tokens = [make(score) for make, score in zip(self.tokens, scores, strict=True)]
        if self.fusion == "attention":
            present = jnp.repeat(there > 0, self.sizes.tokens)
            return self.attention(jnp.concatenate(tokens), present)
        flat = [each.ravel() * there[m] for m, each in enumerate(tokens)]
        return jnp.concatenate([*flat, there])

    def _consult(
        self, scores: tuple[Array, Array], there: Array, alone: list[Array]
    ) -> tuple[Array, Array]:
        """Combine one expert a modality: by precision, with the prior, or by their mean."""
        said = [
            jnp.split(head(make(score).ravel()), 2)
            for head, make, score in zip(self.joint_heads, self.tokens, scores, strict=True)
        ]
        means = jnp.stack([base + change for base, (change, _) in zip(alone, said, strict=True)])
        spreads = jnp.stack([_LOG_VARIANCE + spread for _, spread in said])
        weights = there[:, None] * (jnp.exp(-spreads) if self.fusion == "product" else 1.0)
        if self.fusion == "product":
            total = weights.sum(axis=0)
            # The prior is an expert too, of mean 0 and variance 1.
            return (weights * means).sum(axis=0) / (total + 1.0), -jnp.log(total + 1.0)
        known = _count(there)
        mean = (weights * means).sum(axis=0) / known
        # Of a mixture of normal distributions: theirs, and that of their means. Of nobody: nothing,
        # whose logarithm would be infinite.
        variance = (weights * (jnp.exp(spreads) + (means - mean) ** 2)).sum(axis=0) / known
        variance = jnp.where(there.sum() > 0, variance, 1.0)
        return mean, jnp.log(variance)
