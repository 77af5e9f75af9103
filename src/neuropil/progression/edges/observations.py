"""People at irregular visits whose pattern of onset is known, and the noise of what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Visits
from neuropil.contracts import ConfigError, InputError

__all__ = ["NoiseLevels", "PatternVisits", "expect_clipped"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NoiseLevels:
    """How far a value lies from the course, before it is clipped to [0, 1].

    Parameters
    ----------
    offset : float
        Standard deviation of what a person has more or less in a region at all visits, in the
        unit of the values.
    scan : float
        Standard deviation of what a single visit has more or less.
    narrowed : bool
        Whether values near 0 and 1 count for more, as clipping takes noise from them too.

    Raises
    ------
    ConfigError
        When the scans have no noise, with which nothing could be weighed, or one is negative.

    Examples
    --------
    >>> NoiseLevels(offset=0.03, scan=0.04).total
    0.05
    """

    # Both of the published design.
    offset: float = 0.03
    scan: float = 0.045
    narrowed: bool = True

    def __post_init__(self) -> None:
        if not (np.isfinite([self.offset, self.scan]).all() and self.offset >= 0 and self.scan > 0):
            raise ConfigError(
                "expected an offset of 0 or more and a noise of scans above 0, found "
                f"{self.offset!r} and {self.scan!r}",
                where="NoiseLevels",
                repair="Give standard deviations in the unit of the values.",
            )

    @property
    def total(self) -> float:
        """Standard deviation of one value."""
        return float(np.hypot(self.offset, self.scan))

    def whiten(self, n_visits: int) -> Floats:
        """Return the matrix that makes the deviations of one person's visits independent.

        Parameters
        ----------
        n_visits : int
            Of the person.

        Returns
        -------
        (n_visits, n_visits) array
            Lower triangular; it takes deviations to deviations of unit variance.
        """
        # What a person has more or less is the same at all visits: it fills the whole matrix.
        covariance = self.scan**2 * np.eye(n_visits) + self.offset**2
        return np.linalg.inv(np.linalg.cholesky(covariance))


@dataclass(frozen=True, eq=False)
class PatternVisits:
    """Visits of people of whom it is known where their disease began.

    Parameters
    ----------
    values : (n_visits, n_regions) array
        What was measured, in [0, 1].
    subject : (n_visits,) array of int
        Whose visit it is: the row of ``pattern``.
    gap : (n_visits,) array
        Time since the person's first visit [years].
    pattern : (n_subjects,) array of int
        Which of the initial states each person started from.
    """

    values: Floats
    subject: Places
    gap: Floats
    pattern: Places

    @classmethod
    def of(cls, visits: Visits, pattern: npt.ArrayLike) -> Self:
        """Join visits and patterns.

        Parameters
        ----------
        visits : Visits
            Measured in all regions.
        pattern : (n_subjects,) array of int
            In the order of ``visits.subjects``, from 0.

        Returns
        -------
        PatternVisits
            The same visits.

        Raises
        ------
        InputError
            When a value is missing or outside [0, 1], or there is not one pattern for each
            subject; the message names the place and how to mend it.
        """
        kinds = np.asarray(pattern)
        if kinds.shape != (visits.n_subjects,) or kinds.dtype.kind not in "iu" or kinds.min() < 0:
            raise InputError(
                f"expected a pattern, counted from 0, for each of {visits.n_subjects} subjects, "
                f"found shape {kinds.shape} of {kinds.dtype}",
                where="pattern",
                repair="Give the number of the initial state from which each subject started.",
            )
        _check_measured(visits)
        return cls(
            visits.values, visits.subject_rows(), visits.gaps(), kinds.astype(np.int64, copy=False)
        )

    @property
    def n_subjects(self) -> int:
        """Number of people."""
        return len(self.pattern)

    def take(self, rows: npt.NDArray[np.bool_]) -> Self:
        """Keep some people with all their visits.

        Parameters
        ----------
        rows : (n_subjects,) bool array
            Whom to keep.
        """
        # People are numbered anew, so that the rows of ``pattern`` are theirs again.
        seen = rows[self.subject]
        number = np.cumsum(rows) - 1
        return type(self)(
            self.values[seen], number[self.subject[seen]], self.gap[seen], self.pattern[rows]
        )

    def rows_of(self, subject: int) -> Places:
        """Return the visits of one person, in their order.

        Parameters
        ----------
        subject : int
            Row of ``pattern``.
        """
        return np.flatnonzero(self.subject == subject).astype(np.int64)


def _check_measured(visits: Visits) -> None:
    # A comparison with NaN is false, so that missing values are found with those outside.
    wrong = ~((visits.values >= 0) & (visits.values <= 1))
    if wrong.any():
        visit, region = np.argwhere(wrong)[0]
        raise InputError(
            f"expected values from 0 to 1 in every region, found {visits.values[visit, region]:g} "
            f"({int(wrong.sum())} such values)",
            where=f"visits, row {visit}, {visits.region_names[region]}",
            repair="Scale the values by those of the people learnt from, and leave out regions "
            "that were not measured.",
        )


def expect_clipped(course: Floats, deviation: float) -> tuple[Floats, Floats, Floats]:
    """Return what clipping to [0, 1] leaves of normal noise around a course.

    Clipped values lie above the course where it is near 0, and they move less than the course
    does: taken for the course itself, they would bend every early estimate upwards.

    Parameters
    ----------
    course : (...) array
        Values without noise.
    deviation : float
        Standard deviation of the noise.

    Returns
    -------
    mean : (...) array
        Of the clipped values.
    slope : (...) array
        Derivative of the mean by the course: the probability of not being clipped.
    spread : (...) array
        Standard deviation of the clipped values.

    References
    ----------
    Greene 2012, Econometric Analysis, 7th ed., theorem 19.3, for the moments.

    Examples
    --------
    >>> mean, slope, spread = expect_clipped(np.array([0.0, 0.5]), 0.05)
    >>> mean.round(4).tolist(), slope.tolist(), spread.round(4).tolist()
    ([0.0199, 0.5], [0.5, 1.0], [0.0292, 0.05])
    """
    from scipy.stats import norm

    low, high = -course / deviation, (1 - course) / deviation
    inside = norm.cdf(high) - norm.cdf(low)
    above = norm.sf(high)
    bend = norm.pdf(low) - norm.pdf(high)
    # No value at infinity: the density falls faster than the bound grows.
    edge = low * norm.pdf(low) - high * norm.pdf(high)
    mean = course * inside + deviation * bend + above
    # The second moment by the same three parts: clipped below (0), inside, and clipped above (1).
    square = (course**2 + deviation**2) * inside + 2 * course * deviation * bend
    square = square + deviation**2 * edge + above
    # Rounding alone can make the difference negative, where all values are clipped.
    return mean, inside, np.sqrt(np.maximum(square - mean**2, 0))
