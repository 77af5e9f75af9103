"""Solvers of the network equation, compiled, differentiable and of a fixed number of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from neuropil.progression.dynamics.reaction import NetworkEquation

__all__ = ["SOLVERS", "Solver", "integrate", "interpolate"]

Solver = Literal["strang", "rk4"]
Step = Callable[[Float[Array, " n"]], Float[Array, " n"]]


def _strang(equation: NetworkEquation, size: ArrayLike) -> Step:
    """Half a step of growth, a whole one of spread, half a step of growth, each of them exact."""
    transfer = equation.transfer(size)

    def step(state: Float[Array, " n"]) -> Float[Array, " n"]:
        grown = equation.grow(state, size / 2)
        return equation.grow(equation.move(transfer, grown), size / 2)

    return step


def _rk4(equation: NetworkEquation, size: ArrayLike) -> Step:
    """One step of the classical Runge-Kutta method."""

    def step(state: Float[Array, " n"]) -> Float[Array, " n"]:
        first = equation.slope(state)
        second = equation.slope(state + size / 2 * first)
        third = equation.slope(state + size / 2 * second)
        fourth = equation.slope(state + size * third)
        return state + size / 6 * (first + 2 * second + 2 * third + fourth)

    return step


SOLVERS: Mapping[str, Callable[[NetworkEquation, ArrayLike], Step]] = MappingProxyType(
    {"strang": _strang, "rk4": _rk4}
)
"""Solvers by name, each made for an equation and a step size."""


def integrate(
    equation: NetworkEquation,
    start: Float[Array, " n"],
    duration: ArrayLike,
    steps: int,
    solver: Solver = "rk4",
) -> Float[Array, "t n"]:
    """Return the states on an even grid of times.

    For use inside compiled functions: nothing is checked. :func:`simulate` checks.

    Parameters
    ----------
    equation : NetworkEquation
        Of n regions.
    start : (n,) array
        State at time 0.
    duration : float
        Time of the last state.
    steps : int
        Steps; the trajectory has one state more. It must not be traced.
    solver : {"strang", "rk4"}
        ``strang`` splits growth from spread and solves both exactly: of second order, and positive
        and bounded at any step size, however stiff the graph, and exact without growth, so that it
        is network diffusion with gradients. ``rk4`` is of fourth order, and blows up where a step
        is longer than about 2.8 / (k times the largest eigenvalue of L).

    Returns
    -------
    (steps + 1, n) array
        States, the start first.

    References
    ----------
    Strang 1968, SIAM J. Numer. Anal. 5:506.
    """
    step = SOLVERS[solver](equation, duration / steps)

    def advance(state: Float[Array, " n"], _: None) -> tuple[Array, Array]:
        following = step(state)
        return following, following

    states = jax.lax.scan(advance, start, length=steps)[1]
    return jnp.concatenate([start[None], states])


def interpolate(
    states: Float[Array, "t n"], duration: ArrayLike, times: Float[Array, "*k"]
) -> Float[Array, "*k n"]:
    """Return the states between those of a grid, linearly.

    Parameters
    ----------
    states : (t, n) array
        As :func:`integrate` returns them.
    duration : float
        Time of the last one.
    times : (...) array
        Any times. Before the first and after the last state, those are returned: a compiled
        program cannot refuse. :meth:`Trajectory.at` does.

    Returns
    -------
    (..., n) array
        States, with gradients for both the states and the times.
    """
    last = states.shape[0] - 1
    place = jnp.clip(times / duration * last, 0, last)
    # The last interval serves its end too.
    below = jnp.minimum(jnp.floor(place).astype(int), last - 1)
    share = (place - below)[..., None]
    return (1 - share) * states[below] + share * states[below + 1]
