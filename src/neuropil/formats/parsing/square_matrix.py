"""Matrices of brain regions: what their diagonal, their missing cells and their symmetry mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import TableError, judge_direction, require_symmetry, simplify
from neuropil.formats.parsing.quoting import quote

__all__ = [
    "MatrixRules",
    "mirror_half",
    "note_shape",
    "note_skipped",
    "require_no_totals",
    "resolve_matrix",
    "settle_halves",
]

Cells = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Simplified labels of the sums that spreadsheets, R's addmargins and pandas' crosstab put beside a
# table.
_TOTALS = frozenset(
    ("total", "totals", "sum", "sums", "grandtotal", "subtotal", "all", "rowtotal", "columntotal")
)
# Of fewer rows the last is the sum of the others often enough by chance.
_FEWEST_WITH_TOTALS = 4
_FEWEST_WITH_HALVES = 3


@dataclass(frozen=True)
class MatrixRules:
    """What a file says about its matrix.

    Parameters
    ----------
    directed : bool, optional
        False where cell (i, j) must equal cell (j, i); None where the file does not say.
    valid_diagonal : bool, optional
        False where the diagonal means nothing and is left out; True where it must be complete;
        None where the file does not say: finite cells of it are kept.
    skip_missing : bool
        True takes a missing cell as no edge; False refuses it.
    last_digit : float
        Unit of the last digit that the cells are given with, such as .001; 0 where it is not
        known. Mirrored cells of a symmetric matrix may differ by one such unit, where it is a
        hundredth of the largest cell or less.
    """

    directed: bool | None = None
    valid_diagonal: bool | None = None
    skip_missing: bool = False
    last_digit: float = 0.0


def resolve_matrix(values: Cells, missing: Mask, rules: MatrixRules) -> tuple[Cells, int]:
    """Put 0, which is no edge, into every cell that holds no weight.

    Parameters
    ----------
    values : ndarray
        (n, n) int64 or float64, row = pre, column = post.
    missing : ndarray
        (n, n) True where a cell has no value.
    rules : MatrixRules
        What the file says.

    Returns
    -------
    values : ndarray
        (n, n) of the same type.
    n_skipped : int
        Number of missing cells off the diagonal that became no edges.

    Raises
    ------
    TableError
        When a cell is missing that should not be, is infinite, or differs from its mirror image
        in a matrix that is not directed; the row and the column are positions.
    """
    # An infinite diagonal is that of Fisher z, where a region correlates with itself perfectly.
    unusable = missing | ~np.isfinite(values)
    diagonal = np.eye(len(values), dtype=bool)
    if rules.valid_diagonal is False:
        unusable |= diagonal
    # Infinity is never a missing value: off the diagonal it is a fault in any case.
    refused = np.isinf(values) & ~diagonal
    if rules.valid_diagonal:
        refused |= unusable & diagonal
    if not rules.skip_missing:
        refused |= unusable & ~diagonal
    if refused.any():
        raise _refuse_cell(values, missing, refused)
    # A zero of the same type, so that whole numbers stay whole.
    cleaned = np.where(unusable, np.zeros((), dtype=values.dtype), values)
    if rules.directed is False:
        require_symmetry(cleaned, rules.last_digit)
    return cleaned, int((unusable & ~diagonal).sum())


def _refuse_cell(values: Cells, missing: Mask, refused: Mask) -> TableError:
    row, column = (int(place[0]) for place in np.nonzero(refused))
    found = "no value" if missing[row, column] else str(values[row, column])
    # The advice differs: a missing diagonal is stated as such, missing cells are skipped or filled.
    if row == column:
        repair = "Fill the diagonal, or state that it is not valid."
    elif missing[row, column]:
        repair = "Read with skip_missing=True to take missing cells as no edges, or fill it."
    else:
        repair = "Correct it, or use 0 where there is no connection."
    return TableError(
        f"expected finite weights, found {found} ({refused.sum()} such cells)",
        table="matrix",
        row=row,
        column=str(column),
        repair=repair,
    )


def settle_halves(values: Cells, unit: str, rules: MatrixRules) -> tuple[Cells, bool]:
    """Tell whether a matrix has a direction, and make its halves equal where it has none.

    Parameters
    ----------
    values : ndarray
        (n, n) finite values.
    unit : str
        Their unit.
    rules : MatrixRules
        What the file says.

    Returns
    -------
    values : ndarray
        (n, n) of the same type. In a matrix without direction the upper half stands for both, as
        they may differ in the last digit.
    directed : bool
        As ``judge_direction`` tells.

    Raises
    ------
    TableError
        When the file says that there is no direction and the halves differ by more than rounding.
    """
    directed = judge_direction(values, unit, rules.directed, rules.last_digit)
    return (values, True) if directed else (np.triu(values) + np.triu(values, 1).T, False)


def note_skipped(skipped: int) -> list[str]:
    """Say in a note how many missing cells became no edges, where there are some."""
    return [f"{skipped:,} missing cells were taken as no edges."] if skipped else []


def require_no_totals(values: npt.NDArray[np.generic], labels: pl.Series | None) -> None:
    """Refuse sums that a table of counts has at its end: they are the weights of no node.

    Parameters
    ----------
    values : ndarray
        (n, n) numbers.
    labels : pl.Series, optional
        (n,) labels of the nodes.

    Raises
    ------
    TableError
        When a label such as Total stands beside the sums of the other rows or columns.
    """
    if labels is None or labels.dtype != pl.String:
        return
    for place, label in enumerate(labels):
        if simplify(str(label)) in _TOTALS and _holds_sums(values, place):
            raise TableError(
                f"expected nodes, found {quote(label)}, which holds the sums of the others",
                table="matrix",
                row=place,
                column=str(place),
                repair="Leave its row and its column out of the matrix.",
            )


def _holds_sums(values: npt.NDArray[np.generic], place: int) -> bool:
    """Tell whether a row, or the column of the same place, holds the sums of the others."""
    cells = values.astype(np.float64)
    others = np.delete(np.arange(len(cells)), place)
    inner = cells[np.ix_(others, others)]
    if not inner.any():
        return False
    return any(
        np.allclose(sums, found, rtol=1e-5, atol=0.0)
        for sums, found in (
            (inner.sum(axis=0), cells[place, others]),
            (inner.sum(axis=1), cells[others, place]),
        )
    )


def note_shape(
    values: npt.NDArray[np.generic], *, labelled: bool, directed: bool | None, offer: str = ""
) -> list[str]:
    """Say in notes what a matrix looks like that it may not be.

    Parameters
    ----------
    values : ndarray
        (n, n) finite numbers.
    labelled : bool
        True where the nodes have labels, by which sums are told.
    directed : bool, optional
        What the file or the caller states.
    offer : str
        Option of the reader that makes an undirected graph of one half, as it is typed.

    Returns
    -------
    list of str
        Of a last row and column that hold sums, and of a matrix of which one half is empty.
    """
    notes = []
    n = len(values)
    if not labelled and n >= _FEWEST_WITH_TOTALS and _is_framed(values):
        notes.append(
            "The last row and the last column hold the sums of the others: leave them out if they "
            "are totals and no node."
        )
    if directed is None and n >= _FEWEST_WITH_HALVES and (side := _only_half(values)):
        way = f"read with {offer}" if offer else "fill both halves"
        notes.append(
            f"All weights lie {side} the diagonal: {way} if the graph is undirected and was "
            "written once."
        )
    return notes


def _is_framed(values: npt.NDArray[np.generic]) -> bool:
    """Tell whether both the last row and the last column hold sums, and the corner all of them."""
    cells = values.astype(np.float64)
    inner = cells[:-1, :-1]
    # Few weights are their own sums: those of two nodes would be enough.
    if np.count_nonzero(inner) <= len(cells):
        return False
    return bool(
        np.allclose(inner.sum(axis=0), cells[-1, :-1], rtol=1e-5, atol=0.0)
        and np.allclose(inner.sum(axis=1), cells[:-1, -1], rtol=1e-5, atol=0.0)
        and np.isclose(inner.sum(), cells[-1, -1], rtol=1e-5, atol=0.0)
    )


def _only_half(values: npt.NDArray[np.generic]) -> str:
    """Name the side of the diagonal that holds all weights; nothing where both do, or neither."""
    above, below = bool(np.triu(values, 1).any()), bool(np.tril(values, -1).any())
    if above == below:
        return ""
    return "above" if above else "below"


def mirror_half(values: Cells) -> Cells:
    """Write the half that a matrix holds into the other one.

    Parameters
    ----------
    values : ndarray
        (n, n) numbers, of which those above or those below the diagonal are all 0.

    Returns
    -------
    ndarray
        (n, n) symmetric, of the same type.

    Raises
    ------
    TableError
        When both halves hold weights.
    """
    if np.triu(values, 1).any() and np.tril(values, -1).any():
        row, column = (int(place[0]) for place in np.nonzero(np.tril(values, -1)))
        raise TableError(
            f"expected one half of a matrix, found {values[row, column]} below the diagonal and "
            "weights above it",
            table="matrix",
            row=row,
            column=str(column),
            repair="Read it without mirror, or empty one half.",
        )
    return np.where(np.eye(len(values), dtype=bool), values, values + values.T)
