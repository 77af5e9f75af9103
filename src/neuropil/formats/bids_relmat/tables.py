"""The two tables of a BIDS relationship matrix: its cells, and what its rows stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import list_some
from neuropil.contracts import InputError
from neuropil.formats.parsing.delimited_text import DelimitedText

__all__ = ["Grid", "find_node_file", "read_grid", "read_node_indices"]

# n/a is that of BIDS; the others are what NumPy and R write in its place.
_MISSING = ("n/a", "nan", "NaN", "NA")
# Without a leading zero or plus: 007 would come back as 7 and no longer name its node.
_WHOLE = r"^(0|-?[1-9][0-9]*)$"
_INDEX = "matrix_index"
# Columns that name a node, the best first.
_NAMES = ("label", "name")


@dataclass(frozen=True)
class Grid:
    """The cells of a matrix, and the labels that stand around them.

    Parameters
    ----------
    path : Path
        The file.
    values : ndarray
        (n, n) int64 where every cell is whole, else float64; 0 where a cell is missing.
    missing : ndarray
        (n, n) True where a cell is ``n/a``.
    labels : pl.Series, optional
        (n,) labels of the columns as text.
    """

    path: Path
    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    missing: npt.NDArray[np.bool_]
    labels: pl.Series | None

    def locate(self, row: int, column: int) -> str:
        """Name the place of a cell in the file.

        Parameters
        ----------
        row, column : int
            Position in ``values``.

        Returns
        -------
        str
            File, line and column.
        """
        return _place(self.path, self.labels, row, column)

    def name_nodes(self, table: pl.DataFrame | None, *, text_ids: bool) -> pl.DataFrame:
        """Give each row its id and what the node index file says of it.

        Parameters
        ----------
        table : pl.DataFrame, optional
            (n,) rows of the node index file.
        text_ids : bool
            True keeps labels that look like numbers as text.

        Returns
        -------
        pl.DataFrame
            Column ``id``: the labels of the matrix, else those of the table, else 0 to n - 1.
        """
        others = table if table is not None else pl.DataFrame()
        labels = self.labels
        if labels is None:
            named = [name for name in _NAMES if name in others.columns]
            labels = others[named[0]].cast(pl.String) if named else None
            others = others.drop(named[:1])
        if labels is None:
            ids = pl.Series("id", np.arange(len(self.values)))
        else:
            numbers = labels.cast(pl.Int64, strict=False)
            whole = labels.str.contains(_WHOLE).all() and not numbers.null_count()
            # All or none: ids of two types could not be joined.
            ids = numbers if whole and not text_ids else labels
        return pl.DataFrame([ids.alias("id"), *others.get_columns()])


def read_grid(path: Path) -> Grid:
    """Read the cells of a matrix, with or without labels around them.

    Parameters
    ----------
    path : Path
        Tab-separated text.

    Returns
    -------
    Grid
        Square.

    Raises
    ------
    InputError
        When the file is empty, not UTF-8, not square, or a cell is no number; names line and
        column.
    """
    cells = _read_cells(path)
    height, width = cells.shape
    labels = None
    # The corner decides: above labels it is a word or empty, and in a bare matrix it is a number.
    if height == width and not _is_number(cells[0, 0]):
        labels = _labels_of(cells.row(0)[1:], path)
        _require_same_labels(labels, cells.to_series(0)[1:], path)
        cells = cells[1:, 1:]
    # A header without a first column, as giga-connectome writes it.
    elif height == width + 1:
        labels = _labels_of(cells.row(0), path)
        cells = cells[1:]
    elif height != width:
        raise InputError(
            f"expected a square matrix, found {height} lines of {width} fields",
            where=str(path),
            repair="Give one line and one column for each node, with or without their labels.",
        )
    return _parse(path, labels, cells)


def _read_cells(path: Path) -> pl.DataFrame:
    try:
        # Not by the parser of CSV: the files have no quotes, and it would take a quote in a label
        # for one.
        text = path.read_text(encoding="utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"expected UTF-8 text, found byte {error.object[error.start]:#x}",
            where=str(path),
            repair="Save as UTF-8.",
        ) from error
    lines = [line.split("\t") for line in text.split("\n")] if text else []
    if not lines:
        raise InputError(
            "expected a matrix, found nothing",
            where=str(path),
            repair="Write it again, or copy it again.",
        )
    # A short last line is what a broken transfer leaves behind.
    for number, line in enumerate(lines, start=1):
        if len(line) != len(lines[0]):
            raise InputError(
                f"expected {len(lines[0])} fields, found {len(line)}",
                where=f"{path}, line {number}",
                repair="Separate the columns by tabs; the file may be truncated.",
            )
    columns = zip(*lines, strict=True)
    return pl.DataFrame(
        [pl.Series(str(i), column, dtype=pl.String) for i, column in enumerate(columns)]
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in _MISSING
    return True


def _labels_of(cells: tuple[str, ...], path: Path) -> pl.Series:
    labels = pl.Series("label", list(cells), dtype=pl.String)
    repeated = ~labels.is_first_distinct() | (labels == "")
    if repeated.any():
        column = int(repeated.arg_true()[0])
        raise InputError(
            f"expected each label once, found {labels[column]!r}",
            where=f"{path}, line 1, label {column + 1}",
            repair="Give each node a label of its own.",
        )
    return labels


def _require_same_labels(labels: pl.Series, rows: pl.Series, path: Path) -> None:
    # Rows in another order than columns are a transposed or sorted matrix, and no label would tell.
    differ = labels != rows
    if differ.any():
        row = int(differ.arg_true()[0])
        raise InputError(
            f"expected the label {labels[row]!r} as in the first line, found {rows[row]!r}",
            where=f"{path}, line {row + 2}, column 1",
            repair="Order rows and columns alike.",
        )


def _parse(path: Path, labels: pl.Series | None, cells: pl.DataFrame) -> Grid:
    bare = cells.select(pl.all().str.strip_chars())
    missing = bare.select(pl.all().is_in(_MISSING)).to_numpy()
    # Filled so that whole numbers parse as such; the mask remembers which cells were missing.
    filled = bare.select(pl.all().replace(_MISSING, "0"))
    # Whole numbers are tried first, because a float would round large counts.
    for dtype in (pl.Int64, pl.Float64):
        numbers = filled.select(pl.all().cast(dtype, strict=False))
        wrong = numbers.select(pl.all().is_null()).to_numpy()
        if not wrong.any():
            return Grid(path, numbers.to_numpy(), missing, labels)
    row, column = (int(place[0]) for place in np.nonzero(wrong))
    raise InputError(
        f"expected a number or n/a, found {cells[row, column]!r}",
        where=_place(path, labels, row, column),
        repair="Correct it.",
    )


def _place(path: Path, labels: pl.Series | None, row: int, column: int) -> str:
    if labels is None:
        return f"{path}, line {row + 1}, column {column + 1}"
    return f"{path}, line {row + 2}, column {labels[column]}"


def find_node_file(path: Path, stem: str, fields: Mapping[str, Any], sidecar: Path) -> Path | None:
    """Find the node index file that belongs to a matrix.

    Parameters
    ----------
    path : Path
        The matrix.
    stem : str
        Its name without the ending.
    fields : mapping of str to object
        Fields of its sidecar.
    sidecar : Path
        The sidecar, for errors.

    Returns
    -------
    Path, optional
        None where there is none.

    Raises
    ------
    InputError
        When the sidecar names a file that is not in the folder of the matrix.
    """
    named = fields.get("NodeIndicesFile")
    if named is None:
        beside = path.with_name(f"{stem}_nodeindices.tsv")
        return beside if beside.is_file() else None
    # A downloaded sidecar must not make us read a file elsewhere, by way of `..` or a link.
    folder = path.parent.resolve()
    found = folder / str(named)
    if not found.resolve().is_relative_to(folder) or not found.is_file():
        raise InputError(
            f"expected a file in the folder of the matrix, found {str(named)!r}",
            where=f"{sidecar}, field NodeIndicesFile",
            repair="Copy it there, or name it as nodes.",
        )
    return found


def read_node_indices(path: Path, n: int) -> pl.DataFrame:
    """Read a node index file.

    Parameters
    ----------
    path : Path
        Tab-separated, with a column ``matrix_index`` that counts from 0 or from 1.
    n : int
        Number of rows of the matrix.

    Returns
    -------
    pl.DataFrame
        (n,) rows in the order of the matrix, without ``matrix_index``, and without ``node_file``
        and ``node_index`` where these say nothing more.

    Raises
    ------
    InputError
        When the column is missing or does not name each row of the matrix once.
    """
    table = DelimitedText.read(path, "\t")
    if _INDEX not in table.frame.columns:
        raise table.fault(
            f"expected a column {_INDEX}, found {', '.join(table.frame.columns)}",
            "Add it: the row of the matrix that each line describes.",
        )
    frame = table.frame.select(pl.all().replace("n/a", None))
    table = DelimitedText(path, table.separator, frame)
    index = table.parse_numbers(_INDEX)
    # The draft leaves open where the index counts from, so that both are taken.
    ordered = index.sort().to_list()
    if ordered not in (list(range(n)), list(range(1, n + 1))):
        raise table.fault(
            f"expected each row from 0 to {n - 1}, or from 1 to {n}, once, found {len(index)} "
            f"lines, {list_some(index)}",
            "Describe every row of the matrix on one line.",
            column=_INDEX,
        )
    columns = [table.guess_type(name) for name in frame.columns if name != _INDEX]
    others = pl.DataFrame(columns)[index.arg_sort().to_numpy()] if columns else pl.DataFrame()
    # What neuropil fills in only for the sake of the draft goes again, so that nothing is gained on
    # the way.
    if "node_file" in others.columns and not others["node_file"].is_not_null().any():
        others = others.drop("node_file")
    if "node_index" in others.columns and others["node_index"].to_list() == ordered:
        others = others.drop("node_index")
    return others
