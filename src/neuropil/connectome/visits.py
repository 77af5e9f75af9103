"""Regional pathology of many subjects, each seen once or several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.cohort_checks import check_subjects, have_same_regions
from neuropil.connectome.cohort_selection import find_places, list_values
from neuropil.connectome.description import render_html
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.validation import list_some
from neuropil.connectome.visit_checks import (
    check_covariates,
    check_time_unit,
    check_values,
    check_visits,
    count_missing,
    require_measured_regions,
)
from neuropil.connectome.visit_description import list_visit_facts
from neuropil.connectome.visit_frames import TimeUnit, join_frame, label_regions, split_frame
from neuropil.connectome.weight_names import NOT_STATED
from neuropil.contracts import InputError, Operation, Source

__all__ = ["Visits"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_UNKNOWN_SOURCE = Source(name="not stated")


@dataclass(frozen=True, eq=False, repr=False)
class Visits:
    """One value for each region at each visit of each subject, at irregular times.

    Visits are never changed: each operation returns new ones with one more entry in
    ``provenance``. Build them from one wide table with :meth:`from_frame`.

    Parameters
    ----------
    table : pl.DataFrame
        (n_visits,) rows: ``subject`` (text) and ``time`` (number, in ``time_unit``), in the order
        of the subjects and, within a subject, of increasing time.
    values : (n_visits, n_regions) array
        What was measured; NaN where a region was not.
    parcellation : Parcellation
        The regions, in the order of the columns of ``values``. Its free columns hold what is known
        of a region, such as a gene's expression or whether it is a seed.
    subjects : pl.DataFrame
        (n_subjects,) rows: ``id`` (text, unique), and covariates such as ``group`` or ``age``.
    time_unit : {"year", "month"}
        What times are counted in.
    quantity : str
        What was measured, such as ``tau PET``.
    unit : str
        Its unit, such as ``SUVR``.
    source : Source
        Origin of the data.
    provenance : tuple of Operation
        What was done, first to last.
    notes : tuple of str
        What was left out or assumed; the last one counts the values that are missing.

    Raises
    ------
    TableError
        When a table lacks a column, a subject is unknown, unseen or repeated, or the times of a
        subject do not increase; names row and column.
    InputError
        When the shape of the values does not fit, one is infinite, or a subject has none.
    """

    table: pl.DataFrame
    values: Floats
    parcellation: Parcellation
    subjects: pl.DataFrame
    time_unit: TimeUnit = "year"
    quantity: str = NOT_STATED
    unit: str = NOT_STATED
    source: Source = _UNKNOWN_SOURCE
    provenance: tuple[Operation, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_time_unit(self.time_unit)
        subjects = check_subjects(self.subjects)
        check_covariates(subjects)
        table = check_visits(self.table, subjects["id"])
        values = check_values(self.values, table, self.parcellation)
        object.__setattr__(self, "subjects", subjects)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "notes", count_missing(self.notes, values))

    @classmethod
    def from_frame(
        cls,
        frame: Any,  # noqa: ANN401
        parcellation: Parcellation | None = None,
        *,
        covariates: Sequence[str] | None = None,
        time_unit: TimeUnit = "year",
        quantity: str = NOT_STATED,
        unit: str = NOT_STATED,
        source: Source | None = None,
    ) -> Self:
        """Build visits from one wide table.

        Parameters
        ----------
        frame : pl.DataFrame or pandas.DataFrame
            One row a visit, in any order: ``subject``, ``time``, one column of numbers for each
            region, and columns that are constant within a subject.
        parcellation : Parcellation, optional
            The regions, whose names (with the side where both sides share one, as in
            ``L_entorhinal``) are columns; else all columns that are no covariates, with a note.
        covariates : sequence of str, optional
            Columns that describe the subjects. When not given, those that are no region; where the
            regions are unknown too, columns of text or truth values and well-known names such as
            ``age``, with a note.
        time_unit : {"year", "month"}
            What times are counted in.
        quantity : str
            What was measured.
        unit : str
            Its unit.
        source : Source, optional
            Origin of the data.

        Returns
        -------
        Visits
            Sorted by subject, in the order of their first rows, and time.

        Raises
        ------
        TableError, InputError
            As the constructor; also when a visit is there twice, a covariate changes within a
            subject, or a region was measured at no visit.

        Examples
        --------
        >>> frame = {"subject": ["a", "b", "a"], "time": [1.5, 0, 0], "CA1": [0.4, 0.1, 0.2]}
        >>> visits = Visits.from_frame(frame, time_unit="month")
        >>> visits.table["time"].to_list(), visits.gaps().tolist(), visits.values[:, 0].tolist()
        ([0.0, 1.5, 0.0], [0.0, 1.5, 0.0], [0.2, 0.4, 0.1])
        """
        parts = split_frame(frame, parcellation, covariates)
        require_measured_regions(parts.values, parts.parcellation)
        done = Operation("from_frame", {"visits": len(parts.values), "time_unit": time_unit})
        return cls(
            table=parts.visits,
            values=parts.values,
            parcellation=parts.parcellation,
            subjects=parts.subjects,
            time_unit=time_unit,
            quantity=quantity,
            unit=unit,
            source=source or _UNKNOWN_SOURCE,
            provenance=(done,),
            notes=parts.notes,
        )

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return self.subjects.height

    @property
    def n_visits(self) -> int:
        """Number of visits of all subjects together."""
        return self.table.height

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return self.parcellation.n_regions

    @property
    def ids(self) -> tuple[str, ...]:
        """Id of each subject."""
        return tuple(self.subjects["id"])

    @property
    def region_names(self) -> tuple[str, ...]:
        """Name of each region, with its side where both sides share one."""
        return label_regions(self.parcellation)

    @property
    def times(self) -> Floats:
        """Time of each visit, (n_visits,) float64 in ``time_unit``."""
        return self.table["time"].to_numpy()

    def __len__(self) -> int:
        return self.n_visits

    def subject_rows(self) -> Places:
        """Find the subject of each visit.

        Returns
        -------
        ndarray
            (n_visits,) int64: the row of ``subjects``.
        """
        place = {each: row for row, each in enumerate(self.ids)}
        return np.array([place[each] for each in self.table["subject"]], dtype=np.int64)

    def gaps(self) -> Floats:
        """Compute the time since the first visit of the same subject.

        Returns
        -------
        ndarray
            (n_visits,) float64 in ``time_unit``, 0 at first visits.
        """
        rows = self.subject_rows()
        times = self.times
        return times - times[self._first_places()][rows]

    def _first_places(self) -> Places:
        return np.searchsorted(self.subject_rows(), np.arange(self.n_subjects)).astype(np.int64)

    def first(self) -> Self:
        """Keep the first visit of each subject."""
        return self._keep_visits(self._first_places(), Operation("first"))

    def last(self) -> Self:
        """Keep the last visit of each subject."""
        ends = np.searchsorted(self.subject_rows(), np.arange(self.n_subjects), side="right") - 1
        return self._keep_visits(ends.astype(np.int64), Operation("last"))

    def of_subject(self, subject: str) -> Self:
        """Keep the visits of one subject.

        Parameters
        ----------
        subject : str
            The id.

        Raises
        ------
        InputError
            When there is no such subject; the message lists some.
        """
        if subject not in self.ids:
            raise InputError(
                f"there is no subject {subject!r}",
                where=self.source.name,
                repair=f"The subjects are: {list_some(self.ids)}.",
            )
        return self.take([self.ids.index(subject)])

    def take(self, rows: npt.ArrayLike) -> Self:
        """Keep some subjects, with all their visits.

        Parameters
        ----------
        rows : (n_subjects,) bool array, or array of int
            Which: a mask, or positions in the order wanted, each once.

        Returns
        -------
        Visits
            The same regions.

        Raises
        ------
        InputError
            When a mask has another length, a position is beyond the subjects or is there twice,
            or no subject is left.
        """
        places = find_places(rows, self.n_subjects)
        owners = self.subject_rows()
        # By a list for each subject, so that visits follow the order that is asked for.
        visits = np.concatenate([np.flatnonzero(owners == place) for place in places])
        kept = self.subjects[places]
        done = Operation("take", {"ids": kept["id"].to_list()})
        return replace(
            self,
            table=self.table[visits],
            values=self.values[visits],
            subjects=kept,
            provenance=(*self.provenance, done),
        )

    def take_visits(self, rows: npt.ArrayLike) -> Self:
        """Keep some visits, and the subjects who then have one.

        Parameters
        ----------
        rows : (n_visits,) bool array, or array of int
            Which: a mask, or positions.

        Raises
        ------
        InputError
            When a mask has another length, a position is beyond the visits, or none is left.
        """
        places = np.unique(find_places(rows, self.n_visits))
        return self._keep_visits(places, Operation("take_visits", {"visits": places.tolist()}))

    def select(self, expression: str) -> Self:
        """Keep the visits that match, and the subjects who then have one.

        Parameters
        ----------
        expression : str
            A condition on ``time`` and the columns of ``subjects``, such as
            ``"group == 'NTG' and time < 6"``.

        Raises
        ------
        InputError
            When the expression cannot be read, names an unknown column, or matches no visit.

        Examples
        --------
        >>> frame = {"subject": ["a", "b"], "time": [0, 0], "sex": ["F", "M"], "CA1": [0.2, 0.1]}
        >>> Visits.from_frame(frame).select("sex == 'M'").ids
        ('b',)
        """
        frame = self.subjects[self.subject_rows()].with_columns(self.table["time"])
        condition = compile_expression(expression, frame.schema)
        places = np.flatnonzero(frame.select(condition).to_series().to_numpy())
        if not places.size:
            raise InputError(
                f"expected at least one visit, select keeps none of {self.n_visits}",
                where=f"selection {expression!r}",
                repair=list_values(frame, expression),
            )
        done = Operation("select", {"expression": expression})
        return self._keep_visits(places.astype(np.int64), done)

    def _keep_visits(self, places: Places, done: Operation) -> Self:
        table = self.table[places]
        kept = self.subjects.filter(pl.col("id").is_in(table["subject"].unique().to_list()))
        return replace(
            self,
            table=table,
            values=self.values[places],
            subjects=kept,
            provenance=(*self.provenance, done),
        )

    def to_frame(self) -> pl.DataFrame:
        """Build one wide table: ``subject``, ``time``, covariates, then one column a region.

        Returns
        -------
        pl.DataFrame
            (n_visits,) rows; null where a region was not measured.

        Raises
        ------
        TableError
            When a covariate or a region has the name of another column.
        """
        described = self.subjects[self.subject_rows()].drop("id")
        return join_frame(self.table, described, self.values, self.region_names)

    def equals(self, other: Visits) -> bool:
        """Compare content: visits, values, regions, subjects, quantity and units.

        Parameters
        ----------
        other : Visits
            Other visits.

        Returns
        -------
        bool
            True where all are equal, NaN being equal to NaN; source, notes and provenance do not
            count.
        """
        return (
            self.table.equals(other.table)
            and self.subjects.schema == other.subjects.schema
            and self.subjects.equals(other.subjects)
            and (self.time_unit, self.quantity, self.unit)
            == (other.time_unit, other.quantity, other.unit)
            and have_same_regions(self.parcellation, other.parcellation)
            and np.array_equal(self.values, other.values, equal_nan=True)
        )

    def describe(self) -> str:
        """Describe the visits in a few lines of text."""
        return "\n".join(f"{name}: {value}" for name, value in list_visit_facts(self))

    def __repr__(self) -> str:
        return (
            f"Visits({self.n_subjects} subjects, {self.n_visits} visits, {self.n_regions} regions, "
            f"{self.quantity} [{self.unit}], {self.source.name})"
        )

    def _repr_html_(self) -> str:
        return render_html(list_visit_facts(self), self.table, "visits")
