"""The bound without a model: exact where it is known, and against its definition by draws."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.sampling.block_means import bound_mean_above, bound_mean_below
from neuropil.preservation.sampling.independent_tiles import lower_bound, upper_bound


@pytest.mark.parametrize(("n", "bad"), [(4, 0), (12, 3), (5, 5), (40, 1)])
def test_whole_blocks_are_tiles(n, bad):
    shares = np.repeat([1.0, 0.0], [bad, n - bad])
    assert bound_mean_above(shares) == pytest.approx(upper_bound(n, bad), abs=1e-9)
    assert bound_mean_below(shares) == pytest.approx(lower_bound(n, bad), abs=1e-9)


@pytest.mark.parametrize(("n", "bad"), [(8, 1), (15, 4)])
def test_the_recursion_meets_the_binomial_bound(n, bad):
    # Almost whole blocks take the general way; the bound is continuous.
    shares = np.repeat([1.0, 1e-12], [bad, n - bad])
    assert bound_mean_above(shares) == pytest.approx(upper_bound(n, bad), abs=1e-7)


@pytest.mark.parametrize("n", [1, 3, 7, 30])
def test_the_bound_is_the_quantile_of_randomly_weighted_means(n):
    rng = np.random.default_rng(n)
    # Rounded, so that some shares are equal, as those of tiles are.
    shares = rng.random(n).round(1)
    weights = rng.dirichlet(np.ones(n + 1), 200_000)
    drawn = np.quantile(weights @ np.append(np.sort(shares), 1.0), 0.95)
    assert bound_mean_above(shares) == pytest.approx(drawn, abs=3e-3)


def test_more_blocks_and_fewer_bad_tiles_lower_the_bound():
    shares = np.array([0.1, 0.0, 0.3, 0.2])
    assert bound_mean_above(np.tile(shares, 5)) < bound_mean_above(shares)
    assert bound_mean_above(shares / 2) < bound_mean_above(shares)
    assert bound_mean_below(shares) < shares.mean() < bound_mean_above(shares)


@pytest.mark.parametrize("share", [0.3, 0.53, 0.7])
def test_brains_that_fail_block_by_block_are_covered_at_the_level(share):
    # The hardest case at four blocks: a little more than what they exclude.
    chance = sum(
        np.prod([share if bit else 1 - share for bit in bits])
        for bits in np.ndindex(2, 2, 2, 2)
        if bound_mean_above(np.array(bits, float)) >= share
    )
    assert chance >= 0.95


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        ([], "shape (0,)"),
        ([[0.1]], "shape (1, 1)"),
        ([0.1, 1.2], "1.2 in block 1"),
        ([np.nan], "nan in block 0"),
        ([0.1, 0.1, -0.1], "-0.1 in block 2"),
    ],
)
def test_wrong_shares_are_named(shares, found):
    with pytest.raises(InputError) as caught:
        bound_mean_above(shares)
    assert str(caught.value) == (
        f"shares: expected one share from 0 to 1 for each block, found {found}. Divide the bad "
        "tiles of each block by its tiles."
    )
