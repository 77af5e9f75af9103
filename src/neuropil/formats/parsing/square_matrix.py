"""Matrices of brain regions: what their diagonal, their missing cells and their symmetry mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import TableError

__all__ = ["MatrixRules", "find_asymmetry", "note_skipped", "resolve_matrix"]

# Mirrored cells of a correlation matrix may differ in the last digits computed or printed.
_RELATIVE = 1e-5
_ABSOLUTE = 1e-8
# Of a matrix given to one digit, as .4 and .5, a difference of one says too much to be let pass.
_COARSEST = 0.01

Cells = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


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
        _require_symmetry(cleaned, rules.last_digit)
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


def note_skipped(skipped: int) -> list[str]:
    """Say in a note how many missing cells became no edges, where there are some."""
    return [f"{skipped:,} missing cells were taken as no edges."] if skipped else []


def find_asymmetry(values: Cells, last_digit: float = 0.0) -> tuple[int, int] | None:
    """Find the first cell that differs from its mirror image.

    Parameters
    ----------
    values : ndarray
        (n, n) finite values; whole numbers must be equal, others to five digits.
    last_digit : float
        As for :class:`MatrixRules`.

    Returns
    -------
    tuple of int, optional
        Row and column; None where the matrix is symmetric.
    """
    # Whole numbers must agree exactly: counts are not computed twice.
    differ = values != values.T
    if values.dtype.kind == "f" and differ.any():
        # Relative to the largest cell, so that the unit of the matrix does not matter.
        largest = float(np.abs(values).max())
        smallest = _ABSOLUTE * largest
        # .1235 is printed as .123 by one program and as .124 by another; and .124 - .123 is a
        # little more than .001 in floats.
        if last_digit <= _COARSEST * largest:
            smallest = max(smallest, last_digit * (1 + _RELATIVE))
        differ = ~np.isclose(values, values.T, rtol=_RELATIVE, atol=smallest)
    if not differ.any():
        return None
    row, column = (int(place[0]) for place in np.nonzero(differ))
    return row, column


def _require_symmetry(values: Cells, last_digit: float) -> None:
    found = find_asymmetry(values, last_digit)
    if found:
        row, column = found
        raise TableError(
            "expected a symmetric matrix, because it is stated to be undirected, found "
            f"{values[row, column]} and {values[column, row]} in the mirrored cell",
            table="matrix",
            row=row,
            column=str(column),
            repair="Correct it, or state that the matrix is directed.",
        )
