"""Protocols have the statistics and the order they state."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from neuropil.circuits import (
    RandomWalk,
    TrialPlan,
    TurningPlan,
    cue_state,
    make_trials,
    make_turning_trials,
    random_velocity,
)
from neuropil.circuits.protocol.trials import spread_headings

KEY = jax.random.key(3)
PLAN = TrialPlan(hold=4, speeds=(20.0, 60.0), starts=2, walks=3, settle=0.4, duration=1.0)


def _velocity(**settings):
    return np.asarray(random_velocity(KEY, 20_000, 40, 0.01, RandomWalk(**settings)))


def test_the_walk_has_its_deviation_from_the_first_step_on():
    velocity = _velocity(pauses=0.0)
    assert velocity.shape == (20_000, 40)
    assert velocity.std() == pytest.approx(40, rel=0.02)
    assert velocity.mean() == pytest.approx(0, abs=0.5)
    many = np.asarray(random_velocity(KEY, 1, 20_000, 0.01, RandomWalk(pauses=0.0)))
    assert many.std() == pytest.approx(40, rel=0.03)


def test_the_walk_forgets_within_its_correlation_time():
    velocity = _velocity(pauses=0.0, correlation_time=0.12)
    for lag in (0.06, 0.12, 0.24):
        steps = round(lag / 0.01)
        correlation = (velocity[:-steps] * velocity[steps:]).mean() / (velocity**2).mean()
        assert correlation == pytest.approx(np.exp(-lag / 0.12), abs=0.02)


def test_the_walk_pauses_for_its_share_of_blocks():
    still = _velocity(pauses=0.2, pause=0.5) == 0
    assert still.mean() == pytest.approx(0.2, abs=0.02)
    blocks = still.reshape(400, 50, 40)
    assert (blocks.all(axis=1) | ~blocks.any(axis=1)).all()
    assert not (_velocity(pauses=0.0) == 0).any()


def test_the_key_fixes_the_walk():
    first, second = _velocity(), _velocity()
    np.testing.assert_array_equal(first, second)
    other = random_velocity(jax.random.key(4), 100, 2, 0.01, RandomWalk())
    assert not np.array_equal(first[:100, :2], other)


def test_headings_fill_the_circle_evenly_for_every_number():
    for n in (5, 32, 76):
        gaps = np.diff(np.sort(spread_headings(n, 0.3)))
        assert gaps.max() < 2.7 * 2 * np.pi / n


def test_trials_come_in_the_order_hold_constant_walk(ring_circuit):
    trials = make_trials(ring_circuit, PLAN, 0.02, KEY)
    assert trials.velocity.shape == (70, 15)
    assert trials.start.shape == (15, 32)
    assert (trials.settle, trials.every) == (4, 5)
    np.testing.assert_array_equal(trials.velocity[:20], 0)
    hold, constant, walk = trials.split(trials.velocity[20:])
    np.testing.assert_array_equal(hold, 0)
    expected = np.repeat([-20.0, 20.0, -60.0, 60.0], 2)
    np.testing.assert_array_equal(constant, np.broadcast_to(expected, (50, 8)))
    assert walk.shape == (50, 3)
    assert np.abs(walk).max() > 0


def test_turned_is_the_integral_of_velocity_since_settling(ring_circuit):
    trials = make_trials(ring_circuit, PLAN, 0.02, KEY)
    turned = np.asarray(trials.turned)
    assert turned.shape == (11, 15)
    np.testing.assert_array_equal(turned[0], 0)
    velocity = np.asarray(trials.velocity, float)
    np.testing.assert_allclose(turned[-1], velocity.sum(axis=0) * 0.02, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(turned[5, 4:12], np.repeat([-10.0, 10, -30, 30], 2), rtol=1e-5)


def test_hold_trials_are_pairs_of_one_cue_above_and_below_the_others(ring_circuit):
    start = np.asarray(make_trials(ring_circuit, PLAN, 0.02, KEY).start)
    higher, lower = start[:4:2], start[1:4:2]
    ratio = lower.max(axis=1) / higher.max(axis=1)
    np.testing.assert_allclose(lower, higher * ratio[:, None], atol=1e-6)
    contrast = (1 - ratio) / (1 + ratio)
    assert ((contrast >= 0.2) & (contrast <= 0.5)).all()
    level = make_trials(ring_circuit, PLAN.model_copy(update={"contrast": (0, 0)}), 0.02, KEY)
    np.testing.assert_allclose(level.start[:4:2], (higher + lower) / 2, atol=1e-6)
    np.testing.assert_array_equal(level.start[4:], start[4:])


def test_another_key_gives_other_cues(ring_circuit):
    first, second = (
        np.asarray(make_trials(ring_circuit, PLAN, 0.02, jax.random.key(seed)).start)
        for seed in (0, 1)
    )
    assert (np.abs(first - second).max(axis=1) > 1e-3).all()


def test_a_cue_is_a_rectified_cosine_over_the_read_out(ring_circuit):
    rates = np.asarray(cue_state(ring_circuit, np.array([np.pi / 2])))[0]
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rates[:8], [0, half, 1, half, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_array_equal(rates[8:], 0)


TURNS = TurningPlan(hold=6, speeds=(20.0, 60.0), starts=2, walks=3, duration=2.0, rest=0.3)


def test_every_walk_is_walked_both_ways_from_one_start(ring_circuit):
    trials = make_turning_trials(ring_circuit, TURNS, 0.02, KEY)
    start, velocity = np.asarray(trials.start), np.asarray(trials.velocity)
    assert velocity.shape == (120, 6 + 8 + 12)
    np.testing.assert_array_equal(velocity[:, 14:20], -velocity[:, 20:])
    np.testing.assert_array_equal(start[14:20], start[20:])
    np.testing.assert_array_equal(velocity[:, 14:20:2], velocity[:, 15:20:2])
    assert np.abs(velocity[:, 14:]).max() > 0


def test_a_walk_rests_at_the_end_of_each_half(ring_circuit):
    moving = np.asarray(make_turning_trials(ring_circuit, TURNS, 0.02, KEY).velocity)[20:, 14:]
    for end in (50, 100):
        np.testing.assert_array_equal(moving[end - 15 : end], 0)
        assert np.abs(moving[end - 40 : end - 15]).max() > 0


def test_every_velocity_has_the_same_starts(ring_circuit):
    trials = make_turning_trials(ring_circuit, TURNS, 0.02, KEY)
    start = np.asarray(trials.start)[6:14].reshape(4, 2, -1)
    for other in start[1:]:
        np.testing.assert_array_equal(other, start[0])
    np.testing.assert_array_equal(np.asarray(trials.start)[14:16], start[0])
    driven = np.asarray(trials.velocity)[-1, 6:14]
    np.testing.assert_array_equal(driven, np.repeat([-20.0, 20.0, -60.0, 60.0], 2))


def test_cues_without_turning_are_even(ring_circuit):
    trials = make_turning_trials(ring_circuit, TURNS, 0.02, KEY)
    angles = np.asarray(ring_circuit.angles)
    bumps = np.asarray(trials.start)[:6:2, np.asarray(ring_circuit.readout)]
    heading = np.angle(bumps @ np.exp(1j * angles))
    gaps = np.mod(np.diff(heading), 2 * np.pi)
    np.testing.assert_allclose(gaps, 2 * np.pi / 3, atol=1e-5)
