"""The common course: what of it is fitted, and the equation that these numbers make."""

from __future__ import annotations

from typing import Literal, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuropil.progression.alignment.limits import NO_LIMITS, Limits
from neuropil.progression.dynamics.reaction import NetworkEquation
from neuropil.progression.fitting.graphs import GraphKind

__all__ = ["Capacity", "CourseForm", "CourseNumbers", "Dynamics"]

Dynamics = Literal["fkpp", "diffusion"]
Capacity: TypeAlias = Literal["one", "regional"]

# Where fits begin, before softplus: of the published reference fit. They are k = .47, a = .31 and
# v = .97; concentrations begin at .018, and at .13 in the regions where the disease starts.
_SPREAD, _GROWTH, _CAPACITY, _ELSEWHERE, _SEED = -0.5, -1.0, 0.5, -4.0, -2.0


class CourseNumbers(eqx.Module):
    """What is fitted, each number before softplus so that none turns negative.

    Parameters
    ----------
    spread, growth : () array
        Of the rates k and a.
    capacity : () or (n,) array
        Of the capacities v.
    start : (n,) array
        Of the concentrations at time 0.
    graph : (p,) array
        What the kind of graph makes weights of.
    """

    spread: Float[Array, ""]
    growth: Float[Array, ""]
    capacity: Float[Array, "*n"]
    start: Float[Array, " n"]
    graph: Float[Array, " p"]


class CourseForm(eqx.Module):
    """What is assumed of the course.

    Parameters
    ----------
    graph : GraphKind
        Along what it spreads.
    seeds : (n,) bool array
        Regions where the disease starts, if any are known: the fit begins higher there.
    dynamics : {"fkpp", "diffusion"}
        With growth up to a capacity, or spread alone.
    capacity : {"one", "regional"}
        Whether regions share one.
    known_capacity, known_start : (n,) array, optional
        Values that are given and not fitted.
    known_spread, known_growth : () array, optional
        Rates that are given and not fitted, as for a profile of the likelihood.
    limits : Limits
        Where measurements end; near them their mean, and not the course, is compared with them.
    """

    graph: GraphKind
    seeds: np.ndarray
    dynamics: Dynamics = eqx.field(static=True, default="fkpp")
    capacity: Capacity = eqx.field(static=True, default="regional")
    known_capacity: Float[Array, " n"] | None = None
    known_start: Float[Array, " n"] | None = None
    known_spread: Float[Array, ""] | None = None
    known_growth: Float[Array, ""] | None = None
    limits: Limits = eqx.field(static=True, default=NO_LIMITS)

    def begin(self) -> CourseNumbers:
        """Return the numbers where a fit begins."""
        n = self.seeds.shape[0]
        return CourseNumbers(
            jnp.asarray(_SPREAD),
            jnp.asarray(_GROWTH),
            jnp.full((n,) if self.capacity == "regional" else (), _CAPACITY),
            jnp.where(jnp.asarray(self.seeds), _SEED, _ELSEWHERE),
            self.graph.begin(),
        )

    def build(self, numbers: CourseNumbers) -> tuple[NetworkEquation, Float[Array, " n"]]:
        """Return the equation, and the state at time 0.

        Parameters
        ----------
        numbers : CourseNumbers
            Fitted.
        """
        weights = self.graph.weigh(numbers.graph)
        laplacian = jnp.diag(weights.sum(axis=1)) - weights
        positive = jax.nn.softplus
        # Softplus and not exp: where a rate is large, a step of the fit changes it by a step.
        growth = _choose(self.known_growth, positive(numbers.growth))
        if self.dynamics == "diffusion":
            growth = jnp.zeros(())
        equation = NetworkEquation(
            laplacian,
            _choose(self.known_spread, positive(numbers.spread)),
            growth,
            _choose(self.known_capacity, positive(numbers.capacity)),
        )
        return equation, _choose(self.known_start, positive(numbers.start))

    def penalise(self, numbers: CourseNumbers) -> Float[Array, ""]:
        """Return what is added to the sum of squares."""
        return self.graph.penalise(numbers.graph)


def _choose(known: Array | None, fitted: Array) -> Array:
    return fitted if known is None else jnp.asarray(known)
