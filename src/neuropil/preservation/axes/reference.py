"""Whether a section is damaged along an axis: against sound sections of the same microscope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from neuropil.contracts import InputError

__all__ = ["JUDGED", "AxisLimit", "AxisReference"]

# Axes that are judged: what rises with damage, and by how much at least it must exceed the
# reference: less was never planted when the axes were fitted.
JUDGED: Mapping[str, float] = {
    "gap_fraction": 0.05,
    "zone_fraction": 0.05,
    "void_fraction": 0.05,
}
"""Axes that are judged, and the least excess over the reference that counts."""

# Spreads above the median. Of sound sections of a normal distribution one in a thousand lies above
# three; few sections of a reference make the spread itself uncertain.
_SPREADS = 3.0
_NORMAL = 1.4826
# Fewest sections of a reference.
_FEWEST = 5
# Membrane per area goes with one over length.
_SHRINK = "membrane_density"


@dataclass(frozen=True)
class AxisLimit:
    """What sound sections show along one axis.

    Parameters
    ----------
    median, spread : float
        Median, and standard deviation by the median of absolute deviations.
    largest : float
        Largest value.
    limit : float
        Value above which a section counts as damaged.
    """

    median: float
    spread: float
    largest: float
    limit: float


@dataclass(frozen=True)
class AxisReference:
    """Sound sections, by which others are judged.

    Parameters
    ----------
    limits : mapping of str to AxisLimit
        By axis.
    density : float
        Median membrane length per area [um/um^2].
    n : int
        Number of sections.
    """

    limits: Mapping[str, AxisLimit]
    density: float
    n: int

    @staticmethod
    def has_enough(table: pl.DataFrame) -> bool:
        """Tell whether sections are enough for a reference.

        Parameters
        ----------
        table : pl.DataFrame
            Axes of sound sections.
        """
        return all(table[axis].drop_nulls().len() >= _FEWEST for axis in JUDGED)

    @classmethod
    def fit(cls, tables: Sequence[pl.DataFrame]) -> Self:
        """Learn what sound sections show.

        Parameters
        ----------
        tables : sequence of pl.DataFrame
            ``rows`` of :class:`~neuropil.preservation.axes.table.AxisTable`. Sound sections that
            were blurred or made noisy, as far as the gate lets pass, belong to them: what
            acquisition alone does to an axis must not be called damage.

        Returns
        -------
        AxisReference
            The limit of an axis is the largest of: its largest value; three spreads above its
            median; and its median with the least excess that counts.

        Raises
        ------
        InputError
            When there are fewer than five sections in which an axis was measured.
        """
        rows = pl.concat(tables) if tables else pl.DataFrame()
        limits = {}
        for axis, excess in JUDGED.items():
            values = rows[axis].drop_nulls().to_numpy() if axis in rows.columns else np.zeros(0)
            if len(values) < _FEWEST:
                raise InputError(
                    f"expected {_FEWEST} sections or more with a {axis}, found {len(values)}",
                    where="AxisReference.fit",
                    repair="Bring more sound sections.",
                )
            median = float(np.median(values))
            spread = _NORMAL * float(np.median(np.abs(values - median)))
            largest = float(values.max())
            limit = max(largest, median + _SPREADS * spread, median + excess)
            limits[axis] = AxisLimit(median, spread, largest, limit)
        return cls(limits, float(np.median(rows[_SHRINK].drop_nulls())), rows.height)

    def judge(self, table: pl.DataFrame) -> pl.DataFrame:
        """Judge sections.

        Parameters
        ----------
        table : pl.DataFrame
            ``rows`` of an :class:`~neuropil.preservation.axes.table.AxisTable`, of sections that
            passed the gate.

        Returns
        -------
        pl.DataFrame
            One row a section: ``section``, ``damaged``, ``along`` (the axes beyond their limits,
            the farthest first), the excess of each judged axis over the median of the reference,
            and ``shrinkage``, the length that a length of the reference has here: 1 where nothing
            shrank, null without membranes. Lost membrane makes it larger than it is, so that it is
            read beside the other axes and does not judge.
        """
        rows = [self._judge(row) for row in table.iter_rows(named=True)]
        schema: dict[str, Any] = {
            "section": pl.Int64,
            "damaged": pl.Boolean,
            "along": pl.String,
            **{f"{axis}_excess": pl.Float64 for axis in JUDGED},
            "shrinkage": pl.Float64,
        }
        return pl.DataFrame(rows, schema=schema)

    def _judge(self, row: Mapping[str, Any]) -> dict[str, Any]:
        excess = {
            axis: None if row[axis] is None else row[axis] - limit.median
            for axis, limit in self.limits.items()
        }
        beyond = {
            axis: row[axis] / limit.limit
            for axis, limit in self.limits.items()
            if row[axis] is not None and row[axis] > limit.limit
        }
        density = row[_SHRINK]
        return {
            "section": row["section"],
            "damaged": bool(beyond),
            "along": ", ".join(sorted(beyond, key=lambda axis: -beyond[axis])),
            **{f"{axis}_excess": value for axis, value in excess.items()},
            "shrinkage": self.density / density if density else None,
        }
