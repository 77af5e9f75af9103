"""Large tables whose columns of whole numbers are parsed while the file is read.

A clean file of millions of lines never becomes text. Where something cannot be parsed, the file is
read again as text, which takes several times as long and names the cell at fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from neuropil.formats.parsing.delimited_text import DelimitedText

__all__ = ["parse_whole", "read_whole_numbers", "require_columns", "require_least"]

# Tells a number that is too large from a word; Polars makes null of both.
_DIGITS = r"^[+-]?[0-9]+$"
# The commonest cause by far: a spreadsheet keeps 15 digits, and ids have 18.
_AS_DOWNLOADED = "Take the file as it was downloaded; a spreadsheet rounds long ids."


def read_whole_numbers(
    path: Path, columns: Sequence[str], category: str | None = None
) -> DelimitedText:
    """Read some columns of whole numbers, and one of few different words.

    Parameters
    ----------
    path : Path
        A UTF-8 file whose first line names the columns, compressed with gzip or not.
    columns : sequence of str
        Columns of whole numbers; every cell must be filled.
    category : str, optional
        Column of words, such as the names of regions.

    Returns
    -------
    DelimitedText
        With these columns alone: Int64 without null, and Categorical.

    Raises
    ------
    InputError
        When the file is damaged, lacks a column, or a cell of ``columns`` is no whole number.
    """
    peeked, header = DelimitedText.peek(path)
    words = [category] if category else []
    require_columns(peeked, header, [*columns, *words])
    _require_line_end(peeked)
    # Words as categories: a few dozen regions need not be millions of strings.
    types = dict.fromkeys(columns, pl.Int64) | dict.fromkeys(words, pl.Categorical)
    schema = {name: types.get(name, pl.String) for name in header}
    try:
        # Every column is read, because Polars counts the fields of a line only then.
        frame = pl.read_csv(path, separator=peeked.separator, schema=schema, glob=False)
    # Its message names no cell; the careful way reads the file again and does.
    except (pl.exceptions.PolarsError, OSError):
        return _read_carefully(path, columns, words)
    # An empty cell becomes null without an error.
    if any(frame[name].null_count() for name in columns):
        return _read_carefully(path, columns, words)
    return DelimitedText(path, peeked.separator, frame.select(*columns, *words))


def _read_carefully(path: Path, columns: Sequence[str], words: Sequence[str]) -> DelimitedText:
    table = DelimitedText.read(path)
    parsed = [parse_whole(table, name) for name in columns]
    parsed += [table.frame[name].cast(pl.Categorical) for name in words]
    return DelimitedText(path, table.separator, pl.DataFrame(parsed))


def parse_whole(table: DelimitedText, column: str) -> pl.Series:
    """Parse a column of whole numbers.

    Parameters
    ----------
    table : DelimitedText
        Its cells are text.
    column : str
        Name of the column.

    Returns
    -------
    pl.Series
        Int64 without null.

    Raises
    ------
    InputError
        When a cell is empty or no whole number of 64 bits; names its line.
    """
    text = table.frame[column]
    # From text, never by way of a float.
    numbers = text.cast(pl.Int64, strict=False)
    if not numbers.null_count():
        return numbers
    row = int(numbers.is_null().arg_true()[0])
    cell = text[row]
    expected = "a whole number"
    if cell is not None and pl.Series([cell]).str.contains(_DIGITS).all():
        expected = "a whole number of less than 2^63"
    found = "nothing" if cell is None else repr(cell)
    raise table.fault(f"expected {expected}, found {found}", _AS_DOWNLOADED, row=row, column=column)


def require_columns(table: DelimitedText, header: Sequence[str], columns: Sequence[str]) -> None:
    """Check that a table has the columns that are needed.

    Parameters
    ----------
    table : DelimitedText
        For its faults.
    header : sequence of str
        Names of its columns.
    columns : sequence of str
        Names that are needed.

    Raises
    ------
    InputError
        When one of them is missing; download the file again.
    """
    missing = [name for name in columns if name not in header]
    if missing:
        raise table.fault(
            f"expected a column {missing[0]}, found {', '.join(header)}",
            "Take the file as it was downloaded.",
        )


def require_least(table: DelimitedText, numbers: pl.Series, least: int, what: str) -> None:
    """Check that no number of a column is too small.

    Parameters
    ----------
    table : DelimitedText
        For its faults.
    numbers : pl.Series
        A column of it, as Int64 without null.
    least : int
        The smallest number allowed.
    what : str
        What the numbers are, such as ``an id``.

    Raises
    ------
    InputError
        When a number is smaller; names its line.
    """
    low = numbers < least
    if low.any():
        row = int(low.arg_true()[0])
        raise table.fault(
            f"expected {what} of {least} or more, found {numbers[row]}",
            "Correct or drop this line, or download the file again.",
            row=row,
            column=numbers.name,
        )


def _require_line_end(table: DelimitedText) -> None:
    # A number that was cut short is still a number. Gzip tells of itself that it is whole.
    with table.path.open("rb") as handle:
        if handle.read(2) == b"\x1f\x8b":
            return
        handle.seek(-1, 2)
        last = handle.read(1)
    if last != b"\n":
        found = repr(last.decode(errors="replace"))
        raise table.fault(
            f"expected a line break at the end of the file, found {found}",
            "It may be truncated: download it again, or end its last line if it is whole.",
        )
