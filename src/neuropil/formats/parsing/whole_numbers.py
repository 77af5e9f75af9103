"""Large tables whose columns of whole numbers are parsed while the file is read.

A clean file of millions of lines never becomes text. Where something cannot be parsed, the file is
read again as text, which takes several times as long and names the cell at fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.id_texts import drop_decimals
from neuropil.formats.parsing.quoting import quote, quote_names
from neuropil.formats.parsing.text_files import PLAIN, TextReading

__all__ = [
    "WholeColumns",
    "parse_ids",
    "parse_whole",
    "read_whole_numbers",
    "require_columns",
    "require_least",
]

# Tells a number that is too large from a word; Polars makes null of both.
_DIGITS = r"^[+-]?[0-9]+$"
# The commonest cause by far: a spreadsheet keeps 15 digits, and ids have 18.
_AS_DOWNLOADED = "Take the file as it was downloaded; a spreadsheet rounds long ids."


@dataclass(frozen=True)
class WholeColumns:
    """Which columns of a large table are read.

    Parameters
    ----------
    ids : tuple of str
        Columns of ids.
    counts : tuple of str
        Columns of other whole numbers.
    category : str, optional
        Column of few different words, such as the names of regions.
    """

    ids: tuple[str, ...]
    counts: tuple[str, ...]
    category: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Name the column of words, or none."""
        return () if self.category is None else (self.category,)


def read_whole_numbers(
    path: Path,
    columns: WholeColumns,
    reading: TextReading = PLAIN,
    *,
    drop_missing_ids: bool | None = None,
) -> DelimitedText:
    """Read some columns of whole numbers, and one of few different words.

    Parameters
    ----------
    path : Path
        A file whose first line names the columns, compressed with gzip or not.
    columns : WholeColumns
        What is read; every cell of ids and counts must be filled.
    reading : TextReading
        Its encoding, and whether it is whole in any case.
    drop_missing_ids : bool, optional
        True leaves out lines whose id is missing; None where the reader has no option for it.

    Returns
    -------
    DelimitedText
        With these columns alone: Int64 without null, and Categorical.

    Raises
    ------
    InputError
        When the file is damaged, lacks a column, or a cell is no whole number.
    """
    peeked, header = DelimitedText.peek(path, reading=reading)
    numbers = (*columns.ids, *columns.counts)
    require_columns(peeked, header, (*numbers, *columns.words))
    content = peeked.content()
    # Words as categories: a few dozen regions need not be millions of strings.
    types = dict.fromkeys(numbers, pl.Int64) | dict.fromkeys(columns.words, pl.Categorical)
    schema = {name: types.get(name, pl.String) for name in header}
    try:
        # Every column is read, because Polars counts the fields of a line only then.
        frame = pl.read_csv(
            content,
            separator=peeked.separator,
            schema=schema,
            glob=False,
            skip_lines=peeked.skipped,
        )
    # Its message names no cell; the careful way reads the file again and does.
    except (pl.exceptions.PolarsError, OSError):
        return _read_carefully(path, columns, reading, drop_missing_ids)
    # An empty cell becomes null without an error, and a region with a blank at its end is another.
    words = (frame[name].unique().cast(pl.String) for name in columns.words)
    if any(frame[name].null_count() for name in numbers) or any(
        (each != each.str.strip_chars()).any() for each in words
    ):
        return _read_carefully(path, columns, reading, drop_missing_ids)
    return replace(peeked, frame=frame.select(*numbers, *columns.words))


def _read_carefully(
    path: Path, columns: WholeColumns, reading: TextReading, drop_missing_ids: bool | None
) -> DelimitedText:
    table = DelimitedText.read(path, reading=reading)
    table = table.without_missing(columns.ids, drop=drop_missing_ids)
    parsed = [*parse_ids(table, columns.ids)]
    parsed += [parse_whole(table, name) for name in columns.counts]
    parsed += [table.frame[name].cast(pl.Categorical) for name in columns.words]
    return replace(table, frame=pl.DataFrame(parsed))


def parse_ids(table: DelimitedText, columns: Sequence[str]) -> list[pl.Series]:
    """Parse columns of ids that are whole numbers, also where they are written as 10001.0.

    Parameters
    ----------
    table : DelimitedText
        Its cells are text.
    columns : sequence of str
        Names of the columns.

    Returns
    -------
    list of pl.Series
        Int64 without null.

    Raises
    ------
    InputError
        When a cell is empty or no whole number of 64 bits; names its line.
    """
    bare = drop_decimals([table.frame[name] for name in columns])
    changed = replace(table, frame=table.frame.with_columns(bare))
    return [parse_whole(changed, name) for name in columns]


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
    found = "nothing" if cell is None else quote(cell)
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
            f"expected a column {missing[0]}, found {quote_names(header)}",
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
