"""Intervals over blocks lie around the score, and follow it to first order."""

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.measures import (
    bootstrap_variation_of_information,
    compute_variation_of_information,
    tabulate_blocks,
    tabulate_overlaps,
    unite_overlaps,
)


@pytest.fixture(scope="module")
def labels():
    """Bodies along z in pieces of random length, and some segments that run over."""
    rng = np.random.default_rng(0)
    bodies = np.arange(1, 17).reshape(1, 4, 4).repeat(64, axis=0)
    ends = rng.random(bodies.shape) < 0.05
    merged = rng.random(bodies.shape) < 0.1
    segments = np.where(merged, 7, bodies * 100 + np.cumsum(ends, axis=0))
    return tuple(each.repeat(4, axis=1).repeat(4, axis=2) for each in (bodies, segments))


def test_the_interval_lies_around_the_score(labels):
    score = compute_variation_of_information(tabulate_overlaps(*labels))
    found = bootstrap_variation_of_information(tabulate_blocks(*labels, 8), SeedTree(0))
    for name in ("split", "merge", "total"):
        low, high = getattr(found, name)
        assert low < getattr(score, name) < high


def test_pieces_that_are_not_drawn_leave_the_interval_at_the_score():
    # One body with a piece in each of 16 blocks: 4 bits, wherever one looks.
    blocks = tabulate_blocks(np.ones(64, int), np.repeat(np.arange(1, 17), 4), 4)
    found = bootstrap_variation_of_information(blocks, SeedTree(0), n_resamples=100)
    assert found.split == pytest.approx((4, 4))
    # Computed anew from blocks that were drawn, the score falls with the pieces that were not.
    rng = np.random.default_rng(0)
    drawn = [[blocks[k] for k in rng.integers(0, 16, 16)] for _ in range(50)]
    assert all(compute_variation_of_information(unite_overlaps(d)).split < 3.9 for d in drawn)


def test_fixed_surprisals_follow_the_score_to_first_order(labels):
    blocks = [replace(each, voxels=each.voxels * 100_000) for each in tabulate_blocks(*labels, 8)]
    whole = unite_overlaps(blocks)
    score = compute_variation_of_information(whole)
    more = replace(blocks[3], voxels=blocks[3].voxels // 100_000)
    change = compute_variation_of_information(unite_overlaps([*blocks, more])).total - score.total

    def surprisal(block):
        places = np.searchsorted(whole.bodies, block.bodies)[block.body_places]
        others = np.searchsorted(whole.segments, block.segments)[block.segment_places]
        table = np.zeros((len(whole.bodies), len(whole.segments)))
        table[whole.body_places, whole.segment_places] = whole.voxels
        joint = np.log2(whole.body_sizes[places] / table[places, others])
        joint += np.log2(whole.segment_sizes[others] / table[places, others])
        return (block.voxels * joint).sum() / block.n_voxels

    share = more.n_voxels / (whole.n_voxels + more.n_voxels)
    assert change == pytest.approx(share * (surprisal(more) - score.total), rel=1e-3)


def test_a_seed_gives_the_same_interval(labels):
    blocks = tabulate_blocks(*labels, 8)
    first, second = (bootstrap_variation_of_information(blocks, SeedTree(s)) for s in (1, 1))
    assert first == second
    assert first != bootstrap_variation_of_information(blocks, SeedTree(2))


def test_blocks_that_are_all_alike_leave_no_doubt():
    truth = np.tile([1, 1, 1, 1], 8)
    blocks = tabulate_blocks(truth, np.tile([1, 1, 2, 2], 8), 4)
    found = bootstrap_variation_of_information(blocks, SeedTree(0), n_resamples=50)
    assert (found.split, found.merge, found.total) == ((1, 1), (0, 0), (1, 1))


def test_two_blocks_have_no_interval(labels):
    found = bootstrap_variation_of_information(tabulate_blocks(*labels, 32), SeedTree(0))
    assert (found.split, found.total) == ((None, None), (None, None))
