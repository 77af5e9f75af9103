"""Exact bounds of independent tiles, against the published sizes of samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from neuropil.contracts import InputError
from neuropil.preservation.sampling.independent_tiles import (
    lower_bound,
    tiles_needed,
    upper_bound,
)


def test_four_clean_blocks_exclude_little():
    assert upper_bound(4) == pytest.approx(0.527129195, abs=1e-9)
    assert upper_bound(4) == pytest.approx(1 - 0.05**0.25, abs=1e-14)


@pytest.mark.parametrize(
    ("fraction", "tiles"), [(0.1, 29), (0.05, 59), (0.01, 299), (0.001, 2995), (1e-6, 2995731)]
)
def test_a_claim_needs_so_many_clean_tiles(fraction, tiles):
    assert tiles_needed(fraction) == tiles
    assert upper_bound(tiles) <= fraction < upper_bound(tiles - 1)


def test_a_bad_tile_makes_a_claim_dearer():
    assert [tiles_needed(0.01, bad=bad) for bad in (0, 1, 2)] == [299, 473, 628]
    assert tiles_needed(0.5, level=0.75) == 2  # (1 / 2)^2 is a quarter, exactly


@pytest.mark.parametrize(("n", "bad"), [(1, 0), (1, 1), (20, 0), (20, 3), (300, 299), (50, 50)])
def test_bounds_are_those_of_clopper_and_pearson(n, bad):
    high = binomtest(bad, n, alternative="less").proportion_ci(0.95).high
    low = binomtest(bad, n, alternative="greater").proportion_ci(0.95).low
    assert upper_bound(n, bad) == pytest.approx(high, abs=1e-12)
    assert lower_bound(n, bad) == pytest.approx(low, abs=1e-12)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
def test_the_bound_covers_at_least_at_its_level(share):
    bad = np.arange(31)
    covers = np.array([upper_bound(30, int(each)) for each in bad]) >= share
    assert binom.pmf(bad, 30, share)[covers].sum() >= 0.95


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: upper_bound(0), "tiles: expected a tile or more, and from none to all of them "
         "bad, found 0 bad of 0. Count the tiles that could be judged, and the bad ones among "
         "them."),
        (lambda: upper_bound(4, 5), "tiles: expected a tile or more, and from none to all of them "
         "bad, found 5 bad of 4. Count the tiles that could be judged, and the bad ones among "
         "them."),
        (lambda: upper_bound(float("nan")), "tiles: expected a tile or more, and from none to all "
         "of them bad, found 0 bad of nan. Count the tiles that could be judged, and the bad ones "
         "among them."),
        (lambda: upper_bound(4, level=95), "level: expected a confidence inside 0 and 1, found 95. "
         "Write 0.95 for 95 %."),
        (lambda: tiles_needed(0), "fraction: expected a share inside 0 and 1, found 0. Write 0.01 "
         "for 1 %; no number of tiles shows that nothing is bad."),
        (lambda: tiles_needed(0.1, bad=-1), "bad: expected 0 bad tiles or more, found -1. Count "
         "the bad tiles."),
    ],
)  # fmt: skip
def test_wrong_numbers_are_named(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
