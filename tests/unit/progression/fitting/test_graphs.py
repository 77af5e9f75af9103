"""Kinds of graph: where they begin, what they weigh, what they cost."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.progression.fitting.graphs import (
    FreeGraph,
    GivenGraph,
    PriorGraph,
    ViewMixture,
    fill_symmetric,
)

PRIOR = np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0]], float)


def test_a_given_graph_has_nothing_to_fit():
    graph = GivenGraph(PRIOR)
    np.testing.assert_array_equal(graph.weigh(graph.begin()), PRIOR)
    assert graph.begin().shape == (0,)
    assert graph.penalise(graph.begin()) == 0


def test_a_mixture_begins_with_equal_shares_that_add_up_to_one():
    graph = ViewMixture(np.stack([PRIOR, PRIOR.max() - PRIOR]), ("one", "other"))
    np.testing.assert_allclose(graph.weigh(graph.begin()), np.full((3, 3), 1.0))
    shares = graph.shares(jnp.asarray([2.0, -1.0]))
    assert float(shares.sum()) == pytest.approx(1)
    np.testing.assert_allclose(graph.weigh(jnp.asarray([50.0, -50.0])), PRIOR, atol=1e-6)
    assert graph.penalise(graph.begin()) == 0


def test_a_free_graph_is_positive_symmetric_and_pays_for_its_sum():
    graph = FreeGraph(3, 0.5)
    weights = np.asarray(graph.weigh(graph.begin()))
    np.testing.assert_array_equal(weights, weights.T)
    np.testing.assert_array_equal(np.diag(weights), 0)
    # .02 log(1 + e^-3) for each pair, both ways, at half price.
    assert weights[0, 1] == pytest.approx(0.02 * np.log1p(np.exp(-3)))
    assert float(graph.penalise(graph.begin())) == pytest.approx(0.5 * weights.sum())


def test_a_prior_begins_as_it_is_and_pays_for_squared_logarithms():
    graph = PriorGraph(PRIOR, 0.02)
    np.testing.assert_allclose(graph.weigh(graph.begin()), PRIOR)
    moved = jnp.asarray([np.log(3.0), 5.0, 0.0])
    weights = np.asarray(graph.weigh(moved))
    # A factor cannot raise a pair that the prior sets to 0.
    assert weights[0, 2] == 0
    assert weights[0, 1] == pytest.approx(6, rel=1e-6)
    assert float(graph.penalise(moved)) == pytest.approx(0.02 * (np.log(3.0) ** 2 + 25), rel=1e-6)


def test_a_floor_lets_data_raise_what_a_prior_sets_to_zero():
    weights = np.asarray(PriorGraph(PRIOR, floor=0.1).weigh(jnp.asarray([0.0, 5.0, 0.0])))
    assert weights[0, 2] == pytest.approx(0.1 * np.exp(5), rel=1e-6)
    np.testing.assert_array_equal(np.diag(weights), 0)


def test_pairs_are_placed_row_by_row():
    np.testing.assert_array_equal(
        fill_symmetric(jnp.asarray([1.0, 2.0, 3.0]), 3), [[0, 1, 2], [1, 0, 3], [2, 3, 0]]
    )
