"""One wide table of visits: which columns are regions, which describe the subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.frames import as_polars
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.validation import TableError, find_missing_ids, list_some

__all__ = [
    "KNOWN_COVARIATES",
    "NO_TIME",
    "TimeUnit",
    "WideTable",
    "join_frame",
    "label_regions",
    "number_regions",
    "split_frame",
]

TimeUnit = Literal["year", "month"]
"""What times are counted in."""

NO_TIME = "State when the visit was, or leave the visit out."
"""The way out of a missing time."""

KNOWN_COVARIATES = frozenset(
    {"age", "amyloid", "apoe4", "cohort", "diagnosis", "education", "group", "laboratory"}
    | {"mmse", "protein", "scanner", "sex", "site", "study", "weight"}
)
"""Numbers of these names describe a subject where neither regions nor covariates are stated."""

_KEYS = ("subject", "time")


@dataclass(frozen=True, eq=False)
class WideTable:
    """A wide table in its parts, sorted by subject and time.

    Parameters
    ----------
    visits : pl.DataFrame
        (n_visits,) rows, ``subject`` and ``time``.
    values : (n_visits, n_regions) array
        NaN where a region was not measured.
    parcellation : Parcellation
        The regions.
    subjects : pl.DataFrame
        (n_subjects,) rows, ``id`` and the covariates.
    notes : tuple of str
        What was assumed.
    """

    visits: pl.DataFrame
    values: npt.NDArray[np.float64]
    parcellation: Parcellation
    subjects: pl.DataFrame
    notes: tuple[str, ...]


def label_regions(parcellation: Parcellation) -> tuple[str, ...]:
    """Name each region once: by its name, and where both sides have one name by side and name.

    Parameters
    ----------
    parcellation : Parcellation
        The regions.

    Returns
    -------
    tuple of str
        (n_regions,) names, such as ``L_entorhinal``.

    Examples
    --------
    >>> regions = {"key": [1, 2, 3], "name": ["V1", "V1", "MD"], "hemisphere": ["L", "R", "L"]}
    >>> label_regions(Parcellation(pl.DataFrame(regions)))
    ('L_V1', 'R_V1', 'MD')
    """
    regions = parcellation.regions
    names = regions["name"].to_list()
    if "hemisphere" not in regions.columns:
        return tuple(names)
    shared = regions["name"].is_duplicated().to_list()
    sides = regions["hemisphere"].to_list()
    return tuple(
        f"{side}_{name}" if again and side else name
        for name, side, again in zip(names, sides, shared, strict=True)
    )


def number_regions(names: Sequence[str]) -> Parcellation:
    """Make a parcellation of names alone, numbered from 1."""
    return Parcellation(pl.DataFrame({"key": range(1, len(names) + 1), "name": list(names)}))


def split_frame(
    frame: Any,  # noqa: ANN401
    parcellation: Parcellation | None,
    covariates: Sequence[str] | None,
) -> WideTable:
    """Split a wide table into visits, values and subjects.

    Parameters
    ----------
    frame : pl.DataFrame or pandas.DataFrame
        One row a visit: ``subject``, ``time``, one column for each region, covariates.
    parcellation : Parcellation, optional
        The regions; else all columns that are no covariates.
    covariates : sequence of str, optional
        Columns that describe the subjects; else all that are no regions, and where the regions are
        unknown too, texts, booleans and ``KNOWN_COVARIATES``.

    Returns
    -------
    WideTable
        Subjects in the order of their first rows.

    Raises
    ------
    TableError
        When a column is missing or holds no numbers, a visit has no subject or no time or is there
        twice, or a covariate has two values in one subject; names the row of ``frame``.
    """
    held = as_polars(frame, "visits")
    _require_columns(held, _KEYS)
    regions, described, notes = _choose_columns(held, parcellation, covariates)
    keys = pl.DataFrame([_parse_subjects(held["subject"]), _parse_times(held["time"])])
    _refuse_repeated(keys)
    subjects = _collect_subjects(keys["subject"], held.select(described))
    order = _sort_rows(keys, subjects["id"])
    if (np.diff(order) < 0).any():
        notes = (*notes, "Visits were sorted by subject and time.")
    numbers = [_parse_numbers(held[name]) for name in regions]
    values = np.column_stack([each.fill_null(np.nan).to_numpy() for each in numbers])[order]
    return WideTable(keys[order], values, parcellation or number_regions(regions), subjects, notes)


def _fault(what: str, repair: str, row: int | None = None, column: str | None = None) -> TableError:
    return TableError(what, table="visits", repair=repair, row=row, column=column)


def _require_columns(frame: pl.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise _fault(
            f"expected the column {missing[0]}, found {list_some(frame.columns) or 'none'}",
            "Rename or add the missing column.",
            column=missing[0],
        )
    if frame.is_empty():
        raise _fault("expected at least one visit, found none", "Add the visits.")


def _choose_columns(
    frame: pl.DataFrame, parcellation: Parcellation | None, covariates: Sequence[str] | None
) -> tuple[list[str], list[str], tuple[str, ...]]:
    others = [name for name in frame.columns if name not in _KEYS]
    stated = list(covariates or ())
    _require_columns(frame, stated)
    if parcellation is not None:
        regions = list(label_regions(parcellation))
        _require_columns(frame, regions)
        left = [name for name in others if name not in set(regions)]
        if covariates is None:
            return regions, left, ()
        unused = [name for name in left if name not in stated]
        note = f"Columns that are neither region nor covariate were left out: {list_some(unused)}."
        return regions, stated, (note,) if unused else ()
    if covariates is None:
        stated = [name for name in others if _describes(frame[name])]
    regions = [name for name in others if name not in stated]
    if not regions:
        what = "expected a column of numbers for each region, found none"
        raise _fault(what, "Name the columns of the regions, or fewer covariates.")
    if covariates is not None:
        return regions, stated, ()
    taken = f", and as covariates: {', '.join(stated)}" if stated else ""
    note = f"{len(regions)} columns were taken as regions, since nothing states which are{taken}."
    return regions, stated, (note,)


def _describes(column: pl.Series) -> bool:
    return not column.dtype.is_numeric() or column.name.lower() in KNOWN_COVARIATES


def _parse_subjects(column: pl.Series) -> pl.Series:
    if column.dtype not in (pl.String, pl.Categorical, pl.Enum) and not column.dtype.is_integer():
        raise _fault(
            f"expected ids as text or whole numbers, found {column.dtype}",
            "Read the ids as text; a float cannot hold long ids.",
            column="subject",
        )
    ids = column.cast(pl.String).str.strip_chars()
    missing = find_missing_ids(ids)
    if missing.any():
        row = int(missing.arg_true()[0])
        what = f"expected the id of a subject, found none ({missing.sum()} such rows)"
        raise _fault(what, "Name the subject of each visit.", row, "subject")
    return ids


def _parse_times(column: pl.Series) -> pl.Series:
    times = _parse_numbers(column)
    wrong = ~times.is_finite().fill_null(value=False)
    if wrong.any():
        row = int(wrong.arg_true()[0])
        found = "nothing" if times[row] is None else f"{times[row]}"
        raise _fault(f"expected a finite time, found {found}", NO_TIME, row, "time")
    return times


def _parse_numbers(column: pl.Series) -> pl.Series:
    # A column of nulls has no type of its own, or was text in a file.
    if column.null_count() == len(column):
        return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    if not column.dtype.is_numeric():
        raise _fault(
            f"expected numbers, found {column.dtype}",
            "Convert the column, or state that it is a covariate.",
            column=column.name,
        )
    return column.cast(pl.Float64)


def _refuse_repeated(keys: pl.DataFrame) -> None:
    again = ~pl.Series(keys.select(pl.struct(_KEYS).is_first_distinct()).to_series())
    if again.any():
        row = int(again.arg_true()[0])
        raise _fault(
            f"expected one visit of {keys['subject'][row]!r} at time {keys['time'][row]:g}, found "
            "another",
            "Keep one of them, or correct its time.",
            row,
            "time",
        )


def _collect_subjects(ids: pl.Series, covariates: pl.DataFrame) -> pl.DataFrame:
    if "id" in covariates.columns:
        what = "expected no covariate of the name id, which is that of the subjects"
        raise _fault(what, "Rename the column.", column="id")
    frame = pl.DataFrame([ids.alias("id"), *covariates.get_columns()])
    firsts = frame.unique("id", keep="first", maintain_order=True)
    joined = frame.select("id").join(firsts, on="id", how="left", maintain_order="left")
    for column in covariates.iter_columns():
        differs = column.ne_missing(joined[column.name])
        if differs.any():
            row = int(differs.arg_true()[0])
            raise _fault(
                f"expected one value for each subject, found {joined[column.name][row]!r} and "
                f"{column[row]!r} of {ids[row]!r}",
                "Keep the value of the first visit in all rows, or remove the column.",
                row,
                column.name,
            )
    return firsts


def _sort_rows(keys: pl.DataFrame, ids: pl.Series) -> npt.NDArray[np.int64]:
    place = {each: number for number, each in enumerate(ids)}
    numbers = np.array([place[each] for each in keys["subject"]], dtype=np.int64)
    return np.lexsort((keys["time"].to_numpy(), numbers)).astype(np.int64)


def join_frame(
    table: pl.DataFrame,
    covariates: pl.DataFrame,
    values: npt.NDArray[np.float64],
    names: Sequence[str],
) -> pl.DataFrame:
    """Join visits, covariates and values to one wide table.

    Parameters
    ----------
    table : pl.DataFrame
        (n_visits,) rows, ``subject`` and ``time``.
    covariates : pl.DataFrame
        (n_visits,) rows.
    values : (n_visits, n_regions) array
        NaN where a region was not measured.
    names : sequence of str
        (n_regions,) names of the regions.

    Returns
    -------
    pl.DataFrame
        (n_visits,) rows; null where a region was not measured.

    Raises
    ------
    TableError
        When two columns have one name.
    """
    columns = [*_KEYS, *covariates.columns, *names]
    again = [name for place, name in enumerate(columns) if name in columns[:place]]
    if again:
        raise _fault(
            f"expected columns of different names, found {again[0]!r} twice",
            "Rename the covariate or the region.",
            column=again[0],
        )
    numbers = pl.DataFrame(values, schema=list(names)).fill_nan(None)
    return pl.DataFrame([*table.get_columns(), *covariates.get_columns(), *numbers.get_columns()])
