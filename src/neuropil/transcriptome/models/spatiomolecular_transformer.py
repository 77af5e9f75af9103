"""The Spatiomolecular Transformer: attention over genes in genome order, one encoding a region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from neuropil.contracts import ConfigError, InputError
from neuropil.transcriptome.data import Regions, score_genes
from neuropil.transcriptome.models.gene_order import GeneOrder, cut_tokens, order_genes
from neuropil.transcriptome.models.network_fit import NetworkModel, NetworkPlan
from neuropil.transcriptome.models.pair_network import (
    PairHead,
    PairNetwork,
    RegionInputs,
    apply_dropout,
    make_linear,
)

__all__ = ["AttentionMap", "SpatiomolecularTransformer", "TransformerNetwork"]

Slopes = Literal["published", "later", "none"]

# Sizes of the published network; the numbers of parameters that follow are tested.
_WIDTH, _HEADS, _HIDDEN, _OUTPUT, _BLOCKS = 128, 4, 512, 10, 4
_TOKEN, _TOKEN_WITH_PLACE = 60, 20
# How fast the attention of each head falls with distance: as published; as ALiBi has them for four
# heads; and not at all.
_SLOPES = {
    "published": (1.0, 1.0, 0.5, 0.5),
    "later": (2.0**-2, 2.0**-4, 2.0**-6, 2.0**-8),
    "none": (0.0, 0.0, 0.0, 0.0),
}


class _Block(eqx.Module):
    """Attention with a linear distance bias, then two layers on each token; norms come after.

    The attention is written out: Equinox's has a fourth projection, which the published network
    lacks, and no bias.
    """

    joint: eqx.nn.Linear
    up: eqx.nn.Linear
    down: eqx.nn.Linear
    first: eqx.nn.LayerNorm
    second: eqx.nn.LayerNorm
    rate: float = eqx.field(static=True)

    def __init__(self, rate: float, key: PRNGKeyArray) -> None:
        keys = jax.random.split(key, 3)
        self.joint = make_linear(_WIDTH, 3 * _WIDTH, keys[0])
        self.up = make_linear(_WIDTH, _HIDDEN, keys[1])
        self.down = make_linear(_HIDDEN, _WIDTH, keys[2])
        self.first, self.second = eqx.nn.LayerNorm(_WIDTH), eqx.nn.LayerNorm(_WIDTH)
        self.rate = rate

    def attend(
        self, tokens: Float[Array, "n t d"], bias: Float[Array, "h t t"]
    ) -> tuple[Float[Array, "n h t t"], Float[Array, "n t h e"]]:
        """Return the attention of each token to each, and the values that it weighs."""
        n, t, _ = tokens.shape
        joint = _each_token(self.joint, tokens).reshape(n, t, 3, _HEADS, _WIDTH // _HEADS)
        query, key, value = joint[:, :, 0], joint[:, :, 1], joint[:, :, 2]
        logits = jnp.einsum("nihd,njhd->nhij", query, key) / (_WIDTH // _HEADS) ** 0.5
        return jax.nn.softmax(logits + bias, axis=-1), value

    def __call__(
        self, tokens: Float[Array, "n t d"], bias: Float[Array, "h t t"], key: PRNGKeyArray | None
    ) -> Float[Array, "n t d"]:
        keys = (None, None) if key is None else tuple(jax.random.split(key))
        weights, value = self.attend(tokens, bias)
        mixed = jnp.einsum("nhij,njhd->nihd", weights, value).reshape(tokens.shape)
        tokens = _each_token(self.first, tokens + apply_dropout(mixed, self.rate, keys[0]))
        wide = _each_token(self.down, jax.nn.relu(_each_token(self.up, tokens)))
        return _each_token(self.second, tokens + apply_dropout(wide, self.rate, keys[1]))


def _each_token(layer: Callable[[Array], Array], tokens: Float[Array, "n t d"]) -> Array:
    """Apply a layer to every token of every region."""
    return jax.vmap(jax.vmap(layer))(tokens)


class TransformerNetwork(PairNetwork):
    """Tokens of neighbouring genes through four blocks, ten numbers a token, under the pair head.

    Parameters
    ----------
    n_genes : int
        Genes of a region; the last token is filled up with zeros.
    token_size : int
        Genes in a token.
    with_cls : bool
        Whether a token of the coordinates comes first.
    slopes : {"published", "later", "none"}
        Bias of attention against distance along the genome.
    rate : float
        Share of units that dropout sets to 0.
    key : PRNG key
        Source of the start.
    """

    embed: eqx.nn.Linear
    place: eqx.nn.Linear | None
    blocks: tuple[_Block, ...]
    reduce: eqx.nn.Linear
    head: PairHead
    token_size: int = eqx.field(static=True)
    slopes: tuple[float, ...] = eqx.field(static=True)
    limit: bool = eqx.field(static=True)

    def __init__(
        self,
        n_genes: int,
        token_size: int,
        with_cls: bool,
        slopes: Slopes,
        rate: float,
        key: PRNGKeyArray,
    ) -> None:
        keys = jax.random.split(key, _BLOCKS + 4)
        n_tokens = -(-n_genes // token_size) + with_cls
        self.embed = make_linear(token_size, _WIDTH, keys[0])
        self.place = make_linear(3, _WIDTH, keys[1]) if with_cls else None
        self.reduce = make_linear(_WIDTH, _OUTPUT, keys[2])
        self.head = PairHead(n_tokens * _OUTPUT, rate, keys[3])
        self.blocks = tuple(_Block(rate, each) for each in keys[4:])
        self.token_size = token_size
        self.slopes = _SLOPES[slopes]
        self.limit = not with_cls

    def encode(self, inputs: RegionInputs, key: PRNGKeyArray | None) -> Float[Array, "n d"]:
        """Return ten numbers a token for each region."""
        tokens, bias = self._begin(inputs)
        keys = [None] * _BLOCKS if key is None else jax.random.split(key, _BLOCKS)
        for block, each in zip(self.blocks, keys, strict=True):
            tokens = block(tokens, bias, each)
        return _each_token(self.reduce, tokens).reshape(len(inputs.genes), -1)

    def attention(self, inputs: RegionInputs) -> Float[Array, "b n h t t"]:
        """Return the attention of each token to each, for b blocks, n regions and h heads."""
        tokens, bias = self._begin(inputs)
        found = []
        for block in self.blocks:
            found.append(block.attend(tokens, bias)[0])
            tokens = block(tokens, bias, None)
        return jnp.stack(found)

    def _begin(self, inputs: RegionInputs) -> tuple[Array, Array]:
        """Return the tokens before the first block, and the bias of attention."""
        genes = inputs.genes
        missing = -genes.shape[1] % self.token_size
        filled = jnp.pad(genes, ((0, 0), (0, missing)))
        tokens = _each_token(self.embed, filled.reshape(len(genes), -1, self.token_size))
        if self.place is not None:
            first = jax.vmap(self.place)(inputs.coordinates)[:, None]
            tokens = jnp.concatenate([first, tokens], axis=1)
        place = jnp.arange(tokens.shape[1])
        apart = jnp.abs(place[:, None] - place[None])
        return tokens, -jnp.asarray(self.slopes)[:, None, None] * apart


class AttentionMap(NamedTuple):
    """How the tokens of a transformer share their attention.

    Parameters
    ----------
    tokens : tuple of str
        First and last gene of each; ``coordinates`` for the token of the place.
    weights : (t, t) array
        Share of its attention that the token of a row gives to that of a column, mean over
        blocks, heads, regions and networks. Rows sum to 1.
    """

    tokens: tuple[str, ...]
    weights: np.ndarray


class SpatiomolecularTransformer(NetworkModel):
    """Transformer over the genes of a region, with or without a token of its coordinates.

    Parameters
    ----------
    with_cls : bool
        Whether a token of the coordinates comes first.
    token_size : int, optional
        Genes in a token; 60, or 20 with the token of the coordinates, when not given.
    slopes : {"published", "later", "none"}
        Bias of attention against distance along the genome; none ablates it.
    gene_order : {"genome", "expression", "random"}
        Order of the genes; those without a position come last.
    plan : NetworkPlan or mapping, optional
        Training.
    random_state : int
        Seed of start, inner split and dropout.

    References
    ----------
    Ratzan et al. 2025, NeurIPS, for the model. Press, Smith and Lewis 2022, ICLR, for the bias.
    """

    default_dropout = 0.2

    def __init__(
        self,
        with_cls: bool = False,
        token_size: int | None = None,
        slopes: Slopes = "published",
        gene_order: GeneOrder = "genome",
        plan: NetworkPlan | Mapping[str, Any] | None = None,
        random_state: int = 0,
    ) -> None:
        self.with_cls = with_cls
        self.token_size = token_size
        self.slopes = slopes
        self.gene_order = gene_order
        self.plan = plan
        self.random_state = random_state

    @property
    def _token_size(self) -> int:
        if self.token_size is not None:
            return self.token_size
        return _TOKEN_WITH_PLACE if self.with_cls else _TOKEN

    def build(self, n_genes: int, key: PRNGKeyArray) -> TransformerNetwork:
        """Return a network before training."""
        size = self._token_size
        if size < 1 or self.slopes not in _SLOPES:
            raise ConfigError(
                f"expected a token of 1 gene or more and slopes of {', '.join(_SLOPES)}, found "
                f"{size} and {self.slopes!r}",
                where="SpatiomolecularTransformer",
                repair="Choose others.",
            )
        return TransformerNetwork(n_genes, size, self.with_cls, self.slopes, self._dropout, key)

    def inputs_of(self, regions: Regions) -> RegionInputs:
        """Return z-scored genes in order; a Gram matrix has no genes to cut into tokens."""
        if regions.expression is None or regions.genes is None:
            raise InputError(
                "expected a table of genes for every region, found the co-expression matrix alone",
                where="SpatiomolecularTransformer",
                repair="Use --genes expression, which drops regions without expression.",
            )
        columns = order_genes(regions.genes, regions.expression, self.gene_order, self.random_state)
        return RegionInputs(
            jnp.asarray(score_genes(regions.expression)[:, columns], jnp.float32),
            jnp.asarray(regions.coordinates, jnp.float32),
        )

    def attend(self, rows: np.ndarray) -> AttentionMap:
        """Return the attention map of some regions.

        It says what a network attends to, not what carries its prediction: compare it with
        :func:`~neuropil.transcriptome.measure_importance`.

        Parameters
        ----------
        rows : (m,) int array
            Regions.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before :meth:`fit`.
        """
        self._check_fitted()
        genes, expression = self.regions_.genes, self.regions_.expression
        assert genes is not None
        assert expression is not None
        order = order_genes(genes, expression, self.gene_order, self.random_state)
        names = [name for name, _ in cut_tokens(genes, order, self._token_size)]
        inputs = self.inputs_.take(jnp.asarray(rows))
        weights = [_attention(each.network, inputs).mean(axis=(0, 1, 2)) for each in self.members_]
        places = ("coordinates",) if self.with_cls else ()
        return AttentionMap((*places, *names), np.mean(weights, axis=0, dtype=float))


@eqx.filter_jit
def _attention(network: TransformerNetwork, inputs: RegionInputs) -> Array:
    return network.attention(inputs)
