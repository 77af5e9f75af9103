"""Rewiring that keeps lengths: what stays, what moves, and that it is even."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chisquare

from neuropil.contracts import ConfigError, InputError
from neuropil.measures import LengthPreserving, draw_nulls


def world(rng, n=40, density=0.15):
    """A directed graph whose short connections are more and stronger."""
    places = rng.random((n, 3))
    lengths = np.linalg.norm(places[:, None] - places, axis=-1)
    edges = rng.random((n, n)) < density * 2 * np.exp(-lengths)
    return np.where(edges, np.exp(-3 * lengths + rng.normal(0, 0.1, (n, n))), 0), lengths


def binned(matrix, lengths, bins):
    inner = np.quantile(lengths[np.triu_indices(len(lengths), 1)], np.arange(1, bins) / bins)
    rows, columns = np.nonzero(matrix)
    return np.searchsorted(inner, lengths[rows, columns], side="right"), matrix[rows, columns]


@pytest.mark.parametrize("directed", [True, False])
def test_degrees_lengths_and_the_weights_of_each_length_stay(directed):
    matrix, lengths = world(np.random.default_rng(0))
    np.fill_diagonal(matrix, 0.5)
    matrix = matrix if directed else (matrix + matrix.T) / 2
    model = LengthPreserving(lengths, bins=5, rounds=100, directed=directed)
    null = model.draw(sparse.csr_array(matrix), np.random.default_rng(1)).toarray()
    for axis in (0, 1):
        np.testing.assert_array_equal((null > 0).sum(axis), (matrix > 0).sum(axis))
    np.testing.assert_array_equal(null.diagonal(), matrix.diagonal())
    (old, old_weights), (new, new_weights) = (binned(one, lengths, 5) for one in (matrix, null))
    for part in range(5):
        kept = np.sort(old_weights[old == part])
        np.testing.assert_array_equal(np.sort(new_weights[new == part]), kept)
    assert ((null > 0) & (matrix > 0)).sum() < 0.6 * (matrix > 0).sum()
    assert directed or (null == null.T).all()


def test_graphs_with_the_same_degrees_and_lengths_are_drawn_equally_often():
    # On one bin, a cycle of four directed edges has nine graphs with one partner each way.
    cycle = sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    model = LengthPreserving(1 - np.eye(4), bins=1, rounds=25)
    nulls = (null.toarray() for null in draw_nulls(cycle, model, 360))
    found = [tuple(null.argmax(axis=1)) for null in nulls]
    counts = np.unique(found, axis=0, return_counts=True)[1]
    assert len(counts) == 9
    assert chisquare(counts).pvalue > 0.001


def test_edges_stay_where_no_others_are_as_long():
    line = np.arange(5.0) ** 3
    lengths = abs(line[:, None] - line)
    matrix = np.triu(np.ones((5, 5)), 3)
    model = LengthPreserving(lengths, bins=10)
    null = model.draw(sparse.csr_array(matrix), np.random.default_rng(0))
    np.testing.assert_array_equal(null.toarray(), matrix)


def test_the_name_says_what_is_kept():
    assert LengthPreserving(1 - np.eye(3)).name == (
        "partners redrawn; in-degree and out-degree of every neuron and 10 bins of lengths kept, "
        "weights permuted within bins"
    )


@pytest.mark.parametrize(
    ("lengths", "what"),
    [
        (np.ones((2, 3)), "a square matrix, found shape (2, 3)"),
        ([[0, -1], [-1, 0]], "finite lengths of 0 or more, found others"),
        ([[0, np.inf], [np.inf, 0]], "finite lengths of 0 or more, found others"),
        ([[0, 1], [2, 0]], "the same length both ways, found different ones"),
    ],
)
def test_lengths_that_are_none_are_refused(lengths, what):
    with pytest.raises(InputError) as error:
        LengthPreserving(lengths)
    assert str(error.value) == (
        f"LengthPreserving, lengths: expected {what}. Give the distances between all regions."
    )


def test_what_does_not_fit_is_refused():
    with pytest.raises(ConfigError) as error:
        LengthPreserving(1 - np.eye(3), bins=0)
    assert str(error.value) == (
        "LengthPreserving: expected at least one bin and one round, found 0 and 500. The defaults "
        "are 10 and 500."
    )
    with pytest.raises(InputError) as error:
        LengthPreserving(1 - np.eye(3)).draw(sparse.csr_array(np.eye(4)), np.random.default_rng(0))
    assert str(error.value) == (
        "LengthPreserving: expected lengths of 4 regions, found those of 3. Give one row for each "
        "region of the graph."
    )
