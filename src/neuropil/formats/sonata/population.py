"""A population of nodes or edges of a SONATA file: its groups and its types, as one table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.hdf5_tables import Group

__all__ = ["MISSING", "Population"]

MISSING = ".missing"
"""Ending of a dataset that marks where another one has no value."""

# Where SONATA keeps the words of enumerated attributes.
_LIBRARY = "@library"
# How tables of types in SONATA write a missing value.
_NULL = "NULL"


@dataclass(frozen=True)
class Population:
    """One population of an open file.

    Parameters
    ----------
    kind : str
        ``node`` or ``edge``.
    group : Group
        Its group.
    types : Path, optional
        Table of its types, ``node_types.csv`` or ``edge_types.csv``.
    """

    kind: str
    group: Group
    types: Path | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.group.group.name).rpartition("/")[2]

    def type_ids(self) -> pl.Series:
        """Read the type of each row; -1 where it has none."""
        return self.group.read_whole(f"{self.kind}_type_id")

    def read_attributes(
        self, wanted: Collection[str] | None = None
    ) -> tuple[pl.DataFrame, list[str]]:
        """Read what the groups and the types say of each row.

        Parameters
        ----------
        wanted : collection of str, optional
            Names of attributes; all when not given.

        Returns
        -------
        pl.DataFrame
            One row for each node or edge; a value of its group goes before one of its type.
        list of str
            Attributes that were left out: parameters of models, and arrays.

        Raises
        ------
        InputError
            When an index points outside its group, a type is unknown or a column has another
            length.
        """
        type_ids = self.type_ids()
        rows = self._rows_of_groups(len(type_ids))
        tables, skipped = [], set()
        for number, (own, inside) in rows.items():
            group = self.group.child(str(number))
            # Groups have attributes of their own, so that each is a table and the union has nulls.
            columns, left_out = _read_group(group, inside, wanted)
            skipped |= left_out
            tables.append(pl.DataFrame([pl.Series("@row", own), *columns]))
        # With it the type of the rows is known even where there are no groups to concatenate.
        empty = pl.DataFrame({"@row": pl.Series([], dtype=pl.Int64)})
        table = pl.concat([empty, *tables], how="diagonal_relaxed").sort("@row").drop("@row")
        if self.types is not None:
            table = self._add_types(table, type_ids, self.types, wanted)
        return table, sorted(skipped)

    def _rows_of_groups(
        self, n: int
    ) -> dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Find the rows that belong to each group, and where they stand in it."""
        names = [f"{self.kind}_group_id", f"{self.kind}_group_index"]
        # Groups of attributes have whole numbers for names; others belong to other programs.
        numbers = [int(name) for name in self.group.groups() if name.isdecimal()]
        every = np.arange(n, dtype=np.int64)
        indexed = set(names) & set(self.group.datasets())
        if not n or (not indexed and len(numbers) < 2):
            # A single group needs no index, and without rows the columns are still known.
            return dict.fromkeys(numbers, (every, every))
        groups, inside = (self.group.read_whole(name, n).to_numpy() for name in names)
        found = {}
        for number in np.unique(groups):
            own = np.flatnonzero(groups == number)
            found[int(number)] = (own.astype(np.int64), inside[own])
        return found

    def _add_types(
        self, table: pl.DataFrame, type_ids: pl.Series, path: Path, wanted: Collection[str] | None
    ) -> pl.DataFrame:
        # Tables of types are separated by spaces, although they end in .csv.
        text = DelimitedText.read(path, " ")
        key = f"{self.kind}_type_id"
        if key not in text.frame.columns:
            raise text.fault(
                f"expected a column {key}, found {', '.join(text.frame.columns)}",
                "Name the table of the types.",
            )
        frame = text.frame.select(pl.all().replace(_NULL, None))
        # One table may describe the types of several populations, with the same numbers.
        if "population" in frame.columns:
            frame = frame.filter(pl.col("population") == self.name).drop("population")
        text = DelimitedText(path, " ", frame)
        keys = text.parse_numbers(key)
        repeated = ~keys.is_first_distinct()
        if repeated.any():
            row = int(repeated.arg_true()[0])
            raise text.fault(
                f"expected each type once, found {keys[row]} again",
                "Keep one line for each type.",
                column=key,
            )
        columns = [
            text.guess_type(name)
            for name in frame.columns
            if name != key and (wanted is None or name in wanted)
        ]
        known = pl.DataFrame([keys.alias("@type"), *columns])
        # A type without a line would leave its attributes empty, as if they were not known.
        unknown = ~type_ids.is_in(keys.to_list())
        if unknown.any():
            raise self.group.fault(
                f"expected types of {path.name}, found the unknown type "
                f"{type_ids.filter(unknown)[0]}",
                "Add the type to the table, or name another table.",
                key,
            )
        joined = (
            type_ids.alias("@type")
            .to_frame()
            .join(known, on="@type", how="left", maintain_order="left")
        )
        for column in joined.drop("@type").iter_columns():
            filled = column
            if column.name in table.columns:
                # Values of the group go before those of the type, as the specification has it.
                filled = table.select(pl.coalesce(pl.col(column.name), column)).to_series()
            table = table.with_columns(filled.alias(column.name))
        return table


def _read_group(
    group: Group, rows: npt.NDArray[np.int64], wanted: Collection[str] | None
) -> tuple[list[pl.Series], set[str]]:
    """Read the columns of a group for some of its rows."""
    columns: dict[str, pl.Series] = {}
    skipped = {f"{name}/" for name in group.groups() if name != _LIBRARY}
    library = group.child(_LIBRARY) if _LIBRARY in group.groups() else None
    for name in group.datasets():
        base = name.removesuffix(MISSING)
        # Files of edges can hold many attributes of gigabytes; only the weights are read.
        if wanted is not None and base not in wanted:
            continue
        column = group.read(name)
        if column is None:
            skipped.add(name)
            continue
        if library is not None and name in library.datasets():
            column = _look_up(group, column, library.read(name), name)
        # A negative index would silently count from the end.
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(column):
            raise group.fault(
                f"expected {int(rows.max()) + 1} or more values, found {len(column)}",
                "Copy it again, or write it again with the program that made it.",
                name,
            )
        columns[name] = column.gather(rows)
    # A list of its own, since masks are taken out of the columns on the way.
    for name in [name for name in columns if name.endswith(MISSING)]:
        base = name.removesuffix(MISSING)
        if base in columns and columns[name].dtype == pl.Boolean:
            columns[base] = columns[base].set(columns.pop(name), None)
    return list(columns.values()), skipped


def _look_up(group: Group, codes: pl.Series, words: pl.Series | None, name: str) -> pl.Series:
    """Turn the codes of an explicit enumeration into its words."""
    # A code beyond the words is a damaged file, and would otherwise become null.
    if words is None or codes.dtype != pl.Int64 or not codes.is_between(0, len(words) - 1).all():
        raise group.fault(
            f"expected codes of {_LIBRARY}/{name}, found others",
            "Copy it again, or write it again with the program that made it.",
            name,
        )
    return words.gather(codes).alias(name)
