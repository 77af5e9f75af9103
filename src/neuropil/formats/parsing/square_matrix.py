"""Matrices of brain regions: what their diagonal, their missing cells and their symmetry mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import TableError, judge_direction, require_symmetry

__all__ = ["MatrixRules", "note_skipped", "resolve_matrix", "settle_halves"]

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
