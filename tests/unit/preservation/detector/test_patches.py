"""Patches show the marks of what they show."""

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.preservation.detector.patches import TrainingSections, draw_batch
from neuropil.preservation.detector.plan import Augmentation, DetectorPlan

STILL = Augmentation(zoom=1.0, gain=0.0, shift=0.0, blur=0.0, noise=0.0, thickness=1)


def _plan(augmentation: Augmentation) -> DetectorPlan:
    return DetectorPlan(batch=6, edge=32, augmentation=augmentation)


def _stripes(n: int) -> np.ndarray:
    """Blocks in which a plane along z is dark every eighth voxel."""
    block = np.zeros((n, n, n), np.float32)
    block[:, :, ::8] = 1.0
    return block


@pytest.mark.parametrize("solid", [True, False])
def test_marks_follow_the_image_through_every_turn(solid: bool) -> None:
    marks = _stripes(40)
    sections = TrainingSections(100 - 50 * marks, marks, solid)
    patches, wanted = draw_batch([sections], _plan(STILL), SeedTree(0).generator())
    assert patches.shape == wanted.shape == (6, 32, 32)
    for patch, mark in zip(patches, wanted, strict=True):
        # A plane along a stripe is of one brightness, and says nothing.
        if mark.std() > 0:
            assert np.corrcoef(patch.ravel(), mark.ravel())[0, 1] < -0.99


def test_serial_sections_are_not_cut_along_other_axes() -> None:
    # Every other section is marked as a whole, and none in part.
    marks = np.zeros((40, 40, 40), np.float32)
    marks[::2] = 1.0
    for solid in (False, True):
        sections = TrainingSections(marks, marks, solid)
        _, wanted = draw_batch([sections], _plan(STILL), SeedTree(0).generator())
        assert (wanted.std(axis=(1, 2)) > 0.01).any() == solid


def test_the_same_seed_draws_the_same_patches() -> None:
    marks = _stripes(32)
    sections = TrainingSections(100 - 50 * marks, marks, solid=True)
    one, other, different = (
        draw_batch([sections], _plan(Augmentation()), SeedTree(seed).generator())
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one[0], different[0])
