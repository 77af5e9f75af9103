"""Square matrices in text: with labels around them, in the first line alone, or nowhere."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import MISSING_WORDS, TableError, find_missing_ids
from neuropil.contracts import InputError
from neuropil.formats.parsing.delimited_text import SEPARATORS, find_preamble
from neuropil.formats.parsing.id_texts import parse_id_texts
from neuropil.formats.parsing.quoting import advise_number, quote
from neuropil.formats.parsing.text_files import (
    PLAIN,
    TextReading,
    decode_text,
    read_text,
)

__all__ = ["LONGEST_LINE", "Grid", "guess_separator", "is_number", "read_grid", "split_line"]

LONGEST_LINE = 1 << 20
"""Longest line [bytes]: that of a hundred thousand neurons, whose matrix would fit no memory."""

_BLANKS = re.compile(rb"[ \t]+")


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
        (n, n) True where a cell has no value.
    labels : pl.Series, optional
        (n,) labels of the columns as text.
    first_line : int
        Number of the line of the first row.
    last_digit : float
        Unit of the last digit after the point that any cell has; 0 where none has one.
    corner : str
        What stands above the labels of the rows; empty where there are none.
    """

    path: Path
    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    missing: npt.NDArray[np.bool_]
    labels: pl.Series | None
    first_line: int = 1
    last_digit: float = 0.0
    corner: str = ""

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
        name = column + 1 if self.labels is None else self.labels[column]
        return f"{self.path}, line {self.first_line + row}, column {name}"

    def locate_error(self, error: TableError) -> InputError:
        """Turn the position of an error about the matrix into a line and a label of the file."""
        if error.table != "matrix" or error.row is None or error.column is None:
            where = f"{self.path}, {error.where}"
        else:
            where = self.locate(error.row, int(error.column))
        return InputError(error.what, where=where, repair=error.repair)

    def name_rows(self, labels: pl.Series | None, *, text_ids: bool) -> pl.Series:
        """Give each row its id.

        Parameters
        ----------
        labels : pl.Series, optional
            (n,) labels as text; the rows are numbered from 0 when not given.
        text_ids : bool
            True keeps labels that look like numbers as text.

        Returns
        -------
        pl.Series
            (n,) ids.

        Raises
        ------
        InputError
            When a label looks like a number that was rounded.
        """
        if labels is None:
            return pl.Series("id", np.arange(len(self.values)))
        if text_ids:
            return labels.alias("id")

        def fault(what: str, repair: str, row: int, _: str) -> InputError:
            return InputError(what, where=f"{self.path}, label {row + 1}", repair=repair)

        # All or none: ids of two types could not be joined.
        return parse_id_texts([labels], fault, mixed=True)[0].alias("id")


@dataclass(frozen=True)
class _Layout:
    """Where the cells of a matrix begin: below a header or not, right of labels or not."""

    separator: str
    quotes: bool
    skipped: int
    header: list[str] | None
    has_labels: bool
    n: int

    @property
    def first_line(self) -> int:
        return self.skipped + (1 if self.header is None else 2)


def read_grid(path: Path, reading: TextReading = PLAIN, *, quotes: bool = True) -> Grid:
    """Read the cells of a matrix, with or without labels around them.

    Parameters
    ----------
    path : Path
        Text, compressed with gzip or not; its columns separated by what ``reading`` says, else by
        tabs, semicolons, commas or blanks, whichever the first line has.
    reading : TextReading
        Separator and encoding, and whether it is whole in any case.
    quotes : bool
        False takes quotes as part of a label.

    Returns
    -------
    Grid
        Square.

    Raises
    ------
    InputError
        When the file is empty, cut short, not UTF-8, not square, or a cell is no number; names
        line and column.
    """
    content = read_text(path, reading)
    text = decode_text(path, content, replace(reading, encoding=None)).rstrip()
    if not text:
        raise InputError(
            "expected a matrix, found nothing",
            where=str(path),
            repair="Write it again, or copy it again.",
        )
    start, n_lines = text[:LONGEST_LINE], text.count("\n") + 1
    separator = reading.separator or guess_separator(start)
    skipped, start = find_preamble(start, separator)
    lines = start.split("\n", 2)
    fields = [split_line(line, separator, quotes=quotes) for line in lines[:2]]
    layout = _lay_out(path, separator, fields, n_lines - skipped, quotes)
    layout = replace(layout, skipped=skipped)
    cells = _read_cells(path, text, layout)
    labels = _check_labels(path, layout, cells) if layout.header else None
    grid = _parse(path, layout, labels, cells[:, int(layout.has_labels) :])
    return replace(grid, corner=fields[0][0] if layout.has_labels else "")


def split_line(line: str, separator: str, *, quotes: bool = True) -> list[str]:
    """Split a line into fields without blanks around them; any number of blanks is one separator.

    Examples
    --------
    >>> split_line('"A" 0  3 ', " ")
    ['A', '0', '3']
    """
    bare = re.sub(r"[ \t]+", " ", line.strip()) if separator == " " else line.rstrip("\r\n")
    if not quotes or '"' not in bare:
        return [field.strip() for field in bare.split(separator)]
    return [field.strip() for field in next(csv.reader([bare], delimiter=separator), [])]


def guess_separator(text: str) -> str:
    r"""Find the character between the columns of the first line that is no comment.

    Of several the one is taken by which the second line holds numbers: the others stand in labels.

    Examples
    --------
    >>> guess_separator(",EPG;L,EPG;R"), guess_separator(",EPG;L,EPG;R\nEPG;L,0,1\n")
    (';', ',')
    """
    lines = [each for each in text.splitlines() if each and not each.startswith("#")][:2]
    marks = [mark for mark in SEPARATORS if lines and mark in lines[0].strip()]
    return next((mark for mark in marks if _parts_numbers(lines, mark)), (*marks, ",")[0])


def _parts_numbers(lines: list[str], mark: str) -> bool:
    try:
        first, second = (split_line(lines[row], mark) for row in (0, -1))
    except csv.Error:
        return False
    cells = second[1:]
    return len(second) - len(first) in (0, 1) and all(not each or is_number(each) for each in cells)


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, or stands for a missing one."""
    try:
        float(cell)
    except ValueError:
        return cell != "" and cell.lower() in MISSING_WORDS
    return True


def _lay_out(
    path: Path, separator: str, fields: list[list[str]], n_lines: int, quotes: bool
) -> _Layout:
    """Tell from the first two lines and the number of lines what stands around the cells."""
    first, second = fields[0], fields[-1]
    width = len(first)
    made: tuple[list[str] | None, bool, int] | None = None
    # As R writes it: labels in both places and nothing in the corner, so that a line is longer.
    if len(second) == width + 1 == n_lines:
        made = first, True, width
    elif n_lines == width and not is_number(first[0]):
        # The corner decides: above labels it is a word or empty, in a bare matrix a number.
        made = first[1:], True, width - 1
    elif n_lines == width:
        made = None, False, width
    # A header without a first column, as giga-connectome and pandas write it.
    elif n_lines == width + 1:
        made = first, False, width
    if made is None:
        raise InputError(
            f"expected a square matrix, found {n_lines} lines of {width} fields",
            where=str(path),
            repair="Give one line and one column for each node, with or without their labels.",
        )
    header, has_labels, n = made
    return _Layout(separator, quotes, 0, header, has_labels, n)


def _read_cells(path: Path, text: str, layout: _Layout) -> pl.DataFrame:
    """Read all cells below the header as text without blanks around them."""
    body = text.split("\n", layout.first_line - 1)[-1].encode()
    if layout.separator == " ":
        body = b"\n".join(_BLANKS.sub(b" ", line.strip()) for line in body.split(b"\n"))
    width = layout.n + int(layout.has_labels)
    try:
        cells = pl.read_csv(
            io.BytesIO(body + b"\n"),
            has_header=False,
            separator=layout.separator,
            quote_char='"' if layout.quotes else None,
            schema={str(i): pl.String for i in range(width)},
        )
    except pl.exceptions.PolarsError as error:
        _require_width(path, body, layout, width)
        raise InputError(
            "expected lines of numbers, found something else",
            where=str(path),
            repair="Check its quotes.",
        ) from error
    if cells.height != layout.n or cells.select(pl.any_horizontal(pl.all().has_nulls())).item():
        _require_width(path, body, layout, width)
    # Every line has its fields, so that a null is an empty cell: pandas writes NaN as nothing.
    return cells.select(pl.all().str.strip_chars().fill_null("").replace("", "n/a"))


def _require_width(path: Path, body: bytes, layout: _Layout, width: int) -> None:
    # What Polars says of a broken file names neither line nor cell; the file is walked once more.
    for number, line in enumerate(body.decode().split("\n"), layout.first_line):
        place = f"{path}, line {number}"
        try:
            fields = split_line(line, layout.separator, quotes=layout.quotes)
        except csv.Error as error:
            raise InputError(
                f"cannot be read as fields ({error})", where=place, repair="Check its quotes."
            ) from error
        # A short last line is what a broken transfer leaves behind.
        if len(fields) != width:
            name = SEPARATORS.get(layout.separator, repr(layout.separator))
            raise InputError(
                f"expected {width} fields, found {len(fields)}",
                where=place,
                repair=f"Separate the columns by {name}s; the file may be truncated.",
            )


def _check_labels(path: Path, layout: _Layout, cells: pl.DataFrame) -> pl.Series:
    labels = pl.Series("label", layout.header, dtype=pl.String)
    line = layout.first_line - 1
    repeated, missing = ~labels.is_first_distinct(), find_missing_ids(labels)
    wrong = repeated | missing
    if wrong.any():
        column = int(wrong.arg_true()[0])
        expected = "a label" if missing[column] else "each label once"
        raise InputError(
            f"expected {expected}, found {quote(labels[column])}",
            where=f"{path}, line {line}, label {column + 1}",
            repair="Give each node a label of its own.",
        )
    if layout.has_labels:
        # Rows in another order than columns are a transposed or sorted matrix, and no label would
        # tell.
        rows = cells.to_series(0)
        differ = labels != rows
        if differ.any():
            row = int(differ.arg_true()[0])
            raise InputError(
                f"expected the label {quote(labels[row])} as in the first line, "
                f"found {quote(rows[row])}",
                where=f"{path}, line {layout.first_line + row}, column 1",
                repair="Order rows and columns alike.",
            )
    return labels


def _parse(path: Path, layout: _Layout, labels: pl.Series | None, cells: pl.DataFrame) -> Grid:
    none = pl.all().str.to_lowercase().is_in(list(MISSING_WORDS))
    missing = cells.select(none).to_numpy()
    # Filled so that whole numbers parse as such; the mask remembers which cells were missing.
    filled = cells.select(pl.when(none).then(pl.lit("0")).otherwise(pl.all()).name.keep())
    # Whole numbers are tried first, because a float would round large counts.
    for dtype in (pl.Int64, pl.Float64):
        numbers = filled.select(pl.all().cast(dtype, strict=False))
        wrong = numbers.select(pl.all().is_null()).to_numpy()
        if not wrong.any():
            digit = 0.0 if dtype == pl.Int64 else _find_last_digit(cells)
            values = numbers.to_numpy()
            return Grid(path, values, missing, labels, layout.first_line, digit)
    row, column = (int(place[0]) for place in np.nonzero(wrong))
    found = cells[row, column]
    place = Grid(path, np.empty((0, 0)), missing, labels, layout.first_line)
    raise InputError(
        f"expected a number or n/a, found {quote(found)}",
        where=place.locate(row, column),
        repair=advise_number(found),
    )


def _find_last_digit(cells: pl.DataFrame) -> float:
    """Find the unit of the last digit after the point; programs drop zeros, so that most rules."""
    lengths = cells.select(pl.all().str.extract(r"\.([0-9]+)$").str.len_bytes().max())
    most = lengths.select(pl.max_horizontal(pl.all())).item()
    return 0.0 if most is None else float(10.0 ** -int(most))
