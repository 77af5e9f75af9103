"""From one line for each value to one line for each visit."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from neuropil.connectome import Parcellation, find_missing_ids, label_regions, list_some
from neuropil.formats.parsing.tables import Table

__all__ = ["is_long", "widen"]

_REGION, _VALUE = "region", "value"
_KEYS = ("subject", "time")


def is_long(columns: Sequence[str]) -> bool:
    """Tell whether a table has one line for each value: it has the columns region and value."""
    return {_REGION, _VALUE} <= set(columns)


def widen(table: Table, keys: pl.DataFrame, parcellation: Parcellation | None) -> pl.DataFrame:
    """Place the values of each visit in one line.

    Parameters
    ----------
    table : Table
        One line for each value, with ``region``, ``value`` and, besides those of ``keys``, columns
        that are constant within a subject.
    keys : pl.DataFrame
        (n,) parsed ``subject``, ``time`` and covariates of each line.
    parcellation : Parcellation, optional
        The regions; else those of the lines, in their order.

    Returns
    -------
    pl.DataFrame
        (n_visits,) lines: the columns of ``keys``, then one for each region, null where it has no
        line.

    Raises
    ------
    InputError
        When a line names no region or an unknown one, a value is no number or is there twice, or a
        covariate changes within a subject; names line and column.
    """
    names = _parse_regions(table, parcellation)
    values = table.parse_places(_VALUE).cast(pl.Float64).alias(_VALUE)
    _require_constant(table, keys)
    lines = pl.DataFrame([*keys.select(_KEYS).get_columns(), names, values])
    again = ~pl.Series(lines.select(pl.struct(*_KEYS, _REGION).is_first_distinct()).to_series())
    if again.any():
        row = int(again.arg_true()[0])
        subject, time, name = lines.row(row)[:3]
        raise table.fault(
            f"expected one value of {name!r} for {subject!r} at time {time:g}, found another",
            "Keep one of the lines.",
            row=row,
            column=_REGION,
        )
    order = names.unique(maintain_order=True).to_list()
    if parcellation is not None:
        order = list(label_regions(parcellation))
    # Joined by number and not pivoted by name: a region may have the name of another column.
    firsts = keys.filter(keys.select(pl.struct(_KEYS).is_first_distinct()).to_series())
    wide = firsts
    for number, name in enumerate(order):
        of_region = lines.filter(pl.col(_REGION) == name).select(
            *_KEYS, pl.col(_VALUE).alias(f"{_VALUE} {number}")
        )
        wide = wide.join(of_region, on=_KEYS, how="left", maintain_order="left")
    return wide.rename({f"{_VALUE} {number}": name for number, name in enumerate(order)})


def _parse_regions(table: Table, parcellation: Parcellation | None) -> pl.Series:
    (names,) = table.texts([_REGION])
    missing = find_missing_ids(names)
    if missing.any():
        row = int(missing.arg_true()[0])
        what = f"expected the name of a region, found none ({missing.sum()} such lines)"
        raise table.fault(what, "Name it, or remove the line.", row=row, column=_REGION)
    if parcellation is not None:
        known = label_regions(parcellation)
        unknown = ~names.is_in(list(known))
        if unknown.any():
            row = int(unknown.arg_true()[0])
            raise table.fault(
                f"expected one of the {len(known)} regions, found {names[row]!r}",
                f"Correct it, or add it to the table of regions. They are {list_some(known)}.",
                row=row,
                column=_REGION,
            )
    return names.alias(_REGION)


def _require_constant(table: Table, keys: pl.DataFrame) -> None:
    firsts = keys.unique("subject", keep="first", maintain_order=True)
    joined = keys.select("subject").join(firsts, on="subject", how="left", maintain_order="left")
    for column in keys.drop(_KEYS).iter_columns():
        differs = column.ne_missing(joined[column.name])
        if differs.any():
            row = int(differs.arg_true()[0])
            raise table.fault(
                f"expected one value for each subject, found {joined[column.name][row]!r} and "
                f"{column[row]!r} of {keys['subject'][row]!r}",
                "Keep the value of the first visit in all lines, or remove the column.",
                row=row,
                column=column.name,
            )
