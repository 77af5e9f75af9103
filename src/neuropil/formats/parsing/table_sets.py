"""Connectomes that come as several tables: which file is which, by the names of its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuropil.contracts import FileRecord, InputError
from neuropil.formats.format import describe_file
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.packed_bytes import read_bytes
from neuropil.formats.parsing.quoting import quote_names

__all__ = ["ColumnTest", "TableSet", "recognise", "sort_tables"]

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
# 64 kB hold the header of nearly every table, and tens of files are looked at. Not tuned.
_LONGEST = 1 << 16

ColumnTest = Callable[[frozenset[str]], bool]


@dataclass(frozen=True)
class TableSet:
    """Files by what they hold.

    Parameters
    ----------
    files : mapping of str to Path
        One file for each kind of table that is there, in the order of the kinds.
    skipped : tuple of str
        Names of other tables that lie in the same folder.
    """

    files: Mapping[str, Path]
    skipped: tuple[str, ...] = ()

    def describe(self) -> tuple[FileRecord, ...]:
        """Record each file with its SHA-256 and size [bytes]."""
        return tuple(record for path in self.files.values() for record in describe_file(path).files)

    def log(self) -> dict[str, Any]:
        """Name the file of each kind of table and the others, for the provenance."""
        names = {kind: path.name for kind, path in self.files.items()}
        return {"files": names, "skipped": list(self.skipped)}

    def require(self, kind: str, example: str, paths: Sequence[Path]) -> Path:
        """Find the table without which there is no connectome.

        Parameters
        ----------
        kind : str
            Kind of the table.
        example : str
            Name of such a file.
        paths : sequence of Path
            What was given, for the error.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            When it is not there; add it.
        """
        if kind not in self.files:
            raise InputError(
                f"expected a table of {kind}, found {', '.join(self.files) or 'none'}",
                where=", ".join(map(str, paths)),
                repair=f"Add the file, such as {example}.",
            )
        return self.files[kind]


def recognise(paths: Sequence[Path], kinds: Mapping[str, ColumnTest]) -> set[str]:
    """Tell which kinds of tables are among some files.

    Parameters
    ----------
    paths : sequence of Path
        Existing files and folders.
    kinds : mapping of str to callable
        As for :func:`sort_tables`.

    Returns
    -------
    set of str
        Empty where no file is a known table.
    """
    found = {_kind_of(_read_names(path), kinds) for path, _ in _list_files(paths)}
    return {kind for kind in found if kind}


def sort_tables(paths: Sequence[Path], kinds: Mapping[str, ColumnTest], what: str) -> TableSet:
    """Find what each file holds.

    Parameters
    ----------
    paths : sequence of Path
        Existing files, and folders of which every known table is taken.
    kinds : mapping of str to callable
        For each kind of table a test of the names of its columns; the first that holds decides.
    what : str
        Name of the format in errors.

    Returns
    -------
    TableSet
        At most one file of each kind.

    Raises
    ------
    InputError
        When a named file is of no kind, or two are of the same.
    """
    files: dict[str, Path] = {}
    skipped = []
    for path, named in _list_files(paths):
        kind = _kind_of(_read_names(path), kinds)
        # Who names a file wants it read; of a folder, other files are left out and listed.
        if kind is None and named:
            raise _refuse_unknown(path, kinds, what)
        if kind is None:
            skipped.append(path.name)
        elif kind in files:
            raise InputError(
                f"expected one table of {kind}, found {files[kind].name} and {path.name}",
                where=str(path),
                repair="Name the files to read, one of each kind.",
            )
        else:
            files[kind] = path
    # In the order of the kinds, whatever the order of the paths: the provenance is the same.
    return TableSet({kind: files[kind] for kind in kinds if kind in files}, tuple(skipped))


def _list_files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield each file and whether it was named itself."""
    for path in paths:
        if path.is_dir():
            # Sorted, because the order of a folder depends on the file system.
            inside = sorted(each for each in path.iterdir() if each.name.endswith(_ENDINGS))
            yield from ((each, False) for each in inside)
        else:
            yield path, True


def _refuse_unknown(path: Path, kinds: Mapping[str, ColumnTest], what: str) -> InputError:
    # A file that is damaged or separated otherwise says so itself.
    table, header = DelimitedText.peek(path)
    return table.fault(
        f"expected a table of {what} ({', '.join(kinds)}), found the columns {quote_names(header)}",
        "Leave this file out, or see docs/formats for the columns that are known.",
    )


def _kind_of(names: frozenset[str], kinds: Mapping[str, ColumnTest]) -> str | None:
    return next((kind for kind, test in kinds.items() if test(names)), None)


def _read_names(path: Path) -> frozenset[str]:
    """Read the names of the columns; none where the file is no table or damaged."""
    if not path.name.endswith(_ENDINGS) or not path.is_file():
        return frozenset()
    try:
        start = read_bytes(path, _LONGEST)
    except InputError:
        return frozenset()
    text = io.StringIO(start.decode("utf-8-sig", "replace"))
    try:
        names = next(csv.reader(text, delimiter="\t" if ".tsv" in path.name else ","), [])
    except csv.Error:
        return frozenset()
    return frozenset(name.strip() for name in names)
