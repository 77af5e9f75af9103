"""The correlation inside blocks: what counts tell of it, and what they do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.correlation import (
    bound_beta_binomial,
    estimate_correlation,
    worth_of_tiles,
)
from neuropil.preservation.sampling.independent_tiles import upper_bound


@pytest.mark.parametrize(
    "counts",
    [
        BlockCounts.of([0, 0, 0, 0], 10),
        BlockCounts.of([10, 10], 10),
        BlockCounts.of([1, 0, 0], 1),
        BlockCounts.of([3], 10),
    ],
)
def test_counts_that_do_not_tell_leave_everything_open(counts):
    found = estimate_correlation(counts)
    assert (found.value, found.low, found.high) == (None, 0, 1)


def test_few_blocks_that_look_alike_are_not_taken_for_independent():
    few = estimate_correlation(BlockCounts.of([2, 2, 2, 2], 10))
    many = estimate_correlation(BlockCounts.of([2] * 60, 10))
    assert few.value == many.value == 0
    assert few.high > 0.2
    assert many.high < 0.02


def test_blocks_that_fail_whole_are_correlated():
    found = estimate_correlation(BlockCounts.of([10, 0, 0, 10, 0, 0, 0, 0], 10))
    assert found.value is not None
    assert found.value > 0.99
    assert found.high == 1


def test_a_planted_correlation_is_found():
    rng = np.random.default_rng(0)
    correlation, share = 0.3, 0.25
    spread = (1 - correlation) / correlation
    own = rng.beta(share * spread, (1 - share) * spread, 400)
    found = estimate_correlation(BlockCounts(rng.binomial(20, own), np.full(400, 20)))
    assert found.value == pytest.approx(correlation, abs=0.05)
    assert found.low < correlation < found.high < 0.4


def test_the_law_of_the_sum_is_that_of_scipy():
    counts, correlation, share = BlockCounts.of([1, 0, 2], [6, 4, 6]), 0.4, 0.2
    spread = (1 - correlation) / correlation
    first, second = share * spread, (1 - share) * spread
    law = np.ones(1)
    for tiles in counts.tiles:
        law = np.convolve(law, betabinom.pmf(np.arange(tiles + 1), tiles, first, second))
    at_most = law[: counts.n_bad + 1].sum()
    assert bound_beta_binomial(counts, correlation, 1 - at_most) == pytest.approx(share, abs=1e-4)


def test_the_bound_is_between_tiles_and_blocks():
    counts = BlockCounts.of([0] * 5, 10)
    tiles, blocks = upper_bound(50), upper_bound(5)
    assert bound_beta_binomial(counts, 0.0) == pytest.approx(tiles, abs=1e-4)
    assert bound_beta_binomial(counts, 1.0) == pytest.approx(blocks, abs=1e-4)
    assert tiles < bound_beta_binomial(counts, 0.3) < blocks
    assert bound_beta_binomial(BlockCounts.of([2, 2], 2), 0.3) == 1
    assert bound_beta_binomial(BlockCounts.of([1, 0, 0], 1), 0.3) == upper_bound(3, 1)


def test_tiles_are_worth_from_blocks_to_tiles():
    counts = BlockCounts.of([0] * 5, 10)
    assert worth_of_tiles(counts, 0.0) == 50
    assert worth_of_tiles(counts, 1.0) == pytest.approx(5)
    assert worth_of_tiles(counts, 0.1) == pytest.approx(50 / 1.9)
    # A tile alone in its block has no partner.
    assert worth_of_tiles(BlockCounts.of([0, 0], 1), 0.7) == 2
