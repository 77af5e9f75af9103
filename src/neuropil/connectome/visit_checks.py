"""What the tables and values of visits must hold; each fault names subject, time and region."""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.frames import as_polars
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.validation import TableError, find_missing_ids, list_some
from neuropil.connectome.visit_frames import NO_TIME, TimeUnit, label_regions
from neuropil.contracts import InputError

__all__ = [
    "check_covariates",
    "check_time_unit",
    "check_values",
    "check_visits",
    "count_missing",
    "require_measured_regions",
]

Floats = npt.NDArray[np.float64]

# How the sentence about missing values ends: by it an older count is found and replaced.
_COUNTED = "are missing."


def check_time_unit(unit: str) -> None:
    """Check the unit of time.

    Raises
    ------
    InputError
        When it is neither ``year`` nor ``month``; state one of them.
    """
    if unit not in get_args(TimeUnit):
        raise InputError(
            f"expected the unit of time year or month, found {unit!r}",
            where="visits",
            repair="Convert the times to years or months, and state which.",
        )


def check_covariates(subjects: pl.DataFrame) -> None:
    """Refuse covariates that have the name of what a visit has.

    Parameters
    ----------
    subjects : pl.DataFrame
        Columns ``id`` and covariates.

    Raises
    ------
    TableError
        When a column is called ``subject`` or ``time``; rename it.
    """
    for name in ("subject", "time"):
        if name in subjects.columns:
            raise TableError(
                f"expected no covariate of the name {name}, which is that of a visit",
                table="subjects",
                column=name,
                repair="Rename the column.",
            )


def check_visits(table: object, ids: pl.Series) -> pl.DataFrame:
    """Check which subject was seen when.

    Parameters
    ----------
    table : pl.DataFrame or pandas.DataFrame
        (n_visits,) rows with the columns ``subject`` and ``time``.
    ids : pl.Series
        (n_subjects,) ids, each once.

    Returns
    -------
    pl.DataFrame
        ``subject`` as text without blanks at the ends, ``time`` as Float64.

    Raises
    ------
    TableError
        When a column is missing, a time is not finite, a subject is unknown or has no visit, visits
        are not in the order of subjects and times, or a visit is there twice.
    """
    frame = as_polars(table, "visits")
    for name in ("subject", "time"):
        if name not in frame.columns:
            raise _fault(
                f"expected the column {name}, found {', '.join(frame.columns) or 'none'}",
                "Rename or add the missing column.",
                column=name,
            )
    subjects = frame["subject"].cast(pl.String).str.strip_chars()
    times = _check_times(frame["time"])
    _check_subjects(subjects, ids)
    _check_order(subjects, times, ids)
    return pl.DataFrame([subjects, times])


def _fault(what: str, repair: str, row: int | None = None, column: str | None = None) -> TableError:
    return TableError(what, table="visits", repair=repair, row=row, column=column)


def _check_times(column: pl.Series) -> pl.Series:
    if not column.dtype.is_numeric():
        raise _fault(
            f"expected times as numbers, found {column.dtype}",
            "Give the time since an origin of the subject in years or months, not a date.",
            column="time",
        )
    times = column.cast(pl.Float64)
    wrong = ~times.is_finite().fill_null(value=False)
    if wrong.any():
        row = int(wrong.arg_true()[0])
        found = "nothing" if times[row] is None else f"{times[row]}"
        raise _fault(f"expected a finite time, found {found}", NO_TIME, row, "time")
    return times


def _check_subjects(subjects: pl.Series, ids: pl.Series) -> None:
    missing = find_missing_ids(subjects)
    if missing.any():
        row = int(missing.arg_true()[0])
        what = "expected the id of a subject, found none"
        raise _fault(what, "Name the subject of each visit.", row, "subject")
    unknown = ~subjects.is_in(ids.to_list())
    if unknown.any():
        row = int(unknown.arg_true()[0])
        raise _fault(
            f"expected one of the {len(ids)} subjects, found {subjects[row]!r}",
            "Correct the id, or add the subject to the table of subjects.",
            row,
            "subject",
        )
    unseen = ids.filter(~ids.is_in(subjects.to_list()))
    if len(unseen):
        raise _fault(
            f"expected at least one visit of each subject, found none of "
            f"{list_some(map(repr, unseen))}",
            "Add their visits, or leave these subjects out.",
            column="subject",
        )


def _check_order(subjects: pl.Series, times: pl.Series, ids: pl.Series) -> None:
    place = {each: number for number, each in enumerate(ids)}
    numbers = np.array([place[each] for each in subjects], dtype=np.int64)
    when = times.to_numpy()
    for row in range(1, len(numbers)):
        name = subjects[row]
        if numbers[row] < numbers[row - 1]:
            raise _fault(
                f"expected visits in the order of the subjects, found {name!r} after "
                f"{subjects[row - 1]!r}",
                "Keep the visits of a subject together; Visits.from_frame sorts them.",
                row,
                "subject",
            )
        if numbers[row] > numbers[row - 1] or when[row] > when[row - 1]:
            continue
        if when[row] == when[row - 1]:
            what = f"expected one visit of {name!r} at time {when[row]:g}, found another"
            raise _fault(what, "Keep one of them, or correct its time.", row, "time")
        raise _fault(
            f"expected the times of {name!r} to increase, found {when[row]:g} after "
            f"{when[row - 1]:g}",
            "Sort the visits by time; Visits.from_frame does.",
            row,
            "time",
        )


def check_values(values: npt.ArrayLike, table: pl.DataFrame, parcellation: Parcellation) -> Floats:
    """Check the values against the visits and the regions.

    Parameters
    ----------
    values : (n_visits, n_regions) array
        Numbers, NaN where a region was not measured.
    table : pl.DataFrame
        (n_visits,) checked rows.
    parcellation : Parcellation
        The regions.

    Returns
    -------
    ndarray
        (n_visits, n_regions) float64 that nobody can write to.

    Raises
    ------
    InputError
        When the shape does not fit, a value is no number or infinite, or a subject has none.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"expected numbers, found {array.dtype}",
            where="values",
            repair="Give an array of numbers, NaN where a region was not measured.",
        )
    expected = (table.height, parcellation.n_regions)
    if array.shape != expected:
        raise InputError(
            f"expected shape {expected}, found {array.shape}",
            where="values",
            repair="Give one row for each visit and one column for each region.",
        )
    # Copied in any case: whoever can still write to an array could change it behind the checks.
    held = np.array(array, dtype=np.float64, order="C")
    _check_infinite(held, table, parcellation)
    _check_empty_subjects(held, table["subject"])
    held.flags.writeable = False
    return held


def _check_infinite(values: Floats, table: pl.DataFrame, parcellation: Parcellation) -> None:
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = (int(each) for each in infinite[0])
        raise InputError(
            f"expected finite values, found {values[row, column]} ({len(infinite)} such values)",
            where=f"values, subject {table['subject'][row]!r} at time {table['time'][row]:g}, "
            f"region {label_regions(parcellation)[column]!r}",
            repair="Correct them, or put NaN where a region was not measured.",
        )


def _check_empty_subjects(values: Floats, subjects: pl.Series) -> None:
    measured = pl.Series((~np.isnan(values)).any(axis=1))
    known = set(subjects.filter(measured))
    empty = [each for each in subjects.unique(maintain_order=True) if each not in known]
    if empty:
        raise InputError(
            f"expected a value of each subject, found none of {list_some(map(repr, empty))}",
            where="values",
            repair="Leave these subjects out; nothing can be said about them.",
        )


def require_measured_regions(values: Floats, parcellation: Parcellation) -> None:
    """Refuse a region that was measured at no visit.

    Parameters
    ----------
    values : (n_visits, n_regions) array
        The values.
    parcellation : Parcellation
        The regions.

    Raises
    ------
    InputError
        When a region has no value; the message lists them.
    """
    empty = np.flatnonzero(np.isnan(values).all(axis=0))
    if empty.size:
        names = label_regions(parcellation)
        raise InputError(
            f"expected a value of each region, found none of "
            f"{list_some(repr(names[place]) for place in empty)} ({empty.size} such regions)",
            where="values",
            repair="Leave these regions out.",
        )


def count_missing(notes: tuple[str, ...], values: Floats) -> tuple[str, ...]:
    """Say in the notes how many values are missing, in place of what they said before.

    Parameters
    ----------
    notes : tuple of str
        What is known so far.
    values : (n_visits, n_regions) array
        The values.

    Returns
    -------
    tuple of str
        With one sentence at the end where a value is missing.

    Examples
    --------
    >>> count_missing(("Kept.",), np.array([[1.0, np.nan], [2.0, 3.0]]))
    ('Kept.', '1 of 4 values, at 1 of 2 visits, are missing.')
    """
    others = tuple(note for note in notes if not note.endswith(_COUNTED))
    missing = np.isnan(values)
    if not missing.any():
        return others
    visits = int(missing.any(axis=1).sum())
    counted = (
        f"{int(missing.sum()):,} of {values.size:,} values, at {visits:,} of {len(values):,} visits"
    )
    return (*others, f"{counted}, {_COUNTED}")
