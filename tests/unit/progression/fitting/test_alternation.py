"""A fit finds the course, its speed and the stages of people who were placed on it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import stage_people
from neuropil.progression.fitting.alternation import FitPlan, fit_course
from neuropil.progression.fitting.graphs import ViewMixture
from neuropil.progression.fitting.residuals import measure_noise
from neuropil.progression.fitting.scores import score_course

NOISE = NoiseModel(0.0, 0.02)


@pytest.fixture(scope="module")
def fitted(small_world, short_plan):
    return fit_course(small_world.form(), small_world.train, small_world.validation, short_plan)


def test_the_course_fits_other_people_as_well_as_the_true_one(small_world, fitted):
    found = score_course(fitted.course, small_world.validation, NOISE)
    oracle = score_course(small_world.course, small_world.validation, NOISE)
    assert found.sse < 1.03 * oracle.sse
    assert found.correlation > oracle.correlation - 0.005
    # Twenty people, eight regions and a standard deviation of .02: less one stage a person.
    expected = 0.02**2 * (small_world.validation.values.size - 20)
    assert oracle.sse == pytest.approx(expected, rel=0.2)


def test_stages_are_in_the_planted_order_and_as_far_apart(small_world, fitted):
    found = stage_people(fitted.course, small_world.train, NOISE)
    assert spearmanr(found.point, small_world.onset)[0] > 0.98
    # The slope is the speed of the course, which gaps within people alone tell.
    assert np.polyfit(small_world.onset, found.point, 1)[0] == pytest.approx(1, abs=0.1)


def test_the_round_of_the_lowest_sum_of_validation_people_is_kept(small_world, fitted):
    history = fitted.history
    assert history.shape == (60, 2)
    assert fitted.best == history[:, 1].argmin()
    assert history[-1, 0] < 0.8 * history[0, 0]
    again = score_course(fitted.course, small_world.validation, NOISE)
    assert again.sse == pytest.approx(history[fitted.best, 1], rel=1e-9)


def test_numbers_are_those_that_were_planted(small_world, fitted):
    values = fitted.values_of(small_world.form())
    assert values.spread == pytest.approx(0.5, rel=0.25)
    assert values.growth == pytest.approx(0.4, rel=0.15)
    np.testing.assert_allclose(values.capacity, 0.9, atol=0.03)
    assert values.start.argmax() == 1
    assert values.shares.size == 0
    np.testing.assert_array_equal(fitted.weights, small_world.weights)


def test_noise_is_measured_around_the_fitted_course(small_world, fitted, short_plan):
    assert fitted.scatter == pytest.approx(0.02, rel=0.1)
    form = small_world.form()
    found = measure_noise(fitted, small_world.train, form.limits, short_plan)
    assert found.scan == pytest.approx(0.02, rel=0.1)
    assert found.offset < 0.008


def test_a_fit_is_repeatable_and_goes_on_from_where_it_was(small_world, fitted, short_plan):
    people = small_world.train, small_world.validation
    again = fit_course(small_world.form(), *people, short_plan)
    np.testing.assert_array_equal(again.course.states, fitted.course.states)
    further = fit_course(small_world.form(), *people, short_plan, fitted.numbers)
    assert further.history[-1, 0] < fitted.history[-1, 0]


def test_shares_of_views_go_to_the_graph_that_carried_it(small_world, short_plan):
    rng = np.random.default_rng(3)
    wrong = rng.random(small_world.weights.shape)
    wrong = np.triu(wrong, 1) + np.triu(wrong, 1).T
    wrong /= np.linalg.eigvalsh(np.diag(wrong.sum(1)) - wrong)[-1]
    views = ViewMixture(np.stack([wrong, small_world.weights]), ("random", "true"))
    form = small_world.form()
    form = type(form)(views, form.seeds, capacity="one", known_start=small_world.course.states[0])
    found = fit_course(form, small_world.train, small_world.validation, short_plan)
    assert found.values_of(form).shares[1] > 0.6


def test_the_grid_of_a_plan():
    plan = FitPlan(last_stage=10.0, stage_step=0.5)
    assert plan.grid.n_stages == 21
