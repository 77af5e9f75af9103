"""Offset and noise: their likelihood against dense ones, and estimates of what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from neuropil.progression.alignment.limits import Limits
from neuropil.progression.alignment.noise import NoiseModel, estimate_noise


def test_the_likelihood_is_that_of_the_dense_covariance():
    rng = np.random.default_rng(0)
    values, expected = rng.normal(size=(3, 5)), rng.normal(size=(3, 2, 5))
    known = np.ones((3, 5))
    known[1, 2] = 0
    found = NoiseModel(0.4, 0.7).measure_misfit(values, expected, known)
    dense = np.zeros(2)
    for stage in range(2):
        for region in range(5):
            seen = known[:, region] > 0
            covariance = 0.49 * np.eye(seen.sum()) + 0.16
            residual = (values - expected[:, stage])[seen, region]
            dense[stage] += residual @ np.linalg.solve(covariance, residual)
    np.testing.assert_allclose(found, dense, rtol=1e-12)


def test_a_value_at_the_floor_says_that_it_would_be_there_or_below():
    model = NoiseModel(0.3, 0.4, Limits(0.0))
    expected = np.array([[[-0.2], [0.1]], [[0.3], [0.5]]])
    found = model.measure_misfit(np.zeros((2, 1)), expected, np.ones((2, 1)))
    covariance = 0.16 * np.eye(2) + 0.09
    dense = [
        -2 * np.log(multivariate_normal(expected[:, stage, 0], covariance).cdf([0, 0]))
        for stage in range(2)
    ]
    np.testing.assert_allclose(found, dense, atol=1e-4)


def test_one_value_at_a_limit_has_a_closed_form():
    from scipy.stats import norm

    model = NoiseModel(0.3, 0.4, Limits(0.0, 1.0))
    expected = np.array([[[-0.2, 0.9], [0.1, 1.3]]])
    found = model.measure_misfit(np.array([[0.0, 1.0]]), expected, np.ones((1, 2)))
    dense = -2 * (norm.logcdf(-expected[0, :, 0] / 0.5) + norm.logsf((1 - expected[0, :, 1]) / 0.5))
    np.testing.assert_allclose(found, dense, rtol=1e-12)


@pytest.mark.parametrize("floor", [-np.inf, 0.0])
def test_what_was_planted_is_estimated(draw_people, floor):
    people = draw_people(300, floor=floor)
    scans = people.scans
    expected = people.course.at(people.onset[scans.owners] + scans.gaps)
    found = estimate_noise(expected, scans, Limits(floor))
    # Six thousand values; the estimates scatter by 1 and 3 % over seeds.
    assert found.scan == pytest.approx(0.045, rel=0.03)
    assert found.offset == pytest.approx(0.03, rel=0.08)
    assert found.total == pytest.approx(np.hypot(0.03, 0.045), rel=0.02)


def test_near_a_floor_noise_looks_smaller_where_that_is_not_allowed_for(draw_people):
    people = draw_people(300, floor=0.0)
    expected = people.course.at(people.onset[people.scans.owners] + people.scans.gaps)
    assert estimate_noise(expected, people.scans).total < 0.93 * np.hypot(0.03, 0.045)


def test_with_one_scan_a_person_all_is_noise_of_the_scan(draw_people):
    people = draw_people(50)
    first = people.scans.take(np.flatnonzero(people.scans.gaps == 0))
    expected = people.course.at(people.onset)
    found = estimate_noise(expected, first)
    assert found.offset == 0
    assert found.scan == pytest.approx(np.hypot(0.03, 0.045), rel=0.1)
