"""Generated brains: their share, their patches, and that samples are fair."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.preservation.sampling.patchy_brains import (
    PatchyBrain,
    SamplePlan,
    generate_brain,
    sample_brain,
)


def neighbours_alike(brain: PatchyBrain) -> float:
    """Correlation of a tile with the next one."""
    bad = brain.bad.astype(float)
    return float(np.corrcoef(bad.ravel(), np.roll(bad, 1, axis=0).ravel())[0, 1])


def test_the_share_is_exact_and_patches_grow():
    brains = [
        generate_brain(0.1, patch, np.random.default_rng(0), edge=32) for patch in (0.5, 2, 6)
    ]
    for brain in brains:
        assert brain.share == pytest.approx(0.1, abs=1 / brain.bad.size)
    alike = [neighbours_alike(brain) for brain in brains]
    assert alike[0] < 0.6 < alike[1] < alike[2]


def test_scattered_tiles_come_in_addition():
    brain = generate_brain(0.2, 4.0, np.random.default_rng(1), scattered=0.1, edge=32)
    assert brain.share == pytest.approx(0.2 + 0.8 * 0.1, abs=0.01)


def test_samples_have_the_share_of_the_brain():
    rng = np.random.default_rng(2)
    brain = generate_brain(0.3, 2.0, rng, edge=24)
    counts = sample_brain(brain, SamplePlan(4000, 10), rng)
    assert counts.tiles.tolist() == [10] * 4000
    # Four standard errors of as many independent blocks.
    assert counts.shares().mean() == pytest.approx(brain.share, abs=4 * 0.46 / 4000**0.5)
    again = sample_brain(brain, SamplePlan(3, 64), rng)
    whole = sample_brain(PatchyBrain(np.ones_like(brain.bad)), SamplePlan(3, 64), rng)
    assert whole.bad.tolist() == [64] * 3
    assert again.n_tiles == 192


def test_the_same_seed_gives_the_same_brain():
    first, second = (generate_brain(0.2, 2.0, np.random.default_rng(7), edge=16) for _ in range(2))
    assert (first.bad == second.bad).all()


def test_designs_that_cannot_be_are_refused():
    with pytest.raises(ConfigError) as caught:
        SamplePlan(3, 65)
    assert str(caught.value) == (
        "SamplePlan: expected a block or more with 1 to 64 tiles of each, found 3 with 65. Take "
        "fewer tiles, or larger blocks."
    )
    with pytest.raises(ConfigError) as caught:
        generate_brain(0.2, 12.0, np.random.default_rng(0))
    assert str(caught.value) == (
        "generate_brain: expected shares inside 0 and 1 and a smoothing inside 0 and 12 tiles, "
        "found 0.2, 0.0 and 12.0. Choose smaller patches or a larger brain."
    )
