"""Profiles of known number and size are counted."""

import numpy as np
import pytest

from neuropil.preservation.axes.profiles import measure_profiles


def lattice(pitch: int, n: int) -> np.ndarray:
    """Draw square profiles with membranes of two pixels between them."""
    membrane = np.zeros((pitch * n, pitch * n), np.float32)
    for start in range(0, pitch * n, pitch):
        membrane[start : start + 2] = 1
        membrane[:, start : start + 2] = 1
    return membrane


@pytest.mark.parametrize("pitch", [10, 25, 40])
def test_squares_are_counted_and_measured(pitch):
    found = measure_profiles(lattice(pitch, 6))
    assert found.density == pytest.approx(1 / (pitch / 100) ** 2)
    assert found.diameter == pytest.approx(10 * (pitch - 2) * (4 / np.pi) ** 0.5)


def test_a_gap_makes_two_profiles_one():
    membrane = lattice(25, 4)
    membrane[30, 25:27] = 0
    assert measure_profiles(membrane).density == pytest.approx(15 / 1.0)


def test_voids_are_neither_profiles_nor_area():
    membrane = lattice(25, 4)
    voids = np.zeros(membrane.shape, bool)
    voids[:50] = True
    assert measure_profiles(membrane, voids).density == pytest.approx(8 / 0.5)


def test_nothing_but_membrane_holds_no_profile():
    found = measure_profiles(np.ones((80, 80), np.float32))
    assert found.density == 0
    assert np.isnan(found.diameter)
