"""A perceptron on the expression of both regions."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from neuropil.transcriptome.models.network_fit import NetworkModel, NetworkPlan
from neuropil.transcriptome.models.pair_network import PairHead, PairNetwork, RegionInputs

__all__ = ["PerceptronNetwork", "RegionPairMLP"]


class PerceptronNetwork(PairNetwork):
    """The regions as they are under the pair head.

    Parameters
    ----------
    n_genes : int
        Numbers of a region.
    with_coordinates : bool
        Whether the centroid is added.
    rate : float
        Share of units that dropout sets to 0.
    key : PRNG key
        Source of the start.
    """

    head: PairHead
    with_coordinates: bool = eqx.field(static=True)
    limit: bool = eqx.field(static=True)

    def __init__(
        self, n_genes: int, with_coordinates: bool, rate: float, key: PRNGKeyArray
    ) -> None:
        self.head = PairHead(n_genes + 3 * with_coordinates, rate, key)
        self.with_coordinates = with_coordinates
        self.limit = False

    def encode(self, inputs: RegionInputs, key: PRNGKeyArray | None) -> Float[Array, "n d"]:
        """Return the expression of each region, with its coordinates where they are asked for."""
        del key
        if not self.with_coordinates:
            return inputs.genes
        return jnp.concatenate([inputs.genes, inputs.coordinates], axis=1)


class RegionPairMLP(NetworkModel):
    """Perceptron of 512, 256 and 128 units on the expression of both regions.

    Parameters
    ----------
    with_coordinates : bool
        Whether the centroid of each region is added to its genes.
    plan : NetworkPlan, optional
        Training.
    run : int
        Seed of start, inner split and dropout.

    References
    ----------
    Ratzan et al. 2025, NeurIPS, for the architecture.
    """

    default_rate = 0.1

    def __init__(
        self, with_coordinates: bool = False, plan: NetworkPlan | None = None, run: int = 0
    ) -> None:
        self.with_coordinates = with_coordinates
        self.plan = plan
        self.run = run

    def build(self, n_genes: int, key: PRNGKeyArray) -> PairNetwork:
        """Return a network before training."""
        return PerceptronNetwork(n_genes, self.with_coordinates, self.rate, key)
