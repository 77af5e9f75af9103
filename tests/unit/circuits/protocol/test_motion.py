"""Gains, dead zones and errors of planted motion are found, and integration repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.circuits import (
    Dynamics,
    Integration,
    Network,
    SpeedCurve,
    measure_integration,
    measure_local_speed,
    measure_speed_curve,
)
from neuropil.circuits.protocol.motion import _fit_distortion, _harmonics
from neuropil.contracts import SeedTree


def _curve(speed):
    velocity = np.array([-200.0, -100, -40, -15, -5, 5, 15, 40, 100, 200])
    return SpeedCurve(velocity, np.vectorize(speed, otypes=[float])(velocity))


def test_a_straight_curve_has_one_gain():
    curve = _curve(lambda v: 0.8 * v)
    assert curve.gain == pytest.approx(0.8)
    assert curve.r_squared == pytest.approx(1)
    assert curve.left_right_ratio == pytest.approx(1)
    assert curve.slowest_gain == pytest.approx(1)


def test_an_uneven_curve_has_the_planted_ratio():
    curve = _curve(lambda v: 0.6 * v if v < 0 else 0.5 * v)
    assert curve.gain == pytest.approx(0.55)
    assert curve.left_right_ratio == pytest.approx(1.2)
    assert curve.slowest_gain == pytest.approx(0.5 / 0.55)


def test_a_dead_zone_shows_above_ten_degrees_a_second_only():
    zone = _curve(lambda v: 0.0 if abs(v) < 20 else v)
    assert zone.slowest_gain == 0
    small = _curve(lambda v: 0.0 if abs(v) < 10 else v)
    assert small.slowest_gain == pytest.approx(1, abs=1e-2)


def test_r_squared_is_zero_where_the_speed_is_that_of_rounding_errors():
    velocity = np.array([-200.0, -20, 20, 200])
    assert SpeedCurve(velocity, 90 + 1e-5 * np.array([1.0, -2, 1, 0])).r_squared == 0


def test_r_squared_is_the_share_of_variance():
    curve = _curve(lambda v: v + 30 * np.sign(v))
    rest = curve.speed - curve.gain * curve.velocity
    assert curve.r_squared == pytest.approx(1 - rest.var() / curve.speed.var())
    assert curve.r_squared < 1


def test_integration_errors_are_in_degrees_of_the_bump_and_of_the_heading():
    turned = np.cumsum(np.ones((50, 3)), axis=0)
    moved = 0.5 * turned + np.array([0.0, 2.0, -3.0])
    integration = Integration(turned, moved, np.zeros_like(moved), gain=0.5)
    np.testing.assert_allclose(integration.bump_error, [0, 2, 3])
    np.testing.assert_allclose(integration.heading_error, [0, 4, 6])


@pytest.mark.parametrize("gain", [0.0, 0.04, -0.04])
def test_a_bump_that_does_not_follow_has_an_infinite_error(gain):
    turned = np.cumsum(np.ones((50, 3)), axis=0)
    still = Integration(turned, np.zeros_like(turned), np.zeros_like(turned), gain)
    for error in (still.heading_error, still.accumulated_error, still.periodic_error):
        np.testing.assert_array_equal(error, np.inf)
    assert np.isinf(still.bias)


def _planted_walk():
    rng = np.random.default_rng(4)
    turned = np.cumsum(rng.normal(0, 20, (600, 40)), axis=0)
    return turned, 0.4 * turned + rng.uniform(0, 360, 40)


def test_an_error_of_the_place_alone_is_found_whole():
    turned, place = _planted_walk()
    bent = 5 * np.sin(np.deg2rad(2 * place)) + 3 * np.cos(np.deg2rad(place))
    bent -= bent[:1]
    waves = _harmonics(place) @ _fit_distortion(place, bent)
    found = Integration(turned, 0.4 * turned + bent, waves, 0.4)
    np.testing.assert_allclose(found.periodic_error, found.heading_error, rtol=1e-6)
    np.testing.assert_allclose(found.accumulated_error, 0, atol=1e-6)


def test_a_steady_slip_adds_up_and_is_the_bias():
    turned, place = _planted_walk()
    slipped = np.broadcast_to(0.02 * np.arange(600)[:, None], turned.shape)
    waves = _harmonics(place) @ _fit_distortion(place, slipped)
    found = Integration(turned, 0.4 * turned + slipped, waves, 0.4)
    # 0.02 deg a record of 0.1 s, divided by the gain.
    assert found.bias == pytest.approx(0.02 / 0.1 * 60 / 0.4, rel=1e-6)
    np.testing.assert_allclose(found.accumulated_error, found.heading_error, rtol=1e-6)
    np.testing.assert_allclose(found.periodic_error, 0, atol=1e-6)


def test_a_ring_of_even_places_follows_alike_everywhere(compass, ring_circuit):
    network = Network(compass, ring_circuit, Dynamics(step=0.02, time_constant=0.1))
    found = measure_local_speed(network, speed=60.0, bins=8)
    curve = measure_speed_curve(network, (60.0,), n_starts=8)
    for side in (found.left, found.right):
        np.testing.assert_allclose(side, curve.gain, rtol=0.1)


def test_a_mirror_symmetric_ring_turns_both_ways_alike(compass, ring_circuit):
    dynamics = Dynamics(step=0.02, time_constant=0.1)
    curve = measure_speed_curve(Network(compass, ring_circuit, dynamics), (20.0, 60.0), n_starts=8)
    np.testing.assert_array_equal(curve.velocity, [-60, -20, 20, 60])
    assert curve.gain > 1
    assert curve.left_right_ratio == pytest.approx(1, abs=0.02)


def test_integration_starts_at_zero_and_repeats_under_a_seed(compass, ring_circuit):
    walks = [
        measure_integration(
            Network(compass, ring_circuit, Dynamics(step=0.02, time_constant=0.1)),
            SeedTree(0),
            n_trials=3,
            seconds=2.0,
        )
        for _ in range(2)
    ]
    assert walks[0].turned.shape == walks[0].moved.shape == (21, 3)
    np.testing.assert_array_equal(walks[0].turned[0], 0)
    np.testing.assert_array_equal(walks[0].moved[0], 0)
    np.testing.assert_array_equal(walks[0].moved, walks[1].moved)
    assert walks[0].gain > 1
