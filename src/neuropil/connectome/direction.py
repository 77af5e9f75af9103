"""Undirected graphs: when a matrix is symmetric, and both directions of each edge in one table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from neuropil.connectome.lookup import find_rows
from neuropil.connectome.validation import SIGNED_UNITS, TableError

if TYPE_CHECKING:
    from neuropil.connectome.connectome import Connectome

__all__ = ["find_asymmetry", "first_of_pairs", "mirror_edges", "settle_direction"]

# Mirrored cells of a correlation matrix may differ in the last digits computed or printed.
_RELATIVE = 1e-5
_ABSOLUTE = 1e-8
# Of a matrix given to one digit, as .4 and .5, a difference of one says too much to be let pass.
_COARSEST = 0.01

Values = npt.NDArray[Any]
Graph = TypeVar("Graph", bound="Connectome")


def _differ(values: Values, mirrored: Values, smallest: float) -> npt.NDArray[np.bool_]:
    """Tell which values are not those of the mirrored place, beyond rounding."""
    # Whole numbers must agree exactly: counts are not computed twice.
    differ = np.asarray(values != mirrored)
    if values.dtype.kind == "f" and differ.any():
        differ = ~np.isclose(values, mirrored, rtol=_RELATIVE, atol=smallest)
    return differ


def _smallest_difference(values: Values, last_digit: float = 0.0) -> float:
    """Find the difference that says nothing between any two values of a matrix."""
    # Relative to the largest value, so that the unit does not matter.
    largest = float(np.abs(values).max())
    if last_digit > _COARSEST * largest:
        last_digit = 0.0
    # .1235 is printed as .123 by one program and as .124 by another; and .124 - .123 is a little
    # more than .001 in floats.
    return max(_ABSOLUTE * largest, last_digit * (1 + _RELATIVE))


def find_asymmetry(
    matrix: npt.NDArray[np.generic] | sparse.sparray | sparse.spmatrix, last_digit: float = 0.0
) -> tuple[int, int] | None:
    """Find the first cell that differs from its mirror image.

    Parameters
    ----------
    matrix : (n, n) array or scipy.sparse array
        Finite values. Whole numbers must be equal, others to five digits: the two halves of a
        matrix may have been computed or rounded apart.
    last_digit : float
        Unit of the last digit that the values are given with, such as .001; 0 where it is not
        known. Decimal numbers may differ by one such unit, where it is a hundredth of the largest
        value or less.

    Returns
    -------
    tuple of int, optional
        Row and column; None where the matrix is symmetric.

    Examples
    --------
    >>> find_asymmetry(np.array([[0.0, 0.25], [0.2500001, 0.0]])) is None
    True
    >>> find_asymmetry(np.array([[0, 3], [4, 0]]))
    (0, 1)
    """
    if sparse.issparse(matrix):
        stored = sparse.csr_array(matrix)
        kept = np.float64 if stored.dtype.kind == "f" else np.int64
        return _find_stored_asymmetry(stored.astype(kept), last_digit)
    square = np.asarray(matrix)
    # Most matrices are symmetric bit for bit, and no list of their places is needed then.
    if np.array_equal(square, square.T):
        return None
    rows, columns = np.nonzero(square != square.T)
    kept = np.float64 if square.dtype.kind == "f" else np.int64
    values, mirrored = square[rows, columns].astype(kept), square[columns, rows].astype(kept)
    found = np.flatnonzero(_differ(values, mirrored, _smallest_difference(square, last_digit)))
    return (int(rows[found[0]]), int(columns[found[0]])) if found.size else None


def _find_stored_asymmetry(matrix: sparse.csr_array, last_digit: float) -> tuple[int, int] | None:
    """Find a cell that differs from its mirror image among those that are stored."""
    gap = (matrix - matrix.T.tocsr()).tocoo()
    apart = np.flatnonzero(gap.data)
    if not apart.size:
        return None
    smallest = _smallest_difference(matrix.data, last_digit)
    # Twice what rounding allows for the largest value: such cells need no look at their values,
    # which would take long in a graph of millions of edges.
    most = _RELATIVE * float(np.abs(matrix.data).max()) + smallest
    far = apart[np.abs(gap.data[apart]) > 2 * most]
    if far.size:
        return int(gap.row[far[0]]), int(gap.col[far[0]])
    rows, columns = gap.row[apart], gap.col[apart]
    values, mirrored = _take(matrix, rows, columns), _take(matrix, columns, rows)
    found = np.flatnonzero(_differ(values, mirrored, smallest))
    return (int(rows[found[0]]), int(columns[found[0]])) if found.size else None


def _take(
    matrix: sparse.csr_array, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> Values:
    taken: Any = matrix[rows, columns]
    # SciPy gives a sparse array, or a dense one where few are taken.
    return np.asarray(taken.toarray() if sparse.issparse(taken) else taken).ravel()


def mirror_edges(edges: pl.DataFrame, node_ids: pl.Series) -> pl.DataFrame:
    """Write both directions of each undirected edge side by side.

    Parameters
    ----------
    edges : pl.DataFrame
        Columns ``pre``, ``post``, then weights; each ordered pair at most once. An edge may stand
        in one direction or in both.
    node_ids : pl.Series
        Ids of the nodes, among them those of all edges.

    Returns
    -------
    pl.DataFrame
        Each edge in the direction that came first, followed by the other one with the same
        weights; an edge of a node to itself once.

    Raises
    ------
    TableError
        When the two directions of an edge differ in a weight by more than rounding.

    Examples
    --------
    >>> once = pl.DataFrame({"pre": [1, 2], "post": [2, 2], "weight": [3, 4]})
    >>> mirror_edges(once, pl.Series([1, 2])).rows()
    [(1, 2, 3), (2, 1, 3), (2, 2, 4)]
    """
    if edges.is_empty():
        return edges
    pre, post = (find_rows(edges[name], node_ids).to_numpy() for name in ("pre", "post"))
    low, high = np.minimum(pre, post).astype(np.int64), np.maximum(pre, post)
    _, first, pair = np.unique(low * len(node_ids) + high, return_index=True, return_inverse=True)
    _require_equal(edges, first[pair])
    kept = np.sort(first)
    both = np.repeat(kept, 1 + (pre[kept] != post[kept]))
    back = np.append(False, both[1:] == both[:-1])
    ends = {
        "pre": edges["pre"].gather(both).zip_with(pl.Series(~back), edges["post"].gather(both)),
        "post": edges["post"].gather(both).zip_with(pl.Series(~back), edges["pre"].gather(both)),
    }
    return edges[both].with_columns(**ends)


def _require_equal(edges: pl.DataFrame, first: npt.NDArray[np.intp]) -> None:
    """Check that each edge has the weights of the direction of it that came first."""
    for column in edges.iter_columns():
        if column.name in ("pre", "post"):
            continue
        # Filled, because whole numbers beside null would become floats, and null differs from 0.
        values, empty = column.fill_null(0).to_numpy(), column.is_null().to_numpy()
        differ = _differ(values, values[first], _smallest_difference(values))
        wrong = np.flatnonzero(differ | (empty != empty[first]))
        if wrong.size:
            row = int(wrong[0])
            ends = f"{edges['pre'][row]} and {edges['post'][row]}"
            both = [
                "null" if empty[place] else str(values[place]) for place in (row, int(first[row]))
            ]
            raise TableError(
                "expected the same weight in both directions of an undirected edge, found "
                f"{both[0]} and {both[1]} between {ends}",
                table="edges",
                row=row,
                column=column.name,
                repair="Correct it, or state that the graph is directed.",
            )


def first_of_pairs(edges: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows of a mirrored table are the first direction of their edge.

    Parameters
    ----------
    edges : pl.DataFrame
        As :func:`mirror_edges` writes it.

    Returns
    -------
    (m,) bool array
        False for each second direction.
    """
    second = (edges["pre"] == edges["post"].shift(1)) & (edges["post"] == edges["pre"].shift(1))
    found: npt.NDArray[np.bool_] = second.fill_null(value=False).to_numpy()
    # A loop that follows a loop of the same node cannot be: each pair is there once.
    return ~(found & (edges["pre"] != edges["post"]).to_numpy())


def settle_direction(connectome: Graph) -> Graph:
    """Make a connectome undirected whose origin does not say so, but whose weights do.

    Parameters
    ----------
    connectome : Connectome
        Of a table or a file that does not state whether edges have a direction.

    Returns
    -------
    Connectome
        Undirected where every weight has a unit of ``SIGNED_UNITS``, such as correlation, and
        every edge is there in both directions with the same weights; else as it was.
    """
    signed = all(connectome.units[name] in SIGNED_UNITS for name in connectome.weight_names)
    weights = connectome.weight_names
    if not signed or any(find_asymmetry(connectome.adjacency(name)) for name in weights):
        return connectome
    try:
        undirected = replace(connectome, directed=False)
    except TableError:
        # Null in one direction and 0 in the other: the matrices are alike, and the edges are not.
        return connectome
    # An edge of weight 0 without its mirror image is no edge of a matrix, and would get one here.
    whole = undirected.edges.height == connectome.edges.height
    return undirected if whole else connectome
