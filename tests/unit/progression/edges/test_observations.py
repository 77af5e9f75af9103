"""Noise that is clipped and shared between visits, and visits that cannot be used."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Visits
from neuropil.contracts import ConfigError, InputError
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits, expect_clipped


def test_moments_of_clipped_values_are_those_of_a_million_draws():
    course = np.array([0.0, 0.02, 0.5, 0.97, 1.0])
    draws = course + 0.06 * np.random.default_rng(0).standard_normal((1_000_000, 5))
    clipped = np.clip(draws, 0, 1)
    mean, slope, spread = expect_clipped(course, 0.06)
    np.testing.assert_allclose(mean, clipped.mean(axis=0), atol=3e-4)
    np.testing.assert_allclose(spread, clipped.std(axis=0), atol=3e-4)
    np.testing.assert_allclose(slope, ((draws > 0) & (draws < 1)).mean(axis=0), atol=2e-3)


def test_the_slope_is_the_derivative_of_the_mean():
    course = np.linspace(0, 1, 11)
    above, below = (expect_clipped(course + step, 0.05)[0] for step in (1e-5, -1e-5))
    np.testing.assert_allclose(expect_clipped(course, 0.05)[1], (above - below) / 2e-5, atol=1e-8)


def test_whitened_deviations_are_independent_and_of_unit_variance():
    noise = NoiseLevels(0.03, 0.045)
    white = noise.whiten(3)
    covariance = 0.045**2 * np.eye(3) + 0.03**2
    np.testing.assert_allclose(white @ covariance @ white.T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize(("offset", "scan"), [(0.0, 0.0), (-0.1, 0.1), (0.1, np.nan)])
def test_noise_that_weighs_nothing_is_refused(offset, scan):
    with pytest.raises(ConfigError) as error:
        NoiseLevels(offset, scan)
    assert str(error.value) == (
        "NoiseLevels: expected an offset of 0 or more and a noise of scans above 0, found "
        f"{offset!r} and {scan!r}. Give standard deviations in the unit of the values."
    )


def _visits(value: float = 0.3) -> Visits:
    frame = pl.DataFrame(
        {"subject": ["a", "b", "b"], "time": [4.0, 0.0, 1.5], "CA1": [0.1, 0.2, value]}
    )
    return Visits.from_frame(frame)


def test_people_are_taken_with_all_their_visits():
    people = PatternVisits.of(_visits(), [1, 0])
    np.testing.assert_array_equal(people.gap, [0, 0, 1.5])
    kept = people.take(np.array([False, True]))
    np.testing.assert_array_equal(kept.subject, [0, 0])
    np.testing.assert_array_equal(kept.pattern, [0])
    np.testing.assert_array_equal(kept.values[:, 0], [0.2, 0.3])
    np.testing.assert_array_equal(people.rows_of(1), [1, 2])


def test_a_pattern_for_each_subject_is_asked_for():
    with pytest.raises(InputError) as error:
        PatternVisits.of(_visits(), [0])
    assert str(error.value) == (
        "pattern: expected a pattern, counted from 0, for each of 2 subjects, found shape (1,) of "
        "int64. Give the number of the initial state from which each subject started."
    )


@pytest.mark.parametrize("value", [1.2, np.nan])
def test_values_that_cannot_be_clipped_ones_are_refused(value):
    with pytest.raises(InputError) as error:
        PatternVisits.of(_visits(value), [0, 0])
    assert str(error.value) == (
        f"visits, row 2, CA1: expected values from 0 to 1 in every region, found {value:g} (1 such "
        "values). Scale the values by those of the people learnt from, and leave out regions that "
        "were not measured."
    )
