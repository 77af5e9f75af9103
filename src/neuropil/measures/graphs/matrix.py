"""The matrix behind a graph, checked once so that no measure meets a value it cannot count."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from scipy import sparse

from neuropil.connectome import Connectome, find_asymmetry
from neuropil.contracts import InputError

__all__ = ["Graph", "is_directed", "square_matrix", "weight_matrix"]

Graph: TypeAlias = Connectome | sparse.sparray | sparse.spmatrix | np.ndarray
"""What every measure takes: row = pre, column = post. A connectome gives its first weight."""


def square_matrix(matrix: sparse.sparray | sparse.spmatrix | np.ndarray) -> sparse.csr_array:
    """Bring a matrix into the one form that is computed with.

    Parameters
    ----------
    matrix : (n, n) array or scipy.sparse array
        Weights of either sign, row = pre, column = post.

    Returns
    -------
    scipy.sparse.csr_array
        (n, n) float64 copy; columns are sorted, each cell is stored once and none is 0.

    Raises
    ------
    InputError
        When the matrix is not square, not numeric or holds NaN or infinity; correct it.
    """
    found = matrix if sparse.issparse(matrix) else np.asarray(matrix)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or found.shape[0] == 0:
        raise InputError(
            f"expected a square matrix, found shape {tuple(found.shape)}",
            where="matrix",
            repair="Give one row and one column for each neuron.",
        )
    if found.dtype.kind not in "biuf":
        raise InputError(
            f"expected numbers, found {found.dtype}", where="matrix", repair="Convert it first."
        )
    weights = sparse.csr_array(found, dtype=np.float64, copy=True)
    # Before the check: what is summed must be finite, not only its parts.
    weights.sum_duplicates()
    _refuse(weights, ~np.isfinite(weights.data), "finite weights")
    weights.eliminate_zeros()
    return weights


def weight_matrix(graph: Graph) -> sparse.csr_array:
    """Return the weights of a graph, none of them negative.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        A connectome gives its first weight.

    Returns
    -------
    scipy.sparse.csr_array
        (n, n) float64, row = pre, column = post; none of the stored cells is 0.

    Raises
    ------
    InputError
        When the matrix is not square or holds a value that is NaN, infinite or negative.
    """
    weights = square_matrix(graph.adjacency() if isinstance(graph, Connectome) else graph)
    _refuse(weights, weights.data < 0, "weights of 0 or more")
    return weights


def is_directed(graph: Graph, stated: bool | None = None) -> bool:
    """Tell whether a graph is to be measured as directed.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.
    stated : bool, optional
        What the caller says. When it is not said, a graph is undirected if its connectome is, or
        if its matrix is symmetric: that every connection is returned with the same weight does
        not happen in a directed graph of any size.

    Returns
    -------
    bool
        True where it is directed.

    Raises
    ------
    InputError
        When it is stated to be undirected and a weight differs from that of the other direction.

    Examples
    --------
    >>> is_directed(np.array([[0, 2], [2, 0]])), is_directed(np.array([[0, 2], [1, 0]]))
    (False, True)
    """
    if stated or (isinstance(graph, Connectome) and not graph.directed and stated is None):
        return bool(stated)
    weights = weight_matrix(graph)
    asymmetric = find_asymmetry(weights)
    if stated is None:
        # Without a connection between two neurons nothing shows that there is no direction.
        lonely = weights.nnz == int(np.count_nonzero(weights.diagonal()))
        return lonely or asymmetric is not None
    if asymmetric:
        row, column = asymmetric
        raise InputError(
            f"expected an undirected graph, found {weights[row, column]:g} and "
            f"{weights[column, row]:g} in the two directions",
            where=f"matrix, row {row}, column {column}",
            repair="Correct it, or measure it as directed.",
        )
    return False


def _refuse(weights: sparse.csr_array, wrong: np.ndarray, expected: str) -> None:
    if not wrong.any():
        return
    first = int(np.flatnonzero(wrong)[0])
    # The row is looked up only for the message; the matrix stores where rows begin.
    row = int(np.searchsorted(weights.indptr, first, side="right")) - 1
    raise InputError(
        f"expected {expected}, found {weights.data[first]} ({int(wrong.sum())} such cells)",
        where=f"matrix, row {row}, column {weights.indices[first]}",
        repair="Correct it, or use 0 where there is no connection.",
    )
