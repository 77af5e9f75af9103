"""The network equation: its parts, its special cases, its gradients."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neuropil.contracts import ConfigError
from neuropil.progression import NetworkEquation, build_laplacian, couple_mechanisms

RING = np.roll(np.eye(5), 1, axis=1)
LAPLACIAN = build_laplacian(RING + RING.T)
STATE = np.array([0.5, 0.1, 0.3, 0.2, 0.9])
GROWTH = np.array([0.4, 0.0, 1.3, 0.2, 0.7])
CAPACITY = np.array([0.8, 0.6, 1.0, 0.9, 0.7])
BASELINE = np.array([0.1, 0.0, 0.2, 0.05, 0.1])


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def test_the_slope_is_the_written_equation():
    equation = NetworkEquation(LAPLACIAN, 0.3, GROWTH, CAPACITY, BASELINE)
    excess = STATE - BASELINE
    # As in the local model: (u - u0) * ((cc - u0) - (u - u0)).
    expected = -0.3 * LAPLACIAN @ excess + GROWTH * excess * ((CAPACITY - BASELINE) - excess)
    np.testing.assert_allclose(equation.slope(STATE), expected)


def test_coupled_mechanisms_share_one_rate():
    found = couple_mechanisms(LAPLACIAN, 0.3, GROWTH, weighted=0.6).slope(STATE)
    growth = 0.7 * (0.4 + 0.6 * GROWTH)
    expected = -0.3 * LAPLACIAN @ STATE + growth * STATE * (1 - STATE)
    np.testing.assert_allclose(found, expected)


def test_growth_alone_is_the_logistic_equation():
    equation = NetworkEquation(LAPLACIAN, 0.0, GROWTH, CAPACITY, BASELINE)
    reference = solve_ivp(lambda _, c: equation.slope(c), (0, 3), STATE, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(equation.grow(STATE, 3.0), reference.y[:, -1], atol=1e-9)


def test_growth_ends_at_capacity_however_long_it_lasts():
    equation = NetworkEquation(LAPLACIAN, 0.0, 2.0, CAPACITY, BASELINE)
    np.testing.assert_allclose(equation.grow(STATE, 1e6), CAPACITY)
    still = NetworkEquation(LAPLACIAN, 0.0, 0.0, CAPACITY)
    np.testing.assert_allclose(still.grow(STATE, 1e6), STATE, rtol=1e-15)


def test_spread_alone_keeps_the_total_above_the_baseline():
    equation = NetworkEquation(LAPLACIAN, 0.3, GROWTH, CAPACITY, BASELINE)
    moved = equation.move(equation.transfer(2.5), STATE)
    assert float(moved.sum()) == pytest.approx(STATE.sum())
    assert bool((moved >= BASELINE).all())


def grown(numbers):
    return NetworkEquation(jnp.zeros((1, 1)), 0.0, numbers[0], numbers[1]).grow(numbers[2:], 0.5)[0]


def test_gradients_of_growth_are_those_of_the_formula():
    slope = jax.jit(jax.grad(grown))
    value, step = jax.jit(grown), 1e-6
    for growth, state in itertools.product([0.0, 1e-9, 3.0], [0.0, 1e-12, 0.4, 1.0]):
        numbers = jnp.array([growth, 0.9, state])
        for found, unit in zip(slope(numbers), np.eye(3), strict=True):
            rise = value(numbers + step * unit) - value(numbers - step * unit)
            assert float(found) == pytest.approx(float(rise) / (2 * step), abs=2e-5, rel=1e-4)


@pytest.mark.parametrize("double", [False, True])
def test_growth_and_its_gradients_are_finite_at_any_rate(double):
    with jax.enable_x64(double):
        both = jax.jit(jax.value_and_grad(grown))
        for growth, state in itertools.product([0.0, 3.0, 190.0, 1e6], [0.0, 1e-12, 0.4, 1.0]):
            found, slope = both(jnp.array([growth, 0.9, state]))
            assert bool(jnp.isfinite(slope).all())
            assert 0 <= float(found) <= 1
            if growth > 100 and state > 0:
                assert float(found) == pytest.approx(0.9, rel=1e-6)


def test_shares_outside_their_range_are_refused():
    with pytest.raises(ConfigError) as error:
        couple_mechanisms(LAPLACIAN, 1.2)
    assert str(error.value) == (
        "spread: expected a share from 0 to 1, found 1.2. Rates of their own are given to "
        "NetworkEquation."
    )
