"""Connectomes from dense and sparse matrices."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from neuropil.connectome import Connectome, TableError


def test_dense_and_sparse_agree_and_keep_whole_numbers_whole() -> None:
    matrix = np.array([[0, 2, 0], [1, 0, 0], [0, 9, 4]], dtype=np.uint8)
    dense = Connectome.from_matrix(matrix)
    assert dense.edges.rows() == [(0, 1, 2), (1, 0, 1), (2, 1, 9), (2, 2, 4)]
    assert dense.edges.schema["synapse_count"] == pl.Int64
    for kind in (sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix):
        assert Connectome.from_matrix(kind(matrix)).equals(dense)


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8, np.uint64, np.int64, np.float32])
def test_every_kind_of_number_is_taken(kind: type) -> None:
    matrix = np.array([[0, 1], [1, 0]], dtype=kind)
    assert Connectome.from_matrix(matrix).edges.rows() == [(0, 1, 1), (1, 0, 1)]
    stored = sparse.csr_array(matrix)
    assert Connectome.from_matrix(stored).edges.rows() == [(0, 1, 1), (1, 0, 1)]


def test_sparse_cells_stored_twice_are_summed_and_stored_zeros_are_no_edges() -> None:
    cells = ([1.0, 2.0, 0.0], ([0, 0, 1], [1, 1, 1]))
    stored = sparse.coo_array(cells, shape=(2, 2))
    assert Connectome.from_matrix(stored).edges.rows() == [(0, 1, 3.0)]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            np.zeros((2, 3)),
            "matrix: expected a square matrix, found shape (2, 3). "
            "Give one row and one column for each neuron.",
        ),
        (
            np.zeros(4),
            "matrix: expected a square matrix, found shape (4,). "
            "Give one row and one column for each neuron.",
        ),
        (
            [[0, np.nan], [0, 0]],
            "matrix, row 0, column 1: expected finite weights, found nan (1 such cells). "
            "Correct it, or use 0 where there is no connection.",
        ),
        (
            [[0, 1], [np.inf, 0]],
            "matrix, row 1, column 0: expected finite weights, found inf (1 such cells). "
            "Correct it, or use 0 where there is no connection.",
        ),
        (
            sparse.csr_array([[0, 1], [-2, -3]]),
            "matrix, row 1, column 0: expected weights of 0 or more, found -2 (2 such cells). "
            "Correct it, or use 0 where there is no connection; "
            "a weight that is signed by nature has one of the units "
            "Fisher z, correlation, covariance, partial correlation.",
        ),
        ([["a"]], "matrix: expected numbers, found <U1. Convert it first."),
        (
            [[0, 1], [1]],
            "matrix: expected a square matrix, found rows of different lengths. "
            "Give one row and one column for each neuron.",
        ),
        (
            # NumPy would hand on the 5 that lies under the mask.
            np.ma.array([[0, 5], [1, 0]], mask=[[0, 1], [0, 0]]),
            "matrix, row 0, column 1: expected a value in each cell, found 1 masked cells. "
            "Fill them, as matrix.filled(0) does where there is no connection.",
        ),
        (
            np.array([[0, 2**63 + 1], [1, 0]], dtype=np.uint64),
            "matrix, row 0, column 1: expected whole numbers of less than 2^63, "
            "found 9223372036854775809. Correct it, or give the matrix as floats.",
        ),
        ([[1j]], "matrix: expected numbers, found complex128. Convert it first."),
        (
            np.zeros((0, 0)),
            "nodes: expected at least one neuron, found none. Add the neurons.",
        ),
    ],
)
def test_a_wrong_matrix_is_named(matrix: np.ndarray, message: str) -> None:
    with pytest.raises(TableError) as caught:
        Connectome.from_matrix(matrix)
    assert str(caught.value) == message


def test_a_matrix_must_fit_its_nodes() -> None:
    with pytest.raises(TableError) as caught:
        Connectome.from_matrix(np.eye(2), pl.DataFrame({"id": [1, 2, 3]}))
    assert str(caught.value) == (
        "matrix: expected 3 rows as in the nodes, found 2. "
        "Give one row of the matrix for each node, in the same order."
    )
