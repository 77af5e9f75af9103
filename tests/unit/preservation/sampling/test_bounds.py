"""All bounds of one sample, side by side."""

from __future__ import annotations

import pytest

from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.bounds import bound_fraction
from neuropil.preservation.sampling.independent_tiles import upper_bound


def test_clean_blocks_count_as_tiles_whatever_tiles_they_have():
    found = bound_fraction(BlockCounts.of([0] * 4, 50))
    assert found.high == pytest.approx(upper_bound(4))
    assert found.model_high == pytest.approx(upper_bound(4), abs=1e-4)
    assert found.tile_high == upper_bound(200)
    assert (found.low, found.share, found.worth, found.least_worth) == (0, 0, 4, 4)


def test_bounds_are_in_order_where_blocks_differ():
    found = bound_fraction(BlockCounts.of([0, 7, 1, 0, 0, 2], 10))
    assert found.low < found.share < found.tile_high < found.model_high < found.high
    assert 6 <= found.least_worth < found.worth < 60


def test_all_bad_excludes_nothing_from_above():
    found = bound_fraction(BlockCounts.of([5, 5], 5))
    assert found.high == found.model_high == found.tile_high == 1
    assert found.low == pytest.approx(0.05**0.5)
