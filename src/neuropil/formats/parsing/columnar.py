"""Tables in Feather, Arrow and Parquet files, whose cells have types; faults name the row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import polars as pl

from neuropil.contracts import (
    InputError,
    read_columnar,
    refuse_columnar,
    require_regular_file,
)
from neuropil.formats.parsing.arrow_layout import has_arrow_layout
from neuropil.formats.parsing.parquet_layout import has_parquet_layout
from neuropil.formats.parsing.tables import Table

__all__ = ["COLUMNAR_ENDINGS", "ColumnarTable", "read_parquet"]

COLUMNAR_ENDINGS = (".feather", ".arrow", ".ipc", ".parquet")
"""Endings of the files that :class:`ColumnarTable` reads."""

# The first bytes of the first version of Feather, which nothing writes any more.
_OLD_FEATHER = b"FEA1"
_REPAIR = "Copy or download it again."


@dataclass(frozen=True)
class ColumnarTable(Table):
    """A table whose columns have types.

    Parameters
    ----------
    path : Path
        Where it was read.
    frame : pl.DataFrame
        Its columns under their trimmed names.
    rows : pl.Series, optional
        For each row of ``frame`` its number in the file; None where all rows are there.
    notes : tuple of str
        What was left out.
    """

    path: Path
    frame: pl.DataFrame
    rows: pl.Series | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> ColumnarTable:
        """Read a file; its ending tells whether it is Parquet or Arrow, of which Feather is one.

        Parameters
        ----------
        path : Path
            Ends in one of ``COLUMNAR_ENDINGS``.

        Returns
        -------
        ColumnarTable
            All its columns.

        Raises
        ------
        InputError
            When it is missing, damaged, cut short, or two columns differ in nothing but blanks.
        """
        frame = _load(path)
        names = [name.strip() for name in frame.columns]
        table = cls(path, frame)
        if len(set(names)) < len(names) or "" in names:
            raise table.fault(
                "expected a name of its own for each column, found one twice or empty",
                "Rename the columns.",
            )
        return replace(table, frame=frame.rename(dict(zip(frame.columns, names, strict=True))))

    def place_of(self, row: int) -> str | None:
        """Name a row of ``frame`` as the file counts it, from 0."""
        return f"row {row if self.rows is None else int(self.rows[row])}"

    def keep(self, rows: pl.Series, note: str) -> Self:
        """Keep the rows where a boolean is true; faults still name their row in the file."""
        numbers = pl.Series(range(self.frame.height)) if self.rows is None else self.rows
        return replace(
            self,
            frame=self.frame.filter(rows),
            rows=numbers.filter(rows),
            notes=(*self.notes, note),
        )


def _load(path: Path) -> pl.DataFrame:
    require_regular_file(path)
    with path.open("rb") as handle:
        old = handle.read(len(_OLD_FEATHER)) == _OLD_FEATHER
    if old:
        raise InputError(
            "expected Feather of version 2, found version 1",
            where=str(path),
            repair="Save it again with a newer version of the program that wrote it.",
        )
    if path.suffix == ".parquet":
        return read_parquet(path, _REPAIR)
    if not has_arrow_layout(path):
        raise refuse_columnar(path, _REPAIR, arrow=True)
    return read_columnar(path, _REPAIR, arrow=True)


def read_parquet(path: Path, repair: str) -> pl.DataFrame:
    """Read a Parquet file whose parts end where its footer begins.

    Parameters
    ----------
    path : Path
        The file.
    repair : str
        What to do where it is damaged.

    Returns
    -------
    pl.DataFrame
        All its columns.

    Raises
    ------
    InputError
        When it is no file, or damaged.
    """
    require_regular_file(path)
    if not has_parquet_layout(path):
        raise refuse_columnar(path, repair)
    return read_columnar(path, repair)
