"""Tiles by block: what is counted, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.sampling.blocks import BlockCounts


def test_counts_are_summed_and_shared():
    counts = BlockCounts.of([0, 5, 2], [10, 10, 4])
    assert (counts.n_blocks, counts.n_tiles, counts.n_bad) == (3, 24, 7)
    assert counts.shares().tolist() == [0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("bad", "tiles", "message"),
    [
        ([1, 3], [2, 2], "block 1: expected a tile or more, and from none to all of them bad, "
         "found 3 bad of 2. Leave out blocks in which no tile could be judged, and count each tile "
         "once."),
        ([0], [0], "block 0: expected a tile or more, and from none to all of them bad, found 0 "
         "bad of 0. Leave out blocks in which no tile could be judged, and count each tile once."),
        ([0, -1], [2, 2], "block 1: expected a tile or more, and from none to all of them bad, "
         "found -1 bad of 2. Leave out blocks in which no tile could be judged, and count each "
         "tile once."),
        ([], [], "blocks: expected bad and all tiles of the same blocks, one or more, found 0 and "
         "0. Give one pair of counts for each block."),
        ([0, 1], [3], "blocks: expected bad and all tiles of the same blocks, one or more, found 2 "
         "and 1. Give one pair of counts for each block."),
        ([0.5], [3], "bad, block 0: expected a whole number, found 0.5. Count whole tiles; leave "
         "out those that could not be judged."),
        ([0, 0], [3, np.nan], "tiles, block 1: expected a whole number, found nan. Count whole "
         "tiles; leave out those that could not be judged."),
        ([[0]], [[3]], "bad: expected one list of whole numbers, found shape (1, 1) of int64. "
         "Count the tiles of each block."),
        (["a"], [3], "bad: expected one list of whole numbers, found shape (1,) of <U1. Count the "
         "tiles of each block."),
    ],
)  # fmt: skip
def test_wrong_counts_are_named(bad, tiles, message):
    with pytest.raises(InputError) as caught:
        BlockCounts(np.array(bad, dtype=None if bad else float), np.array(tiles, ndmin=1))
    assert str(caught.value) == message
