"""Onsets that were planted, and the noise that is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.progression.edges.courses import follow_courses
from neuropil.progression.edges.observations import PatternVisits
from neuropil.progression.edges.onsets import (
    estimate_noise,
    find_onsets,
    place_person,
    score_courses,
    tabulate_stages,
)


@pytest.fixture(scope="module")
def courses(world):
    return follow_courses(world.weights, world.constants)


@pytest.fixture(scope="module")
def clean(world, courses):
    """The same people without noise."""
    people = world.people
    stage = np.round((world.onsets[people.subject] + people.gap) * 10).astype(int)
    values = tabulate_stages(courses)[people.pattern[people.subject], stage]
    return replace(people, values=values)


def test_without_noise_every_onset_is_found(world, courses, clean):
    np.testing.assert_allclose(find_onsets(courses, clean), world.onsets, atol=1e-9)
    found = score_courses(courses, clean)
    assert found.sse < 1e-20
    assert found.correlation == pytest.approx(1)


@pytest.mark.parametrize("weighed", [False, True])
def test_with_noise_onsets_are_near(world, courses, weighed):
    found = find_onsets(courses, world.people, world.noise if weighed else None)
    assert np.median(np.abs(found - world.onsets)) < 0.5


def test_a_refined_onset_leaves_no_slope(world, courses):
    for subject in (0, 5, 9):
        course = courses[world.people.pattern[subject]]
        person = place_person(course, world.people, subject, world.onsets[subject], world.noise)
        white = world.noise.whiten(2)
        speed, missed = white @ person.speed, white @ person.residuals
        # What is left to gain by moving it, in standard errors.
        assert abs((speed * missed).sum()) / np.sqrt((speed**2).sum()) < 0.1


def test_planted_noise_is_estimated(world, courses):
    found = estimate_noise(courses, world.people)
    # The onset of a person takes up some of what his six regions have in common.
    assert 0.6 * world.noise.offset < found.offset < 1.1 * world.noise.offset
    assert found.scan == pytest.approx(world.noise.scan, rel=0.2)


def test_single_visits_cannot_tell_the_two_kinds_of_noise(world, courses):
    people = PatternVisits(
        world.people.values[::2], np.arange(60), np.zeros(60), world.people.pattern
    )
    with pytest.raises(InputError) as error:
        estimate_noise(courses, people)
    assert str(error.value) == (
        "estimate_noise: expected people who were seen twice, found none of 60 with two values "
        "away from 0 and 1. One visit cannot tell noise from what a person has more or less: give "
        "both."
    )
