"""Solvers inside compiled programs: order, batches, gradients, interpolation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.progression import NetworkEquation, build_laplacian, diffuse, integrate, interpolate

RING = np.roll(np.eye(8), 1, axis=1)
LAPLACIAN = build_laplacian(RING + RING.T, scale="eigenvalue")
START = np.linspace(0.02, 0.2, 8)


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def equation(spread, growth, capacity=1.0):
    return NetworkEquation(LAPLACIAN, spread, growth, capacity)


def test_without_growth_it_is_diffusion():
    expected = diffuse(0.7 * LAPLACIAN, START, np.linspace(0, 5, 5))
    found = integrate(equation(0.7, 0.0), jnp.asarray(START), 5.0, 4, "strang")
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("solver", ["strang", "rk4"])
def test_many_parameters_are_solved_at_once(solver):
    spreads, growths = jnp.array([0.1, 0.5]), jnp.array([0.9, 0.2])

    def solve(spread, growth):
        return integrate(equation(spread, growth), jnp.asarray(START), 4.0, 8, solver)

    batch, alone = jax.jit(jax.vmap(solve))(spreads, growths), jax.jit(solve)
    assert batch.shape == (2, 9, 8)
    for index in range(2):
        np.testing.assert_allclose(batch[index], alone(spreads[index], growths[index]), atol=1e-14)


def test_gradients_are_those_of_finite_differences():
    observed = jnp.array([0.3, 0.5, 0.2, 0.6, 0.4, 0.5, 0.3, 0.2])

    @jax.jit
    def loss(numbers):
        model = NetworkEquation(numbers[0] * LAPLACIAN, numbers[1], numbers[2], numbers[3])
        states = integrate(model, jnp.asarray(START), 6.0, 12)
        return jnp.sum((interpolate(states, 6.0, numbers[4]) - observed) ** 2)

    numbers = np.array([0.8, 0.6, 0.5, 0.9, 3.3])
    found = jax.jit(jax.grad(loss))(numbers)
    step = 1e-6
    for slope, unit in zip(found, np.eye(5), strict=True):
        rise = float(loss(numbers + step * unit) - loss(numbers - step * unit))
        assert float(slope) == pytest.approx(rise / (2 * step), rel=1e-5)


def test_gradients_reach_every_edge_of_a_graph():
    @jax.jit
    def loss(weights):
        laplacian = jnp.diag(weights.sum(axis=1)) - weights
        states = integrate(
            NetworkEquation(laplacian, 0.4, 0.3), jnp.asarray(START), 5.0, 5, "strang"
        )
        return jnp.sum(states[-1] ** 2)

    weights = RING + RING.T
    found = np.asarray(jax.jit(jax.grad(loss))(weights))
    assert np.isfinite(found).all()
    for edge in ((0, 1), (1, 0), (2, 6)):
        change = np.zeros((8, 8))
        change[edge] = 1e-6
        rise = float(loss(weights + change) - loss(weights - change))
        assert found[edge] == pytest.approx(rise / 2e-6, rel=1e-4)


def test_single_precision_is_kept_where_it_is_asked_for():
    with jax.enable_x64(False):
        states = integrate(equation(0.2, 0.3), jnp.asarray(START, jnp.float32), 3.0, 3)
    assert states.dtype == jnp.float32
    assert bool(jnp.isfinite(states).all())


def test_interpolation_is_linear_and_holds_the_ends():
    states = jnp.array([[0.0, 1.0], [2.0, 1.0], [6.0, 4.0]])
    times = jnp.array([[0.0, 1.0, 2.5], [5.0, 10.0, 99.0]])
    found = jax.jit(interpolate)(states, 10.0, times)
    expected = [[[0, 1], [0.4, 1], [1, 1]], [[2, 1], [6, 4], [6, 4]]]
    np.testing.assert_allclose(found, expected)
    slope = jax.jit(jax.grad(lambda time: interpolate(states, 10.0, time)[0]))
    assert float(slope(7.5)) == pytest.approx(0.8)
