import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.proofreading.merges.real import BodyDetectors
from neuropil.proofreading.tasks.items import Item, Piece


def grid(rng: np.random.Generator) -> np.ndarray:
    """Draw rods along y and along x that touch where they cross, layer upon layer."""
    labels = np.zeros((220, 60, 60), np.uint16)
    name = 1
    for layer, z in enumerate(range(0, 220, 10)):
        for start in range(4, 56, 18):
            at = start + int(rng.integers(-2, 3))
            rod = (slice(z, z + 10), slice(None), slice(at, at + 10))
            if layer % 2:
                rod = (rod[0], rod[2], rod[1])
            labels[rod] = name
            name += 1
    return labels


@pytest.mark.slow
def test_rods_that_are_merged_score_higher_than_single_ones() -> None:
    truth = grid(np.random.default_rng(0))
    labels = truth.copy()
    items = []
    # Three rods a layer: the first of one layer crosses the first of the next.
    for layer in (0, 4, 16, 20):
        one, other, single = 3 * layer + 1, 3 * layer + 4, 3 * layer + 2
        labels[labels == other] = one
        z = (10 * layer + 10) * 30.0
        facts = {"contact_nm": [z, *(np.argwhere(labels == one).mean(0)[1:] * 30.0)]}
        for label, answer in ((one, "1"), (single, "-1")):
            shown = (Piece((label,)),)
            items.append(
                Item("merge-error-binary", shown, (z, 900, 900), 2000, answer, "rods", facts=facts)
            )
    detectors = BodyDetectors.train(truth, (30.0, 30.0, 30.0), 1.0, 40, SeedTree(0))
    said = detectors.judge(labels, items, SeedTree(0))
    assert (said.chance > 0).all()
    assert (said.chance < 1).all()
    assert said.merged.tolist() == [True, False] * 4
    assert np.mean(said.score[::2] > said.score[1::2]) >= 0.75
