"""Columns of a table, added or replaced, and ids as a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from neuropil.contracts import InputError

__all__ = ["as_ids", "names_of", "replace_columns"]


def replace_columns(
    frame: pl.DataFrame, columns: pl.DataFrame | Mapping[str, Any], table: str
) -> pl.DataFrame:
    """Add columns to a table, or take another table in its place.

    Parameters
    ----------
    frame : pl.DataFrame
        The table.
    columns : pl.DataFrame or mapping of str to (n,) array_like
        A whole table, or the columns to add or replace.
    table : str
        Name of the table in errors.

    Returns
    -------
    pl.DataFrame
        The new table.

    Raises
    ------
    InputError
        When a column has another length than the table.
    """
    if isinstance(columns, pl.DataFrame):
        return columns
    new = []
    for name, values in columns.items():
        column = pl.Series(name, values)
        if len(column) != frame.height:
            raise InputError(
                f"expected {frame.height} values, found {len(column)}",
                where=f"{table}, column {name}",
                repair=f"Give one value for each row of {table}.",
            )
        new.append(column)
    return frame.with_columns(new)


def names_of(columns: pl.DataFrame | Mapping[str, Any]) -> list[str]:
    """List the names of columns, for the provenance.

    Parameters
    ----------
    columns : pl.DataFrame or mapping of str to (n,) array_like
        The columns.

    Returns
    -------
    list of str
        Their names; a frame would be listed as its columns, which JSON cannot hold.
    """
    return columns.columns if isinstance(columns, pl.DataFrame) else list(columns)


def as_ids(ids: Iterable[int | str], dtype: pl.DataType) -> pl.Series:
    """Make a column of ids that are to be looked up.

    Parameters
    ----------
    ids : iterable of int or str
        At least one.
    dtype : pl.DataType
        Type of the ids among which they are looked up.

    Returns
    -------
    pl.Series
        The ids, of that type.

    Raises
    ------
    InputError
        When there is none, or they are of another type.
    """
    # Not strict: ids of mixed types become a type that the check below names, and no Polars error.
    given = ids if isinstance(ids, pl.Series) else pl.Series("id", list(ids), strict=False)
    # Integers of any width are the same ids; nothing else is converted, least of all floats.
    if given.dtype.is_integer() and dtype == pl.Int64:
        given = given.cast(pl.Int64)
    if given.is_empty():
        raise InputError(
            "expected at least one id, found none", where="subset", repair="Name the neurons."
        )
    if given.dtype != dtype:
        raise InputError(
            f"expected ids of type {dtype}, found {given.dtype}",
            where="subset",
            repair="Pass the ids as the column id of nodes holds them.",
        )
    return given
