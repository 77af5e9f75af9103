"""Both solvers of the network equation against SciPy's of eighth order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neuropil.progression import NetworkEquation, build_laplacian, simulate


def _planted_ring():
    """68 regions of two rings with rungs between them, with a graded capacity."""
    ring = np.roll(np.eye(34), 1, axis=1)
    side = ring + ring.T
    weights = np.block([[side, 0.3 * np.eye(34)], [0.3 * np.eye(34), side]])
    start = np.full(68, 0.005)
    start[[3, 37]] = 0.12
    return weights, np.linspace(0.4, 1, 68), start


def _simulated_cohort(folder):
    file = folder / "progression" / "adni_like_sim" / "reference.npz"
    if not file.is_file():
        pytest.skip(f"the simulated cohort is not there: {file}")
    with np.load(file, allow_pickle=False) as stored:
        return stored["W_easy"], stored["capacity"], stored["c0"][0]


def _errors(weights, capacity, start, solver, steps):
    """Largest error over the grid of each number of steps; k = 0.45, a = 0.35, 30 years."""
    laplacian = build_laplacian(weights, scale="eigenvalue")

    def slope(_, state):
        return -0.45 * laplacian @ state + 0.35 * state * (capacity - state)

    reference = solve_ivp(
        slope, (0, 30), start, "DOP853", rtol=1e-11, atol=1e-13, dense_output=True
    )
    equation = NetworkEquation(laplacian, 0.45, 0.35, capacity)
    courses = [simulate(equation, start, 30.0, number, solver) for number in steps]
    return np.array([np.abs(one.states - reference.sol(one.times).T).max() for one in courses])


def test_the_classical_method_needs_sixty_steps():
    error = _errors(*_planted_ring(), "rk4", [60])
    assert error[0] < 1e-5


def test_splitting_is_of_second_order():
    errors = _errors(*_planted_ring(), "strang", [240, 480])
    assert errors[1] < 1e-5
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)


def test_errors_on_the_simulated_cohort_are_those_that_were_published(real_data):
    cohort = _simulated_cohort(real_data)
    assert _errors(*cohort, "rk4", [60])[0] == pytest.approx(2.8e-6, rel=0.05)
    assert _errors(*cohort, "strang", [480])[0] == pytest.approx(3.5e-6, rel=0.05)
