"""Errors, drift and end angles of planted bumps are found, and a bump is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.circuits import (
    Dynamics,
    Hold,
    Network,
    compute_drift_field,
    count_end_angles,
    measure_hold,
)


def _hold(headings, strength=0.7, cue=None):
    """Bumps at (r, b) headings [deg]."""
    headings = np.atleast_2d(np.asarray(headings, float))
    cue = np.deg2rad(headings[0]) if cue is None else np.deg2rad(cue)
    vector = strength * np.exp(1j * np.deg2rad(headings))
    return Hold(cue, vector, np.full(vector.shape, 0.2), np.zeros((headings.shape[1], 4)))


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


def test_a_held_bump_is_recorded_every_tenth_of_a_second(compass, ring_circuit):
    hold = measure_hold(
        Network(compass, ring_circuit, Dynamics(step=0.02)), n_starts=5, seconds=1.0
    )
    assert hold.vector.shape == (10, 5)
    assert hold.activity.shape == (10, 5)
    assert hold.final.shape == (5, 32)
    np.testing.assert_allclose(hold.cue, np.arange(5) * 2 * np.pi / 5, rtol=1e-6)
    assert (hold.strength > 0.3).all()
