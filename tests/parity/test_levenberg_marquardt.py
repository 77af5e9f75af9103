"""Levenberg-Marquardt finds what SciPy's least squares finds."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import least_squares

from neuropil.learning import LevenbergMarquardt


def test_a_decay_with_offset_has_the_parameters_that_scipy_finds():
    rng = np.random.default_rng(0)
    time = np.linspace(0, 4, 40)
    noisy = 2.5 * np.exp(-1.3 * time) + 0.5 + 0.05 * rng.normal(size=40)
    expected = least_squares(
        lambda p: p[0] * np.exp(-p[1] * time) + p[2] - noisy, [1.0, 1.0, 0.0], method="lm"
    )

    def residuals(parameters, data):
        height, rate, offset = parameters
        return height * jnp.exp(-rate * data[0]) + offset - data[1]

    optimiser = LevenbergMarquardt(residuals)
    data = (jnp.asarray(time, jnp.float32), jnp.asarray(noisy, jnp.float32))
    parameters = jnp.array([1.0, 1.0, 0.0])
    state = optimiser.init(parameters, data)
    step = jax.jit(optimiser.step)
    for _ in range(25):
        parameters, state, loss = step(parameters, state, data, jax.random.key(0))
    np.testing.assert_allclose(parameters, expected.x, rtol=1e-3)
    np.testing.assert_allclose(float(loss), 2 * expected.cost, rtol=1e-4)
