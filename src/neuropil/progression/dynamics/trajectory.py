"""A course of disease in double precision: NumPy goes in, is checked, and comes out."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.integrators import SOLVERS, Solver, integrate
from neuropil.progression.dynamics.laplacians import find_largest_eigenvalue
from neuropil.progression.dynamics.reaction import NetworkEquation

__all__ = ["Trajectory", "simulate"]

Array = npt.NDArray[np.float64]

_RK4_LIMIT = 2.785
"""Where the classical Runge-Kutta method turns unstable on the negative real axis."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """States on an even grid of times.

    Parameters
    ----------
    states : (t, n) float64 array
        The first one is that of time 0.
    duration : float
        Time of the last one.
    """

    states: Array
    duration: float

    @property
    def times(self) -> Array:
        """Times of the states, shape (t,)."""
        return np.linspace(0, self.duration, len(self.states))

    def at(self, times: npt.ArrayLike) -> Array:
        """Return the states at any times, linearly between those of the grid.

        Parameters
        ----------
        times : (...) array
            From 0 to the duration.

        Returns
        -------
        (..., n) array
            States.

        Raises
        ------
        InputError
            When a time lies outside; simulate for longer.
        """
        moments = np.asarray(times, dtype=np.float64)
        outside = ~((moments >= 0) & (moments <= self.duration))
        if outside.any():
            raise InputError(
                f"expected times from 0 to {self.duration:g}, found {moments[outside][0]:g} "
                f"({int(outside.sum())} such times)",
                where="times",
                repair="Simulate for longer; nothing is known beyond the end.",
            )
        last = len(self.states) - 1
        place = moments / self.duration * last
        below = np.minimum(place.astype(np.int64), last - 1)
        share = (place - below)[..., None]
        return (1 - share) * self.states[below] + share * self.states[below + 1]


def simulate(
    equation: NetworkEquation,
    start: npt.ArrayLike,
    duration: float,
    steps: int = 120,
    solver: Solver = "rk4",
) -> Trajectory:
    """Solve the network equation in double precision.

    Parameters
    ----------
    equation : NetworkEquation
        Of n regions.
    start : (n,) array
        State at time 0, at or above the baseline.
    duration : float
        Time of the last state, above 0.
    steps : int
        Steps of the solver.
    solver : {"rk4", "strang"}
        See :func:`integrate`. With 120 steps ``rk4`` errs by less than 2e-7 on cortical graphs;
        ``strang`` is for graphs on which it is refused.

    Returns
    -------
    Trajectory
        Of steps + 1 states.

    Raises
    ------
    InputError
        When a number of the equation or of the start is not finite, spread or growth is negative,
        a capacity is not above its baseline, or a start below it.
    ConfigError
        When duration or steps are not positive, the solver is unknown, or the steps are too long
        for it; the message says how many would do.

    Examples
    --------
    >>> pair = NetworkEquation([[1.0, -1.0], [-1.0, 1.0]], spread=0.5, growth=1.0)
    >>> simulate(pair, [0.1, 0.0], 20.0).at(20.0).round(3)
    array([1., 1.])
    """
    state = _check_values(equation, np.asarray(start, dtype=np.float64))
    _check_grid(duration, steps, solver)
    if solver == "rk4":
        _check_stability(equation, duration, steps)
    with jax.enable_x64(True):
        states = _integrate(equation, jnp.asarray(state), np.float64(duration), steps, solver)
        return Trajectory(np.asarray(states), float(duration))


_integrate = eqx.filter_jit(integrate)


def _check_values(equation: NetworkEquation, start: Array) -> Array:
    n = equation.laplacian.shape[0]
    if start.shape != (n,):
        raise InputError(
            f"expected {n} values, found shape {start.shape}",
            where="start",
            repair="Give one for each row of the Laplacian.",
        )
    numbers = {name: np.asarray(value) for name, value in vars(equation).items()}
    for name, value in {**numbers, "start": start}.items():
        _refuse(value, ~np.isfinite(value), "finite numbers", name)
    for name in ("spread", "growth"):
        _refuse(numbers[name], numbers[name] < 0, "0 or more", name)
    room = np.broadcast_to(numbers["capacity"] - numbers["baseline"], (n,))
    _refuse(room, room <= 0, "capacities above the baseline", "capacity minus baseline")
    # Below it the logistic equation runs to minus infinity within finite time.
    excess = start - numbers["baseline"]
    _refuse(excess, excess < 0, "a start at or above the baseline", "start minus baseline")
    return start


def _refuse(values: Array, wrong: npt.NDArray[np.bool_], expected: str, where: str) -> None:
    if np.any(wrong):
        place = tuple(int(index) for index in np.argwhere(wrong)[0])
        at = f"{where}, region {place[0]}" if place else where
        raise InputError(
            f"expected {expected}, found {values[place]:g} ({int(np.sum(wrong))} such values)",
            where=at,
            repair="Correct it, or clip it and say so.",
        )


def _check_grid(duration: float, steps: int, solver: str) -> None:
    if not (np.isfinite(duration) and duration > 0 and steps >= 1):
        raise ConfigError(
            f"expected a duration above 0 and at least one step, found {duration!r} and {steps!r}",
            where="simulate",
            repair="Trajectories run forwards from time 0.",
        )
    if solver not in SOLVERS:
        raise ConfigError(
            f"expected {' or '.join(SOLVERS)}, found {solver!r}",
            where="solver",
            repair="Choose one of them.",
        )


def _check_stability(equation: NetworkEquation, duration: float, steps: int) -> None:
    fastest = float(equation.spread) * find_largest_eigenvalue(equation.laplacian)
    # At capacity growth decays with this rate, and the two may add up.
    fastest += float(np.max(equation.growth * (equation.capacity - equation.baseline)))
    needed = int(np.ceil(duration * fastest / _RK4_LIMIT))
    if steps < needed:
        raise ConfigError(
            f"expected at least {needed} steps for rk4, found {steps}",
            where="steps",
            repair="Take more steps, or solver='strang', which is stable with any number.",
        )
