"""Courses along weights, and their derivatives against differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.datasets.planted_progression import simulate_course
from neuropil.progression.edges.courses import (
    DURATION,
    differentiate_course,
    follow_courses,
    interpolate_rows,
)


def test_courses_are_those_of_the_generator(world):
    rows, columns = np.triu_indices(6, 1)
    graph = np.zeros((6, 6))
    graph[rows, columns] = graph[columns, rows] = world.weights
    courses = follow_courses(world.weights, world.constants)
    for course, initial in zip(courses, world.constants.initial, strict=True):
        _, expected = simulate_course(graph, world.constants.capacity, initial, (1.0, 0.35))
        np.testing.assert_allclose(course, expected, atol=1e-13)


@pytest.fixture(scope="module")
def effect(world):
    return differentiate_course(world.weights, world.constants, 1)


def test_the_course_is_solved_with_its_derivatives(world, effect):
    np.testing.assert_allclose(effect.states, follow_courses(world.weights, world.constants)[1])


@pytest.mark.parametrize("pair", [0, 7, 14])
def test_derivatives_by_an_edge_are_those_of_differences(world, effect, pair):
    step = np.zeros_like(world.weights)
    step[pair] = 1e-6
    above, below = (
        follow_courses(world.weights + sign * step, world.constants)[1] for sign in (1, -1)
    )
    # Derivatives by edges are in single precision.
    np.testing.assert_allclose(effect.edges[..., pair], (above - below) / 2e-6, atol=3e-5)


def test_derivatives_by_constants_are_those_of_differences(world, effect):
    constants = world.constants
    capacity, initial = constants.capacity.copy(), constants.initial.copy()
    capacity[2] += 1e-6
    initial[1, 4] += 1e-6
    for place, other in (
        (0, replace(constants, growth=constants.growth + 1e-6)),
        (1 + 2, replace(constants, capacity=capacity)),
        (1 + 6 + 4, replace(constants, initial=initial)),
    ):
        moved = follow_courses(world.weights, other)[1]
        slope = (moved - effect.states) / 1e-6
        np.testing.assert_allclose(effect.others[..., place], slope, rtol=1e-4, atol=1e-5)


def test_values_between_and_beyond_the_grid():
    grid = np.arange(61.0)[:, None]
    times = np.array([-1.0, 0.25, DURATION, DURATION + 5])
    np.testing.assert_allclose(interpolate_rows(grid, times)[:, 0], [0, 0.5, 60, 60])
