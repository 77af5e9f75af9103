"""What is fitted of a course, and what is given."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from neuropil.progression.fitting.course import CourseForm
from neuropil.progression.fitting.graphs import GivenGraph

WEIGHTS = np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0]], float)
SEEDS = np.array([True, False, False])


def test_a_fit_begins_where_the_published_one_does():
    form = CourseForm(GivenGraph(WEIGHTS), SEEDS)
    with jax.enable_x64(True):
        equation, start = form.build(form.begin())
    assert float(equation.spread) == pytest.approx(0.474, abs=5e-4)
    assert float(equation.growth) == pytest.approx(0.313, abs=5e-4)
    np.testing.assert_allclose(equation.capacity, 0.974, atol=5e-4)
    np.testing.assert_allclose(start, [0.127, 0.018, 0.018], atol=5e-4)
    np.testing.assert_allclose(equation.laplacian, np.diag([2, 3, 1]) - WEIGHTS)


def test_one_capacity_is_one_number_and_diffusion_has_no_growth():
    form = CourseForm(GivenGraph(WEIGHTS), SEEDS, "diffusion", "one")
    numbers = form.begin()
    assert numbers.capacity.shape == ()
    assert float(form.build(numbers)[0].growth) == 0


def test_what_is_known_is_not_fitted():
    known = {
        "known_capacity": np.array([0.5, 0.6, 0.7]),
        "known_start": np.array([0.1, 0.0, 0.0]),
        "known_spread": np.asarray(0.2),
        "known_growth": np.asarray(0.3),
    }
    form = CourseForm(GivenGraph(WEIGHTS), SEEDS, **known)
    with jax.enable_x64(True):
        equation, start = form.build(form.begin())
    np.testing.assert_array_equal(equation.capacity, known["known_capacity"])
    np.testing.assert_array_equal(start, known["known_start"])
    assert (float(equation.spread), float(equation.growth)) == (0.2, 0.3)
