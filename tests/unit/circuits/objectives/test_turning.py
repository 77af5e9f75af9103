"""The polishing sees what it says it sees, and no heading that was put in."""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import (
    Dynamics,
    LossWeights,
    TurningPlan,
    compute_bump_shape,
    initial_parameters,
    make_turning_trials,
    turning_terms,
)
from neuropil.circuits.objectives.terms import (
    compute_second_rise,
    compute_smooth_width,
    residual_vector,
)

DYNAMICS = Dynamics(step=0.02, time_constant=0.1)
PLAN = TurningPlan(hold=8, speeds=(20.0, 60.0), starts=2, walks=2, duration=2.0)
WEIGHTS = LossWeights()

_terms = eqx.filter_jit(turning_terms)


@pytest.fixture(scope="module")
def trials(ring_circuit):
    return make_turning_trials(ring_circuit, PLAN, DYNAMICS.step, jax.random.key(1))


@pytest.fixture(scope="module")
def terms(compass, ring_circuit, trials):
    return _terms(compass, ring_circuit, DYNAMICS, trials, WEIGHTS)


def test_where_zero_degrees_lies_changes_no_loss(compass, ring_circuit, trials, terms):
    turned = eqx.tree_at(lambda c: c.angles, ring_circuit, ring_circuit.angles + np.deg2rad(70))
    found = _terms(compass, turned, DYNAMICS, trials, WEIGHTS)
    for name, residuals in terms.items():
        loss, expected = (float(jnp.sum(item**2)) for item in (found[name], residuals))
        # The width is read on a grid that turns with the read-out.
        assert loss == pytest.approx(expected, rel=2e-2, abs=1e-4), name


def test_every_term_has_a_finite_derivative(compass, ring_circuit, trials):
    def residuals(candidate):
        return residual_vector(turning_terms(candidate, ring_circuit, DYNAMICS, trials, WEIGHTS))

    columns = jax.tree.leaves(jax.jit(jax.jacfwd(residuals))(compass))
    assert all(np.isfinite(column).all() for column in columns)
    assert all(np.abs(column).max() > 0 for column in columns)


def test_tolerances_divide_what_they_name(compass, ring_circuit, trials, terms):
    names = ("hold", "drift", "net", "walk", "even", "bias")
    turning = {name: 2 * getattr(WEIGHTS.turning, name) for name in names}
    looser = LossWeights.build({"turning": turning})
    found = _terms(compass, ring_circuit, DYNAMICS, trials, looser)
    for name in names:
        np.testing.assert_allclose(2 * found[name], terms[name], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found["speed"], terms["speed"])


def test_a_bias_is_what_a_walk_and_its_reversal_leave_on_average(compass, ring_circuit, trials):
    # Reversed trials are the same trials in another order: what they leave is the same.
    _, _, walks = (np.asarray(part) for part in trials.split(trials.velocity))
    forth, back = np.split(walks, 2, axis=1)
    first = PLAN.hold + 8
    swapped = dataclasses.replace(
        trials, velocity=trials.velocity.at[:, first:].set(np.concatenate([back, forth], axis=1))
    )
    terms = _terms(compass, ring_circuit, DYNAMICS, trials, WEIGHTS)
    found = _terms(compass, ring_circuit, DYNAMICS, swapped, WEIGHTS)
    for name in ("even", "bias"):
        np.testing.assert_allclose(found[name], terms[name], rtol=1e-3, atol=1e-4)


def test_a_dead_network_is_penalised_and_not_undefined(ring_circuit, trials):
    silent = initial_parameters(3, jax.random.key(0), spread=0.0, scale=1e-6)
    silent = eqx.tree_at(lambda p: p.bias, silent, jnp.full(3, -20.0))
    found = _terms(silent, ring_circuit, DYNAMICS, trials, WEIGHTS)
    assert all(np.isfinite(term).all() for term in found.values())
    # Standing still costs more than a turn that is merely bad.
    assert float(found["standing"][0]) == pytest.approx(150 * 0.2)


@pytest.mark.parametrize("sharpness", [1.5, 3.0, 6.0])
def test_the_smooth_width_is_the_full_width_at_half_maximum(ring_circuit, sharpness):
    places = np.asarray(ring_circuit.angles)
    bump = np.exp(sharpness * (np.cos(places - np.linspace(0, 2 * np.pi, 12)[:, None]) - 1))
    rates = np.zeros((12, ring_circuit.n_neurons), np.float32)
    rates[:, np.asarray(ring_circuit.readout)] = bump
    smooth = np.asarray(compute_smooth_width(ring_circuit, jnp.asarray(rates)))
    np.testing.assert_allclose(smooth, compute_bump_shape(ring_circuit, rates).width, atol=3.0)


def test_a_second_maximum_is_told_by_its_height_above_its_surroundings(ring_circuit):
    angle = np.asarray(ring_circuit.angles)
    # A bump with one maximum, and with another one opposite that rises to .6.
    one = np.maximum(0, np.cos(angle)) ** 2
    two = one + 0.6 * np.maximum(0, np.cos(angle + np.pi)) ** 2
    rates = np.zeros((2, ring_circuit.n_neurons))
    rates[:, np.asarray(ring_circuit.readout)] = [one, two]
    rises = np.asarray(compute_second_rise(ring_circuit, jnp.asarray(rates)))
    assert rises[0] == pytest.approx(0, abs=1e-6)
    # The average over neighbouring places lowers the maximum to .533 and lifts the trough to .089.
    assert rises[1] == pytest.approx(0.533 - 0.089, abs=2e-3)
    assert compute_bump_shape(ring_circuit, rates).maxima.tolist() == [1, 2]
