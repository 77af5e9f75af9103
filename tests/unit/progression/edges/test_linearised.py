"""The likelihood of weights to first order, against the likelihood itself."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.progression.edges.courses import CourseConstants, follow_courses
from neuropil.progression.edges.linearised import ConstantsDoubt, linearise
from neuropil.progression.edges.observations import NoiseLevels
from neuropil.progression.edges.onsets import place_person


def _deviance(weights, world, onsets, noise):
    """Squared whitened residuals at the best onsets near those given."""
    courses = follow_courses(weights, world.constants)
    total = 0.0
    for subject, onset in enumerate(onsets):
        course = courses[world.people.pattern[subject]]
        person = place_person(course, world.people, subject, onset, noise)
        total += ((noise.whiten(2) @ person.residuals) ** 2).sum()
    return total


@pytest.fixture(scope="module")
def noise(world):
    # Without the weights of narrowed noise, which first order holds where they are.
    return NoiseLevels(world.noise.offset, world.noise.scan, narrowed=False)


@pytest.fixture(scope="module")
def fit(world, noise):
    return linearise(world.weights, world.people, noise, world.constants)


def test_at_the_planted_weights_the_residuals_are_noise(world, fit):
    assert fit.n_values == world.people.values.size
    assert fit.deviance / fit.n_values == pytest.approx(1, abs=0.15)
    assert np.median(np.abs(fit.onsets - world.onsets)) < 0.5


def test_the_pull_is_the_slope_of_the_likelihood(world, noise, fit):
    for pair in (0, 4, 11):
        step = np.zeros_like(world.weights)
        step[pair] = 1e-4
        above, below = (
            _deviance(world.weights + sign * step, world, fit.onsets, noise) for sign in (1, -1)
        )
        slope = -0.5 * (above - below) / 2e-4
        assert fit.pull[pair] == pytest.approx(slope, abs=0.03 * np.abs(fit.pull).max())


def test_the_gram_matrix_is_symmetric_and_of_no_negative_eigenvalue(fit):
    np.testing.assert_allclose(fit.gram, fit.gram.T, rtol=1e-3, atol=1e-3 * fit.gram.max())
    values = np.linalg.eigvalsh((fit.gram + fit.gram.T) / 2)
    assert values.min() > -1e-5 * values.max()


def test_constants_in_doubt_take_information_and_move(world, noise):
    truth = world.constants
    wrong = CourseConstants(truth.initial, truth.capacity, 0.30)
    doubt = ConstantsDoubt(wrong, growth=0.1)
    unsure = linearise(world.weights, world.people, noise, wrong, doubt)
    held = linearise(world.weights, world.people, noise, wrong)
    assert np.trace(unsure.gram) < np.trace(held.gram)
    # At the planted weights the growth that fits is the planted one.
    found = unsure.move_constants(world.weights, 1.0)
    assert found.growth == pytest.approx(0.35, abs=0.015)
    np.testing.assert_allclose(found.capacity, truth.capacity, atol=1e-6)
    assert held.move_constants(world.weights, 1.0).growth == pytest.approx(0.30, abs=1e-6)


def test_no_step_leads_beyond_what_can_be(world, fit):
    truth = world.constants
    base = np.full_like(fit.answer[0], -10.0)
    moved = type(fit)(
        fit.weights, truth, fit.gram, fit.pull, fit.onsets, 0.0, 1, (base, fit.answer[1])
    ).move_constants(fit.weights, 1.0)
    assert moved.growth == 0.01
    assert (moved.capacity == 0.1).all()
    assert (moved.initial == 1e-4).all()
