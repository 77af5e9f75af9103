"""The ring of bumps tells what a simulation would show."""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from neuropil.circuits import Dynamics, Ring, follow_ring, simulate
from neuropil.circuits.model import decode, unwrap_heading

DYNAMICS = Dynamics(step=0.01, time_constant=0.1)

_follow = eqx.filter_jit(follow_ring)


@pytest.fixture(scope="module")
def uneven(ring_circuit):
    """The ring of 32 neurons with counts that no mirror leaves alone."""
    noise = np.random.default_rng(0).uniform(0.98, 1.02, ring_circuit.weights.shape)
    return dataclasses.replace(
        ring_circuit, weights=ring_circuit.weights * noise.astype(np.float32)
    )


@pytest.fixture(scope="module")
def followed(compass, uneven) -> Ring:
    return _follow(compass, uneven, DYNAMICS)


def _speeds(compass, circuit, rates, velocity, seconds=0.4):
    """Return the bump's speed [deg/s] at each place, in the last part of a short simulation."""
    steps = round(seconds / DYNAMICS.step)
    driven = jnp.full((steps, len(rates)), velocity)
    states = simulate(compass, circuit, DYNAMICS, rates, driven)
    moved = unwrap_heading(decode(circuit, jnp.concatenate([rates[None], states])))
    last = round(0.1 / DYNAMICS.step)
    return np.asarray(moved[-1] - moved[-1 - last]) / 0.1


def test_bumps_lie_at_even_headings_and_do_nothing_but_drift(compass, uneven, followed):
    headings = np.angle(decode(uneven, followed.rates))
    even = 2 * np.pi * np.arange(len(headings)) / len(headings)
    np.testing.assert_allclose(np.angle(np.exp(1j * (headings - even))), 0, atol=1e-3)
    simulated = _speeds(compass, uneven, followed.rates, 0.0, 0.1)
    size = float(np.abs(simulated).max())
    assert size > 0.01
    np.testing.assert_allclose(followed.drift, simulated, atol=0.1 * size)


def test_the_gain_is_that_of_slow_turns(compass, uneven, followed):
    there, back = (_speeds(compass, uneven, followed.rates, v) for v in (5.0, -5.0))
    np.testing.assert_allclose(followed.gain.mean(), (there - back).mean() / 10, rtol=0.02)
    np.testing.assert_allclose(followed.gain, (there - back) / 10, rtol=0.1)


def test_what_both_directions_share_grows_with_the_square(compass, uneven, followed):
    there, back, still = (
        _speeds(compass, uneven, followed.rates, v, 1.0).mean() for v in (40.0, -40.0, 0.0)
    )
    shared = (there + back) / 2 - still
    assert float(followed.even.mean()) * 40**2 == pytest.approx(
        shared, abs=0.02 * float(abs(there))
    )


@pytest.mark.parametrize("mode", ["gain", "additive"])
def test_derivatives_are_those_of_the_ring_that_is_found_anew(compass, uneven, mode):
    circuit = dataclasses.replace(uneven, velocity_mode=mode)
    numbers, unravel = ravel_pytree(compass)
    direction = jax.random.normal(jax.random.key(0), numbers.shape)

    def follow(vector):
        found = follow_ring(unravel(vector), circuit, DYNAMICS)
        return found.drift, found.gain, found.even, found.lasting, found.rates

    _, told = jax.jvp(jax.jit(follow), (numbers,), (direction,))
    step = 3e-4
    after, before = (jax.jit(follow)(numbers + sign * step * direction) for sign in (1, -1))
    for told_one, one, other in zip(told, after, before, strict=True):
        found = np.asarray(one - other) / (2 * step)
        assert np.linalg.norm(found) > 0
        # A hundredth is what single precision leaves of the smallest of them.
        assert np.linalg.norm(told_one - found) < 0.15 * np.linalg.norm(found) + 0.01


def test_what_a_disturbance_adds_up_to_is_what_lasts(compass, uneven, followed):
    still = jnp.zeros((400, len(followed.rates)))

    def run(rates):
        return simulate(compass, uneven, DYNAMICS, rates, still)

    apart = (run(1.01 * followed.rates) - run(followed.rates)).sum(axis=0)
    area = np.linalg.norm(apart, axis=1) * DYNAMICS.step / DYNAMICS.time_constant
    added = np.linalg.norm(0.01 * followed.rates, axis=1)
    np.testing.assert_allclose(area / added, followed.lasting[0], rtol=0.1)
