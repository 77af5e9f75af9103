"""Tables in CSV and TSV files, each fault with its file, line and column.

Every cell is read as text and then parsed here, so that no id passes through a float.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from neuropil.connectome import TableError
from neuropil.contracts import InputError
from neuropil.formats.format import require_file

__all__ = ["DelimitedText"]

_GZIP_MAGIC = b"\x1f\x8b"
_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", " ": "space"}
# Without a leading zero or plus: 007 would come back as 7 and no longer name its neuron.
_WHOLE = r"^(0|-?[1-9][0-9]*)$"
# Broader than `_WHOLE`: what is meant as a number, even if it cannot be kept as one.
_DIGITS = r"^[+-]?[0-9]+$"
# 7.2e17 and 720575940.0 are ids that a spreadsheet has rounded.
_DECIMAL = r"^[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+)$"
# 64 kB hold the header of nearly every table; 16 MB hold one of a million columns. Not tuned.
_HEADER_SIZES = (1 << 16, 1 << 24)
_ADD_HEADER = "Add a first line with the name of each column."
# As Polars writes booleans; other spellings stay text, since yes and no may be names.
_TRUTH = ("true", "false")


@dataclass(frozen=True)
class DelimitedText:
    """A table whose cells are still text.

    Parameters
    ----------
    path : Path
        Where it was read.
    separator : str
        Character between columns.
    frame : pl.DataFrame
        Its cells as String; null where empty.
    """

    path: Path
    separator: str
    frame: pl.DataFrame

    @classmethod
    def read(cls, path: Path, separator: str | None = None) -> DelimitedText:
        """Read a file, compressed with gzip or not.

        Parameters
        ----------
        path : Path
            A UTF-8 file whose first line names the columns.
        separator : str, optional
            Character between columns; a tab for names with ``.tsv``, else a comma.

        Returns
        -------
        DelimitedText
            The table, without empty lines at its end.

        Raises
        ------
        InputError
            When the file is missing, truncated, not UTF-8, separated otherwise, without a
            header, or has a line with too many fields.
        """
        empty, header = cls.peek(path, separator)
        # A plain file goes to Polars by name, which spares a copy of its bytes.
        content = _read_bytes(path) if _is_gzip(path) else path
        try:
            # The header is ours: Polars leaves doubled quotes in it as they are.
            frame = pl.read_csv(
                content,
                separator=empty.separator,
                # Guessed types turn long ids with a gap into floats
                # (docs/decisions/0002-polars.md).
                infer_schema=False,
                glob=False,
                new_columns=header,
            )
        except pl.exceptions.PolarsError as error:
            raise empty._explain(_read_bytes(path), error) from error
        # Empty lines at the end are what editors leave; an empty line in between is a fault.
        filled = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series()
        last = filled.arg_true().max() if filled.any() else -1
        return cls(path, empty.separator, frame.head(int(str(last)) + 1))

    @classmethod
    def peek(cls, path: Path, separator: str | None = None) -> tuple[DelimitedText, list[str]]:
        """Check the first line of a file, and read no more.

        Parameters
        ----------
        path : Path
            As in :meth:`read`.
        separator : str, optional
            As in :meth:`read`.

        Returns
        -------
        DelimitedText
            Without cells; for its faults.
        list of str
            Names of the columns, each once.

        Raises
        ------
        InputError
            When the file is missing, separated otherwise, or without a header.
        """
        require_file(path)
        # By the name: a guess from the content fails on a table of one column.
        empty = cls(path, separator or ("\t" if ".tsv" in path.name else ","), pl.DataFrame())
        return empty, empty._read_header()

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
        line = None if row is None else self._line_of(row)
        return self._fault_at(line, what, repair, column)

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
            Int64 where every id is a whole number, else String, exactly as written.

        Raises
        ------
        InputError
            When an id is a decimal number, or only some are whole numbers.
        """
        texts = [self.frame[name] for name in columns]
        if as_text:
            return texts
        # All columns together: pre as numbers and post as text would join nothing.
        if all(text.str.contains(_WHOLE).all() for text in texts):
            numbers = [text.cast(pl.Int64, strict=False) for text in texts]
            pairs = zip(numbers, texts, strict=True)
            # Ids of 2^63 and more do not fit; they stay text, which is exact as well.
            if all(number.null_count() == text.null_count() for number, text in pairs):
                return numbers
        # Among numbers a word is a fault; among words nothing is, unless it looks rounded.
        some_digits = any(text.str.contains(_DIGITS).any() for text in texts)
        for text in texts:
            wrong = text.str.contains(_DECIMAL)
            if some_digits:
                wrong = ~text.str.contains(_DIGITS)
            if wrong.any():
                row = int(wrong.arg_true()[0])
                raise self.fault(
                    f"expected whole-number ids, found {text[row]!r}",
                    "Correct it, save the ids unrounded, or read with text_ids=True.",
                    row=row,
                    column=text.name,
                )
        return texts

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
        text = self.frame[column]
        for dtype in (pl.Int64, pl.Float64):
            numbers = text.cast(dtype, strict=False)
            # No new null, so that every cell was understood; whole numbers go first, to stay exact.
            if numbers.null_count() == text.null_count():
                return numbers
        row = int((numbers.is_null() & text.is_not_null()).arg_true()[0])
        raise self.fault(
            f"expected a number, found {text[row]!r}", "Correct it.", row=row, column=column
        )

    def guess_type(self, column: str) -> pl.Series:
        """Parse a column as whole numbers, numbers, true and false, or text, by all its cells.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        pl.Series
            Int64, Float64, Boolean or String.
        """
        text = self.frame[column]
        # Nothing to guess from: a column of nulls stays text, which any later value fits.
        if text.is_null().all():
            return text
        if text.is_in(_TRUTH).all():
            return text == "true"
        # By pattern and not by trying: nan and inf parse as floats, and are words in a table of
        # labels.
        number = text.str.contains(_WHOLE) | text.str.contains(_DECIMAL)
        return self.parse_numbers(column) if number.all() else text

    def _split_header(self) -> list[str]:
        header: list[str] = []
        # A header may hold line breaks inside quotes, so that a fixed first line is not enough.
        for size in _HEADER_SIZES:
            text = _read_bytes(self.path, size).decode("utf-8-sig", "replace")
            start = io.StringIO(text)
            try:
                header = next(csv.reader(start, delimiter=self.separator), [])
            except csv.Error as error:
                raise self._fault_at(
                    1,
                    f"expected a line with column names, found none ({error})",
                    "Save it with the line ends of Unix or Windows, and check its quotes.",
                ) from error
            if start.tell() < len(text):
                break  # more follows, so that the line is whole
        return header

    def _read_header(self) -> list[str]:
        header = self._split_header()
        if not any(header):
            raise self._fault_at(
                1,
                "expected a line with column names, found nothing",
                _ADD_HEADER,
            )
        self._check_separator(header)
        # The first edge in place of names: without this it would be lost silently.
        if all(_is_number(name) for name in header):
            raise self._fault_at(
                1,
                f"expected column names, found the numbers {', '.join(header)}",
                _ADD_HEADER,
            )
        # Of two columns of one name only one could be meant, and the file does not say which.
        repeated = [name for name, count in Counter(header).items() if count > 1]
        if repeated:
            raise self._fault_at(
                1,
                f"expected each column name once, found {repeated[0]!r} again",
                "Rename one of the columns.",
                repeated[0],
            )
        return header

    def _check_separator(self, header: list[str]) -> None:
        # Several columns show that the separator is right; others may then stand inside names.
        if len(header) > 1:
            return
        others = [mark for mark in _SEPARATORS if mark in header[0] and mark != self.separator]
        if others:
            mine = _SEPARATORS.get(self.separator, repr(self.separator))
            raise self._fault_at(
                1,
                f"expected columns separated by a {mine}, found {header[0]!r}",
                f"Save it with {mine}s between the columns, or read an edge list with "
                f"separator={others[0]!r}.",
            )

    # What Polars says of a broken file names neither line nor cell; the file is walked once more.
    def _explain(self, content: bytes, error: Exception) -> InputError:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            line = content.count(b"\n", 0, wrong.start) + 1
            return self._fault_at(
                line, f"expected UTF-8 text, found byte {content[wrong.start]:#x}", "Save as UTF-8."
            )
        records = csv.reader(io.StringIO(text), delimiter=self.separator)
        # A quote that is never closed may open a field that the module refuses to read.
        with suppress(csv.Error):
            width = len(next(records, []))
            for record in records:
                if len(record) > width:
                    return self._fault_at(
                        records.line_num,
                        f"expected {width} fields, found {len(record)}",
                        "Quote a field that contains the separator, or remove what is too much.",
                    )
        reason = str(error).splitlines()[0]
        return self._fault_at(None, f"cannot be read as a table ({reason})", "Check its quotes.")

    def _line_of(self, row: int) -> int | None:
        # Only an error pays for this walk, which counts line breaks inside quotes as well.
        text = io.StringIO(_read_bytes(self.path).decode("utf-8-sig"))
        records = csv.reader(text, delimiter=self.separator)
        try:
            for _ in range(row + 1):
                next(records)
        except csv.Error:
            return None
        # The reader has passed header and earlier rows: the line that begins next is the one asked
        # for.
        return records.line_num + 1

    def _fault_at(
        self, line: int | None, what: str, repair: str, column: str | None = None
    ) -> InputError:
        place = [str(self.path)]
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {column}")
        return InputError(what, where=", ".join(place), repair=repair)


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC


def _read_bytes(path: Path, size: int = -1) -> bytes:
    try:
        # By the magic number: downloads keep .gz in their name after a browser has unpacked them.
        with gzip.open(path) if _is_gzip(path) else path.open("rb") as handle:
            return handle.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"expected a whole gzip file, found a damaged or truncated one of "
            f"{path.stat().st_size} bytes",
            where=str(path),
            repair="Copy or download it again.",
        ) from error
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(path), repair="Check its permissions."
        ) from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
