"""Rewiring keeps every degree, and reaches every graph with these degrees as often."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import chisquare

from neuropil.contracts import ConfigError, InputError
from neuropil.measures import DegreePreserving, shuffle_degree_preserving_within_blocks
from neuropil.measures.graphs.rewiring import rewire, rewire_matrix

CYCLE = [(0, 1), (1, 2), (2, 0)]
KITE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 0), (3, 1)]
WHEEL = [(0, 1), (0, 4), (1, 2), (2, 0), (2, 3), (3, 4), (4, 0)]


@st.composite
def weighted_graphs(draw):
    """A matrix with loops and real weights, and a label for each row."""
    n = draw(st.integers(1, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = rng.random((n, n)) * (rng.random((n, n)) < draw(st.sampled_from([0.1, 0.4, 0.9])))
    return matrix, rng.choice(list("abc"), n), rng


@given(weighted_graphs())
@settings(deadline=None)
def test_degrees_loops_and_outgoing_weights_are_kept(drawn):
    matrix, _, rng = drawn
    shuffled = DegreePreserving().draw(sparse.csr_array(matrix), rng).toarray()
    before, after = matrix > 0, shuffled > 0
    np.testing.assert_array_equal(after.sum(axis=0), before.sum(axis=0))
    np.testing.assert_array_equal(after.sum(axis=1), before.sum(axis=1))
    np.testing.assert_array_equal(np.diag(shuffled), np.diag(matrix))
    np.testing.assert_array_equal(np.sort(shuffled, axis=1), np.sort(matrix, axis=1))


@given(weighted_graphs())
@settings(deadline=None)
def test_permuted_weights_are_the_same_weights(drawn):
    matrix, _, rng = drawn
    shuffled = DegreePreserving(weights="permuted").draw(sparse.csr_array(matrix), rng).toarray()
    np.testing.assert_array_equal((shuffled > 0).sum(axis=0), (matrix > 0).sum(axis=0))
    np.testing.assert_array_equal((shuffled > 0).sum(axis=1), (matrix > 0).sum(axis=1))
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(matrix, axis=None))


@given(weighted_graphs())
@settings(deadline=None)
def test_within_blocks_each_row_and_column_keeps_its_cells_in_each_block(drawn):
    matrix, labels, rng = drawn
    before = matrix.copy()
    shuffled = shuffle_degree_preserving_within_blocks(matrix, labels, rng)
    np.testing.assert_array_equal(matrix, before)
    np.testing.assert_array_equal(np.diag(shuffled), np.diag(before))
    for label in set(labels):
        inside = labels == label
        np.testing.assert_array_equal(
            np.sort(shuffled[:, inside], axis=1), np.sort(before[:, inside], axis=1)
        )
        np.testing.assert_array_equal(
            (shuffled[inside] > 0).sum(axis=0), (before[inside] > 0).sum(axis=0)
        )


def test_permuted_weights_stay_in_their_block():
    rng = np.random.default_rng(0)
    labels = tuple("aaaaabbbbb")
    matrix = rng.integers(1, 100, (10, 10)) * (rng.random((10, 10)) < 0.5)
    model = DegreePreserving(weights="permuted", within=labels)
    shuffled = model.draw(sparse.csr_array(matrix.astype(float)), rng).toarray()
    off_diagonal = ~np.eye(10, dtype=bool)
    for rows in (slice(0, 5), slice(5, 10)):
        for columns in (slice(0, 5), slice(5, 10)):
            inside = off_diagonal[rows, columns]
            assert sorted(shuffled[rows, columns][inside]) == sorted(matrix[rows, columns][inside])
    assert (shuffled != matrix).any()


def realisations(edges):
    """All graphs without loops that have the degrees of the given one."""
    n = 1 + max(map(max, edges))
    places = [(row, column) for row in range(n) for column in range(n) if row != column]

    def degrees(graph):
        sent, received = zip(*graph, strict=True)
        return sorted(sent), sorted(received)

    return [graph for graph in combinations(places, len(edges)) if degrees(graph) == degrees(edges)]


@pytest.mark.parametrize(("edges", "n_graphs"), [(CYCLE, 2), (KITE, 6), (WHEEL, 53)])
def test_every_graph_with_these_degrees_is_as_likely(edges, n_graphs):
    """Copies of a graph that are types of their own are rewired at once, each by itself."""
    graphs = realisations(edges)
    assert len(graphs) == n_graphs
    size, copies = 1 + max(map(max, edges)), 60 * n_graphs
    own = np.repeat(np.arange(copies), len(edges))
    rows, columns = np.tile(np.array(edges), (copies, 1)).T + own * size
    groups = np.repeat(np.arange(copies), size)
    rows, columns = rewire(rows, columns, groups, 40, np.random.default_rng(1))
    np.testing.assert_array_equal(rows // size, columns // size)
    found: dict[int, list] = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        found.setdefault(row // size, []).append((row % size, column % size))
    counts = Counter(tuple(sorted(graph)) for graph in found.values())
    assert counts.keys() == set(graphs)
    assert chisquare([counts[graph] for graph in graphs]).pvalue > 0.01


def test_every_deal_of_weights_is_as_likely():
    edges = np.array([0, 0, 0]), np.array([1, 2, 3])
    matrix = sparse.csr_array(([1.0, 2.0, 3.0], edges), shape=(4, 4))
    rng = np.random.default_rng(2)
    deals = Counter(
        tuple(rewire_matrix(matrix, np.zeros(4, int), 1, rng, carry=True).toarray()[0, 1:])
        for _ in range(900)
    )
    assert len(deals) == 6
    assert chisquare(list(deals.values())).pvalue > 0.01


def swap_one_by_one(edges, rng):
    """Exchange the targets of two random edges where that gives a graph; ten times each edge."""
    edges, present = list(edges), set(edges)
    for one, other in rng.integers(len(edges), size=(10 * len(edges), 2)):
        (a, b), (c, d) = edges[one], edges[other]
        if a == d or c == b or (a, d) in present or (c, b) in present:
            continue
        present -= {(a, b), (c, d)}
        present |= {(a, d), (c, b)}
        edges[one], edges[other] = (a, d), (c, b)
    return edges


def test_it_agrees_with_swaps_that_are_made_one_by_one():
    """Reciprocity under the field's reference algorithm, written plainly."""
    rng = np.random.default_rng(3)
    weight = np.sort(rng.random(30))[::-1]
    matrix = rng.random((30, 30)) < np.outer(weight, weight) * 0.6
    np.fill_diagonal(matrix, val=False)
    edges = [tuple(pair) for pair in np.argwhere(matrix).tolist()]

    def share_returned(graph):
        present = set(graph)
        return sum((b, a) in present for a, b in graph) / len(graph)

    swapped = [share_returned(swap_one_by_one(edges, rng)) for _ in range(80)]
    rows, columns = np.array(edges).T
    traded = []
    for _ in range(200):
        new = rewire(rows, columns, np.zeros(30, int), 20, rng)
        traded.append(share_returned(list(zip(new[0].tolist(), new[1].tolist(), strict=True))))
    error = np.hypot(np.std(swapped) / np.sqrt(80), np.std(traded) / np.sqrt(200))
    assert abs(np.mean(swapped) - np.mean(traded)) < 3.5 * error
    assert np.std(swapped) == pytest.approx(np.std(traded), rel=0.3)


def test_the_places_change_and_one_seed_gives_one_shuffle():
    rng = np.random.default_rng(4)
    matrix = rng.integers(1, 9, (40, 40)) * (rng.random((40, 40)) < 0.3)
    labels = ["a"] * 20 + ["b"] * 20
    one, other = (
        shuffle_degree_preserving_within_blocks(matrix, labels, np.random.default_rng(5))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)
    assert one.dtype == matrix.dtype
    before, after = matrix > 0, one > 0
    assert (before & after).sum() / before.sum() < 0.5


def test_weights_of_either_sign_and_sparse_matrices_are_shuffled():
    rng = np.random.default_rng(6)
    matrix = rng.normal(size=(12, 12)) * (rng.random((12, 12)) < 0.4)
    labels = list("aaaabbbbcccc")
    dense = shuffle_degree_preserving_within_blocks(matrix, labels, np.random.default_rng(7))
    cells = shuffle_degree_preserving_within_blocks(
        sparse.csr_array(matrix), labels, np.random.default_rng(7)
    )
    assert sparse.issparse(cells)
    np.testing.assert_array_equal(cells.toarray(), dense)
    np.testing.assert_allclose(dense.sum(axis=1), matrix.sum(axis=1))


def test_a_graph_without_edges_stays_without():
    empty = np.zeros((5, 5))
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(
        shuffle_degree_preserving_within_blocks(empty, list("aabbb"), rng), empty
    )


def test_wrong_labels_and_weights_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError) as caught:
        shuffle_degree_preserving_within_blocks(np.zeros((3, 3)), ["a", "b"], rng)
    assert str(caught.value) == (
        "labels: expected 3 labels, found 2. Give one for each row of the matrix."
    )
    with pytest.raises(InputError) as caught:
        shuffle_degree_preserving_within_blocks(np.zeros((2, 2)), ["a", None], rng)
    assert str(caught.value) == (
        "labels, row 1: expected a label for each neuron, found 1 without. "
        "Fill them, or leave these neurons out."
    )
    with pytest.raises(InputError) as caught:
        shuffle_degree_preserving_within_blocks(np.array([[0, np.nan], [0, 0]]), ["a", "b"], rng)
    assert str(caught.value) == (
        "matrix, row 0, column 1: expected finite weights, found nan (1 such cells). "
        "Correct it, or use 0 where there is no connection."
    )


def test_options_of_the_null_are_checked():
    with pytest.raises(ConfigError) as caught:
        DegreePreserving(weights="kept")
    assert str(caught.value) == (
        "DegreePreserving: expected weights to be carried or permuted, found 'kept'. "
        "Choose one of them."
    )
    with pytest.raises(ConfigError) as caught:
        DegreePreserving(rounds=0)
    assert str(caught.value) == (
        "DegreePreserving: expected at least one round, found 0. The default is 10."
    )
