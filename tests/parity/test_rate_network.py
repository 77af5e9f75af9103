"""The compiled network equals an Euler loop in NumPy, and SciPy's integrator in the limit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neuropil.circuits import (
    Dynamics,
    VelocityInput,
    build_circuit,
    cue_state,
    initial_parameters,
    simulate,
)
from neuropil.datasets import load


def _sigma(name, sharpness):
    def soft(drive):
        return np.logaddexp(0, sharpness * drive) / sharpness

    return {
        "clip": lambda drive: np.clip(drive, 0, 1),
        "softplus": soft,
        "rectified-tanh": lambda drive: np.tanh(soft(drive)),
    }[name]


@pytest.fixture(scope="module", params=["gain", "additive"])
def network(request):
    drive = VelocityInput(mode=request.param)
    circuit = build_circuit(load("synthetic-head-direction"), velocity=drive)
    return initial_parameters(6, jax.random.key(0), spread=0.5), circuit


def _equation(parameters, circuit, dynamics):
    """The rate equation from the written formula, in double precision, one neuron a row."""
    index = np.asarray(circuit.type_index)
    gain = np.log1p(np.exp(np.asarray(parameters.raw_gain, float)))
    scale = np.exp(float(parameters.log_scale))
    weights = np.empty((152, 152))
    for post in range(152):
        for pre in range(152):
            count = float(circuit.weights[post, pre])
            weights[post, pre] = scale * gain[index[post], index[pre]] * count
    bias = np.asarray(parameters.bias, float)[index]
    drive = np.asarray(circuit.velocity, float)
    sigma = _sigma(dynamics.nonlinearity, dynamics.sharpness)

    def change(x, velocity):
        if circuit.velocity_mode == "additive":
            active = sigma(weights @ x + bias + drive * velocity)
        else:
            active = np.maximum(0, 1 + drive * velocity) * sigma(weights @ x + bias)
        return (active - dynamics.leak * x) / dynamics.time_constant

    return change


@pytest.fixture(scope="module")
def trial(network):
    _, circuit = network
    start = cue_state(circuit, jnp.array([0.7]))
    return start, 60 * np.sin(np.arange(50) / 8)


def _to_numpy(circuit):
    import equinox as eqx

    return eqx.tree_at(lambda item: item.weights, circuit, np.asarray(circuit.weights))


@pytest.mark.parametrize("name", ["clip", "softplus", "rectified-tanh"])
def test_simulate_is_the_euler_loop(network, trial, name):
    (parameters, circuit), (start, velocity) = network, trial
    dynamics = Dynamics(nonlinearity=name, leak=1.1)
    found = simulate(
        parameters, circuit, dynamics, start, jnp.asarray(velocity, jnp.float32)[:, None]
    )
    change = _equation(parameters, _to_numpy(circuit), dynamics)
    x = np.asarray(start[0], float)
    for step, v in enumerate(velocity):
        x = x + dynamics.step * change(x, v)
        np.testing.assert_allclose(found[step, 0], x, rtol=1e-3, atol=1e-4)


def test_small_steps_approach_the_solution_of_the_equation(network, trial):
    (parameters, circuit), (start, _) = network, trial
    dynamics = Dynamics(nonlinearity="rectified-tanh", sharpness=4.0)
    change = _equation(parameters, _to_numpy(circuit), dynamics)
    solution = solve_ivp(
        lambda _, x: change(x, 40.0),
        (0, 0.4),
        np.asarray(start[0], float),
        method="DOP853",
        rtol=1e-9,
        atol=1e-10,
    )
    errors = []
    for step in (0.004, 0.002, 0.001):
        velocity = jnp.full((round(0.4 / step), 1), 40.0)
        fine = dynamics.model_copy(update={"step": step})
        rates = simulate(parameters, circuit, fine, start, velocity)
        errors.append(np.abs(np.asarray(rates[-1, 0]) - solution.y[:, -1]).max())
    assert errors[-1] < 5e-3
    # Forward Euler is of first order: half the step, half the error.
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.2)
    assert errors[1] / errors[2] == pytest.approx(2, abs=0.2)
