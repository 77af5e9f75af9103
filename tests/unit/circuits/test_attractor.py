"""Measures give back what was planted."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import (
    Circuit,
    Dynamics,
    Hold,
    Integration,
    SpeedCurve,
    TypeParameters,
    compute_bump_shape,
    compute_drift_field,
    compute_jacobian_spectrum,
    compute_principal_components,
    count_end_angles,
    measure_hold,
    measure_integration,
    measure_speed_curve,
)

RAW = float(np.log(np.e - 1))  # softplus of this is 1


def _plain_ring(places):
    """Read-out neurons alone, evenly spaced."""
    return Circuit(
        weights=jnp.zeros((places, places)),
        type_index=jnp.zeros(places, jnp.int32),
        angles=jnp.asarray(np.arange(places) * 2 * np.pi / places, jnp.float32),
        readout=jnp.arange(places),
        readout_weights=jnp.ones(places),
        velocity=jnp.zeros(places),
        type_names=("EPG",),
    )


def _hold(headings, strength=0.7, cue=None):
    """Bumps at (r, b) headings [deg]."""
    headings = np.atleast_2d(np.asarray(headings, float))
    cue = np.deg2rad(headings[0]) if cue is None else np.deg2rad(cue)
    vector = strength * np.exp(1j * np.deg2rad(headings))
    return Hold(cue, vector, np.full(vector.shape, 0.2), np.zeros((headings.shape[1], 4)))


@pytest.mark.parametrize("power", [1, 2, 4, 8])
def test_the_width_of_a_rectified_cosine_power_is_the_analytic_one(power):
    circuit = _plain_ring(120)
    centre = np.deg2rad([0.0, 77.0, 200.0, 359.0])
    rates = np.maximum(0, np.cos(np.asarray(circuit.angles) - centre[:, None])) ** power
    shape = compute_bump_shape(circuit, rates)
    expected = 2 * np.rad2deg(np.arccos(0.5 ** (1 / power)))
    np.testing.assert_allclose(shape.width, expected, atol=1.5)
    np.testing.assert_array_equal(shape.maxima, 1)


def test_sixteen_places_are_enough_for_the_width():
    circuit = _plain_ring(16)
    centre = np.linspace(0, 2 * np.pi, 40)
    rates = np.maximum(0, np.cos(np.asarray(circuit.angles) - centre[:, None]))
    np.testing.assert_allclose(compute_bump_shape(circuit, rates).width, 120, atol=5)


def test_places_with_several_neurons_are_averaged(fly_circuit):
    angle = np.asarray(fly_circuit.angles)
    rates = np.zeros((1, 152))
    rates[0, np.asarray(fly_circuit.readout)] = np.maximum(0, np.cos(angle - 1.0))
    shape = compute_bump_shape(fly_circuit, rates)
    assert shape.profile.shape == (1, 16)
    np.testing.assert_allclose(shape.place, np.arange(16) * 22.5, atol=1e-2)
    assert shape.width[0] == pytest.approx(120, abs=5)


def test_two_bumps_have_two_maxima_and_a_flat_ring_none():
    circuit = _plain_ring(64)
    angle = np.asarray(circuit.angles)
    rates = np.stack([np.maximum(0, np.cos(2 * angle)), np.ones(64), np.zeros(64)])
    shape = compute_bump_shape(circuit, rates)
    np.testing.assert_array_equal(shape.maxima, [2, 0, 0])
    assert shape.width[1] == 360


def test_ripples_below_a_tenth_are_no_maxima():
    circuit = _plain_ring(64)
    angle = np.asarray(circuit.angles)
    rates = 1 + np.cos(angle)[None] + np.array([[0.02], [0.3]]) * np.cos(8 * angle)
    one, many = compute_bump_shape(circuit, rates).maxima
    assert one == 1
    assert many > 1


def test_end_angles_are_counted_in_bins():
    assert count_end_angles(_hold(np.arange(36) * 10 + 2.5)) == 36
    assert count_end_angles(_hold(np.arange(360) + 0.5)) == 72
    assert count_end_angles(_hold(np.full(360, 12.0))) == 1
    assert count_end_angles(_hold(np.repeat([1.0, 121.0, 241.0], 120))) == 3
    assert count_end_angles(_hold([-2.5, 357.5, 362.5, 2.5])) == 2
    assert count_end_angles(_hold([5.0, 25.0, 175.0]), bins=2) == 1


def test_the_error_of_a_hold_is_free_of_a_common_offset():
    cue = np.arange(8) * 45.0
    error = np.array([3.0, -3, 0, 0, 10, -10, 0, 0])
    hold = _hold([cue, cue + 30 + error], cue=cue)
    np.testing.assert_allclose(hold.error, np.abs(error), atol=1e-6)
    np.testing.assert_allclose(hold.strength, 0.7)


def test_without_a_vector_the_error_is_that_of_a_guess():
    np.testing.assert_array_equal(_hold([0.0, 90, 180, 270], strength=1e-7).error, 90)


def test_drift_is_the_planted_speed_sorted_by_heading():
    time = np.arange(1, 21) * 0.1
    speed = np.array([2.0, -4.0, 0.0])
    hold = _hold(np.array([200.0, 359.0, 100.0]) + time[:, None] * speed)
    field = compute_drift_field(hold, 0.5, 1.5)
    np.testing.assert_allclose(field.heading, [100, 201, 357], atol=1e-6)
    np.testing.assert_allclose(field.speed, [0, 2, -4], atol=1e-6)
    assert field.mean_speed == pytest.approx(2)
    np.testing.assert_allclose(hold.drift(1.0, 2.0), speed, atol=1e-6)


def _two_neurons(weights):
    circuit = Circuit(
        weights=jnp.asarray(weights),
        type_index=jnp.arange(2),
        angles=jnp.zeros(1),
        readout=jnp.arange(1),
        readout_weights=jnp.ones(1),
        velocity=jnp.zeros(2),
        type_names=("A", "B"),
    )
    return TypeParameters(jnp.full((2, 2), RAW), jnp.zeros(2), jnp.zeros(())), circuit


def test_the_spectrum_of_two_linear_neurons_is_the_analytic_one():
    parameters, circuit = _two_neurons([[0.2, 0.3], [0.1, 0.4]])  # eigenvalues 0.5 and 0.1
    dynamics = Dynamics(nonlinearity="clip", time_constant=0.1)
    rates = np.array([[0.5, 0.5], [5.0, 5.0]])  # in the linear range, and saturated
    spectrum = compute_jacobian_spectrum(parameters, circuit, dynamics, rates)
    np.testing.assert_allclose(spectrum, [[-5, -9], [-10, -10]], rtol=1e-5)


def test_a_rotation_has_the_real_part_of_its_complex_pair():
    parameters, circuit = _two_neurons([[0.6, -0.3], [0.3, 0.6]])
    dynamics = Dynamics(nonlinearity="clip", time_constant=0.2, leak=1.5)
    spectrum = compute_jacobian_spectrum(parameters, circuit, dynamics, np.array([[1.0, 0.5]]))
    np.testing.assert_allclose(spectrum, [[(0.6 - 1.5) / 0.2] * 2], rtol=1e-5)


def test_a_circle_has_two_equal_components():
    angle = np.arange(60) * 2 * np.pi / 60
    plane = np.linalg.qr(np.random.default_rng(0).normal(size=(10, 2)))[0]
    rates = 3 + np.c_[np.cos(angle), np.sin(angle)] @ plane.T
    scores, share = compute_principal_components(rates)
    np.testing.assert_allclose(share[:3], [0.5, 0.5, 0], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*scores.T), 1, rtol=1e-9)


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
    integration = Integration(turned, moved, gain=0.5)
    np.testing.assert_allclose(integration.bump_error, [0, 2, 3])
    np.testing.assert_allclose(integration.heading_error, [0, 4, 6])


def test_a_mirror_symmetric_ring_turns_both_ways_alike(compass, ring_circuit):
    dynamics = Dynamics(step=0.02)
    curve = measure_speed_curve(compass, ring_circuit, dynamics, (20.0, 60.0), n_starts=8)
    np.testing.assert_array_equal(curve.velocity, [-60, -20, 20, 60])
    assert curve.gain > 1
    assert curve.left_right_ratio == pytest.approx(1, abs=0.02)


def test_a_held_bump_is_recorded_every_tenth_of_a_second(compass, ring_circuit):
    hold = measure_hold(compass, ring_circuit, Dynamics(step=0.02), n_starts=5, seconds=1.0)
    assert hold.vector.shape == (10, 5)
    assert hold.activity.shape == (10, 5)
    assert hold.final.shape == (5, 32)
    np.testing.assert_allclose(hold.cue, np.arange(5) * 2 * np.pi / 5, rtol=1e-6)
    assert (hold.strength > 0.3).all()


def test_integration_starts_at_zero_and_repeats_under_a_key(compass, ring_circuit):
    walks = [
        measure_integration(
            compass, ring_circuit, Dynamics(step=0.02), jax.random.key(0), n_trials=3, seconds=2.0
        )
        for _ in range(2)
    ]
    assert walks[0].turned.shape == walks[0].moved.shape == (21, 3)
    np.testing.assert_array_equal(walks[0].turned[0], 0)
    np.testing.assert_array_equal(walks[0].moved[0], 0)
    np.testing.assert_array_equal(walks[0].moved, walks[1].moved)
    assert walks[0].gain > 1
