"""What samples say of brains and tissue in which failure comes in patches."""

from __future__ import annotations

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.claims.sampling_pieces import cover_rates
from neuropil.preservation.sampling.block_means import bound_mean_above
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.bounds import bound_fraction
from neuropil.preservation.sampling.independent_tiles import upper_bound
from neuropil.preservation.sampling.patchy_brains import (
    SamplePlan,
    generate_brain,
    sample_brain,
)

BRAINS = 250


def _cover(patch: float, share: float) -> tuple[float, float]:
    """Return how often the bounds of blocks and of tiles hold."""
    covered = np.zeros(2)
    for index in range(BRAINS):
        rng = SeedTree(0).child(f"{patch:g}").child(index).generator()
        brain = generate_brain(share, patch, rng, edge=24)
        counts = sample_brain(brain, SamplePlan(12, 10), rng)
        tiles = upper_bound(counts.n_tiles, counts.n_bad)
        covered += np.array([bound_mean_above(counts.shares()), tiles]) >= brain.share
    blocks, tiles = covered / BRAINS
    return float(blocks), float(tiles)


def test_blocks_cover_patchy_brains_and_tiles_do_not():
    blocks, tiles = _cover(patch=4.0, share=0.2)
    assert blocks >= 0.94
    assert tiles < 0.8


def test_tiles_cover_brains_without_patches():
    blocks, tiles = _cover(patch=0.05, share=0.2)
    assert blocks >= 0.94
    assert tiles >= 0.92  # 0.95 less two standard errors of so many brains


def test_rare_territories_deceive_a_model_and_not_the_blocks():
    """Most bad tissue is in blocks that fail as a whole; scattered tiles make the rest alike."""
    rng = np.random.default_rng(0)
    share, whole = 0.05, 0.0375
    scattered = (share - whole) / (1 - whole)
    covered = np.zeros(2)
    for _ in range(100):
        bad = np.where(rng.random(30) < whole, 10, rng.binomial(10, scattered, 30))
        found = bound_fraction(BlockCounts(bad, np.full(30, 10)))
        covered += np.array([found.high, found.model_high]) >= share
    blocks, model = covered / 100
    assert blocks >= 0.94
    assert model < 0.85


def test_rates_of_blocks_that_differ_are_covered():
    found = cover_rates(1500, 3)
    assert found["blocks"] / found["n"] >= 0.94
    assert found["poisson"] / found["n"] < 0.9
