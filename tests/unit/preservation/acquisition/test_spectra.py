"""A blur that was applied is read from the spectrum, in nm and at any pixel size."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuropil.contracts import InputError
from neuropil.preservation.acquisition.exposure import estimate_noise
from neuropil.preservation.acquisition.spectra import (
    FREQUENCIES,
    RadialSpectrum,
    average_spectra,
    estimate_blur,
    measure_spectrum,
)


def tissue(seed: int, n: int = 256) -> np.ndarray:
    """Make a field whose power falls with the square of frequency."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n))
    frequency[0, 0] = 1
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((n, n))) / frequency, (n, n))
    return (field / field.std() * 40).astype(np.float32)


def spectrum(section: np.ndarray, pixel: float) -> RadialSpectrum:
    return measure_spectrum(section, pixel, estimate_noise(section))


@pytest.mark.parametrize("pixel", [4.0, 10.0])
@pytest.mark.parametrize("sigma", [8.0, 12.0, 20.0, 30.0])
def test_blur_against_a_reference(pixel, sigma):
    reference = average_spectra([measure_spectrum(tissue(seed), pixel, 0) for seed in range(4)])
    blurred = gaussian_filter(tissue(9), sigma / pixel)
    assert estimate_blur(measure_spectrum(blurred, pixel, 0), reference) == pytest.approx(
        sigma, abs=3
    )


def test_noise_does_not_hide_the_blur():
    reference = average_spectra([measure_spectrum(tissue(seed), 10, 0) for seed in range(4)])
    blurred = gaussian_filter(tissue(9), 2.0) + np.random.default_rng(0).normal(0, 5, (256, 256))
    assert estimate_blur(spectrum(blurred, 10), reference) == pytest.approx(20, abs=4)


def test_without_a_reference_the_power_law_stands_in():
    assert estimate_blur(measure_spectrum(tissue(3), 4, 0)) < 6
    blurred = gaussian_filter(tissue(3), 20 / 4)
    assert estimate_blur(measure_spectrum(blurred, 4, 0)) == pytest.approx(20, abs=3)


def test_noise_alone_has_no_blur():
    noise = np.random.default_rng(0).normal(0, 10, (256, 256)).astype(np.float32)
    assert np.isnan(estimate_blur(spectrum(noise, 10)))


def test_white_noise_has_the_power_of_its_variance():
    noise = np.random.default_rng(0).normal(0, 10, (256, 256)).astype(np.float32)
    power = np.array(measure_spectrum(noise, 10, 0).power)
    shown = np.isfinite(power)
    # Ten squared times a pixel of ten squared nm.
    assert power[shown].mean() == pytest.approx(1e4, rel=0.1)


def test_json_returns_the_same_spectrum():
    found = RadialSpectrum((1.0, float("nan"), *[2.0] * (len(FREQUENCIES) - 2)))
    again = RadialSpectrum.from_json(found.to_json())
    np.testing.assert_array_equal(again.power, found.power)


def test_a_spectrum_of_other_rings_is_refused():
    with pytest.raises(InputError) as caught:
        RadialSpectrum.from_json({"power": [1.0, 2.0]})
    assert str(caught.value) == (
        "reference spectrum: expected the power of 15 rings, found 2. It was written by another "
        "version: fit the gate to the reference anew."
    )
