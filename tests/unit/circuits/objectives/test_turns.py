"""Turns that are differentiated backwards: those of the records, by every fitted number."""

from __future__ import annotations

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import (
    Dynamics,
    IntegratingPlan,
    VelocityInput,
    build_circuit,
    initial_parameters,
    make_integrating_trials,
)
from neuropil.circuits.model import with_time_constants
from neuropil.circuits.objectives.terms import DROPPED, mean_speeds, run_trials
from neuropil.circuits.objectives.turns import simulate_turns, turning_speeds

DYNAMICS = Dynamics(step=0.02, time_constant=0.1)
PLAN = IntegratingPlan(minutes=2, hold=8, speeds=(40.0,), starts=3, duration=1.5)


@pytest.fixture(scope="module", params=["gain", "additive"])
def circuit(request, ring):
    drive = VelocityInput(cell_types=("PEN_a",), mode=request.param, gain=0.006)
    return build_circuit(ring, velocity=drive)


@pytest.fixture(scope="module")
def trials(circuit):
    return make_integrating_trials(circuit, PLAN, DYNAMICS.step, jax.random.key(1)).simulated


@pytest.fixture(scope="module")
def network(compass):
    """The compass, with time constants that differ."""
    tuned = with_time_constants(compass)
    return eqx.tree_at(lambda p: p.raw_tau, tuned, jnp.asarray([0.3, -0.2, 0.1]))


def _by_records(parameters, circuit, trials):
    records = run_trials(parameters, circuit, DYNAMICS, trials)
    still = (records.moved + records.arrived)[-1, : trials.n_hold]
    turning = (records.moved[-1] - records.moved[DROPPED])[trials.n_hold :]
    return jnp.concatenate([still, turning])


def test_turns_are_those_of_the_records(network, circuit, trials):
    found = simulate_turns(network, circuit, DYNAMICS, trials)
    np.testing.assert_allclose(
        found.moved, _by_records(network, circuit, trials), rtol=1e-5, atol=1e-3
    )
    records = run_trials(network, circuit, DYNAMICS, trials)
    ended = np.rad2deg(np.angle(records.vector[-1, : trials.n_hold]))
    np.testing.assert_allclose(found.ended, ended, atol=1e-3)
    _, _, speed, driven = mean_speeds(records, trials, 1.0)
    ours = turning_speeds(found, trials)
    np.testing.assert_allclose(ours[0], speed, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(ours[1], driven)
    assert np.abs(speed).max() > 3  # something turns


def test_derivatives_are_those_of_simulating_each_tangent(network, circuit, trials):
    ours = jax.jacfwd(lambda p: simulate_turns(p, circuit, DYNAMICS, trials))(network)
    forward = jax.jacfwd(lambda p: _by_records(p, circuit, trials))(network)
    for name in ("raw_gain", "bias", "log_scale", "raw_tau"):
        found, expected = getattr(ours.moved, name), getattr(forward, name)
        largest = np.abs(expected).max()
        assert largest > 1e-2, name
        np.testing.assert_allclose(found, expected, atol=1e-3 * largest, err_msg=name)
    for one, other in zip(jax.tree.leaves(ours.ended), jax.tree.leaves(ours.moved), strict=True):
        np.testing.assert_array_equal(one, other[: trials.n_hold])


def test_a_member_of_several_has_the_derivative_of_its_own_wiring(network, circuit, trials):
    """The training loop vectorises over members, each with a wiring and a sharpness."""

    def turn(parameters, wiring, sharpness):
        own = replace(circuit, weights=wiring)
        dynamics = DYNAMICS.model_copy(update={"sharpness": sharpness})
        return simulate_turns(parameters, own, dynamics, trials).moved

    each = jax.jacfwd(turn)
    wirings = jnp.stack([circuit.weights, 0.9 * circuit.weights])
    sharpness = jnp.asarray([8.0, 10.0])
    together = jax.jit(jax.vmap(each, (None, 0, 0)))(network, wirings, sharpness)
    for member in range(2):
        alone = each(network, wirings[member], sharpness[member])
        for one, other in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
            largest = np.abs(other).max()
            np.testing.assert_allclose(one[member], other, atol=1e-3 * largest)


def test_a_silent_network_has_no_derivative_and_not_an_undefined_one(circuit, trials):
    silent = initial_parameters(3, jax.random.key(0), spread=0.0, scale=1e-6)
    silent = eqx.tree_at(lambda p: p.bias, silent, jnp.full(3, -20.0))
    columns = jax.jacfwd(lambda p: simulate_turns(p, circuit, DYNAMICS, trials))(silent)
    assert all(np.isfinite(column).all() for column in jax.tree.leaves(columns))
