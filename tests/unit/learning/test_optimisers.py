"""Each way down reaches the bottom that is known."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.learning import AdamDescent, LevenbergMarquardt

KEY = jax.random.key(0)


def _descend(optimiser, parameters, data, steps):
    state, losses = optimiser.init(parameters, data), []
    step = jax.jit(optimiser.step)
    for _ in range(steps):
        parameters, state, loss = step(parameters, state, data, KEY)
        losses.append(float(loss))
    return parameters, state, losses


def _quadratic(parameters, data, key):
    del key
    return jnp.sum(data * (parameters - 1) ** 2)


def test_adam_reaches_the_bottom_of_a_quadratic():
    optimiser = AdamDescent(_quadratic, learning_rate=0.1, steps=300)
    parameters, _, losses = _descend(optimiser, jnp.zeros(3), jnp.array([1.0, 4.0, 9.0]), 300)
    assert losses[0] == pytest.approx(14.0)
    assert losses[-1] < 1e-5
    np.testing.assert_allclose(parameters, 1, atol=1e-3)


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient():
    optimiser = AdamDescent(_quadratic, learning_rate=0.1)
    parameters, _, _ = _descend(optimiser, jnp.zeros(2), jnp.array([1e6, 1e-3]), 1)
    assert float(parameters[0]) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_a_gradient_that_is_not_finite_counts_as_zero(bad):
    optimiser = AdamDescent(lambda p, d, _: jnp.sum(p * d), learning_rate=0.1)
    parameters, _, _ = _descend(optimiser, jnp.zeros(2), jnp.array([bad, 1.0]), 2)
    assert np.isfinite(parameters).all()
    if not np.isfinite(bad):
        assert float(parameters[0]) == 0
        assert float(parameters[1]) == pytest.approx(-0.2, rel=1e-3)


def _linear_problem():
    rng = np.random.default_rng(3)
    design, target = rng.normal(size=(20, 4)), rng.normal(size=20)
    expected = np.linalg.lstsq(design, target, rcond=None)[0]
    return (jnp.asarray(design, jnp.float32), jnp.asarray(target, jnp.float32)), expected


def _linear(parameters, data):
    design, target = data
    return design @ parameters - target


def test_levenberg_marquardt_solves_a_linear_problem_in_two_steps():
    data, expected = _linear_problem()
    optimiser = LevenbergMarquardt(_linear, damping=1e-5)
    parameters, _, losses = _descend(optimiser, jnp.full(4, 5.0), data, 2)
    np.testing.assert_allclose(parameters, expected, atol=1e-4)
    smallest = float(((np.asarray(data[0]) @ expected - np.asarray(data[1])) ** 2).sum())
    assert losses[1] == pytest.approx(smallest, rel=1e-3)


def test_levenberg_marquardt_crosses_the_rosenbrock_valley():
    def residuals(parameters, data):
        del data
        return jnp.array([10 * (parameters[1] - parameters[0] ** 2), 1 - parameters[0]])

    start = jnp.array([-1.2, 1.0])
    parameters, _, losses = _descend(LevenbergMarquardt(residuals), start, None, 40)
    assert losses[0] == pytest.approx(24.2, rel=1e-5)
    assert all(after <= before for before, after in pairwise(losses))
    np.testing.assert_allclose(parameters, 1, atol=1e-3)


def test_a_step_that_never_falls_is_not_taken():
    optimiser = LevenbergMarquardt(lambda p, _: jnp.array([1.0, 0.0]) + 0 * p, tries=3)
    start = jnp.array([2.0, 3.0])
    parameters, damping, _ = _descend(optimiser, start, None, 1)
    np.testing.assert_array_equal(parameters, start)
    assert float(damping) == pytest.approx(0.1 * 4**3)


def test_a_trial_step_into_nowhere_is_refused():
    # Where 1 - p^2 is negative the residual is not a number; the full first step would land there.
    optimiser = LevenbergMarquardt(lambda p, _: jnp.sqrt(1 - p**2), damping=1e-6, tries=20)
    parameters, _, losses = _descend(optimiser, jnp.array([0.5]), None, 8)
    assert np.isfinite(losses).all()
    assert 0.5 < float(parameters[0]) <= 1


def test_parameters_of_any_tree_keep_their_structure():
    data, expected = _linear_problem()
    optimiser = LevenbergMarquardt(
        lambda p, d: _linear(jnp.concatenate([p["a"], p["b"][None]]), d), damping=1e-5
    )
    start = {"a": jnp.zeros(3), "b": jnp.zeros(())}
    parameters, _, _ = _descend(optimiser, start, data, 2)
    np.testing.assert_allclose(parameters["a"], expected[:3], atol=1e-4)
    assert parameters["b"].shape == ()


def test_a_step_moves_no_parameter_farther_than_is_allowed():
    data, expected = _linear_problem()
    optimiser = LevenbergMarquardt(_linear, damping=1e-5, longest=0.5)
    start = jnp.full(4, 5.0)
    parameters, _, losses = _descend(optimiser, start, data, 1)
    assert float(jnp.abs(parameters - start).max()) == pytest.approx(0.5, rel=1e-5)
    _, _, losses = _descend(optimiser, start, data, 30)
    smallest = float(((np.asarray(data[0]) @ expected - np.asarray(data[1])) ** 2).sum())
    assert losses[-1] == pytest.approx(smallest, rel=1e-3)


def test_directions_that_the_square_of_the_jacobian_loses_are_solved_for():
    # Columns that differ by 3e-4 of their length: their product in single precision has a relative
    # error of 6e-8, and what tells them apart is 9e-8.
    rng = np.random.default_rng(0)
    base, other = rng.normal(size=(2, 50))
    design = np.stack([base, base + 3e-4 * other], axis=1)
    expected = np.array([1.0, -2.0])
    data = (jnp.asarray(design, jnp.float32), jnp.asarray(design @ expected, jnp.float32))
    optimiser = LevenbergMarquardt(_linear, damping=1e-8)
    parameters, _, _ = _descend(optimiser, jnp.zeros(2), data, 20)
    np.testing.assert_allclose(parameters, expected, atol=5e-3)


def test_corrected_jacobians_cross_the_valley_with_fewer_fresh_ones():
    def residuals(parameters, data):
        del data
        return jnp.array([10 * (parameters[1] - parameters[0] ** 2), 1 - parameters[0]])

    def fresh(updates):
        optimiser = LevenbergMarquardt(residuals, updates=updates)
        _, _, losses = _descend(optimiser, jnp.array([-1.2, 1.0]), None, 60)
        assert all(after <= before for before, after in pairwise(losses))
        return int(np.argmax(np.array(losses) < 1e-6))

    assert 0 < fresh(3) < fresh(0)


def test_a_corrected_jacobian_is_that_of_a_linear_problem():
    # The first step, hardly damped, solves it; those that follow have nothing to correct.
    data, expected = _linear_problem()
    optimiser = LevenbergMarquardt(_linear, damping=1e-5, updates=4)
    parameters, _, _ = _descend(optimiser, jnp.full(4, 5.0), data, 1)
    np.testing.assert_allclose(parameters, expected, atol=1e-4)


def test_a_step_that_never_falls_ends_the_corrected_ones_too():
    optimiser = LevenbergMarquardt(lambda p, _: jnp.array([1.0, 0.0]) + 0 * p, tries=3, updates=5)
    start = jnp.array([2.0, 3.0])
    parameters, damping, _ = _descend(optimiser, start, None, 1)
    np.testing.assert_array_equal(parameters, start)
    assert float(damping) == pytest.approx(0.1 * 4**3)
