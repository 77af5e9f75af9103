"""A perceptron on the expression, the place, or both, of two regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from neuropil.transcriptome.models.network_fit import NetworkModel, NetworkPlan
from neuropil.transcriptome.models.pair_network import PairHead, PairNetwork, RegionInputs

__all__ = ["Features", "PerceptronNetwork", "RegionPairMLP"]

Features = Literal["genes", "coordinates", "both"]


class PerceptronNetwork(PairNetwork):
    """The regions as they are under the pair head.

    Parameters
    ----------
    n_genes : int
        Numbers of a region's expression.
    features : {"genes", "coordinates", "both"}
        What is seen of a region.
    rate : float
        Share of units that dropout sets to 0.
    key : PRNG key
        Source of the start.
    """

    head: PairHead
    features: Features = eqx.field(static=True)
    limit: bool = eqx.field(static=True)

    def __init__(self, n_genes: int, features: Features, rate: float, key: PRNGKeyArray) -> None:
        length = {"genes": n_genes, "coordinates": 3, "both": n_genes + 3}[features]
        self.head = PairHead(length, rate, key)
        self.features = features
        self.limit = False

    def encode(self, inputs: RegionInputs, key: PRNGKeyArray | None) -> Float[Array, "n d"]:
        """Return the expression of each region, its coordinates [mm], or both."""
        del key
        if self.features == "genes":
            return inputs.genes
        if self.features == "coordinates":
            return inputs.coordinates
        return jnp.concatenate([inputs.genes, inputs.coordinates], axis=1)


class RegionPairMLP(NetworkModel):
    """Perceptron of 512, 256 and 128 units on two regions.

    Parameters
    ----------
    features : {"genes", "coordinates", "both"}
        What it sees of a region: expression, centroid [mm], or both.
    plan : NetworkPlan or mapping, optional
        Training.
    random_state : int
        Seed of start, inner split and dropout.

    References
    ----------
    Ratzan et al. 2025, NeurIPS, for the architecture.
    """

    default_dropout = 0.1

    def __init__(
        self,
        features: Features = "genes",
        plan: NetworkPlan | Mapping[str, Any] | None = None,
        random_state: int = 0,
    ) -> None:
        self.features = features
        self.plan = plan
        self.random_state = random_state

    def build(self, n_genes: int, key: PRNGKeyArray) -> PairNetwork:
        """Return a network before training."""
        return PerceptronNetwork(n_genes, self.features, self._dropout, key)
