"""Undirected graphs: kept as such by every operation, each edge counted once."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from neuropil.connectome import (
    Connectome,
    TableError,
    find_asymmetry,
    first_of_pairs,
    judge_direction,
    unite,
)
from neuropil.contracts import InputError

NODES = pl.DataFrame(
    {"id": [5, 1, 3, 2], "cell_type": ["A", "A", "B", "B"], "side": ["L", "R", "L", "R"]}
)
# Once in either direction; 2 is joined to itself.
EDGES = pl.DataFrame({"pre": [1, 3, 2, 2], "post": [5, 5, 3, 2], "synapse_count": [3, 4, 5, 6]})


@pytest.fixture
def graph() -> Connectome:
    return Connectome.from_frames(NODES, EDGES, directed=False)


def test_both_directions_stand_side_by_side(graph):
    assert graph.edges.rows() == [
        *((1, 5, 3), (5, 1, 3)),
        *((3, 5, 4), (5, 3, 4)),
        *((2, 3, 5), (3, 2, 5)),
        (2, 2, 6),
    ]
    assert first_of_pairs(graph.edges).tolist() == [True, False] * 3 + [True]
    assert graph.n_edges == 4
    np.testing.assert_array_equal(graph.adjacency().toarray(), graph.adjacency().T.toarray())
    assert graph.adjacency().toarray()[3, 3] == 6


def test_an_edge_may_be_given_in_one_direction_or_both(graph):
    again = Connectome.from_frames(NODES, graph.edges, directed=False)
    assert again.equals(graph)
    # In whichever order both directions come.
    turned = Connectome.from_frames(NODES, graph.edges.reverse(), directed=False)
    assert turned.n_edges == 4
    np.testing.assert_array_equal(turned.adjacency().toarray(), graph.adjacency().toarray())


def test_two_directions_that_differ_are_named():
    edges = pl.DataFrame({"pre": [1, 5], "post": [5, 1], "synapse_count": [3, 4]})
    with pytest.raises(TableError) as caught:
        Connectome.from_frames(NODES, edges, directed=False)
    assert str(caught.value) == (
        "edges, row 1, column synapse_count: expected the same weight in both directions of an "
        "undirected edge, found 4 and 3 between 5 and 1. Correct it, or state that the graph is "
        "directed."
    )
    rounded = pl.DataFrame({"pre": [1, 5], "post": [5, 1], "r": [0.25, 0.2500001]})
    made = Connectome.from_frames(NODES, rounded, units={"r": "correlation"}, directed=False)
    assert made.edges["r"].to_list() == [0.25, 0.25]


@pytest.mark.parametrize(
    "change",
    [
        lambda graph: graph.select("side == 'L'"),
        lambda graph: graph.drop("id == 2"),
        lambda graph: graph.subset([2, 3, 5]),
        lambda graph: graph.merge("side"),
        lambda graph: graph.with_nodes({"region": ["V1"] * 4}, "label"),
        lambda graph: graph.with_edges({"synapse_count": graph.edges["synapse_count"] * 2}, "x2"),
    ],
)
def test_every_operation_keeps_it_undirected(graph, change):
    changed = change(graph)
    assert not changed.directed
    matrix = changed.adjacency().toarray()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert first_of_pairs(changed.edges).sum() == changed.n_edges


def test_merging_counts_each_edge_once(graph):
    merged = graph.merge("cell_type")
    assert merged.edges.rows() == [("A", "A", 3), ("B", "A", 4), ("A", "B", 4), ("B", "B", 11)]
    names, sums = graph.type_matrix()
    assert names == ["A", "B"]
    np.testing.assert_array_equal(sums, [[3, 4], [4, 11]])
    # The mean is that of the block of the matrix, in which an edge stands twice.
    mean = graph.merge("cell_type", how="mean").adjacency().toarray()
    np.testing.assert_array_equal(mean, [[6 / 4, 4 / 4], [4 / 4, (10 + 6) / 4]])


def test_changed_weights_must_agree_in_both_directions(graph):
    weights = graph.edges["synapse_count"].to_list()
    with pytest.raises(TableError, match="the same weight in both directions"):
        graph.with_edges({"synapse_count": [9, *weights[1:]]}, "slip")


def test_a_matrix_is_undirected_where_it_is_said_or_a_correlation():
    symmetric = [[0.0, 0.5], [0.5, 1.0]]
    assert Connectome.from_matrix(symmetric, unit="streamlines", weight="n").directed
    stated = Connectome.from_matrix(symmetric, unit="streamlines", weight="n", directed=False)
    assert not stated.directed
    made = Connectome.from_matrix(symmetric, unit="correlation", weight="r")
    assert not made.directed
    assert made.edges.rows() == [(0, 1, 0.5), (1, 0, 0.5), (1, 1, 1.0)]
    assert Connectome.from_matrix(symmetric, unit="correlation", weight="r", directed=True).directed
    asymmetric = [[0.0, 0.5], [0.4, 0.0]]
    assert Connectome.from_matrix(asymmetric, unit="correlation", weight="r").directed
    with pytest.raises(TableError) as caught:
        Connectome.from_matrix(asymmetric, unit="correlation", weight="r", directed=False)
    assert str(caught.value) == (
        "matrix, row 0, column 1: expected a symmetric matrix, because it is stated to be "
        "undirected, found 0.5 and 0.4 in the mirrored cell. Correct it, or state that the matrix "
        "is directed."
    )
    with pytest.raises(TableError, match="found 1 and 2 in the mirrored cell"):
        judge_direction(sparse.csr_array(np.array([[0, 1], [2, 0]])), "synapses", stated=False)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(
    ("matrix", "found"),
    [
        ([[1.0, 0.3], [0.3, 0.0]], None),
        ([[1.0, 0.3], [0.3 + 1e-9, 0.0]], None),
        ([[1.0, 0.1502], [0.1503, 0.0]], (0, 1)),
        ([[0, 3], [3, 0]], None),
        ([[0, 3_000_000], [3_000_001, 0]], (0, 1)),
        ([[0, 0, 1], [0, 0, 2], [1, 0, 0]], (1, 2)),
        ([[0.0, 0.0], [0.0, 0.0]], None),
        ([[False, True], [True, False]], None),
    ],
)
def test_symmetry_is_exact_for_counts_and_to_five_digits_for_others(form, matrix, found):
    assert find_asymmetry(form(np.array(matrix))) == found


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_mirrored_numbers_may_differ_by_their_last_digit(form):
    matrix = form(np.array([[1.0, 0.124], [0.123, 1.0]]))
    assert find_asymmetry(matrix) == (0, 1)
    assert find_asymmetry(matrix, 0.001) is None
    assert find_asymmetry(matrix, 0.0001) == (0, 1)
    # Of .4 and .5 the last digit is no rounding: it is a tenth of the largest number and more.
    assert find_asymmetry(form(np.array([[0.0, 0.5], [0.4, 0.0]])), 0.1) == (0, 1)
    # Counts must agree exactly, whatever they are given with.
    assert find_asymmetry(form(np.array([[0, 700], [701, 0]])), 1.0) == (0, 1)


def test_a_table_of_correlations_in_both_directions_is_undirected():
    both = pl.DataFrame({"pre": [1, 5], "post": [5, 1], "r": [0.25, 0.25]})
    nodes, units = NODES.head(2), {"r": "correlation"}
    assert not Connectome.from_frames(nodes, both, units=units).directed
    assert Connectome.from_frames(nodes, both, units=units, directed=True).directed
    assert Connectome.from_frames(nodes, both, units={"r": "tracts"}).directed
    assert Connectome.from_frames(nodes, both.head(1), units=units).directed


def test_random_last_digits_of_corrcoef_are_symmetric():
    values = np.random.default_rng(3).standard_normal((12, 80))
    made = Connectome.from_matrix(np.corrcoef(values), unit="correlation", weight="r")
    assert not made.directed
    matrix = made.adjacency().toarray()
    np.testing.assert_array_equal(matrix, matrix.T)


def test_a_directed_and_an_undirected_graph_are_not_united(graph):
    other = Connectome.from_frames(
        pl.DataFrame({"id": [8, 9]}),
        pl.DataFrame({"pre": [8], "post": [9], "synapse_count": [1]}),
    )
    with pytest.raises(InputError) as caught:
        unite(graph, other)
    assert str(caught.value) == (
        "unite: expected two directed or two undirected graphs, found one of each. Read both "
        "alike: dataclasses.replace(connectome, directed=True) makes each undirected edge two."
    )
    # The repair works when typed.
    assert unite(dataclasses.replace(graph, directed=True), other).edges.height == 8
    assert not unite(graph, dataclasses.replace(other, directed=False)).directed


def test_no_edges_is_an_undirected_graph_too():
    empty = EDGES.clear()
    made = Connectome.from_frames(NODES, empty, directed=False)
    assert made.n_edges == 0
    assert not made.directed


def test_the_two_directions_of_an_edge_agree_on_null():
    nodes = pl.DataFrame({"id": [1, 2, 3]})
    units = {"fibers": "count", "length": "mm"}
    edges = pl.DataFrame(
        {"pre": [1, 2], "post": [2, 3], "fibers": [2**53 + 1, None], "length": [None, 0.5]}
    )
    made = Connectome.from_frames(nodes, edges, units=units, directed=False)
    assert made.n_edges == 2
    assert made.edges.rows() == [
        (1, 2, 2**53 + 1, None),
        (2, 1, 2**53 + 1, None),
        (2, 3, None, 0.5),
        (3, 2, None, 0.5),
    ]
    assert Connectome.from_frames(nodes, made.edges, units=units, directed=False).equals(made)
    apart = pl.DataFrame({"pre": [1, 2], "post": [2, 1], "fibers": [0, None], "length": [0.5, 0.5]})
    with pytest.raises(InputError) as caught:
        Connectome.from_frames(nodes, apart, units=units, directed=False)
    assert str(caught.value) == (
        "edges, row 1, column fibers: expected the same weight in both directions of an undirected "
        "edge, found null and 0 between 2 and 1. Correct it, or state that the graph is directed."
    )
    signed = {"fibers": "correlation", "length": "correlation"}
    assert Connectome.from_frames(nodes, apart, units=signed).directed
