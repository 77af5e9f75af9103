"""What independent tiles say: exact bounds of a share, and the tiles a claim needs."""

from __future__ import annotations

import math

from scipy.special import betaincinv
from scipy.stats import binom

from neuropil.contracts import InputError

__all__ = ["check_level", "lower_bound", "tiles_needed", "upper_bound"]

_REPAIR_LEVEL = "Write 0.95 for 95 %."


def upper_bound(n: int, bad: int = 0, level: float = 0.95) -> float:
    """Bound a bad share from above by independent tiles.

    Parameters
    ----------
    n : int
        Tiles, each from a place of its own that was drawn at random.
    bad : int
        Tiles that were found bad.
    level : float
        Confidence, one-sided.

    Returns
    -------
    float
        The largest share under which so few bad tiles are not rarer than 1 - ``level``; without a
        bad tile 1 - (1 - level)^(1/n).

    Raises
    ------
    InputError
        When there is no tile, bad tiles are not from none to all, or the level is not inside 0 and
        1; give the counts and 0.95 for 95 %.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404.

    Examples
    --------
    Four clean blocks, as one whole brain was judged:

    >>> round(upper_bound(4), 3)
    0.527
    """
    _check_counts(n, bad)
    check_level(level)
    return 1.0 if bad == n else float(betaincinv(bad + 1, n - bad, level))


def lower_bound(n: int, bad: int, level: float = 0.95) -> float:
    """Bound a bad share from below by independent tiles.

    Parameters
    ----------
    n, bad : int
        All tiles, and those found bad.
    level : float
        Confidence, one-sided.

    Returns
    -------
    float
        0 without a bad tile.

    Raises
    ------
    InputError
        As :func:`upper_bound`.
    """
    # The good share is bounded from above.
    return 1.0 - upper_bound(n, n - bad, level) if bad else 0.0


def tiles_needed(fraction: float, level: float = 0.95, bad: int = 0) -> int:
    """Count the independent tiles after which a claim "less than this share is bad" holds.

    Parameters
    ----------
    fraction : float
        The claimed share, inside 0 and 1.
    level : float
        Confidence, one-sided.
    bad : int
        Bad tiles among them.

    Returns
    -------
    int
        The fewest tiles whose upper bound does not exceed the share.

    Raises
    ------
    InputError
        When the share or the level is not inside 0 and 1, or bad tiles are negative.

    Examples
    --------
    >>> [tiles_needed(share) for share in (0.1, 0.05, 0.01, 0.001)]
    [29, 59, 299, 2995]
    """
    check_level(level)
    if not 0 < fraction < 1:
        raise InputError(
            f"expected a share inside 0 and 1, found {fraction!r}",
            where="fraction",
            repair="Write 0.01 for 1 %; no number of tiles shows that nothing is bad.",
        )
    if bad < 0:
        raise InputError(
            f"expected 0 bad tiles or more, found {bad}",
            where="bad",
            repair="Count the bad tiles.",
        )

    def too_few(n: int) -> bool:
        return float(binom.cdf(bad, n, fraction)) > 1 - level

    # Doubling and halving: closed forms of the logarithm are off by one where n is whole.
    low, high = bad, bad + 1
    while too_few(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if too_few(middle) else (low, middle)
    return high


def check_level(level: float) -> None:
    """Refuse a confidence that is not inside 0 and 1.

    Raises
    ------
    InputError
        When it is not; 95 % is 0.95.
    """
    if not (math.isfinite(level) and 0 < level < 1):
        raise InputError(
            f"expected a confidence inside 0 and 1, found {level!r}",
            where="level",
            repair=_REPAIR_LEVEL,
        )


def _check_counts(n: int, bad: int) -> None:
    whole = all(float(count).is_integer() for count in (n, bad) if math.isfinite(count))
    if not (math.isfinite(n) and math.isfinite(bad) and whole and n >= 1 and 0 <= bad <= n):
        raise InputError(
            f"expected a tile or more, and from none to all of them bad, found {bad!r} bad of "
            f"{n!r}",
            where="tiles",
            repair="Count the tiles that could be judged, and the bad ones among them.",
        )
