"""Courses in double precision, and what is refused before anything is solved."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.progression import NetworkEquation, Trajectory, build_laplacian, simulate

RING = np.roll(np.eye(6), 1, axis=1)
LAPLACIAN = build_laplacian(RING + RING.T)
START = np.array([0.4, 0.0, 0.0, 0.1, 0.0, 0.0])


def test_a_course_is_in_double_precision_and_leaves_the_setting_alone():
    course = simulate(NetworkEquation(LAPLACIAN, 0.2, 0.5), START, 4.0, 8)
    assert course.states.dtype == np.float64
    assert course.states.shape == (9, 6)
    np.testing.assert_array_equal(course.states[0], START)
    np.testing.assert_array_equal(course.times, np.linspace(0, 4, 9))
    assert jnp.zeros(1).dtype == jnp.float32
    assert not jax.config.jax_enable_x64


def test_a_stiff_graph_is_refused_by_one_solver_and_solved_by_the_other():
    stiff = NetworkEquation(1000 * LAPLACIAN, 1.0, 0.5, 0.8)
    with pytest.raises(ConfigError) as error:
        simulate(stiff, START, 10.0, 20)
    # 10 x (4,000 + 0.4) / 2.785, rounded up.
    assert str(error.value) == (
        "steps: expected at least 14365 steps for rk4, found 20. Take more steps, or "
        "solver='strang', which is stable with any number."
    )
    states = simulate(stiff, START, 10.0, 20, "strang").states
    assert (states >= 0).all()
    assert (states[1:] <= 0.8).all()
    assert (np.diff(states.sum(axis=1)) > 0).all()


def test_times_between_states_and_beyond_them():
    course = Trajectory(np.array([[0.0], [1.0], [4.0]]), 2.0)
    np.testing.assert_allclose(course.at([[0, 0.5], [1.5, 2]]), [[[0], [0.5]], [[2.5], [4]]])
    with pytest.raises(InputError) as error:
        course.at([1.0, 2.1, np.nan])
    assert str(error.value) == (
        "times: expected times from 0 to 2, found 2.1 (2 such times). Simulate for longer; "
        "nothing is known beyond the end."
    )


@pytest.mark.parametrize(
    ("numbers", "start", "message"),
    [
        (
            {"spread": -0.1},
            START,
            "spread: expected 0 or more, found -0.1 (1 such values). Correct it, or clip it and "
            "say so.",
        ),
        (
            {"spread": 0.1, "capacity": [1, 1, np.nan, 1, 1, 1]},
            START,
            "capacity, region 2: expected finite numbers, found nan (1 such values). Correct it, "
            "or clip it and say so.",
        ),
        (
            {"spread": 0.1, "capacity": 0.2, "baseline": 0.3},
            START,
            "capacity minus baseline, region 0: expected capacities above the baseline, found "
            "-0.1 (6 such values). Correct it, or clip it and say so.",
        ),
        (
            {"spread": 0.1, "baseline": 0.1},
            START,
            "start minus baseline, region 1: expected a start at or above the baseline, found "
            "-0.1 (4 such values). Correct it, or clip it and say so.",
        ),
        (
            {"spread": 0.1},
            START[:4],
            "start: expected 6 values, found shape (4,). Give one for each row of the Laplacian.",
        ),
    ],
)
def test_numbers_without_meaning_are_named(numbers, start, message):
    with pytest.raises(InputError) as error:
        simulate(NetworkEquation(LAPLACIAN, **numbers), start, 1.0)
    assert str(error.value) == message


def test_grids_and_solvers_are_checked():
    equation = NetworkEquation(LAPLACIAN, 0.1)
    with pytest.raises(ConfigError) as error:
        simulate(equation, START, 0.0, 5)
    assert str(error.value) == (
        "simulate: expected a duration above 0 and at least one step, found 0.0 and 5. "
        "Trajectories run forwards from time 0."
    )
    with pytest.raises(ConfigError) as error:
        simulate(equation, START, 1.0, 5, "euler")
    assert str(error.value) == (
        "solver: expected strang or rk4, found 'euler'. Choose one of them."
    )
