"""Noise that was added is found, and so is what is clipped or empty."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuropil.preservation.acquisition.exposure import estimate_noise, measure_exposure


def smooth(seed: int = 0) -> np.ndarray:
    field = gaussian_filter(np.random.default_rng(seed).standard_normal((200, 240)), 6)
    return (100 + 30 * field / field.std()).astype(np.float32)


@pytest.mark.parametrize("sigma", [2.0, 10.0, 30.0])
def test_noise_that_was_added_is_found(sigma):
    noisy = smooth() + np.random.default_rng(1).normal(0, sigma, (200, 240))
    assert estimate_noise(noisy) == pytest.approx(sigma, rel=0.05)


def test_signal_to_noise_is_that_of_single_pixels():
    noisy = smooth() + np.random.default_rng(1).normal(0, 15, (200, 240))
    assert measure_exposure(noisy).snr == pytest.approx(2.0, rel=0.1)


def test_a_tenth_of_voids_moves_the_contrast_little():
    holed = smooth()
    holed[:20] = 255
    moved = measure_exposure(holed).contrast / measure_exposure(smooth()).contrast
    assert 1 < moved < 1.25 < holed.std() / smooth().std()


def test_a_black_section_is_empty_and_not_saturated():
    found = measure_exposure(np.zeros((80, 80), np.uint8))
    assert (found.empty, found.saturated, found.snr) == (1.0, 0.0, 0.0)


def test_a_black_half_is_half_empty():
    half = smooth()[:, :160]
    half[:, :80] = 0
    assert measure_exposure(half).empty == pytest.approx(0.5)


def test_clipped_brightness_is_saturated():
    clipped = np.clip(smooth() + np.random.default_rng(2).normal(0, 5, (200, 240)), 90, 110)
    expected = np.mean((clipped == 90) | (clipped == 110))
    found = measure_exposure(clipped)
    assert found.saturated + found.empty == pytest.approx(expected, abs=0.05)
    assert found.saturated > 0.3


def test_without_noise_the_ratio_is_infinite():
    steps = np.repeat(np.repeat(np.arange(16).reshape(4, 4), 20, 0), 20, 1)
    assert measure_exposure(steps).snr == float("inf")
