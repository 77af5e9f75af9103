"""Weight matrices, dense or sparse, as tables."""

from __future__ import annotations

from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from neuropil.connectome.direction import find_asymmetry
from neuropil.connectome.lookup import find_rows
from neuropil.connectome.validation import (
    REPAIR_NEGATIVE,
    SIGNED_UNITS,
    TableError,
    normalise_ids,
)

__all__ = ["edges_of_matrix", "judge_direction", "require_symmetry"]

_AXES = 2
# From here on a whole number without sign would come out negative in 64 bits with sign.
_TOO_LARGE = 1 << 63

Cells: TypeAlias = npt.NDArray[np.generic]
Matrix: TypeAlias = npt.ArrayLike | sparse.sparray | sparse.spmatrix


def edges_of_matrix(
    matrix: Matrix, nodes: pl.DataFrame | None, weight: str, *, signed: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """List the cells of a matrix that are not 0.

    Parameters
    ----------
    matrix : array_like or scipy.sparse array
        (n, n) weights, row = pre, column = post.
    nodes : pl.DataFrame, optional
        (n,) node table; ids 0 to n - 1 when not given.
    weight : str
        Name of the weight column.
    signed : bool
        True lets values be negative.

    Returns
    -------
    nodes, edges : pl.DataFrame
        Node table, and edges sorted by row, then column. Weights are Int64 or Float64.

    Raises
    ------
    TableError
        When the matrix is not square, not numeric, does not fit the nodes, or holds a value that
        is NaN, infinite or, unless ``signed``, negative.
    """
    array = _as_cells(matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise TableError(
            f"expected a square matrix, found shape {tuple(array.shape)}",
            table="matrix",
            repair="Give one row and one column for each neuron.",
        )
    # Objects, text and complex numbers would be cast below to something that looks like weights.
    if array.dtype.kind not in "biuf":
        raise TableError(
            f"expected numbers, found {array.dtype}", table="matrix", repair="Convert it first."
        )
    rows, columns, values = _cells(array)
    _check_values(rows, columns, values, signed=signed)
    ids = _node_table(nodes, array.shape[0])
    edges = pl.DataFrame(
        {"pre": ids["id"].gather(rows), "post": ids["id"].gather(columns), weight: values}
    )
    return ids, edges


def matrix_of_edges(edges: pl.DataFrame, node_ids: pl.Series, weight: str) -> sparse.csr_array:
    """Place the values of a weight in a matrix.

    Parameters
    ----------
    edges : pl.DataFrame
        Columns ``pre``, ``post`` and weights; each pair at most once.
    node_ids : pl.Series
        (n,) ids of the nodes, among them those of all edges.
    weight : str
        Name of a weight.

    Returns
    -------
    scipy.sparse.csr_array
        (n, n) float64, row = pre, column = post. Edges that are null in the weight have no cell.

    Examples
    --------
    >>> edges = pl.DataFrame({"pre": [1, 2], "post": [2, 1], "area": [0.5, None]})
    >>> matrix_of_edges(edges, pl.Series([1, 2]), "area").toarray()
    array([[0. , 0.5],
           [0. , 0. ]])
    """
    if edges[weight].null_count():
        edges = edges.filter(pl.col(weight).is_not_null())
    # Floats, since SciPy's products of integers wrap round; counts stay exact up to 2^53.
    values = edges[weight].cast(pl.Float64).to_numpy()
    rows, columns = (find_rows(edges[name], node_ids).to_numpy() for name in ("pre", "post"))
    return sparse.csr_array((values, (rows, columns)), shape=(len(node_ids), len(node_ids)))


def judge_direction(
    matrix: Matrix, unit: str, stated: bool | None = None, last_digit: float = 0.0
) -> bool:
    """Tell whether a matrix is that of a directed graph.

    Parameters
    ----------
    matrix : array_like or scipy.sparse array
        (n, n) finite weights.
    unit : str
        Unit of the weights.
    stated : bool, optional
        What the file or the caller says. When it is not said, a symmetric matrix is undirected if
        its unit is of ``SIGNED_UNITS``: a correlation has no direction.
    last_digit : float
        As for :func:`find_asymmetry`.

    Returns
    -------
    bool
        True where it is directed.

    Raises
    ------
    TableError
        When it is stated to be undirected and is not symmetric.
    """
    if stated is None:
        if unit not in SIGNED_UNITS:
            return True
        return find_asymmetry(_as_cells(matrix), last_digit) is not None
    if not stated:
        require_symmetry(matrix, last_digit)
    return stated


def _as_cells(matrix: Matrix) -> Cells:
    if sparse.issparse(matrix):
        return cast("Cells", matrix)
    # NumPy forgets the mask, and what lies under it would become weights.
    if isinstance(matrix, np.ma.MaskedArray) and np.ma.is_masked(matrix):
        place = np.argwhere(np.ma.getmaskarray(matrix))[0]
        raise TableError(
            f"expected a value in each cell, found {np.ma.getmaskarray(matrix).sum()} masked cells",
            table="matrix",
            row=int(place[0]) if place.size == _AXES else None,
            column=str(place[-1]),
            repair="Fill them, as matrix.filled(0) does where there is no connection.",
        )
    try:
        return np.asarray(matrix)
    except ValueError as error:
        raise TableError(
            "expected a square matrix, found rows of different lengths",
            table="matrix",
            repair="Give one row and one column for each neuron.",
        ) from error


def require_symmetry(matrix: Matrix, last_digit: float = 0.0) -> None:
    """Check that a matrix is symmetric, as that of an undirected graph is.

    Parameters
    ----------
    matrix : array_like or scipy.sparse array
        (n, n) finite weights.
    last_digit : float
        As for :func:`find_asymmetry`.

    Raises
    ------
    TableError
        When a whole number differs from its mirror image, or another number by more than rounding.
    """
    array = _as_cells(matrix)
    found = find_asymmetry(array, last_digit)
    if found:
        row, column = found
        cells = sparse.csr_array(array) if sparse.issparse(array) else array
        raise TableError(
            "expected a symmetric matrix, because it is stated to be undirected, found "
            f"{cells[row, column]} and {cells[column, row]} in the mirrored cell",
            table="matrix",
            row=row,
            column=str(column),
            repair="Correct it, or state that the matrix is directed.",
        )


def _cells(
    array: Cells,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.int64 | np.float64]]:
    if sparse.issparse(array):
        # Through CSR, which adds cells that are stored twice and sorts by row, then column.
        stored = sparse.csr_array(array).copy()
        stored.sum_duplicates()
        stored.eliminate_zeros()
        cells = stored.tocoo()
        rows, columns, values = cells.row, cells.col, cells.data
    else:
        # Row by row, as the sparse way sorts them: both give the same edges in the same order.
        rows, columns = np.nonzero(array)
        values = array[rows, columns]
    # Asked of numbers without sign alone: NumPy cannot compare booleans with so large a number.
    unsigned = values if array.dtype.kind == "u" else np.zeros(0, dtype=np.uint64)
    large = np.flatnonzero(unsigned >= _TOO_LARGE)
    if large.size:
        raise TableError(
            f"expected whole numbers of less than 2^63, found {values[large[0]]}",
            table="matrix",
            row=int(rows[large[0]]),
            column=str(columns[large[0]]),
            repair="Correct it, or give the matrix as floats.",
        )
    # Whole numbers stay whole, so that counts beyond 2^53 are exact.
    return rows, columns, values.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def _check_values(
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    values: npt.NDArray[np.int64 | np.float64],
    *,
    signed: bool,
) -> None:
    # NaN is not 0 and so has become a cell: it is named here and not lost.
    correct = "Correct it, or use 0 where there is no connection"
    for valid, expected, repair in (
        (np.isfinite(values), "finite weights", f"{correct}."),
        ((values >= 0) | signed, "weights of 0 or more", f"{correct}; {REPAIR_NEGATIVE}"),
    ):
        wrong = np.flatnonzero(~valid)
        if wrong.size:
            first = wrong[0]
            raise TableError(
                f"expected {expected}, found {values[first]} ({wrong.size} such cells)",
                table="matrix",
                row=int(rows[first]),
                column=str(columns[first]),
                repair=repair,
            )


def _node_table(nodes: pl.DataFrame | None, n: int) -> pl.DataFrame:
    if nodes is None:
        return pl.DataFrame({"id": np.arange(n, dtype=np.int64)})
    if nodes.height != n:
        raise TableError(
            f"expected {nodes.height} rows as in the nodes, found {n}",
            table="matrix",
            repair="Give one row of the matrix for each node, in the same order.",
        )
    return normalise_ids(nodes, ("id",), "nodes")
