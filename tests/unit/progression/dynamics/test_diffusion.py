"""Diffusion in closed form: three ways agree, and small concentrations are exact."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

from neuropil.contracts import ConfigError, InputError
from neuropil.progression import build_laplacian, diffuse

TIMES = np.array([3.0, 0.0, 0.2, 40.0])


@pytest.fixture(scope="module")
def directed():
    rng = np.random.default_rng(0)
    return build_laplacian(rng.random((12, 12)) * (rng.random((12, 12)) < 0.4), scale="row-sum")


@pytest.fixture(scope="module")
def symmetric():
    weights = np.random.default_rng(1).random((12, 12))
    return build_laplacian(weights + weights.T, scale="row-sum")


@pytest.mark.parametrize("method", ["auto", "series", "exponential"])
@pytest.mark.parametrize("columns", [(), (3,)])
def test_it_is_the_matrix_exponential(directed, method, columns):
    start = np.random.default_rng(2).random((12, *columns))
    found = diffuse(directed, start, TIMES, method=method)
    expected = [expm(-directed * time) @ start for time in TIMES]
    assert found.shape == (4, 12, *columns)
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("columns", [(), (3,)])
def test_eigenvectors_give_the_same_where_the_graph_is_symmetric(symmetric, columns):
    start = np.random.default_rng(3).random((12, *columns))
    spectrum = diffuse(symmetric, start, TIMES, method="spectrum")
    np.testing.assert_allclose(spectrum, diffuse(symmetric, start, TIMES), atol=1e-13)


def test_concentrations_far_from_the_seed_keep_their_relative_accuracy():
    # On a line the first that arrives at distance d is t^d / d! to a relative error of order t;
    # eigenvectors bring rounding errors of 1e-17 there.
    line = np.diag(np.ones(19), 1)
    laplacian = build_laplacian(line + line.T)
    found = diffuse(laplacian, np.eye(20)[0], [1e-3])[0]
    expected = [1e-3**d / math.factorial(d) for d in range(20)]
    np.testing.assert_allclose(found, expected, rtol=3e-3)
    assert 0 < found[19] < 1e-73


def test_the_total_is_kept_on_a_symmetric_graph_and_levels_out(symmetric):
    found = diffuse(symmetric, np.eye(12)[4], [0.5, 1e6])
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(found[1], 1 / 12)


def test_long_times_take_another_way_and_the_same_values(directed):
    rest = diffuse(directed, np.eye(12)[4], [5000.0])
    np.testing.assert_allclose(rest, diffuse(directed, np.eye(12)[4], [5000.0], method="series"))
    np.testing.assert_allclose(rest, rest[0, 0], rtol=1e-9)


def test_nothing_moves_without_time_or_edges():
    laplacian = build_laplacian([[0, 1], [1, 0]])
    np.testing.assert_array_equal(diffuse(laplacian, [0.3, 0], [0, 0]), [[0.3, 0], [0.3, 0]])
    np.testing.assert_array_equal(diffuse(0 * laplacian, [0.3, 0], [7]), [[0.3, 0]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"laplacian": [[0.0, 1.0], [1.0, 0.0]]},
            "laplacian: expected rows whose sum is 0 and nothing above 0 beside the diagonal, "
            "found 2 such elements and a largest sum of 1. Make it with build_laplacian.",
        ),
        (
            {"laplacian": np.ones((1, 2))},
            "laplacian: expected a square matrix of finite numbers, found shape (1, 2). Make it "
            "with build_laplacian.",
        ),
        (
            {"start": [1.0, 0.0, 0.0]},
            "start: expected 2 concentrations, found shape (3,). Give one for each region, and "
            "one column for each start.",
        ),
        (
            {"start": [1.0, -1.0]},
            "start: expected finite concentrations of 0 or more, found 1 others. Pathology is an "
            "amount; subtract no mean from it.",
        ),
        (
            {"times": [-1.0]},
            "times: expected a list of finite times of 0 or more, found shape (1,). Diffusion "
            "cannot be run backwards; measure time from the start.",
        ),
    ],
)
def test_what_cannot_be_computed_is_named(change, message):
    given = {"laplacian": [[1.0, -1.0], [-1.0, 1.0]], "start": [1.0, 0.0], "times": [1.0]}
    with pytest.raises(InputError) as error:
        diffuse(**(given | change))
    assert str(error.value) == message


def test_methods_that_do_not_fit_are_named(directed):
    with pytest.raises(ConfigError) as error:
        diffuse(directed, np.ones(12), [1.0], method="spectrum")
    assert str(error.value) == (
        "method: expected a symmetric Laplacian for the method spectrum, found one with "
        "directions. Use series or exponential."
    )
    with pytest.raises(ConfigError) as error:
        diffuse(directed, np.ones(12), [1.0], method="pade")
    assert str(error.value) == (
        "method: expected auto, series, spectrum, exponential, found 'pade'. Choose one of them."
    )
