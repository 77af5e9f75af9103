"""The course against a solver of SciPy and against the closed form of growth alone."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from neuropil.datasets import generate_views, interpolate_course, plant_easy_graph, simulate_course


def test_growth_without_spread_is_logistic():
    capacity, initial = np.array([1.0, 0.5]), np.array([0.1, 0.02])
    times, course = simulate_course(np.zeros((2, 2)), capacity, initial, (0.0, 0.35))
    growth = np.exp(0.35 * times[:, None] * capacity)
    logistic = capacity * initial * growth / (capacity + initial * (growth - 1))
    np.testing.assert_allclose(course, logistic, atol=2e-6)


def test_spread_without_growth_keeps_the_sum():
    graph = plant_easy_graph(generate_views().graphs).matrix
    initial = np.linspace(0, 1, 68)
    _, course = simulate_course(graph, np.ones(68), initial, (0.45, 0.0))
    np.testing.assert_allclose(course.sum(axis=1), initial.sum())
    assert course[-1].std() < initial.std()


def test_sixty_steps_are_within_1e_5_of_an_adaptive_solver():
    views = generate_views()
    graph = plant_easy_graph(views.graphs).matrix
    initial = np.full(68, 0.005)
    initial[[4, 38]] = 0.12
    laplacian = np.diag(graph.sum(axis=1)) - graph

    def slope(_, state):
        return -0.45 * laplacian @ state + 0.35 * state * (views.capacity - state)

    times, course = simulate_course(graph, views.capacity, initial, (0.45, 0.35))
    exact = solve_ivp(slope, (0, 30), initial, "DOP853", times, rtol=1e-11, atol=1e-13).y.T
    assert np.abs(course - exact).max() < 1e-5


def test_a_course_is_interpolated_in_straight_lines():
    times, course = np.array([0.0, 1, 3]), np.array([[0.0, 4], [2, 4], [6, 0]])
    found = interpolate_course(times, course, [0.5, 2, 9])
    assert found.tolist() == [[1, 4], [4, 2], [6, 0]]
