"""Tables of pandas and Polars: one into the other, without losing a missing value or an id."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from neuropil.connectome.validation import list_some
from neuropil.contracts import InputError

__all__ = ["as_plain", "as_polars", "make_column", "make_pandas"]


def as_polars(frame: Any, table: str) -> pl.DataFrame:  # noqa: ANN401
    """Take a frame of Polars or pandas.

    Parameters
    ----------
    frame : pl.DataFrame, pl.LazyFrame, pandas.DataFrame or mapping of str to sequence
        A table.
    table : str
        Name of the table in errors.

    Returns
    -------
    pl.DataFrame
        The same columns; what pandas marks as missing is null.

    Raises
    ------
    InputError
        When it is none of these, or a column holds values of several kinds.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, Mapping):
        return pl.DataFrame([make_column(str(name), list(v), table) for name, v in frame.items()])
    # By its methods and not its class: pandas itself need not be imported to take its frame.
    if not (hasattr(frame, "columns") and hasattr(frame, "reset_index")):
        raise InputError(
            f"expected a frame of Polars or pandas, found {type(frame).__name__}",
            where=table,
            repair="Give a frame with one column for each name.",
        )
    # An id is often the index of a pandas frame; any other index counts rows and is no column.
    if "id" not in frame.columns and frame.index.name == "id":
        frame = frame.reset_index()
    return pl.DataFrame([_from_pandas(name, frame[name], table) for name in frame.columns])


def _from_pandas(name: Hashable, column: Any, table: str) -> pl.Series:  # noqa: ANN401
    kind = getattr(column.dtype, "kind", "O")
    if isinstance(column.dtype, np.dtype) and kind in "iub":
        return pl.Series(str(name), column.to_numpy())
    if isinstance(column.dtype, np.dtype) and kind == "f":
        # NaN is what pandas has for a value that is not there.
        return pl.Series(str(name), column.to_numpy().astype(np.float64)).fill_nan(None)
    if isinstance(column.dtype, np.dtype) and kind in "mM":
        return pl.Series(str(name), column.to_numpy())
    missing = column.isna().to_list()
    values = [None if gone else v for v, gone in zip(column.tolist(), missing, strict=True)]
    return make_column(str(name), values, table)


def make_column(name: str, values: Sequence[Any], table: str) -> pl.Series:
    """Make a column of values of one kind, with null where there is none.

    Parameters
    ----------
    name : str
        Name of the column.
    values : sequence
        Numbers, texts or booleans; None and NaN are missing.
    table : str
        Name of the table in errors.

    Returns
    -------
    pl.Series
        The values; whole numbers among decimal ones become decimal.

    Raises
    ------
    InputError
        When values are of several kinds, or of a kind that no column can hold.
    """
    plain = [as_plain(value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    if kinds == {int, float}:
        plain = [None if value is None else float(value) for value in plain]
    elif len(kinds) > 1:
        raise InputError(
            f"expected values of one kind, found {', '.join(sorted(k.__name__ for k in kinds))}",
            where=f"{table}, column {name}",
            repair="Convert them all to numbers or all to text.",
        )
    try:
        return pl.Series(name, plain)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"expected numbers, text or booleans, found {list_some(map(repr, plain))}",
            where=f"{table}, column {name}",
            repair="Convert the column first.",
        ) from error


def as_plain(value: Any) -> Any:  # noqa: ANN401
    """Turn a number of NumPy into one of Python, and NaN into None.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    object
        The same value where it is neither.
    """
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def make_pandas(frame: pl.DataFrame, pandas: Any) -> Any:  # noqa: ANN401
    """Give a table to pandas without pyarrow, which it may not have.

    Parameters
    ----------
    frame : pl.DataFrame
        A table.
    pandas : module
        The library.

    Returns
    -------
    pandas.DataFrame
        Whole numbers and booleans with missing values in pandas' nullable types.
    """
    columns = {}
    for column in frame.iter_columns():
        nulls = column.null_count() > 0
        if column.dtype.is_integer() and nulls:
            columns[column.name] = pandas.array(column.to_list(), dtype="Int64")
        elif column.dtype == pl.Boolean and nulls:
            columns[column.name] = pandas.array(column.to_list(), dtype="boolean")
        elif column.dtype.is_numeric() or column.dtype == pl.Boolean:
            columns[column.name] = column.to_numpy()
        else:
            columns[column.name] = pandas.Series(column.to_list(), dtype=object)
    return pandas.DataFrame(columns)
