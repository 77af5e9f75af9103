"""Many quantities against their nulls at once: z-scores, p-values, correction for many tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control

from neuropil.contracts import InputError

__all__ = ["Comparison", "NullTally", "adjust_p_values"]

# Sums of the same weights in another order differ by rounding; such values are equal. Adding a
# million float64 numbers one by one errs by 1e-10 of the sum at most; the limit was not tuned.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """Quantities and where they stand among their nulls.

    Parameters
    ----------
    observed : (m,) array
        The quantities in the data.
    mean, deviation : (m,) array
        Mean and standard deviation of each under the null.
    z : (m,) array
        (observed - mean) / deviation; NaN where the null does not vary.
    p : (m,) array
        Two-sided: twice the smaller of (1 + at least as large) / (1 + n) and (1 + at most as
        large) / (1 + n), and at most 1.
    n : int
        Number of null draws.
    """

    observed: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    z: np.ndarray
    p: np.ndarray
    n: int


class NullTally:
    """Count null draws of many quantities without keeping them.

    Parameters
    ----------
    observed : (m,) array
        The quantities in the data.

    References
    ----------
    Welford 1962, Technometrics 4:419, for the variance. Phipson and Smyth 2010, Stat. Appl.
    Genet. Mol. Biol. 9:39, for the added one.

    Examples
    --------
    >>> tally = NullTally(np.array([9.0]))
    >>> for value in (1.0, 2.0, 3.0):
    ...     tally.add(np.array([value]))
    >>> tally.compare().z, tally.compare().p
    (array([7.]), array([0.5]))
    """

    def __init__(self, observed: np.ndarray) -> None:
        self._observed = np.asarray(observed, dtype=np.float64)
        self._mean = np.zeros_like(self._observed)
        self._squares = np.zeros_like(self._observed)
        self._larger = np.zeros(self._observed.shape, dtype=np.int64)
        self._smaller = np.zeros(self._observed.shape, dtype=np.int64)
        self._n = 0

    def add(self, values: np.ndarray) -> None:
        """Count one draw.

        Parameters
        ----------
        values : (m,) array
            The quantities in a graph of the null model.

        Raises
        ------
        InputError
            When their number differs or one is not finite.
        """
        if values.shape != self._observed.shape or not np.isfinite(values).all():
            raise InputError(
                f"expected {self._observed.size} finite values, found {values.size}, "
                f"{int((~np.isfinite(values)).sum())} of them not finite",
                where=f"null draw {self._n + 1}",
                repair="A quantity must be defined in every graph of the null model.",
            )
        # Differences and not values: where both are large, rounding would hide how little they
        # differ.
        above = values - self._observed
        above[np.abs(above) <= _ROUNDING * np.abs(self._observed)] = 0
        self._n += 1
        # Ties count on both sides, so that a quantity that the null keeps has p = 1.
        self._larger += above >= 0
        self._smaller += above <= 0
        # Welford's update: sums of squares would lose the digits that the deviation is made of.
        step = above - self._mean
        self._mean += step / self._n
        self._squares += step * (above - self._mean)

    def compare(self) -> Comparison:
        """Summarise the draws so far; the standard deviation needs two of them."""
        if self._n < 2:
            raise InputError(
                f"expected at least two null draws, found {self._n}",
                where="NullTally",
                repair="Draw more.",
            )
        deviation = np.sqrt(self._squares / (self._n - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            # A null that never varies gives no z, neither 0 nor infinity.
            z = np.where(deviation > 0, -self._mean / deviation, np.nan)
        p = 2 * (1 + np.minimum(self._larger, self._smaller)) / (1 + self._n)
        mean = self._observed + self._mean
        return Comparison(self._observed, mean, deviation, z, np.minimum(p, 1), self._n)


def adjust_p_values(p: np.ndarray, n_tests: int | None = None) -> np.ndarray:
    """Return, for each test, the false discovery rate at which it would just be reported.

    Parameters
    ----------
    p : (m,) array
        p-values, each from 0 to 1.
    n_tests : int, optional
        Number of tests that were made, where those with p = 1 are left out of ``p``.

    Returns
    -------
    (m,) array
        Adjusted values, often called q, in the order given.

    Raises
    ------
    InputError
        When a value is not from 0 to 1, or there are more values than tests.

    References
    ----------
    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289.

    Examples
    --------
    >>> adjust_p_values(np.array([0.01, 0.04, 0.5]))
    array([0.03, 0.06, 0.5 ])
    """
    p = np.asarray(p, dtype=np.float64)
    total = p.size if n_tests is None else n_tests
    wrong = ~((p >= 0) & (p <= 1))
    if wrong.any():
        raise InputError(
            f"expected p-values from 0 to 1, found {p[wrong][0]}",
            where=f"p, place {int(np.flatnonzero(wrong)[0])}",
            repair="Leave out tests that were not made.",
        )
    if p.size > total:
        raise InputError(
            f"expected at most n_tests = {total} values, found {p.size}",
            where="adjust_p_values",
            repair="Count every test that was made.",
        )
    if not p.size:
        return p
    # Tests with p = 1 that are left out change nothing but the number that all are scaled with.
    return np.minimum(false_discovery_control(p) * (total / p.size), 1)
