"""Limits of a measurement: found where values pile up, and felt in the mean near them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.progression.alignment.limits import Limits, expect_clipped, find_limits


@pytest.mark.parametrize(("floor", "expected"), [(0.0, Limits(0.0, np.inf)), (-np.inf, Limits())])
def test_a_limit_is_where_values_pile_up(draw_people, floor, expected):
    assert find_limits(draw_people(60, floor=floor).scans) == expected


def test_values_that_are_missing_are_no_limit(draw_people):
    scans = draw_people(60).scans
    # Missing values are held as 0, which no measured value is here.
    missing = scans.known * (np.arange(20) > 3)
    masked = type(scans)(scans.values * missing, missing, scans.owners, scans.gaps, 60)
    assert find_limits(masked) == Limits()


@pytest.mark.parametrize("limits", [Limits(0.0), Limits(-np.inf, 1.0), Limits(0.0, 1.0)])
@pytest.mark.parametrize("course", [-0.1, 0.0, 0.02, 0.5, 0.97, 1.2])
def test_the_mean_of_clipped_values_is_that_of_draws(course, limits):
    draws = np.clip(course + 0.05 * np.random.default_rng(0).standard_normal(400_000), *limits)
    with jax.enable_x64(True):
        mean = float(expect_clipped(jnp.asarray([course]), 0.05, limits)[0])
    # Four standard errors of the draws.
    assert mean == pytest.approx(draws.mean(), abs=4 * 0.05 / np.sqrt(400_000))


def test_without_limits_the_mean_is_the_course_and_gradients_stay_finite():
    course = jnp.asarray([-3.0, 0.0, 7.0])
    np.testing.assert_array_equal(expect_clipped(course, 0.1, Limits()), course)
    slope = jax.grad(lambda each: expect_clipped(each, 0.1, Limits(0.0, 1.0)).sum())(course)
    np.testing.assert_allclose(slope, [0, 0.5, 0], atol=1e-6)


def test_how_far_is_far():
    far = Limits(0.0, 1.0).are_far(jnp.asarray([0.1, 0.2, 0.8, 0.9]), 0.05)
    assert far.tolist() == [False, True, True, False]
