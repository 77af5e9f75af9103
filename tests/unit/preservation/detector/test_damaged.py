"""Damaged copies keep the marks of what was there."""

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.detector.damaged import damage_training_sections
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.marks import mark_membranes
from neuropil.preservation.detector.plan import DetectorPlan


@pytest.fixture(scope="module")
def tissue() -> Volume:
    return datasets.load("synthetic-neurites", kind=Volume)


def test_an_erased_membrane_is_still_marked(tissue):
    found = damage_training_sections(tissue, [10, 30], lambda _: [Gaps(0.3)], SeedTree(0))
    assert found.image.shape == found.marks.shape == (2, *tissue.shape[1:])
    assert not found.solid
    marks = mark_membranes(tissue.segmentation("truth")[10:31], tissue.voxel_size)
    np.testing.assert_array_equal(found.marks[0], marks[0])
    bright = [found.image[0][found.marks[0] > 0].mean(), tissue.read_image()[10][marks[0]].mean()]
    assert bright[0] > bright[1] + 5


def test_smaller_copies_are_mirrored_to_the_frame(tissue):
    found = damage_training_sections(tissue, [10], lambda _: [Shrinkage(0.6)], SeedTree(0))
    assert found.image.shape == (1, *tissue.shape[1:])
    np.testing.assert_array_equal(found.image[0, -1], found.image[0, -2 * _lost(tissue) - 0])


def _lost(tissue: Volume) -> int:
    """Rows that a section loses when its volume shrinks to .6, about half of which is mirrored."""
    n = tissue.shape[1]
    return n - round(n * 0.6 ** (1 / 3))


def test_half_of_the_patches_may_come_from_damaged_copies(tissue):
    plan = DetectorPlan(pixel_size=16.0, widths=(8,), steps=10, batch=2, edge=48, rate=1e-2)
    beside = damage_training_sections(tissue, [10, 12], lambda _: [Gaps(0.2)], SeedTree(0))
    with_copies, without = (
        MembraneDetector(plan).fit(tissue, sections=range(8), seed=SeedTree(0), beside=one)
        for one in (beside, None)
    )
    alone = tissue.crop((slice(20, 21), slice(None), slice(None)))
    assert not np.array_equal(with_copies.predict(alone), without.predict(alone))


def test_no_section_is_refused(tissue):
    with pytest.raises(InputError, match="expected one section or more"):
        damage_training_sections(tissue, [], lambda _: [Gaps(0.2)], SeedTree(0))
