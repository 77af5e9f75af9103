"""One table of everybody who answered, beside what was published on other data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Self

import polars as pl

from neuropil.proofreading.prompting.published import PUBLISHED
from neuropil.proofreading.prompting.scores import Score

__all__ = ["Leaderboard", "Row", "published_rows"]


@dataclass(frozen=True)
class Row:
    """One solver on one task.

    Parameters
    ----------
    solver : str
        Who answered.
    task : str
        What was asked.
    data : str
        About what.
    value : float or None
        Balanced accuracy.
    low, high : float or None
        Its 95 % interval.
    n : int or None
        Items that were scored.
    failures : int or None
        Single answers that could not be read.
    tokens : int or None
        Tokens that were read and written for all items.
    usd : float or None
        Price of all items [US dollar].
    ms_per_item : float or None
        Time an item [ms].
    published : bool
        Whether it is a number of the paper on its data, which were never measured here.
    note : str
        How sure a published number is, and what a reader must know of a measured one.
    """

    solver: str
    task: str
    data: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    failures: int | None = None
    tokens: int | None = None
    usd: float | None = None
    ms_per_item: float | None = None
    published: bool = False
    note: str = ""


# Named, since a column that is empty in every row would have no type of its own.
_TYPES = {
    "solver": pl.String,
    "task": pl.String,
    "data": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "failures": pl.Int64,
    "tokens": pl.Int64,
    "usd": pl.Float64,
    "ms_per_item": pl.Float64,
    "published": pl.Boolean,
    "note": pl.String,
}


@dataclass(frozen=True)
class Leaderboard:
    """Rows of solvers and tasks.

    Parameters
    ----------
    rows : tuple of Row
        What was measured and what was published.
    """

    rows: tuple[Row, ...] = ()

    def add(
        self,
        solver: str,
        task: str,
        data: str,
        score: Score,
        milliseconds: float | None = None,
        note: str = "",
    ) -> Self:
        """Return the table with one more measured row.

        Parameters
        ----------
        solver : str
            Who answered.
        task : str
            What was asked.
        data : str
            About what, such as ``pinky40``.
        score : Score
            How good it was.
        milliseconds : float, optional
            Time an item [ms], where it was measured.
        note : str
            What a reader must know of the row.

        Returns
        -------
        Leaderboard
            The longer table.
        """
        row = Row(
            solver,
            task,
            data,
            score.balanced_accuracy,
            score.low,
            score.high,
            score.n,
            score.failures,
            score.usage.input_tokens + score.usage.output_tokens,
            score.usage.usd,
            milliseconds,
            note=note,
        )
        return replace(self, rows=(*self.rows, row))

    def with_published(self, tasks: Iterable[str] | None = None) -> Self:
        """Return the table with what the paper reports.

        Parameters
        ----------
        tasks : iterable of str, optional
            Of these tasks; of those in the table when not given.

        Returns
        -------
        Leaderboard
            The longer table.
        """
        wanted = set(tasks) if tasks is not None else {row.task for row in self.rows}
        known = [row for row in published_rows() if row.task in wanted]
        return replace(self, rows=(*self.rows, *known))

    def to_frame(self) -> pl.DataFrame:
        """Return the table, best first within each task, measured before published."""
        frame = pl.DataFrame([asdict(row) for row in self.rows], schema=_TYPES)
        # Measured before published: what is of other data shall not stand among what it is not
        # like.
        return frame.sort(
            ["task", "published", "value"], descending=[False, False, True], nulls_last=True
        )


def published_rows() -> tuple[Row, ...]:
    """Return what ConnectomeBench reports: on its data, and not measured here."""
    return tuple(
        Row(
            one.solver,
            one.task,
            f"ConnectomeBench, {one.species}",
            one.value,
            published=True,
            note="two notes agree" if one.confirmed else "second-hand",
        )
        for one in PUBLISHED
    )
