"""The last stage sees what a minute of random turning adds up to, and no heading of a cue."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import (
    Dynamics,
    IntegratingPlan,
    LossWeights,
    Ring,
    initial_parameters,
    integrating_terms,
    make_integrating_trials,
)
from neuropil.circuits.objectives.integrating import _add_up, _between, _leave_alone
from neuropil.circuits.objectives.terms import residual_vector
from neuropil.circuits.objectives.turns import Turns

DYNAMICS = Dynamics(step=0.02, time_constant=0.1)
PLAN = IntegratingPlan(minutes=32, hold=8, speeds=(40.0,), starts=3, duration=1.5)
WEIGHTS = LossWeights()

_terms = eqx.filter_jit(integrating_terms)


@pytest.fixture(scope="module")
def trials(ring_circuit):
    return make_integrating_trials(ring_circuit, PLAN, DYNAMICS.step, jax.random.key(1))


@pytest.fixture(scope="module")
def terms(compass, ring_circuit, trials):
    return _terms(compass, ring_circuit, DYNAMICS, trials, WEIGHTS)


def _ring(gain=0.5, drift=0.0, even=0.0, places=36):
    even_places = np.ones(places)
    return Ring(
        jnp.zeros((places, 2)),
        jnp.asarray(drift * even_places),
        jnp.asarray(gain * even_places),
        jnp.asarray(even * even_places),
        jnp.zeros((2, places)),
    )


def test_minutes_are_walked_in_both_directions_and_end_where_they_add_up(trials):
    there, back = np.split(np.asarray(trials.minutes), 2, axis=1)
    np.testing.assert_array_equal(there, -back)
    assert trials.minutes.shape == (1200, 32)
    np.testing.assert_allclose(trials.turned[-1], trials.minutes.sum(axis=0) * 0.05, atol=1e-2)
    # 40 deg/s in four of five seconds.
    assert float(jnp.std(trials.minutes)) == pytest.approx(40 * np.sqrt(0.8), rel=0.05)


def test_one_drift_adds_up_to_sixty_seconds_of_it(trials):
    error = _add_up(_ring(drift=0.1), jnp.asarray(0.5), trials)
    expected = np.broadcast_to(0.2 * np.arange(10, 61, 10)[:, None], error.shape)
    np.testing.assert_allclose(error, expected, rtol=1e-4)


def test_a_gain_that_is_wrong_everywhere_is_wrong_in_proportion(trials):
    error = _add_up(_ring(gain=0.55), jnp.asarray(0.5), trials)
    np.testing.assert_allclose(error, 0.1 * trials.turned[199::200], rtol=1e-3, atol=1e-2)


def test_what_both_directions_share_does_not_cancel(trials):
    error = _add_up(_ring(even=1e-4), jnp.asarray(0.5), trials)
    expected = 2e-4 * np.cumsum(np.asarray(trials.minutes) ** 2, axis=0)[199::200] * 0.05
    np.testing.assert_allclose(error, expected, rtol=1e-3)


def test_a_drift_that_changes_with_the_place_adds_up_along_the_way(trials):
    places = 2 * np.pi * np.arange(36) / 36
    ring = _ring()._replace(drift=jnp.asarray(0.1 * np.cos(places)))
    error = np.asarray(_add_up(ring, jnp.asarray(0.5), trials))
    start = 2 * np.pi * np.arange(32) / 32
    way = start + np.deg2rad(0.5 * np.asarray(trials.turned))
    expected = (0.2 * np.cos(way)).cumsum(axis=0)[199::200] * 0.05
    np.testing.assert_allclose(error, expected, atol=0.03)


def test_what_adds_up_has_the_derivative_of_each_step_on_the_way(trials):
    rng = np.random.default_rng(0)
    ring = _ring()._replace(
        drift=jnp.asarray(rng.normal(size=36)),
        gain=jnp.asarray(0.5 + 0.1 * rng.normal(size=36)),
        even=jnp.asarray(1e-4 * rng.normal(size=36)),
    )
    gain, minutes = 0.5, trials.minutes

    def by_steps(drift, gains, even):
        at = jnp.arange(32) * 36 / 32 + gain * trials.turned / 10  # degrees to places
        relative, speed, both = _between(
            jnp.stack([gains / gain - 1, drift / gain, even / gain]), at
        )
        error = jnp.cumsum(relative * minutes + speed + both * minutes**2, axis=0) * 0.05
        return error[199::200]

    def ours(drift, gains, even):
        changed = ring._replace(drift=drift, gain=gains, even=even)
        return _add_up(changed, jnp.asarray(gain), trials)

    at = (ring.drift, ring.gain, ring.even)
    for one, other in zip(
        jax.jacfwd(ours, (0, 1, 2))(*at), jax.jacfwd(by_steps, (0, 1, 2))(*at), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-3 * np.abs(other).max())


def test_where_zero_degrees_lies_changes_no_loss(compass, ring_circuit, trials, terms):
    turned = eqx.tree_at(lambda c: c.angles, ring_circuit, ring_circuit.angles + np.deg2rad(70))
    found = _terms(compass, turned, DYNAMICS, trials, WEIGHTS)
    for name, residuals in terms.items():
        loss, expected = (float(jnp.sum(item**2)) for item in (found[name], residuals))
        # The ring is sampled at other places, and the minutes begin there.
        assert loss == pytest.approx(expected, rel=5e-2, abs=1e-3), name


def test_every_term_has_a_finite_derivative(compass, ring_circuit, trials):
    def residuals(candidate):
        return residual_vector(
            integrating_terms(candidate, ring_circuit, DYNAMICS, trials, WEIGHTS)
        )

    columns = jax.tree.leaves(jax.jit(jax.jacfwd(residuals))(compass))
    assert all(np.isfinite(column).all() for column in columns)
    assert all(np.abs(column).max() > 0 for column in columns)


def test_tolerances_divide_what_they_name(compass, ring_circuit, trials, terms):
    names = ("minute", "drift", "hold")
    wanted = {name: 2 * getattr(WEIGHTS.integrating, name) for name in names}
    found = _terms(
        compass, ring_circuit, DYNAMICS, trials, LossWeights.build({"integrating": wanted})
    )
    for name, factor in zip(names, (2, 2, 4), strict=True):
        np.testing.assert_allclose(factor * found[name], terms[name], rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(found["speed"], terms["speed"])


def test_loosened_weights_ask_less_of_what_accumulates(compass, ring_circuit, trials, terms):
    found = _terms(compass, ring_circuit, DYNAMICS, trials, WEIGHTS.loosened())
    np.testing.assert_allclose(4 * found["minute"], terms["minute"], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(1.5 * found["drift"], 0.45 * terms["drift"], rtol=1e-3, atol=1e-5)
    # By its square: ten degrees where four were.
    np.testing.assert_allclose(6.25 * found["hold"], terms["hold"], rtol=1e-3, atol=1e-5)


def test_a_dead_network_is_penalised_and_not_undefined(ring_circuit, trials):
    silent = initial_parameters(3, jax.random.key(0), spread=0.0, scale=1e-6)
    silent = eqx.tree_at(lambda p: p.bias, silent, jnp.full(3, -20.0))
    found = _terms(silent, ring_circuit, DYNAMICS, trials, WEIGHTS)
    assert all(np.isfinite(term).all() for term in found.values())
    # A gain of .02 is the least. Its heading is read off rates that are nothing but rounding.
    assert float(found["standing"][0]) == pytest.approx(150 * (0.2 - 0.02))


def test_a_bump_that_is_left_alone_goes_on_along_the_ring(trials):
    hold = trials.simulated.n_hold
    cues = np.arange(hold) * 360 / hold
    still = Turns(jnp.zeros(hold), jnp.asarray(np.where(cues > 180, cues - 360, cues)))
    # It drifts away from 0 and towards 180 deg: d theta / dt = k sin theta has a closed solution.
    places = 2 * np.pi * np.arange(36) / 36
    speed = 3.0
    ring = _ring()._replace(drift=jnp.asarray(speed * np.sin(places)))
    now, later = np.asarray(_leave_alone(ring, still))
    np.testing.assert_allclose(now, 0, atol=1e-4)
    half = np.deg2rad(np.where(cues > 180, cues - 360, cues)) / 2
    grown = np.tan(half) * np.exp(np.deg2rad(speed) * 14.0)
    moved = np.rad2deg(2 * np.arctan(grown) - 2 * half)
    np.testing.assert_allclose(later, moved - moved.mean(), atol=0.6)
    assert np.abs(later).max() > 25
