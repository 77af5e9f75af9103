"""Swaps of undirected edges keep every degree, and reach every graph with these as often."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import chisquare

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.measures import DegreePreserving, ErdosRenyi, draw_nulls, is_directed
from neuropil.measures.graphs.swaps import count_rounds, swap_edges

PAIRS = [(0, 1), (2, 3)]
PATH = [(0, 1), (1, 2), (2, 3)]
RING = [(0, 1), (0, 4), (1, 2), (2, 3), (3, 4)]
KITE = [(0, 1), (0, 2), (0, 3), (1, 2), (3, 4), (4, 5)]


@st.composite
def weighted_graphs(draw):
    """A symmetric matrix with loops and real weights, and a label for each row."""
    n = draw(st.integers(1, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = rng.random((n, n)) * (rng.random((n, n)) < draw(st.sampled_from([0.1, 0.4, 0.9])))
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    return matrix, tuple(rng.choice(list("abc"), n).tolist()), rng


@given(weighted_graphs())
@settings(deadline=None)
def test_degrees_loops_and_weights_are_kept_and_the_graph_stays_symmetric(drawn):
    matrix, _, rng = drawn
    model = DegreePreserving(directed=False)
    shuffled = model.draw(sparse.csr_array(matrix), rng).toarray()
    np.testing.assert_array_equal(shuffled, shuffled.T)
    np.testing.assert_array_equal((shuffled > 0).sum(axis=0), (matrix > 0).sum(axis=0))
    np.testing.assert_array_equal(np.diag(shuffled), np.diag(matrix))
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(matrix, axis=None))


@given(weighted_graphs())
@settings(deadline=None)
def test_with_types_the_partners_in_each_type_and_the_weights_of_each_block_are_kept(drawn):
    matrix, labels, rng = drawn
    model = DegreePreserving(within=labels, directed=False)
    shuffled = model.draw(sparse.csr_array(matrix), rng).toarray()
    np.testing.assert_array_equal(shuffled, shuffled.T)
    kinds = np.array(labels)
    for kind in set(labels):
        before, after = matrix[:, kinds == kind], shuffled[:, kinds == kind]
        np.testing.assert_array_equal((after > 0).sum(axis=1), (before > 0).sum(axis=1))
        for other in set(labels):
            rows = kinds == other
            np.testing.assert_array_equal(
                np.sort(after[rows], axis=None), np.sort(before[rows], axis=None)
            )


@given(weighted_graphs())
@settings(deadline=None)
def test_edges_anywhere_are_as_many_and_have_the_same_weights(drawn):
    matrix, _, rng = drawn
    shuffled = ErdosRenyi(directed=False).draw(sparse.csr_array(matrix), rng).toarray()
    np.testing.assert_array_equal(shuffled, shuffled.T)
    np.testing.assert_array_equal(np.diag(shuffled), np.diag(matrix))
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(matrix, axis=None))


def realisations(edges):
    """All undirected graphs without loops that have the degrees of the given one."""
    n = 1 + max(map(max, edges))

    def degrees(graph):
        return np.bincount(np.array(graph).ravel(), minlength=n).tolist()

    graphs = combinations(combinations(range(n), 2), len(edges))
    return [graph for graph in graphs if degrees(graph) == degrees(edges)]


@pytest.mark.parametrize(("edges", "n_graphs"), [(PAIRS, 3), (PATH, 2), (RING, 12), (KITE, 36)])
def test_every_graph_with_these_degrees_is_as_likely(edges, n_graphs):
    """Copies of a graph that are blocks of their own are swapped at once, each by itself."""
    graphs = realisations(edges)
    assert len(graphs) == n_graphs
    size, copies = 1 + max(map(max, edges)), 60 * n_graphs
    own = np.repeat(np.arange(copies), len(edges))
    ends = np.tile(np.array(edges), (copies, 1)).T + own * size
    groups = np.repeat(np.arange(copies), size)
    one, other = swap_edges(tuple(ends), own, groups, 60, np.random.default_rng(1))
    np.testing.assert_array_equal(one // size, other // size)
    found: dict[int, list] = {}
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        found.setdefault(a // size, []).append(tuple(sorted((a % size, b % size))))
    counts = Counter(tuple(sorted(graph)) for graph in found.values())
    assert counts.keys() == set(graphs)
    assert chisquare([counts[graph] for graph in graphs]).pvalue > 0.01


def test_every_pair_is_as_likely_where_edges_go_anywhere():
    matrix = sparse.csr_array(([1.0, 1.0], ([0, 3], [3, 0])), shape=(5, 5))
    rng = np.random.default_rng(2)
    places = Counter()
    for _ in range(1000):
        drawn = ErdosRenyi(directed=False).draw(matrix, rng)
        places[tuple(sorted(drawn.nonzero()[0].tolist()))] += 1
    assert places.keys() == set(combinations(range(5), 2))
    assert chisquare(list(places.values())).pvalue > 0.01


def test_places_change_even_where_the_graph_is_dense():
    rng = np.random.default_rng(3)
    for density, most in ((0.1, 0.25), (0.5, 0.6), (0.8, 0.9)):
        matrix = np.triu(rng.random((50, 50)) < density, 1).astype(float)
        matrix = matrix + matrix.T
        drawn = DegreePreserving(directed=False).draw(sparse.csr_array(matrix), rng).toarray()
        assert (drawn * matrix).sum() / matrix.sum() < most
    assert count_rounds(10, 45, 10) == 200  # a full graph, of which nothing can be swapped


def test_the_kind_of_a_graph_is_stated_or_seen():
    symmetric, other = np.array([[0, 2], [2, 0]]), np.array([[0, 2], [1, 0]])
    assert not is_directed(symmetric)
    assert is_directed(symmetric, stated=True)
    assert is_directed(other)
    assert is_directed(np.diag([1.0, 2.0]))  # nothing between two neurons
    assert not is_directed(Connectome.from_matrix(symmetric, directed=False))
    with pytest.raises(InputError) as caught:
        is_directed(other, stated=False)
    assert str(caught.value) == (
        "matrix, row 0, column 1: expected an undirected graph, found 2 and 1 in the two "
        "directions. Correct it, or measure it as directed."
    )


def test_a_null_model_of_the_other_kind_is_refused():
    symmetric = np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0]])
    with pytest.raises(ConfigError) as caught:
        next(draw_nulls(symmetric, DegreePreserving()))
    assert str(caught.value) == (
        "DegreePreserving: expected a null model for an undirected graph, found one for a directed "
        "one. Use DegreePreserving(directed=False), or state directed=True for the graph."
    )
    assert next(draw_nulls(symmetric, DegreePreserving(), directed=True)).sum() == 6
    with pytest.raises(ConfigError) as caught:
        DegreePreserving(weights="carried", directed=False)
    assert str(caught.value) == (
        "DegreePreserving: expected weights to be permuted in an undirected graph, found "
        "'carried'. No neuron sends in it; leave weights out."
    )
    assert DegreePreserving(directed=False).name == (
        "partners redrawn; degree of every neuron kept, weights permuted"
    )


def test_one_seed_gives_one_draw():
    rng = np.random.default_rng(4)
    matrix = np.triu(rng.random((30, 30)) < 0.2, 1).astype(float)
    matrix = matrix + matrix.T
    one, other = (next(draw_nulls(matrix, seed=SeedTree(5))).toarray() for _ in range(2))
    np.testing.assert_array_equal(one, other)
