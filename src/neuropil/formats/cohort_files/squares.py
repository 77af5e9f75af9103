"""The triangle of one relationship matrix: halves, missing cells, labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.connectome import TableError, find_asymmetry
from neuropil.contracts import InputError
from neuropil.formats.parsing.grid_text import Grid, read_grid
from neuropil.formats.parsing.text_files import TextReading

__all__ = ["MISSING_RULES", "SquareRules", "Triangle", "read_triangle"]

MISSING_RULES = Literal["refuse", "keep"]
"""What becomes of a single cell without a value: refused, or NaN."""

_REPAIR = (
    "Average both halves with symmetrise='mean', or take the upper one with symmetrise='upper'"
)


@dataclass(frozen=True, slots=True)
class SquareRules:
    """How matrices of subjects are to be read.

    Parameters
    ----------
    symmetrise : {"mean", "upper"}, optional
        What is taken of halves that differ; refused when not given.
    missing : {"refuse", "keep"}
        What becomes of cells without a value.
    reading : TextReading
        Encoding, and whether files are whole in any case.
    """

    symmetrise: Literal["mean", "upper"] | None
    missing: MISSING_RULES
    reading: TextReading


@dataclass(frozen=True, slots=True)
class Triangle:
    """One matrix as a row of edges.

    Parameters
    ----------
    path : Path
        The file.
    edges : (n_edges,) array
        Upper triangle, row by row; NaN where a cell is missing.
    labels : tuple of str, optional
        Labels of the regions; None where the file has none.
    n_regions : int
        Number of regions.
    change : str
        What was done with its halves; empty where they agree.
    """

    path: Path
    edges: npt.NDArray[np.float64]
    labels: tuple[str, ...] | None
    n_regions: int
    change: str = ""


def read_triangle(path: Path, rules: SquareRules) -> Triangle:
    """Read the matrix of one subject.

    Parameters
    ----------
    path : Path
        Tab-separated square matrix; with labels in the first line and the first column, in the
        first line alone, or nowhere.
    rules : SquareRules
        What is done with missing cells and with halves that differ.

    Returns
    -------
    Triangle
        The diagonal is not used.

    Raises
    ------
    InputError
        When the file is damaged, a cell has no value, or the halves differ; names line and column.
    """
    grid = read_grid(path, rules.reading, quotes=False)
    n = len(grid.values)
    if n < 2:
        raise InputError(
            "expected a matrix of two regions or more, found one",
            where=str(path),
            repair="Give one line and one column for each region.",
        )
    _require_numbers(grid, rules)
    upper, lower = np.triu_indices(n, 1), np.triu_indices(n, 1)[::-1]
    values = np.where(grid.missing, np.nan, grid.values.astype(np.float64))
    edges, change = _settle(grid, values[upper], values[lower], rules)
    labels = None if grid.labels is None else tuple(grid.labels)
    return Triangle(path, edges, labels, n, change)


def _require_numbers(grid: Grid, rules: SquareRules) -> None:
    off = ~np.eye(len(grid.values), dtype=bool)
    infinite, empty = np.isinf(grid.values) & off, grid.missing & off
    if infinite.any():
        row, column = (int(place[0]) for place in np.nonzero(infinite))
        raise InputError(
            f"expected a finite number, found {grid.values[row, column]}",
            where=grid.locate(row, column),
            repair="Correct it, or write n/a where a value is not known.",
        )
    if rules.missing == "refuse" and empty.any():
        row, column = (int(place[0]) for place in np.nonzero(empty))
        raise InputError(
            f"expected a number, found none ({int(empty.sum())} such cells)",
            where=grid.locate(row, column),
            repair="Fill it, or read with missing='keep' to keep it as a missing value.",
        )


def _settle(
    grid: Grid,
    above: npt.NDArray[np.float64],
    below: npt.NDArray[np.float64],
    rules: SquareRules,
) -> tuple[npt.NDArray[np.float64], str]:
    for one, other in ((above, below), (below, above)):
        # A half of missing cells is as empty as one of zeros.
        if not np.nan_to_num(other).any() and np.nan_to_num(one).any():
            return one, "have values in one half alone and were mirrored"
    place = _find_apart(grid)
    if place is None:
        return above, ""
    if rules.symmetrise == "mean":
        return (above + below) / 2, "are not symmetric; their halves were averaged"
    if rules.symmetrise == "upper":
        return above, "are not symmetric; their upper halves were taken"
    row, column = place
    found = [
        "nothing" if grid.missing[cell] else f"{grid.values[cell]}"
        for cell in ((row, column), (column, row))
    ]
    raise grid.locate_error(
        TableError(
            f"expected a symmetric matrix, found {found[0]} and, in the mirrored cell, {found[1]}",
            table="matrix",
            row=row,
            column=str(column),
            repair=f"{_REPAIR}.",
        )
    )


def _find_apart(grid: Grid) -> tuple[int, int] | None:
    lost = find_asymmetry(grid.missing.astype(np.int64))
    # Whatever stands on the diagonal would set the scale of what counts as rounding.
    unused = grid.missing | np.eye(len(grid.values), dtype=bool)
    return lost or find_asymmetry(np.where(unused, 0, grid.values), grid.last_digit)
