"""No objective sees a heading that was put in, and each is zero where its aim is met."""

from __future__ import annotations

import dataclasses
import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import (
    Dynamics,
    LossWeights,
    TrialPlan,
    Trials,
    forming_terms,
    initial_parameters,
    make_trials,
)
from neuropil.circuits.objectives.forming import robust_loss, velocity_slope
from neuropil.circuits.objectives.terms import residual_vector

WEIGHTS = LossWeights()
DYNAMICS = Dynamics(step=0.02)
PLAN = TrialPlan(hold=6, speeds=(20.0, 60.0), starts=2, walks=4, duration=1.5)


_terms = eqx.filter_jit(forming_terms)


class _TrialsWithCue(Trials):
    cue: jax.Array


@pytest.fixture(scope="module")
def trials(ring_circuit):
    return make_trials(ring_circuit, PLAN, DYNAMICS.step, jax.random.key(1))


@pytest.fixture(scope="module")
def terms(compass, ring_circuit, trials):
    return _terms(compass, ring_circuit, DYNAMICS, trials, WEIGHTS)


def test_trials_hold_rates_and_velocities_and_no_angle():
    fields = {field.name for field in dataclasses.fields(Trials)}
    counts = {"n_hold", "n_constant", "n_starts"}
    assert fields == {"start", "velocity", "step", "settle", "every"} | counts
    inputs = list(inspect.signature(forming_terms).parameters)
    assert inputs == ["parameters", "circuit", "dynamics", "trials", "weights"]


def test_a_true_heading_that_is_no_number_changes_nothing(compass, ring_circuit, trials, terms):
    known = {field.name: getattr(trials, field.name) for field in dataclasses.fields(trials)}
    blind = _TrialsWithCue(**known, cue=jnp.full(trials.start.shape[0], jnp.nan))
    found = _terms(compass, ring_circuit, DYNAMICS, blind, WEIGHTS)
    assert found.keys() == terms.keys()
    for name, residuals in terms.items():
        assert np.isfinite(residuals).all()
        np.testing.assert_array_equal(found[name], residuals)


def test_where_zero_degrees_lies_changes_no_loss(compass, ring_circuit, trials, terms):
    # With the read-out turned, decoded headings differ from every cue by 70 degrees; a term that
    # compared them would change.
    turned = eqx.tree_at(lambda c: c.angles, ring_circuit, ring_circuit.angles + np.deg2rad(70))
    found = _terms(compass, turned, DYNAMICS, trials, WEIGHTS)
    for name, residuals in terms.items():
        loss, expected = (float(jnp.sum(item**2)) for item in (found[name], residuals))
        assert loss == pytest.approx(expected, rel=1e-3, abs=1e-5), name


def test_every_term_has_a_finite_gradient(compass, ring_circuit, trials):
    def loss(candidate):
        return robust_loss(forming_terms(candidate, ring_circuit, DYNAMICS, trials, WEIGHTS))

    gradient = jax.jit(jax.grad(loss))(compass)
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(gradient)]
    assert all(np.isfinite(leaf).all() for leaf in leaves)
    assert all(np.abs(leaf).max() > 0 for leaf in leaves)


def test_the_compass_holds_a_bump_that_turns(terms):
    # The tests above would say little about a network without one.
    assert float(terms["speed"][0]) == 0
    assert float(jnp.sum(terms["strength"] ** 2)) < 0.01


def test_the_vector_holds_every_residual(terms):
    vector = residual_vector(terms)
    assert vector.shape == (sum(term.size for term in terms.values()),)
    total = sum(float(jnp.sum(term**2)) for term in terms.values())
    assert float(jnp.sum(vector**2)) == pytest.approx(total, rel=1e-4)


def test_the_raw_connectome_costs_nothing_for_being_raw(ring_circuit, trials):
    raw = initial_parameters(3, jax.random.key(0), spread=0.0)
    found = _terms(raw, ring_circuit, DYNAMICS, trials, LossWeights(l2=1.0))
    np.testing.assert_allclose(found["l2"], 0, atol=1e-6)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.8])
def test_the_slope_of_planted_speeds_is_found(slope):
    velocity = jnp.array([-200.0, -60, -20, 20, 60, 200])
    assert float(velocity_slope(slope * velocity, velocity)) == pytest.approx(slope, abs=1e-6)


def test_a_dead_network_is_penalised_and_not_undefined(ring_circuit, trials):
    silent = initial_parameters(3, jax.random.key(0), spread=0.0, scale=1e-6)
    silent = eqx.tree_at(lambda p: p.bias, silent, jnp.full(3, -20.0))
    found = _terms(silent, ring_circuit, DYNAMICS, trials, WEIGHTS)
    assert all(np.isfinite(term).all() for term in found.values())
    assert float(jnp.sum(found["activity"] ** 2)) > 0.1
    assert float(found["speed"][0]) > 0
