"""How alike the tiles of one block are, and what tiles are worth when they fail together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betaln, gammaln
from scipy.stats import t as student

from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.independent_tiles import check_level, upper_bound

__all__ = ["BlockCorrelation", "bound_beta_binomial", "estimate_correlation", "worth_of_tiles"]

Floats = npt.NDArray[np.float64]

# Steps of an eighth of a unit of the logit: finer than any interval of a correlation is known.
_CORRELATIONS = 1 / (1 + np.exp(-np.linspace(-8, 8, 129)))
_SHARES = 1 / (1 + np.exp(-np.linspace(-10, 10, 161)))
# At 1 itself a block is wholly good or bad, and the beta distribution has no density.
_NEARLY_ONE = 1 - 1e-6
# A thousandth of a per cent, which is less than any bound is printed to.
_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class BlockCorrelation:
    """Correlation of failure between two tiles of one block.

    Parameters
    ----------
    value : float or None
        Of greatest likelihood, 0 for independent tiles and 1 for blocks that fail as a whole; None
        where the counts say nothing about it.
    low, high : float
        Interval; 0 and 1 where they say nothing.
    level : float
        Confidence of each end.
    """

    value: float | None
    low: float
    high: float
    level: float


def estimate_correlation(counts: BlockCounts, level: float = 0.95) -> BlockCorrelation:
    r"""Estimate the correlation of failure inside blocks, with an interval.

    Bad tiles of a block follow a beta-binomial law: the block's own share is drawn from a beta
    distribution of mean p and correlation r, its tiles are bad with that share. The interval holds
    the r whose likelihood, with the best p for each, is near the greatest; how near is decided by
    Student's t with one degree of freedom less than there are blocks, since few blocks tell little
    about how blocks differ. The two-sided quantile is used for each end: likelihood takes the mean
    of the blocks as known and makes them too much alike, so that with the one-sided quantile of
    95 % the upper end held in 88 to 93 % of generated samples.

    Parameters
    ----------
    counts : BlockCounts
        Judged tiles by block.
    level : float
        Confidence of either end.

    Returns
    -------
    BlockCorrelation
        From 0 to 1 where no tile is bad, all are, each block has one, or there is one block: these
        say nothing about the correlation.

    Raises
    ------
    InputError
        When the level is not inside 0 and 1.

    Examples
    --------
    >>> clean = estimate_correlation(BlockCounts.of([0, 0, 0, 0], 10))
    >>> clean.value, clean.low, clean.high
    (None, 0.0, 1.0)
    """
    check_level(level)
    told = 0 < counts.n_bad < counts.n_tiles and counts.n_blocks > 1 and counts.tiles.max() > 1
    if not told:
        return BlockCorrelation(None, 0.0, 1.0, level)
    profile = _log_likelihood(counts).max(axis=0)
    # Twice the drop in log-likelihood is the square of a normal deviate, and here of Student's.
    allowed = float(student.ppf((1 + level) / 2, counts.n_blocks - 1)) ** 2
    inside = np.flatnonzero(2 * (profile.max() - profile) <= allowed)
    first, last = int(inside[0]), int(inside[-1])
    return BlockCorrelation(
        value=float(_CORRELATIONS[profile.argmax()]) if profile.argmax() else 0.0,
        low=float(_CORRELATIONS[first]) if first else 0.0,
        high=float(_CORRELATIONS[last]) if last < len(_CORRELATIONS) - 1 else 1.0,
        level=level,
    )


def worth_of_tiles(counts: BlockCounts, correlation: float) -> float:
    """Return how many independent tiles would say as much as these (effective sample size).

    Parameters
    ----------
    counts : BlockCounts
        Judged tiles by block.
    correlation : float
        Of failure inside a block, from 0 to 1.

    Returns
    -------
    float
        The tiles over 1 + (m - 1) times the correlation, where m is the number of tiles in the
        block of a random tile: all tiles at 0, and as many as there are blocks at 1 where these are
        equally large.

    References
    ----------
    Kish 1965, Survey Sampling, for the design effect.
    """
    tiles = counts.tiles.astype(np.float64)
    partners = float(np.square(tiles).sum() / tiles.sum()) - 1
    return float(tiles.sum() / (1 + partners * correlation))


def bound_beta_binomial(counts: BlockCounts, correlation: float, level: float = 0.95) -> float:
    """Bound the bad share from above where block shares follow a beta distribution.

    Parameters
    ----------
    counts : BlockCounts
        Judged tiles by block.
    correlation : float
        Of failure inside a block; the upper end of its interval, for a bound that does not rest on
        a correlation that few blocks happened to show.
    level : float
        Confidence, one-sided.

    Returns
    -------
    float
        The largest share under which so few bad tiles are not rarer than 1 - ``level``.

    Raises
    ------
    InputError
        When the level is not inside 0 and 1.
    """
    check_level(level)
    if counts.n_bad == counts.n_tiles or counts.tiles.max() == 1:
        return upper_bound(counts.n_tiles, counts.n_bad, level)
    # At 0 the beta distribution is a point, and needs no more than a thin one.
    held = float(np.clip(correlation, 1 - _NEARLY_ONE, _NEARLY_ONE))

    def excess(share: float) -> float:
        return _at_most(counts, share, held) - (1 - level)

    return float(brentq(excess, _TOLERANCE / 10, 1 - _TOLERANCE / 10, xtol=_TOLERANCE))


def _log_likelihood(counts: BlockCounts) -> Floats:
    """Return the log-likelihood of (share, correlation), up to a constant."""
    spread = (1 - _CORRELATIONS) / _CORRELATIONS
    first, second = _SHARES[:, None] * spread, (1 - _SHARES[:, None]) * spread
    alike, times = np.unique(np.stack([counts.bad, counts.tiles]), axis=1, return_counts=True)
    total = np.zeros(first.shape)
    for bad, tiles, n in zip(*alike, times, strict=True):
        total += n * (betaln(bad + first, tiles - bad + second) - betaln(first, second))
    return total


def _at_most(counts: BlockCounts, share: float, correlation: float) -> float:
    """Return the probability of no more bad tiles than were found."""
    spread = (1 - correlation) / correlation
    total = np.ones(1)
    for tiles, blocks in zip(*np.unique(counts.tiles, return_counts=True), strict=True):
        law = _mass(int(tiles), share * spread, (1 - share) * spread)
        total = _add(total, _repeat(law, int(blocks), counts.n_bad), counts.n_bad)
    return float(total.sum())


def _repeat(law: Floats, times: int, most: int) -> Floats:
    """Return the law of a sum of so many draws, up to ``most``."""
    total, power = np.ones(1), law[: most + 1]
    # Squares: a thousand clean blocks take ten steps.
    while times:
        if times % 2:
            total = _add(total, power, most)
        power, times = _add(power, power, most), times // 2
    return total


def _add(first: Floats, second: Floats, most: int) -> Floats:
    return np.convolve(first, second)[: most + 1]


def _mass(tiles: int, first: float, second: float) -> Floats:
    bad = np.arange(tiles + 1)
    ways = gammaln(tiles + 1) - gammaln(bad + 1) - gammaln(tiles - bad + 1)
    mass: Floats = np.exp(ways + betaln(bad + first, tiles - bad + second) - betaln(first, second))
    return mass
