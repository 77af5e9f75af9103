"""Tables with one line for each brain region: numbers, sides, and words for yes and no."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import MISSING_WORDS, find_missing_ids
from neuropil.contracts import InputError
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.id_texts import trim
from neuropil.formats.parsing.quoting import advise_number

__all__ = [
    "find_repeated",
    "parse_cells",
    "parse_names",
    "parse_sides",
    "parse_truth",
    "parse_whole_numbers",
]

Floats = npt.NDArray[np.float64]

_YES = ("true", "t", "yes", "y", "1", "1.0")
_NO = ("false", "f", "no", "n", "0", "0.0")
_LEFT = ("l", "lh", "left")
_RIGHT = ("r", "rh", "right")
# As pandas and Polars rename the second column of a name that is there twice.
_RENAMED = re.compile(r"^(?P<name>.+?)(_duplicated_[0-9]+|\.[0-9]+)$")


def parse_names(table: DelimitedText, column: str) -> list[str]:
    """Read the names of the regions, without blanks around them.

    Parameters
    ----------
    table : DelimitedText
        One line for each region.
    column : str
        Column of the names.

    Returns
    -------
    list of str
        In the order of the lines.

    Raises
    ------
    InputError
        When a name is missing; the message names the line.
    """
    names = trim(table.frame[column].cast(pl.String))
    missing = find_missing_ids(names)
    if missing.any():
        row = int(missing.arg_true()[0])
        raise table.fault(
            f"expected the name of a region, found {_say(names[row])}",
            "Name it, or remove the line.",
            row=row,
            column=column,
        )
    return [str(name) for name in names]


def parse_cells(table: DelimitedText, columns: Sequence[str]) -> Floats:
    """Read columns of numbers, in which a cell may be empty.

    Parameters
    ----------
    table : DelimitedText
        One line for each region.
    columns : sequence of str
        Columns of numbers.

    Returns
    -------
    (n, k) array
        The numbers; NaN where a cell is empty or says so, as NA does.

    Raises
    ------
    InputError
        When a cell is no finite number; the message names line and column.
    """
    texts = table.frame.select(pl.col(columns).str.strip_chars())
    texts = texts.with_columns(
        pl.when(pl.all().str.to_lowercase().is_in(list(MISSING_WORDS)))
        .then(None)
        .otherwise(pl.all())
        .name.keep()
    )
    numbers = texts.select(pl.all().cast(pl.Float64, strict=False))
    for column, text in zip(numbers.iter_columns(), texts.iter_columns(), strict=True):
        # Only a column with a cell that was not understood is looked at again.
        odd = column.null_count() != text.null_count() or not column.is_finite().all()
        if odd:
            raise _refuse_cell(table, text, column)
    # A copy in rows: NumPy would get null as an object.
    return numbers.fill_null(np.nan).to_numpy().astype(np.float64)


def _refuse_cell(table: DelimitedText, text: pl.Series, numbers: pl.Series) -> InputError:
    wrong = text.is_not_null() & ~numbers.is_finite().fill_null(value=False)
    row = int(wrong.arg_true()[0])
    repair = advise_number(
        text[row], "Correct it, or leave the cell empty where there is no value."
    )
    return table.fault(f"expected a number, found {text[row]!r}", repair, row=row, column=text.name)


def parse_whole_numbers(table: DelimitedText, columns: Sequence[str]) -> Floats:
    """Read columns of numbers, in which no cell may be empty.

    Parameters
    ----------
    table : DelimitedText
        One line for each region.
    columns : sequence of str
        Columns of numbers.

    Returns
    -------
    (n, k) array
        Finite numbers.

    Raises
    ------
    InputError
        When a cell is empty or no finite number; the message names line and column.
    """
    cells = parse_cells(table, columns)
    empty = np.argwhere(np.isnan(cells))
    if len(empty):
        row, column = empty[0]
        raise table.fault(
            "expected a number, found nothing",
            "Fill it, or leave the region out of all files.",
            row=int(row),
            column=columns[int(column)],
        )
    return cells


def parse_truth(table: DelimitedText, column: str) -> pl.Series:
    """Read words for yes and no.

    Parameters
    ----------
    table : DelimitedText
        One line for each region.
    column : str
        Column of the words: true, t, yes, y or 1, and false, f, no, n or 0, in any case.

    Returns
    -------
    pl.Series
        (n,) Boolean.

    Raises
    ------
    InputError
        When a cell is empty or holds another word; the message names the line.
    """
    words = trim(table.frame[column].cast(pl.String))
    known = words.str.to_lowercase().is_in([*_YES, *_NO]).fill_null(value=False)
    if not known.all():
        row = int((~known).arg_true()[0])
        raise table.fault(
            f"expected yes or no, found {_say(words[row])}",
            "Write true or false for each region.",
            row=row,
            column=column,
        )
    return words.str.to_lowercase().is_in(_YES).alias(column)


def parse_sides(table: DelimitedText, column: str) -> pl.Series:
    """Read hemispheres.

    Parameters
    ----------
    table : DelimitedText
        One line for each region.
    column : str
        Column of the words: L, lh or left, and R, rh or right, in any case; empty for regions of
        neither.

    Returns
    -------
    pl.Series
        (n,) ``L``, ``R`` or null.

    Raises
    ------
    InputError
        When a cell holds another word; the message names the line.
    """
    words = trim(table.frame[column].cast(pl.String))
    lower = words.str.to_lowercase()
    known = lower.is_null() | lower.is_in([*_LEFT, *_RIGHT, *MISSING_WORDS])
    if not known.all():
        row = int((~known).arg_true()[0])
        raise table.fault(
            f"expected the hemisphere L or R, found {_say(words[row])}",
            "Write L or R, or leave the cell empty for a region of neither.",
            row=row,
            column=column,
        )
    sides = ["L" if word in _LEFT else "R" if word in _RIGHT else None for word in lower.to_list()]
    return pl.Series(column, sides, dtype=pl.String)


def find_repeated(names: Sequence[str]) -> tuple[str, str] | None:
    """Find a name that is there twice, or once as another program renames a second one.

    Parameters
    ----------
    names : sequence of str
        Names of columns.

    Returns
    -------
    tuple of str, optional
        The column that is one too many, and the name that it repeats; None where there is none.

    Examples
    --------
    >>> find_repeated(["SST", "PVALB", "SST_duplicated_0"])
    ('SST_duplicated_0', 'SST')
    >>> find_repeated(["RP11-34P13.7", "SST.1"]) is None
    True
    """
    seen: set[str] = set()
    known = set(names)
    for name in names:
        if name in seen:
            return name, name
        seen.add(name)
        renamed = _RENAMED.match(name)
        # A name with a number at its end is a gene's own, unless the name without it is there too.
        if renamed and renamed["name"] in known:
            return name, renamed["name"]
    return None


def _say(word: str | None) -> str:
    return "nothing" if not word else repr(word)
