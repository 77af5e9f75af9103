"""The width and the maxima of a planted bump are found."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import Circuit, compute_bump_shape


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
