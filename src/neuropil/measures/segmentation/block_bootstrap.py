"""Intervals of the score of one volume, over the blocks that it consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.measures.segmentation.overlaps import Overlaps, unite_overlaps
from neuropil.measures.segmentation.partitions import surprisals

__all__ = ["VariationIntervals", "bootstrap_variation_of_information"]

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float] | tuple[None, None]

_FEWEST_BLOCKS = 3  # as for all bootstrap intervals here: two have three resamples


@dataclass(frozen=True)
class VariationIntervals:
    """95 % intervals of the variation of information [bits]; None and None without an interval.

    Parameters
    ----------
    split : tuple of float
        Lowest and highest H(segmentation | truth).
    merge : tuple of float
        Lowest and highest H(truth | segmentation).
    total : tuple of float
        Lowest and highest sum of both.
    """

    split: Interval
    merge: Interval
    total: Interval


def bootstrap_variation_of_information(
    blocks: Sequence[Overlaps], seed: SeedTree, n_resamples: int = 2000
) -> VariationIntervals:
    """Compute intervals of the variation of information by resampling blocks of the volume.

    The score is the mean over voxels of how surprising the segment of a voxel is given its body,
    and the other way round. Blocks are drawn with replacement, and the mean is taken over their
    voxels; how surprising a pair is stays what it is in the whole volume. Computing the score anew
    from the drawn blocks would be wrong: a body in four pieces, of which three are drawn, is in
    three pieces, so that most resamples lie below the score (97 % for the splits of FIB-25's
    watershed in 64 blocks). The mean of fixed surprisals changes with the blocks as the score does,
    to first order.

    The interval says how much the score depends on which tissue was scored, if errors in different
    blocks have nothing to do with each other. Neurons that pass through many blocks make it too
    narrow; larger blocks are safer, and fewer.

    Parameters
    ----------
    blocks : sequence of Overlaps
        Of blocks that tile the volume, as :func:`tabulate_blocks` gives them.
    seed : SeedTree
        Seed of the resampling.
    n_resamples : int
        Number of resamples.

    Returns
    -------
    VariationIntervals
        From the 2.5th to the 97.5th percentile; without an interval for fewer than three blocks.

    References
    ----------
    Davison and Hinkley 1997, Bootstrap Methods and their Application, sections 2.7 and 8.3.
    """
    if len(blocks) < _FEWEST_BLOCKS:
        return VariationIntervals((None, None), (None, None), (None, None))
    sums = _sum_surprisals(blocks)
    rng = seed.child("blocks").generator()
    n_blocks = len(blocks)
    drawn = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)
    voxels, split, merge = (drawn @ sums).T
    return VariationIntervals(
        *(_interval(each / voxels) for each in (split, merge, split + merge)),
    )


def _sum_surprisals(blocks: Sequence[Overlaps]) -> Floats:
    """Sum voxels and their two surprisals in each block, (n_blocks, 3)."""
    whole = unite_overlaps(blocks)
    of_segment, of_body = surprisals(whole)
    keys = whole.body_places * len(whole.segments) + whole.segment_places
    sums = np.zeros((len(blocks), 3))
    for row, block in zip(sums, blocks, strict=True):
        body = np.searchsorted(whole.bodies, block.bodies)[block.body_places]
        segment = np.searchsorted(whole.segments, block.segments)[block.segment_places]
        place = np.searchsorted(keys, body * len(whole.segments) + segment)
        row[:] = block.n_voxels, block.voxels @ of_segment[place], block.voxels @ of_body[place]
    return sums


def _interval(values: Floats) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
