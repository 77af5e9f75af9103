"""Findings over independent units: a statistic with its interval, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuropil.contracts import Finding, SeedTree
from neuropil.measures.intervals import Statistic, bootstrap_interval, share_interval

__all__ = ["find_mean", "find_share", "find_statistic"]


def find_statistic(
    values: Sequence[float | None],
    seed: SeedTree,
    statistic: Statistic = np.median,
    *,
    over: str = "seeds",
    **more: Any,  # noqa: ANN401 - fields of a finding
) -> Finding:
    """Return a statistic over independent units with its bootstrap interval.

    Parameters
    ----------
    values : sequence of float or None
        One value for each unit; None or NaN where it is not defined.
    seed : SeedTree
        Seed of the resampling.
    statistic : callable
        Takes an array and ``axis``.
    over : str
        What the units are, in the plural.
    **more
        Further fields of :class:`~neuropil.contracts.Finding`, such as ``note``.

    Returns
    -------
    Finding
        ``not run`` with the reason where the value of a unit is not defined.

    Examples
    --------
    >>> find_statistic([1.0, 2.0, 3.0], SeedTree(0)).value
    2.0
    >>> find_statistic([1.0, None], SeedTree(0)).note
    'Not defined for 1 of 2 seeds.'
    """
    array = np.asarray(values, dtype=float)  # None becomes NaN
    # Dropping undefined units would flatter a model that fails on the hard ones.
    undefined = int((~np.isfinite(array)).sum())
    if undefined or not array.size:
        return Finding.not_run(f"Not defined for {undefined} of {array.size} {over}.")
    low, high = bootstrap_interval(array, seed.integer(), statistic)
    how = "" if low is None else f"bootstrap over {over}"
    return Finding(float(statistic(array)), array.size, low, high, how, **more)


def find_share(successes: int, n: int, *, of: int, **more: Any) -> Finding:  # noqa: ANN401
    """Return a count of units with its Wilson interval, scaled to a round number of them.

    Parameters
    ----------
    successes, n : int
        Units that have the property, and all units.
    of : int
        The number that the count is scaled to, as in "8 of 10"; ``n`` leaves it as it is.
    **more
        Further fields of :class:`~neuropil.contracts.Finding`, such as ``note``.

    Returns
    -------
    Finding
        The scaled count, with its interval on the same scale.

    Examples
    --------
    >>> find_share(4, 5, of=10).value
    8.0
    """
    low, high = (of * limit for limit in share_interval(successes, n))
    return Finding(of * successes / n, n, low, high, f"Wilson interval over {n} units", **more)


def find_mean(values: Sequence[float], note: str = "", **more: Any) -> Finding:  # noqa: ANN401
    """Return the mean of a value over seeds, worlds or folds, and the range that it takes.

    Parameters
    ----------
    values : sequence of float
        One for each; the note lists them.
    note : str
        What stands behind the list.
    **more
        Further fields of :class:`~neuropil.contracts.Finding`.

    Returns
    -------
    Finding
        The interval is from the smallest to the largest value.

    Examples
    --------
    >>> found = find_mean([1.0, 2.0, 6.0], "Of three worlds.")
    >>> found.value, found.low, found.high, found.note
    (3.0, 1.0, 6.0, 'Each: 1, 2, 6. Of three worlds.')
    """
    low, high = (float(each(values)) for each in (np.min, np.max))
    words = f"Each: {', '.join(f'{value:.4g}' for value in values)}. {note}".strip()
    return Finding(
        float(np.mean(values)), len(values), low, high, "smallest and largest", note=words, **more
    )
