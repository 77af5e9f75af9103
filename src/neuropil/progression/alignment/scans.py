"""Scans of people as arrays that compiled programs take."""

from __future__ import annotations

from typing import Self

import equinox as eqx
import numpy as np
import numpy.typing as npt

from neuropil.connectome import Visits

__all__ = ["Scans", "UnitScale"]

Floats = npt.NDArray[np.float64]


class UnitScale(eqx.Module):
    """From the unit of a measurement to shares of what training people show, and back.

    Parameters
    ----------
    low, high : float
        What becomes 0 and 1.
    """

    low: float = eqx.field(static=True, default=0.0)
    high: float = eqx.field(static=True, default=1.0)

    @classmethod
    def of(cls, visits: Visits) -> Self:
        """Take the smallest and the largest value of some people.

        Parameters
        ----------
        visits : Visits
            Of training people alone: with others among them their values leak into the fit.
        """
        return cls(float(np.nanmin(visits.values)), float(np.nanmax(visits.values)))

    def enter(self, values: Floats) -> Floats:
        """Return values as shares, below 0 or above 1 where training people never were."""
        return (values - self.low) / (self.high - self.low)

    def leave(self, shares: Floats) -> Floats:
        """Return shares in the unit of the measurement."""
        return self.low + shares * (self.high - self.low)


class Scans(eqx.Module):
    """What was seen of some people, in the order of their visits.

    Parameters
    ----------
    values : (n_scans, n_regions) array
        Values, 0 where a region was not measured.
    known : (n_scans, n_regions) array
        1 where it was, 0 elsewhere.
    owners : (n_scans,) array of int
        Person of each scan.
    gaps : (n_scans,) array
        Time since the person's first scan.
    n_people : int
        Number of people.
    """

    # NumPy's: what is read from files is checked in double precision before anything compiles.
    values: Floats
    known: Floats
    owners: npt.NDArray[np.int64]
    gaps: Floats
    # Static: a sum over people needs their number when it is compiled.
    n_people: int = eqx.field(static=True)

    @classmethod
    def of(cls, visits: Visits, scale: UnitScale) -> Self:
        """Read visits.

        Parameters
        ----------
        visits : Visits
            Each person has at least one value, which visits see to.
        scale : UnitScale
            That of the training people.
        """
        known = ~np.isnan(visits.values)
        # 0 and not NaN: a weight of 0 does not silence a NaN.
        values = np.where(known, scale.enter(np.nan_to_num(visits.values)), 0.0)
        return cls(
            values,
            known.astype(np.float64),
            visits.subject_rows(),
            visits.gaps(),
            visits.n_subjects,
        )

    def take(self, rows: npt.ArrayLike) -> Self:
        """Keep some scans; people keep their numbers, also those without a scan.

        Parameters
        ----------
        rows : (k,) array of int
            Which, in their order.
        """
        kept = np.asarray(rows)
        return type(self)(
            self.values[kept], self.known[kept], self.owners[kept], self.gaps[kept], self.n_people
        )

    def take_people(self, people: npt.ArrayLike) -> Self:
        """Keep some people, numbered in the order in which they are named.

        Parameters
        ----------
        people : (k,) array of int
            Their numbers, each once.
        """
        chosen = np.asarray(people)
        place = np.full(self.n_people, -1)
        place[chosen] = np.arange(len(chosen))
        # By a list for each person, so that his scans stay together and in order.
        rows = np.concatenate([np.flatnonzero(self.owners == person) for person in chosen])
        kept = self.take(rows)
        return type(self)(kept.values, kept.known, place[kept.owners], kept.gaps, len(chosen))
