"""Kinds of graph along which spread is fitted: given, mixed, free, or guided by a prior."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float

__all__ = ["FreeGraph", "GivenGraph", "GraphKind", "PriorGraph", "ViewMixture", "fill_symmetric"]

Numbers: TypeAlias = npt.NDArray[np.float64] | Array

# Weights of a free graph begin near .001: a graph of 68 regions with such weights everywhere has
# an eigenvalue of .07, below the 1 of a scaled one, so that edges are there because they grew.
_FREE_SCALE, _FREE_START = 0.02, -3.0


class GraphKind(eqx.Module):
    """How weights are made of what is fitted."""

    @abstractmethod
    def begin(self) -> Float[Array, " p"]:
        """Return the numbers that are fitted, where the fit begins."""

    @abstractmethod
    def weigh(self, theta: Float[Array, " p"]) -> Float[Array, "n n"]:
        """Return the symmetric weights for these numbers."""

    @abstractmethod
    def penalise(self, theta: Float[Array, " p"]) -> Float[Array, ""]:
        """Return what is added to the sum of squares for these numbers."""


class GivenGraph(GraphKind):
    """A graph that is taken as it is.

    Parameters
    ----------
    weights : (n, n) array
        0 or more.
    """

    weights: Numbers

    def begin(self) -> Float[Array, " p"]:
        """Return no numbers: nothing of the graph is fitted."""
        return jnp.zeros(0)

    def weigh(self, theta: Float[Array, " p"]) -> Float[Array, "n n"]:
        """Return the graph."""
        del theta
        return jnp.asarray(self.weights)

    def penalise(self, theta: Float[Array, " p"]) -> Float[Array, ""]:
        """Return 0."""
        return theta.sum()


class ViewMixture(GraphKind):
    """A mixture of graphs, whose shares add up to 1.

    Parameters
    ----------
    views : (p, n, n) array
        Graphs that are scaled alike; else the shares are in units of their scales.
    names : tuple of str
        Of the graphs.
    """

    views: Numbers
    names: tuple[str, ...] = eqx.field(static=True, default=())

    def begin(self) -> Float[Array, " p"]:
        """Return the logarithms of equal shares."""
        return jnp.zeros(self.views.shape[0])

    def weigh(self, theta: Float[Array, " p"]) -> Float[Array, "n n"]:
        """Return the mixture."""
        return jnp.tensordot(self.shares(theta), jnp.asarray(self.views), axes=1)

    def shares(self, theta: Float[Array, " p"]) -> Float[Array, " p"]:
        """Return the share of each graph."""
        return jax.nn.softmax(theta)

    def penalise(self, theta: Float[Array, " p"]) -> Float[Array, ""]:
        """Return 0: so few numbers need no penalty."""
        # Written with the numbers, so that it has a gradient.
        return 0 * theta.sum()


class FreeGraph(GraphKind):
    """Any weights of 0 or more, drawn towards 0.

    Parameters
    ----------
    n : int
        Number of regions.
    strength : float
        Of the penalty on the sum of the weights of all pairs, both directions counted.
    """

    n: int = eqx.field(static=True)
    strength: float = 0.05

    def begin(self) -> Float[Array, " p"]:
        """Return the same number for each pair."""
        return jnp.full(self.n * (self.n - 1) // 2, _FREE_START)

    def weigh(self, theta: Float[Array, " p"]) -> Float[Array, "n n"]:
        """Return a positive weight for each pair."""
        return fill_symmetric(_FREE_SCALE * jax.nn.softplus(theta), self.n)

    def penalise(self, theta: Float[Array, " p"]) -> Float[Array, ""]:
        """Return the penalty on the sum of the weights."""
        # On weights, not on their numbers: what costs is an edge that is there.
        return self.strength * jnp.abs(self.weigh(theta)).sum()


class PriorGraph(GraphKind):
    """A prior, each pair of which may be raised or lowered by a factor.

    A factor cannot raise what the prior sets to 0, and hardly what it sets low; ``floor`` is added
    to every pair of the prior before, so that data can.

    Parameters
    ----------
    prior : (n, n) array
        Symmetric weights of 0 or more.
    strength : float
        Of the penalty on the sum of the squared logarithms of the factors.
    floor : float
        Added to the prior of each pair.
    """

    prior: Numbers
    strength: float = 0.02
    floor: float = 0.0

    def begin(self) -> Float[Array, " p"]:
        """Return logarithms of factors of 1."""
        n = self.prior.shape[0]
        return jnp.zeros(n * (n - 1) // 2)

    def weigh(self, theta: Float[Array, " p"]) -> Float[Array, "n n"]:
        """Return (prior + floor) x e^theta."""
        n = self.prior.shape[0]
        # In pairs above the diagonal: a symmetric graph has half as many numbers.
        prior = jnp.asarray(self.prior)[jnp.triu_indices(n, 1)] + self.floor
        return fill_symmetric(prior * jnp.exp(theta), n)

    def penalise(self, theta: Float[Array, " p"]) -> Float[Array, ""]:
        """Return the penalty on the logarithms of the factors."""
        return self.strength * (theta**2).sum()


def fill_symmetric(pairs: Float[Array, " p"], n: int) -> Float[Array, "n n"]:
    """Place the pairs of an upper triangle, row by row, in a symmetric matrix.

    Parameters
    ----------
    pairs : (n (n - 1) / 2,) array
        One value for each pair.
    n : int
        Number of regions.
    """
    upper = jnp.zeros((n, n), pairs.dtype).at[jnp.triu_indices(n, 1)].set(pairs)
    return upper + upper.T
