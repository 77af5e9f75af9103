"""Courses of several patterns along one graph, and how each changes with each edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float

from neuropil.progression.dynamics.integrators import Solver, integrate
from neuropil.progression.dynamics.reaction import NetworkEquation

__all__ = [
    "DURATION",
    "CourseConstants",
    "Sensitivity",
    "count_pairs",
    "differentiate_course",
    "follow_courses",
    "interpolate_rows",
]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Values = TypeVar("Values", npt.NDArray[np.float64], npt.NDArray[np.float32])
_Three: TypeAlias = tuple[Array, Array, Array]

DURATION = 30.0
"""Length of a course [years]; onsets up to 26 and the gaps of four visits fit into it."""
STEPS = 60
"""Steps of the solver: half a year each, with which RK4 is within 3e-6 of DOP853."""


@dataclass(frozen=True, eq=False)
class CourseConstants:
    """What sets the courses beside the graph.

    The rate of spread is part of the weights, as only their product matters.

    Parameters
    ----------
    initial : (n_patterns, n_regions) array
        State at time 0 of each pattern.
    capacity : (n_regions,) array
        Largest value of each region.
    growth : float
        a [1 / (year x value)].
    """

    initial: Floats
    capacity: Floats
    growth: float

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return len(self.capacity)


class Sensitivity(NamedTuple):
    """A course and its derivatives, on the grid of times.

    Parameters
    ----------
    states : (t, n) array
        The course.
    edges : (t, n, n_pairs) array
        By the weight of each pair of the upper triangle, row by row.
    others : (t, n, 1 + 2 n) array
        By the growth, the capacity of each region, and the initial state of each region.
    """

    states: Floats
    edges: npt.NDArray[np.float32]
    others: Floats


def count_pairs(n_regions: int) -> int:
    """Return the number of pairs of regions."""
    return n_regions * (n_regions - 1) // 2


@cache
def pair_differences(n_regions: int) -> Floats:
    """Return the (n, n_pairs) matrix that takes states to differences over each pair."""
    rows, columns = np.triu_indices(n_regions, 1)
    pairs = np.arange(len(rows))
    differences = np.zeros((n_regions, len(rows)))
    differences[rows, pairs], differences[columns, pairs] = 1.0, -1.0
    return differences


def follow_courses(weights: Floats, constants: CourseConstants, solver: Solver = "rk4") -> Floats:
    """Follow the course of each pattern.

    Parameters
    ----------
    weights : (n_pairs,) array
        Rate of spread over each pair of the upper triangle, row by row [1/year].
    constants : CourseConstants
        Initial states, capacity and growth.
    solver : {"rk4", "strang"}
        See :func:`neuropil.progression.integrate`.

    Returns
    -------
    (n_patterns, 61, n_regions) array
        States every half year from 0 to 30 years.
    """
    with jax.enable_x64(True):
        return np.asarray(
            _follow(
                jnp.asarray(weights),
                jnp.asarray(constants.initial),
                jnp.asarray(constants.capacity),
                jnp.asarray(constants.growth, np.float64),
                solver,
            )
        )


def build_equation(
    weights: Float[Array, " p"], capacity: Float[Array, " n"], growth: Float[Array, ""]
) -> NetworkEquation:
    """Build the network equation whose rate of spread is in the weights."""
    # D W D^T: linear in the weights, so that gradients need no indices to scatter to.
    differences = jnp.asarray(pair_differences(capacity.shape[0]), weights.dtype)
    laplacian = (differences * weights) @ differences.T
    return NetworkEquation(laplacian, jnp.ones((), weights.dtype), growth, capacity)


@eqx.filter_jit
def _follow(
    weights: Float[Array, " p"],
    initial: Float[Array, "k n"],
    capacity: Float[Array, " n"],
    growth: Float[Array, ""],
    solver: Solver,
) -> Float[Array, "k t n"]:
    equation = build_equation(weights, capacity, growth)
    return jax.vmap(lambda start: integrate(equation, start, DURATION, STEPS, solver))(initial)


def differentiate_course(weights: Floats, constants: CourseConstants, pattern: int) -> Sensitivity:
    """Follow the course of one pattern together with all its derivatives.

    The sensitivities S obey dS/dt = J S + g, with J the Jacobian of the network equation by the
    state, which JAX gives, and g its derivative by the parameter. Solved with the steps of the
    course itself, they are the exact derivatives of what :func:`follow_courses` returns. For each
    pair g has two elements only, so that they cost one product of an (n, n) and an (n, n_pairs)
    matrix a stage, a sixth of what one forward derivative a pair does.

    Parameters
    ----------
    weights : (n_pairs,) array
        As for :func:`follow_courses`.
    constants : CourseConstants
        Initial states, capacity and growth.
    pattern : int
        Which initial state.

    Returns
    -------
    Sensitivity
        Derivatives by the edges in single precision, which halves 75 MB and is of no account
        beside the noise.

    References
    ----------
    Dickinson and Gelinas 1976, J. Comput. Phys. 21:123, for the sensitivity equations.
    """
    with jax.enable_x64(True):
        states, edges, others = _differentiate(
            jnp.asarray(weights),
            jnp.asarray(constants.initial[pattern]),
            jnp.asarray(constants.capacity),
            jnp.asarray(constants.growth, np.float64),
        )
        return Sensitivity(np.asarray(states), np.asarray(edges), np.asarray(others))


@eqx.filter_jit
def _differentiate(
    weights: Float[Array, " p"],
    start: Float[Array, " n"],
    capacity: Float[Array, " n"],
    growth: Float[Array, ""],
) -> _Three:
    n, equation = start.shape[0], build_equation(weights, capacity, growth)
    differences = jnp.asarray(pair_differences(n), np.float32)
    jacobian = jax.jacfwd(equation.slope)

    def slope(all_: _Three) -> _Three:
        state, edges, others = all_
        steep = jacobian(state)
        small, narrow = steep.astype(np.float32), state.astype(np.float32)
        # An edge moves what it carries, the difference over it, from one end to the other.
        by_edges = -differences * (differences.T @ narrow)
        by_growth = state * (capacity - state)
        by_others = jnp.concatenate(
            [by_growth[:, None], jnp.diag(growth * state), jnp.zeros((n, n))], axis=1
        )
        return equation.slope(state), small @ edges + by_edges, steep @ others + by_others

    # At time 0 the state depends on nothing but itself.
    begin = jnp.concatenate([jnp.zeros((n, 1 + n)), jnp.eye(n)], axis=1)
    first = (start, jnp.zeros((n, count_pairs(n)), np.float32), begin)
    step = DURATION / STEPS

    def move(all_: _Three, change: _Three, by: float) -> _Three:
        moved: _Three = jax.tree.map(lambda one, rate: one + by * rate, all_, change)
        return moved

    def advance(all_: _Three, _: None) -> tuple[_Three, _Three]:
        one = slope(all_)
        two = slope(move(all_, one, step / 2))
        three = slope(move(all_, two, step / 2))
        four = slope(move(all_, three, step))
        total = jax.tree.map(lambda a, b, c, d: a + 2 * b + 2 * c + d, one, two, three, four)
        following = move(all_, total, step / 6)
        return following, following

    rest = jax.lax.scan(advance, first, length=STEPS)[1]
    joined: _Three = jax.tree.map(
        lambda head, tail: jnp.concatenate([head[None], tail]), first, rest
    )
    return joined


def interpolate_rows(grid: Values, times: npt.NDArray[np.floating[Any]]) -> Values:
    """Return values between those of the grid of times, in straight lines.

    Parameters
    ----------
    grid : (61, ...) array
        Values every half year.
    times : (k,) array
        Times [years]; those beyond the ends get the value there.

    Returns
    -------
    (k, ...) array
        Of the type of ``grid``.
    """
    below, share = place_times(times)
    # Of the same precision: a double would turn 75 MB of derivatives into 150.
    weight = share.astype(grid.dtype).reshape(-1, *(1,) * (grid.ndim - 1))
    return (1 - weight) * grid[below] + weight * grid[below + 1]


def place_times(times: npt.NDArray[np.floating[Any]]) -> tuple[Places, Floats]:
    """Return the grid point below each time, and how far it is to the next."""
    place = np.clip(times / DURATION * STEPS, 0, STEPS)
    # The last interval serves its end too.
    below = np.minimum(place.astype(np.int64), STEPS - 1)
    return below, place - below
