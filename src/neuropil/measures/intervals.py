"""Intervals over independent units, and where a value stands among its nulls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import bootstrap

from neuropil.contracts import InputError, NullSummary

__all__ = ["bootstrap_groups", "bootstrap_interval", "share_interval", "summarise_null"]

Statistic = Callable[..., np.ndarray]


def bootstrap_interval(
    values: Sequence[float] | np.ndarray,
    seed: int,
    statistic: Statistic = np.median,
    n_resamples: int = 2000,
) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % percentile bootstrap interval of a statistic.

    Parameters
    ----------
    values : (n,) array
        One value for each independent unit: a subject, a seed, a trial.
    seed : int
        Seed of the resampling.
    statistic : callable
        Takes an array and ``axis``.
    n_resamples : int
        Number of resamples.

    Returns
    -------
    low, high : float or None
        None and None for fewer than three units, for which no interval is honest.

    Raises
    ------
    InputError
        When a value is not finite; drop or explain such units first.

    References
    ----------
    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    array = np.asarray(values, dtype=float)
    if not np.isfinite(array).all():
        raise InputError(
            f"expected finite values, found {int((~np.isfinite(array)).sum())} of {array.size} not",
            where="bootstrap_interval",
            repair="Drop these units and say so, or mend them.",
        )
    # Two units have three resamples, whose interval is the two values themselves.
    if array.size < 3:
        return None, None
    if np.ptp(array) == 0:
        return float(array[0]), float(array[0])
    result = bootstrap(
        (array,),
        statistic,
        n_resamples=n_resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def bootstrap_groups(
    owner: np.ndarray,
    quantity: Callable[[np.ndarray], float],
    rng: np.random.Generator,
    n_resamples: int = 1000,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of a quantity of rows that hang together.

    Rows of one owner, such as all pairs of one object, are taken together or not at all.

    Parameters
    ----------
    owner : (n,) array
        What each row belongs to.
    quantity : callable
        Takes (m,) integer rows, some of them several times, and returns a number; NaN where the
        rows do not define it, as an area under a curve of one kind.
    rng : numpy.random.Generator
        Source of the resampling.
    n_resamples : int
        Number of resamples.

    Returns
    -------
    low, high : float
        Over the resamples that define the quantity; NaN where none does.

    References
    ----------
    Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8.
    """
    names, place = np.unique(owner, return_inverse=True)
    rows = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    picks = rng.integers(len(names), size=(n_resamples, len(names)))
    drawn = np.array([quantity(np.concatenate([rows[one] for one in pick])) for pick in picks])
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def share_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share.

    Parameters
    ----------
    successes : int
        Units that have the property.
    n : int
        All units.

    Returns
    -------
    low, high : float
        Bounds of the share, from 0 to 1.

    Raises
    ------
    InputError
        When there is no unit, or the successes are not between 0 and all units.

    References
    ----------
    Wilson 1927, J. Am. Stat. Assoc. 22:209.
    """
    from scipy.stats import binomtest

    if n < 1:
        raise InputError(
            f"expected at least one unit, found n = {n}",
            where="share_interval",
            repair="Without a unit there is no share: leave the interval out.",
        )
    if not 0 <= successes <= n:
        raise InputError(
            f"expected successes from 0 to n = {n}, found {successes}",
            where="share_interval",
            repair="Count the units that have the property, out of all units.",
        )
    # Wilson's: the usual interval has no width at shares of 0 and 1, which are common here.
    interval = binomtest(successes, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def summarise_null(
    name: str, null: Sequence[float] | np.ndarray, observed: float, *, smaller_is_better: bool
) -> NullSummary:
    """Summarise a null distribution and the one-sided p-value of an observation.

    Parameters
    ----------
    name : str
        What the null destroys and what it keeps.
    null : (n,) array
        The quantity under the null.
    observed : float
        The quantity in the data. NaN gives a p-value of 1.
    smaller_is_better : bool
        Which tail counts as at least as good as the observation.

    Returns
    -------
    NullSummary
        Median, 2.5th and 97.5th percentile and p-value.

    Raises
    ------
    InputError
        When there is no draw, or one is not finite; the quantity must be defined in every draw.

    References
    ----------
    Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39, for the added one.
    """
    draws = np.asarray(null, dtype=float)
    wrong = int((~np.isfinite(draws)).sum())
    if draws.size == 0 or wrong:
        found = f"{wrong} of {draws.size} not" if wrong else "none"
        raise InputError(
            f"expected finite null draws, found {found}",
            where=f"null {name!r}",
            repair="Draw at least one, and define the quantity in every draw.",
        )
    # Written as "not worse", so that an undefined value never makes an observation look rare.
    as_good = ~(draws > observed) if smaller_is_better else ~(draws < observed)
    low, median, high = np.percentile(draws, [2.5, 50, 97.5])
    p_value = (1 + int(as_good.sum())) / (1 + draws.size)
    return NullSummary(name, float(median), float(low), float(high), draws.size, p_value)
