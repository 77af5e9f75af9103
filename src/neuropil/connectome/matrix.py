"""Weight matrices, dense or sparse, as tables."""

from __future__ import annotations

from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from neuropil.connectome.validation import REPAIR_NEGATIVE, TableError, normalise_ids

__all__ = ["edges_of_matrix"]

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
    array = cast("Cells", matrix) if sparse.issparse(matrix) else np.asarray(matrix)
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
