"""A bound of the mean of block shares that assumes nothing about how failure is clustered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from neuropil.contracts import InputError
from neuropil.preservation.sampling.independent_tiles import check_level, upper_bound

__all__ = ["bound_mean_above", "bound_mean_below"]

Floats = npt.NDArray[np.float64]

# Finer than any share that is printed, coarser than rounding in the recursion.
_TOLERANCE = 1e-9


def bound_mean_above(shares: npt.ArrayLike, level: float = 0.95) -> float:
    r"""Bound the mean of values inside 0 and 1 from above, whatever their distribution.

    The values are weighted by the gaps between random points of the unit interval, with a further
    value of 1; the bound is the quantile of that weighted mean. Where all values are 0 or 1 it is
    the exact binomial bound, so that clean blocks count as so many tiles, however many tiles each
    has.

    Parameters
    ----------
    shares : (n_blocks,) array
        One value inside 0 and 1 for each block, such as its share of bad tiles. Blocks are
        independent draws from the brain.
    level : float
        Confidence, one-sided.

    Returns
    -------
    float
        At least the mean of the values.

    Raises
    ------
    InputError
        When there is no value, one is not inside 0 and 1, or the level is not.

    Notes
    -----
    With D uniform on the simplex, ``P(sum D_i x_i > t) = P(sum_up a_i E_i > sum_down b_j E_j)`` for
    exponential E, where a and b are the distances of the values above and below t. The two sums
    race: the next stretch of the upper one ends first with probability ``b / (a + b)``, and what is
    left of the other is exponential again. This gives the distribution exactly, without draws.

    The bound keeps its level for every distribution and any number of blocks: Gaffke conjectured
    it, Vlassis and Thomas proved it. It asks that blocks are independent, and of tiles nothing.

    References
    ----------
    Gaffke 2005, Three test statistics for a nonparametric one-sided hypothesis on the mean of a
    nonnegative variable, Math. Methods Stat. 14:451. Learned-Miller and Thomas 2019,
    arXiv:1905.06208, for the bound of values inside 0 and 1. Vlassis and Thomas 2026,
    arXiv:2607.08415, for the proof.

    Examples
    --------
    >>> round(bound_mean_above([0, 0, 0, 0]), 3), round(bound_mean_above([0, 0, 0, 0.3]), 3)
    (0.527, 0.567)
    """
    values = _check_shares(shares)
    check_level(level)
    ones = int((values == 1).sum())
    if ones + int((values == 0).sum()) == values.size:
        return upper_bound(values.size, ones, level)
    points = np.append(values, 1.0)

    def excess(t: float) -> float:
        return _exceed(points, t) - (1 - level)

    return float(brentq(excess, 0.0, 1.0, xtol=_TOLERANCE))


def bound_mean_below(shares: npt.ArrayLike, level: float = 0.95) -> float:
    """Bound the mean of values inside 0 and 1 from below, whatever their distribution.

    Parameters
    ----------
    shares : (n_blocks,) array
        As for :func:`bound_mean_above`.
    level : float
        Confidence, one-sided.

    Returns
    -------
    float
        At most the mean of the values.

    Raises
    ------
    InputError
        As :func:`bound_mean_above`.
    """
    return 1.0 - bound_mean_above(1.0 - _check_shares(shares), level)


def _exceed(points: Floats, t: float) -> float:
    """Return the probability that the randomly weighted mean of the points is above t."""
    up, down = points[points > t] - t, t - points[points <= t]
    if not up.size or not down.size:
        return float(up.size > 0)
    # won[i]: probability that i stretches of the upper sum are longer than both - i of the lower.
    # Those of one diagonal do not depend on each other, and surveys have thousands of blocks.
    won = np.zeros(up.size + 1)
    won[1] = 1.0
    for both in range(2, up.size + down.size + 1):
        first, last = max(1, both - down.size), min(up.size, both - 1)
        a = up[first - 1 : last]
        b = down[both - last - 1 : both - first][::-1]
        won[first : last + 1] = (b * won[first - 1 : last] + a * won[first : last + 1]) / (a + b)
        if both <= up.size:
            won[both] = 1.0
    return float(won[-1])


def _check_shares(shares: npt.ArrayLike) -> Floats:
    values = np.asarray(shares, dtype=np.float64)
    wrong = ~((values >= 0) & (values <= 1))
    if values.ndim != 1 or not values.size or wrong.any():
        found = f"shape {values.shape}"
        if values.ndim == 1 and values.size:
            found = f"{values[wrong][0]} in block {int(wrong.argmax())}"
        raise InputError(
            f"expected one share from 0 to 1 for each block, found {found}",
            where="shares",
            repair="Divide the bad tiles of each block by its tiles.",
        )
    return values
