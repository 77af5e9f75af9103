"""All that blocks of tiles say about the bad share of a brain, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from neuropil.preservation.sampling.block_means import bound_mean_above, bound_mean_below
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.correlation import (
    BlockCorrelation,
    bound_beta_binomial,
    estimate_correlation,
    worth_of_tiles,
)
from neuropil.preservation.sampling.independent_tiles import upper_bound

__all__ = ["FractionBounds", "bound_fraction"]


@dataclass(frozen=True, slots=True)
class FractionBounds:
    """Bounds of the bad share of a brain from blocks of tiles.

    Parameters
    ----------
    counts : BlockCounts
        What was judged.
    level : float
        Confidence of each bound.
    share : float
        Mean share of bad tiles over blocks.
    low, high : float
        Bounds that hold however failure is clustered; a verdict rests on these.
    model_high : float
        Upper bound where block shares follow a beta distribution.
    tile_high : float
        Upper bound as if tiles were independent. It is too low where failure is patchy.
    correlation : BlockCorrelation
        Of failure inside blocks.
    worth, least_worth : float
        Independent tiles that would say as much, at the correlation of greatest likelihood and at
        the upper end of its interval; ``worth`` is the least where the counts do not tell.
    """

    counts: BlockCounts
    level: float
    share: float
    low: float
    high: float
    model_high: float
    tile_high: float
    correlation: BlockCorrelation
    worth: float
    least_worth: float


def bound_fraction(counts: BlockCounts, level: float = 0.95) -> FractionBounds:
    """Bound the bad share of a brain by blocks that were drawn at random from it.

    Damage is patchy: where blood did not reach, all tiles fail. Blocks, and not tiles, are
    therefore the independent units. The bounds ``low`` and ``high`` use the mean of block shares
    and no model. A beta-binomial model gives a tighter bound, ``model_high``, when it is right; it
    is not where most bad tissue lies in a few territories that no block happened to meet while
    scattered bad tiles make the blocks look alike.

    Parameters
    ----------
    counts : BlockCounts
        Judged tiles by block.
    level : float
        Confidence of each bound, one-sided.

    Returns
    -------
    FractionBounds
        Bounds, correlation and effective sample sizes.

    Raises
    ------
    InputError
        When the level is not inside 0 and 1.

    Examples
    --------
    >>> found = bound_fraction(BlockCounts.of([0, 0, 0, 0], 10))
    >>> round(found.high, 3), round(found.tile_high, 3), found.least_worth
    (0.527, 0.072, 4.0)
    """
    shares = counts.shares()
    correlation = estimate_correlation(counts, level)
    likely = correlation.high if correlation.value is None else correlation.value
    return FractionBounds(
        counts=counts,
        level=level,
        share=float(shares.mean()),
        low=bound_mean_below(shares, level),
        high=bound_mean_above(shares, level),
        model_high=bound_beta_binomial(counts, correlation.high, level),
        tile_high=upper_bound(counts.n_tiles, counts.n_bad, level),
        correlation=correlation,
        worth=worth_of_tiles(counts, likely),
        least_worth=worth_of_tiles(counts, correlation.high),
    )
