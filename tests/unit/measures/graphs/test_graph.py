"""Degrees, density, reciprocity and path strength on graphs whose answers are known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError
from neuropil.measures import (
    compute_degrees,
    compute_density,
    compute_path_strength,
    compute_reciprocity,
)


def test_planted_reciprocity_is_recovered():
    """Of every ten edges three pairs are mutual: six edges of ten are returned."""
    n = 2000
    rng = np.random.default_rng(0)
    pre, post = rng.integers(n, size=(2, 9000))
    different = (pre != post) & (np.arange(9000) < 8000)
    edges = np.unique(np.sort([pre[different], post[different]], axis=0), axis=1)
    mutual = rng.random(edges.shape[1]) < 3 / 7
    rows = np.concatenate([edges[0], edges[1][mutual]])
    columns = np.concatenate([edges[1], edges[0][mutual]])
    graph = sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=(n, n))
    share = 2 * mutual.sum() / rows.size
    found = compute_reciprocity(graph)
    assert found.binary == share == pytest.approx(0.6, abs=0.02)
    density = rows.size / (n * (n - 1))
    assert found.corrected == pytest.approx((share - density) / (1 - density))
    assert found.weighted == found.binary


def test_the_correction_is_zero_in_a_random_graph_and_negative_in_a_chain():
    rng = np.random.default_rng(1)
    random = rng.random((400, 400)) < 0.1
    assert compute_reciprocity(random).corrected == pytest.approx(0, abs=0.02)
    chain = compute_reciprocity(np.eye(5, k=1))
    assert (chain.binary, chain.weighted) == (0, 0)
    assert chain.corrected == pytest.approx(-0.25)


def test_returned_weight_is_the_smaller_of_both_directions():
    graph = np.array([[9, 6, 0], [2, 0, 1], [0, 1, 0]])
    assert compute_reciprocity(graph).weighted == (2 + 2 + 1 + 1) / 10


def test_where_all_pairs_are_connected_nothing_is_left_to_correct():
    complete = compute_reciprocity(1 - np.eye(3))
    assert (complete.binary, complete.corrected) == (1, None)


def test_without_a_connection_reciprocity_is_not_defined():
    with pytest.raises(InputError) as caught:
        compute_reciprocity(np.eye(3))
    assert str(caught.value) == (
        "matrix: expected a connection between two different neurons, found none. "
        "Reciprocity is not defined without one."
    )


def test_density_leaves_the_diagonal_out():
    assert compute_density(np.array([[5, 0, 1], [0, 0, 0], [1, 1, 0]])) == 0.5
    with pytest.raises(InputError) as caught:
        compute_density(np.array([[1.0]]))
    assert str(caught.value) == (
        "matrix: expected at least two neurons, found 1. A density needs pairs of neurons."
    )


def test_degrees_count_partners_and_strengths_sum_weights():
    nodes = pl.DataFrame({"id": [7, 8, 9]})
    graph = Connectome.from_matrix(np.array([[1, 2, 0], [0, 0, 5], [0, 0, 0]]), nodes)
    found = compute_degrees(graph)
    assert found.outgoing.tolist() == [2, 1, 0]
    assert found.incoming.tolist() == [1, 1, 1]
    assert found.outgoing_strength.tolist() == [3, 5, 0]
    assert found.incoming_strength.tolist() == [1, 2, 5]


def test_a_stored_zero_is_no_connection_and_cells_stored_twice_are_one():
    rows, columns = [0, 0, 1], [1, 1, 0]
    graph = sparse.csr_array(([2.0, 3.0, 0.0], (rows, columns)), shape=(2, 2))
    found = compute_degrees(graph)
    assert found.outgoing.tolist() == [1, 0]
    assert found.outgoing_strength.tolist() == [5, 0]


def test_infinite_weights_are_named_with_their_place():
    graph = np.zeros((4, 4))
    graph[2, 3] = graph[3, 0] = np.inf
    with pytest.raises(InputError) as caught:
        compute_density(graph)
    assert str(caught.value) == (
        "matrix, row 2, column 3: expected finite weights, found inf (2 such cells). "
        "Correct it, or use 0 where there is no connection."
    )


def test_path_strength_is_the_power_of_the_matrix_of_input_shares():
    rng = np.random.default_rng(2)
    matrix = rng.integers(0, 9, (30, 30)) * (rng.random((30, 30)) < 0.3)
    labels = rng.choice(list("abc"), 30)
    found = compute_path_strength(matrix, labels, max_length=3)
    shares = matrix / np.maximum(matrix.sum(axis=0), 1)
    member = np.array([labels == name for name in found.names], dtype=float)
    power = np.eye(30)
    for length in range(3):
        power = power @ shares
        expected = member @ power @ member.T / member.sum(axis=1)
        np.testing.assert_allclose(found.by_length[length], expected)
    np.testing.assert_allclose(found.total, found.by_length.sum(axis=0))


def test_a_planted_detour_is_found_at_its_length():
    """Half of c's input comes from a through b, the other half from a directly."""
    nodes = pl.DataFrame({"id": [1, 2, 3, 4], "cell_type": ["a", "a", "b", "c"]})
    matrix = [[0, 0, 6, 5], [0, 0, 4, 5], [0, 0, 0, 10], [0, 0, 0, 0]]
    found = compute_path_strength(Connectome.from_matrix(matrix, nodes), "cell_type", 4)
    assert found.names == ("a", "b", "c")
    np.testing.assert_allclose(found.by_length[:, 0, 2], [0.5, 0.5, 0, 0])
    np.testing.assert_allclose(found.by_length[:, 0, 1], [1, 0, 0, 0])


def test_many_types_are_followed_in_parts():
    matrix = np.roll(np.eye(150), 1, axis=1)
    found = compute_path_strength(matrix, range(150), max_length=2)
    np.testing.assert_array_equal(found.by_length[1], matrix @ matrix)


def test_wrong_questions_about_paths_are_named():
    with pytest.raises(ConfigError) as caught:
        compute_path_strength(np.eye(2), ["a", "b"], max_length=0)
    assert str(caught.value) == (
        "max_length: expected a length of 1 or more, found 0. "
        "Count the synapses of the longest path."
    )
    with pytest.raises(ConfigError) as caught:
        compute_path_strength(np.eye(2), "cell_type")
    assert str(caught.value) == (
        "labels: expected one label for each row, found the column name 'cell_type'. "
        "A matrix has no node columns: give the labels, or a Connectome."
    )
    nodes = pl.DataFrame({"id": [1, 2], "side": ["L", "R"]})
    with pytest.raises(ConfigError) as caught:
        compute_path_strength(Connectome.from_matrix([[0, 1], [1, 0]], nodes), "cell_type")
    assert str(caught.value) == (
        "nodes: there is no column 'cell_type'. The columns are: id, side."
    )
