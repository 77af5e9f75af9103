"""Tables in CSV and TSV files, each fault with its file, line and column.

Every cell is read as text, without blanks around it, and then parsed, so that no id passes through
a float.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import polars as pl

from neuropil.connectome import find_missing_ids
from neuropil.contracts import InputError
from neuropil.formats.parsing.packed_bytes import is_gzip, read_bytes
from neuropil.formats.parsing.quoting import cut, quote
from neuropil.formats.parsing.tables import Table
from neuropil.formats.parsing.text_files import (
    PLAIN,
    TextReading,
    check_ends_whole,
    decode_text,
    find_encoding,
    read_text,
)

__all__ = ["SEPARATORS", "DelimitedText", "find_preamble"]

SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar", " ": "space"}
"""Characters between columns, by name; the less likely in a number or a name first."""

# 64 kB hold the header of nearly every table; 16 MB hold one of a million columns. Not tuned.
_HEADER_SIZES = (1 << 16, 1 << 24)
_ADD_HEADER = "Add a first line with the name of each column."


@dataclass(frozen=True)
class DelimitedText(Table):
    """A table whose cells are still text.

    Parameters
    ----------
    path : Path
        Where it was read.
    separator : str
        Character between columns.
    frame : pl.DataFrame
        Its cells as String without blanks around them; null where empty.
    reading : TextReading
        How it was read.
    skipped : int
        Number of lines before the header.
    rows : pl.Series, optional
        For each row of ``frame`` its number in the file; None where all rows are there.
    notes : tuple of str
        What was left out.
    """

    path: Path
    separator: str
    frame: pl.DataFrame
    reading: TextReading = PLAIN
    skipped: int = 0
    rows: pl.Series | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def read(
        cls, path: Path, separator: str | None = None, reading: TextReading = PLAIN
    ) -> DelimitedText:
        """Read a file, compressed with gzip or not.

        Parameters
        ----------
        path : Path
            A file whose first line names the columns; lines of comment before it and a ``#`` at
            its beginning are left out.
        separator : str, optional
            Character between columns; that of ``reading``, else a tab for names with ``.tsv``,
            what the header shows for names with ``.txt``, and a comma for all others.
        reading : TextReading
            Its encoding, and whether it is whole in any case.

        Returns
        -------
        DelimitedText
            The table, without empty lines at its end.

        Raises
        ------
        InputError
            When the file is missing, may be cut short, is not UTF-8, separated otherwise, without
            a header, or has a line with too many fields.
        """
        empty, header = cls.peek(path, separator, reading)
        try:
            # The header is ours: Polars leaves doubled quotes in it as they are.
            frame = pl.read_csv(
                empty.content(),
                separator=empty.separator,
                # Guessed types turn long ids with a gap into floats
                # (docs/decisions/0002-polars.md).
                infer_schema=False,
                glob=False,
                skip_lines=empty.skipped,
                new_columns=header,
            )
        except pl.exceptions.PolarsError as error:
            raise empty._explain(error) from error
        frame = _trim(frame)
        empty._refuse_comment(frame)
        # Empty lines at the end are what editors leave; an empty line in between is a fault.
        filled = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series()
        last = filled.arg_true().max() if filled.any() else -1
        return replace(empty, frame=frame.head(int(str(last)) + 1))

    @classmethod
    def peek(
        cls, path: Path, separator: str | None = None, reading: TextReading = PLAIN
    ) -> tuple[DelimitedText, list[str]]:
        """Check the first line of a file, and read no more.

        Parameters
        ----------
        path : Path
            As in :meth:`read`.
        separator : str, optional
            As in :meth:`read`.
        reading : TextReading
            As in :meth:`read`.

        Returns
        -------
        DelimitedText
            Without cells; for its faults.
        list of str
            Names of the columns, each once, without blanks around them.

        Raises
        ------
        InputError
            When the file is missing, separated otherwise, or without a header.
        """
        chosen = separator or reading.separator
        # By the name: a guess from the content fails on a table of one column.
        mark = chosen or ("\t" if ".tsv" in path.name else ",")
        empty = cls(path, mark, pl.DataFrame(), reading)
        return empty._read_header(guess=chosen is None and ".txt" in path.name)

    def content(self) -> bytes | Path:
        """Find what a parser is given: the file, or its text where it has to be unpacked.

        Returns
        -------
        bytes or Path
            UTF-8; a plain file goes by name, which spares a copy of its bytes.

        Raises
        ------
        InputError
            When the file may be cut short, is damaged, or is not in its encoding.
        """
        if is_gzip(self.path) or find_encoding(read_bytes(self.path, 2), self.reading):
            return read_text(self.path, self.reading)
        with self.path.open("rb") as handle:
            handle.seek(max(0, self.path.stat().st_size - 200))
            check_ends_whole(self.path, handle.read(), self.reading)
        return self.path

    def place_of(self, row: int) -> str | None:
        """Name the line of a row of ``frame``."""
        line = self._line_of(row if self.rows is None else int(self.rows[row]))
        return None if line is None else f"line {line}"

    def keep(self, rows: pl.Series, note: str) -> Self:
        """Keep the rows where a boolean is true; faults still name their line in the file."""
        numbers = pl.Series(range(self.frame.height)) if self.rows is None else self.rows
        return replace(
            self,
            frame=self.frame.filter(rows),
            rows=numbers.filter(rows),
            notes=(*self.notes, note),
        )

    def _refuse_comment(self, frame: pl.DataFrame) -> None:
        """Refuse lines that were commented out below the header: they are no data."""
        first = frame.to_series(0)
        # What a spreadsheet writes for a missing value, #N/A, is no comment.
        commented = first.str.starts_with("#").fill_null(value=False) & ~find_missing_ids(first)
        if commented.any():
            row = int(commented.arg_true()[0])
            raise self.fault(
                f"expected no line of comment below the header, found {quote(frame[row, 0])} "
                f"({commented.sum()} such lines)",
                "Remove it, or write the name without its #.",
                row=row,
            )

    def _read_header(self, *, guess: bool) -> tuple[DelimitedText, list[str]]:
        header: list[str] = []
        found = self
        # A header may hold line breaks inside quotes, so that a fixed first line is not enough.
        for size in _HEADER_SIZES:
            start = read_bytes(self.path, size)
            text = start.decode(find_encoding(start, self.reading) or "utf-8-sig", "replace")
            text = text.removeprefix("\ufeff")
            mark = _guess_separator(text) if guess else self.separator
            skipped, text = find_preamble(text, mark)
            found = replace(self, separator=mark, skipped=skipped)
            stream = io.StringIO(text)
            try:
                header = next(csv.reader(stream, delimiter=mark), [])
            except csv.Error as error:
                raise self._fault_at(
                    1,
                    f"expected a line with column names, found none ({error})",
                    "Save it with the line ends of Unix or Windows, and check its quotes.",
                ) from error
            if stream.tell() < len(text):
                break  # more follows, so that the line is whole
        names = [name.strip() for name in header]
        found._check_header(names)
        return found, names

    def _check_header(self, header: list[str]) -> None:
        line = self.skipped + 1
        if not any(header):
            raise self._fault_at(
                line, "expected a line with column names, found nothing", _ADD_HEADER
            )
        self._check_separator(header)
        # The first edge in place of names: without this it would be lost silently.
        if all(_is_number(name) for name in header):
            raise self._fault_at(
                line,
                f"expected column names, found the numbers {cut(', '.join(header))}",
                _ADD_HEADER,
            )
        # Of two columns of one name only one could be meant, and the file does not say which.
        repeated = [name for name, count in Counter(header).items() if count > 1]
        if repeated:
            raise self._fault_at(
                line,
                f"expected each column name once, found {quote(repeated[0])} again",
                "Rename one of the columns.",
                repeated[0],
            )

    def _check_separator(self, header: list[str]) -> None:
        # Several columns show that the separator is right; others may then stand inside names.
        if len(header) > 1:
            return
        others = [mark for mark in SEPARATORS if mark in header[0] and mark != self.separator]
        if others:
            mine = SEPARATORS.get(self.separator, repr(self.separator))
            offered = f", or read an edge list with separator={others[0]!r}"
            another = offered if "separator" in self.reading.offers else ""
            raise self._fault_at(
                self.skipped + 1,
                f"expected columns separated by a {mine}, found {quote(header[0])}",
                f"Save it with {mine}s between the columns{another}.",
            )

    # What Polars says of a broken file names neither line nor cell; the file is walked once more.
    def _explain(self, error: Exception) -> InputError:
        try:
            text = self._text()
        except InputError as wrong:
            return wrong
        records = csv.reader(io.StringIO(text), delimiter=self.separator)
        # A quote that is never closed may open a field that the module refuses to read.
        with suppress(csv.Error):
            width = len(next(records, []))
            for record in records:
                if len(record) > width:
                    return self._fault_at(
                        self.skipped + records.line_num,
                        f"expected {width} fields, found {len(record)}",
                        "Quote a field that contains the separator, or remove what is too much.",
                    )
        reason = cut(str(error).splitlines()[0])
        return self._fault_at(None, f"cannot be read as a table ({reason})", "Check its quotes.")

    def _text(self) -> str:
        text = decode_text(self.path, read_bytes(self.path), self.reading).removeprefix("\ufeff")
        return text.split("\n", self.skipped)[-1]

    def _line_of(self, row: int) -> int | None:
        # Only an error pays for this walk, which counts line breaks inside quotes as well.
        records = csv.reader(io.StringIO(self._text()), delimiter=self.separator)
        try:
            for _ in range(row + 1):
                next(records)
        except (csv.Error, StopIteration):
            return None
        # The reader has passed header and earlier rows: the line that begins next is the one asked
        # for.
        return self.skipped + records.line_num + 1

    def _fault_at(
        self, line: int | None, what: str, repair: str, column: str | None = None
    ) -> InputError:
        place = [str(self.path)]
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {column}")
        return InputError(what, where=", ".join(place), repair=repair)


def find_preamble(text: str, separator: str) -> tuple[int, str]:
    """Find the header of a text that may begin with lines of comment.

    Parameters
    ----------
    text : str
        Start of a file.
    separator : str
        Character between columns.

    Returns
    -------
    skipped : int
        Number of lines before the header.
    text : str
        From the header on; its own ``#`` is removed where the names stand in the last comment, as
        in files of netzschleuder and ``numpy.savetxt``.
    """
    lines = text.split("\n")
    comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), 0)
    if not comments:
        return 0, text
    names = lines[comments - 1].lstrip("#").strip()
    # The names are those of the columns below; a sentence hardly ever has as many parts.
    width = len(_split(lines[comments], separator))
    if len(_split(names, separator)) == width > 1:
        return comments - 1, "\n".join([names, *lines[comments:]])
    return comments, "\n".join(lines[comments:])


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line.strip("\r")], delimiter=separator), [])


def _guess_separator(text: str) -> str:
    # The first line without a comment tells; of several marks the first is the least likely in a
    # name.
    line = next((each for each in text.splitlines() if each and not each.startswith("#")), "")
    return next((mark for mark in SEPARATORS if mark in line), ",")


def _trim(frame: pl.DataFrame) -> pl.DataFrame:
    cells = pl.all().str.strip_chars()
    # A cell of blanks is empty; one that was empty in quotes says that it is an empty text.
    blank = (cells == "") & (pl.all() != "")
    return frame.select(pl.when(blank).then(None).otherwise(cells).name.keep())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
