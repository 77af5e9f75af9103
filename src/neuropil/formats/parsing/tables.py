"""What every table is asked, whatever its file: ids, numbers, types; each fault with its place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import polars as pl

from neuropil.connectome import TableError, find_missing_ids
from neuropil.contracts import InputError
from neuropil.formats.parsing.id_texts import PREFIX, add_prefix, has_decimals, parse_id_texts
from neuropil.formats.parsing.quoting import advise_number, quote

__all__ = ["Table"]

_WHOLE = r"^(0|-?[1-9][0-9]*)$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
# As Polars writes booleans; other spellings stay text, since yes and no may be names.
_TRUTH = ("true", "false")
_EXACT = 1 << 53


class Table(ABC):
    """A table that was read, whose cells are text or typed.

    Subclasses have the fields ``path``, ``frame`` and ``notes``: what was left out or changed.
    """

    path: Path
    frame: pl.DataFrame
    notes: tuple[str, ...]

    @abstractmethod
    def place_of(self, row: int) -> str | None:
        """Name the place of a row of ``frame`` in the file, such as ``line 3``."""

    @abstractmethod
    def keep(self, rows: pl.Series, note: str) -> Self:
        """Keep the rows where a boolean is true; faults still name their place in the file.

        Parameters
        ----------
        rows : pl.Series
            (n,) booleans.
        note : str
            What is left out, in a whole sentence.

        Returns
        -------
        Table
            With the note.
        """

    def fault(
        self, what: str, repair: str, *, row: int | None = None, column: str | None = None
    ) -> InputError:
        """Build an error that names the file, the line and the column.

        Parameters
        ----------
        what : str
            What was expected and what was found.
        repair : str
            The next step.
        row : int, optional
            Row of ``frame``, counted from 0.
        column : str, optional
            Name of the column in the file.

        Returns
        -------
        InputError
            To be raised.
        """
        place = None if row is None else self.place_of(row)
        parts = [str(self.path), place, None if column is None else f"column {column}"]
        return InputError(what, where=", ".join(filter(None, parts)), repair=repair)

    @contextmanager
    def locating(self, names: Mapping[str, str]) -> Iterator[None]:
        """Turn a table's error inside the block into one that names file and line.

        Parameters
        ----------
        names : mapping of str to str
            Name in the file of each renamed column.

        Yields
        ------
        None
            Rows of the table that is checked are those of ``frame``.

        Raises
        ------
        InputError
            Where the block raises TableError.
        """
        try:
            yield
        except TableError as error:
            # An error of a pair names two columns, pre and post.
            columns = [names.get(name, name) for name in (error.column or "").split(", ")]
            column = ", ".join(columns) or None
            raise self.fault(error.what, error.repair, row=error.row, column=column) from error

    def texts(self, columns: Sequence[str]) -> list[pl.Series]:
        """Take columns as text, whole numbers that are held as floats without their ``.0``."""
        return [self._as_text(self.frame[name]) for name in columns]

    def _as_text(self, column: pl.Series) -> pl.Series:
        if column.dtype == pl.String:
            return column
        if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
            raise self.fault(
                f"expected numbers or text, found {column.dtype}",
                "Save one value in each cell, or name another column.",
                column=column.name,
            )
        # Below 2^53 a float is the whole number that it shows; beyond, it may be a neighbour of it.
        if column.dtype.is_float() and column.is_not_null().any():
            whole = (column.is_finite() & (column == column.round())) & (column.abs() < _EXACT)
            if whole.all():
                return column.cast(pl.Int64).cast(pl.String)
        return column.cast(pl.String).str.strip_chars()

    def find_missing(self, columns: Sequence[str], *, zero: bool = False) -> pl.Series:
        """Tell the rows of which an id is missing.

        Parameters
        ----------
        columns : sequence of str
            Columns of ids.
        zero : bool
            True takes 0 as missing, as it is where ids are those of a segmentation.

        Returns
        -------
        pl.Series
            (n,) booleans.
        """
        missing = pl.repeat(False, self.frame.height, eager=True)
        for name in columns:
            ids = self.frame[name]
            # Whole numbers are not made text: a release of a fly has tens of millions of them.
            ids = ids if ids.dtype.is_integer() else self._as_text(ids)
            missing |= find_missing_ids(ids)
            if zero:
                missing |= (ids == (0 if ids.dtype.is_integer() else "0")).fill_null(value=False)
        return missing

    def without_missing(
        self, columns: Sequence[str], *, drop: bool | None, zero: bool = False
    ) -> Self:
        """Refuse lines without an id, or leave them out.

        Parameters
        ----------
        columns : sequence of str
            Columns of ids.
        drop : bool, optional
            True leaves them out, with a note; None where the reader has no option for it.
        zero : bool
            As for :meth:`find_missing`.

        Returns
        -------
        Table
            Every line of it has its ids.

        Raises
        ------
        InputError
            When an id is empty or a word such as NA; names its line.
        """
        missing = self.find_missing(columns, zero=zero)
        if not missing.any():
            return self
        if drop:
            number = int(missing.sum())
            lines = "1 line was" if number == 1 else f"{number:,} lines were"
            return self.keep(
                ~missing, f"{lines} left out of {self.path.name}, because an id is missing there."
            )
        row = int(missing.arg_true()[0])
        column = next(name for name in columns if self.find_missing([name], zero=zero)[row])
        cell = self.texts([column])[0][row]
        offered = "" if drop is None else " or read with drop_missing_ids=True to leave it out"
        raise self.fault(
            f"expected an id, found {'nothing' if cell is None else quote(cell)} "
            f"({missing.sum()} such lines)",
            f"Give the neuron an id,{offered}." if offered else "Give the neuron an id.",
            row=row,
            column=column,
        )

    def parse_ids(self, *columns: str, as_text: bool = False) -> list[pl.Series]:
        """Parse columns that hold the ids of one set of neurons.

        Parameters
        ----------
        *columns : str
            Their names.
        as_text : bool
            True keeps ids that look like numbers as text.

        Returns
        -------
        list of pl.Series
            Int64 where every id is a whole number, also where all are written as 10001.0 and are
            less than 2^53; else String, exactly as written.

        Raises
        ------
        InputError
            When an id is another decimal number, or only some are whole numbers.
        """
        held = [self.frame[name] for name in columns]
        whole = not as_text and not any(name.endswith(PREFIX) for name in columns)
        if whole and all(ids.dtype.is_integer() for ids in held):
            # Ids of 2^63 and more become null, and then stay text like those of a text.
            numbers = [ids.cast(pl.Int64, strict=False) for ids in held]
            if all(a.null_count() == b.null_count() for a, b in zip(numbers, held, strict=True)):
                return numbers
        named = zip(columns, self.texts(columns), strict=True)
        texts = [add_prefix(name, text) for name, text in named]
        if as_text:
            return texts

        def fault(what: str, repair: str, row: int, column: str) -> InputError:
            return self.fault(what, repair, row=row, column=column)

        return parse_id_texts(texts, fault, mixed=False)

    def note_ids(self, *columns: str) -> list[str]:
        """Say in notes where ids were completed, or held as floats and read as whole numbers."""
        if any(name.endswith(PREFIX) for name in columns):
            return [f"The first digits of the ids, {PREFIX}, were taken from the column's name."]
        held = [self.frame[name] for name in columns]
        if any(
            column.dtype.is_float() or (column.dtype == pl.String and has_decimals(column))
            for column in held
        ):
            return ["Ids that are written as 10001.0 were read as whole numbers."]
        return []

    def parse_numbers(self, column: str) -> pl.Series:
        """Parse a column of numbers.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        pl.Series
            Int64 where all are whole, else Float64.

        Raises
        ------
        InputError
            When a cell is not a number.
        """
        return self._parse(self.frame[column])

    def _parse(self, held: pl.Series) -> pl.Series:
        if held.dtype.is_float():
            return held.cast(pl.Float64)
        text = self._as_text(held)
        for dtype in (pl.Int64, pl.Float64):
            numbers = text.cast(dtype, strict=False)
            # No new null, so that every cell was understood; whole numbers go first, to stay exact.
            if numbers.null_count() == text.null_count():
                return numbers
        row = int((numbers.is_null() & text.is_not_null()).arg_true()[0])
        found = text[row]
        raise self.fault(
            f"expected a number, found {quote(found)}",
            advise_number(found),
            row=row,
            column=held.name,
        )

    def parse_places(self, column: str) -> pl.Series:
        """Parse a column of numbers some of which may be missing, as nothing or a word such as NA.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        pl.Series
            As :meth:`parse_numbers`, null where one is missing; a column of numbers as it is.

        Raises
        ------
        InputError
            When a cell is not a number.
        """
        held = self.frame[column]
        if held.dtype != pl.String:
            return held.fill_nan(None) if held.dtype.is_float() else held
        known = held.set(find_missing_ids(held), None)
        return self._parse(known)

    def guess_type(self, column: str) -> pl.Series:
        """Parse a column as whole numbers, numbers, true and false, or text, by all its cells.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        pl.Series
            Int64, Float64, Boolean or String; a column that has a type keeps it.
        """
        text = self.frame[column]
        if text.dtype != pl.String:
            return text
        # Nothing to guess from: a column of nulls stays text, which any later value fits.
        if text.is_null().all():
            return text
        if text.is_in(_TRUTH).all():
            return text == "true"
        # By pattern and not by trying: nan and inf parse as floats, and are words in a table of
        # labels. A leading zero makes a label of a number, as of a region 007.
        number = text.str.contains(_WHOLE) | (
            text.str.contains(_NUMBER) & text.str.contains(r"[.eE]")
        )
        return self.parse_numbers(column) if number.all() else text
