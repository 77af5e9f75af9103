"""The common long-term course: spread along a graph and growth up to a capacity.

References
----------
Fisher 1937, Annals of Eugenics 7:355 (growth and spread); He et al. 2026, AAAI, arXiv 2508.07032
(the form on a connectome).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["END", "interpolate_course", "simulate_course"]

Floats = npt.NDArray[np.float64]

END = 30.0
"""Length of a generated course [years]."""

# Sixty steps are within 2.8e-6 of DOP853 here.
_STEPS = 60


def simulate_course(
    graph: Floats, capacity: Floats, initial: Floats, rates: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Follow ``dc/dt = -k L c + a c (v - c)`` with the classical Runge-Kutta method.

    Parameters
    ----------
    graph : (n_regions, n_regions) array
        Symmetric weights; L is its Laplacian.
    capacity : (n_regions,) array
        Largest value v of each region.
    initial : (n_regions,) array
        Value at time 0.
    rates : tuple of float
        Rate k of spread and rate a of growth [1/year].

    Returns
    -------
    times : ndarray
        (61,) from 0 to 30 [years].
    course : ndarray
        (61, n_regions).
    """
    spread, growth = rates
    laplacian = np.diag(graph.sum(axis=1)) - graph

    def slope(state: Floats) -> Floats:
        change: Floats = -spread * (laplacian @ state) + growth * state * (capacity - state)
        return change

    step = END / _STEPS
    course = [np.asarray(initial, dtype=np.float64)]
    for _ in range(_STEPS):
        state = course[-1]
        first = slope(state)
        second = slope(state + step / 2 * first)
        third = slope(state + step / 2 * second)
        fourth = slope(state + step * third)
        course.append(state + step / 6 * (first + 2 * second + 2 * third + fourth))
    return np.linspace(0.0, END, _STEPS + 1), np.stack(course)


def interpolate_course(times: Floats, course: Floats, at: npt.ArrayLike) -> Floats:
    """Interpolate a course between the points of its grid, in straight lines.

    Parameters
    ----------
    times : (n_times,) array
        Increasing times of the grid.
    course : (n_times, n_regions) array
        Values there.
    at : (n,) array
        Times wanted; those beyond the grid get the value at its end.

    Returns
    -------
    ndarray
        (n, n_regions).
    """
    wanted = np.asarray(at, dtype=np.float64)
    return np.stack([np.interp(wanted, times, column) for column in course.T], axis=-1)
