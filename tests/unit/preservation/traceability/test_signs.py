"""Signs of a segmentation whose fragments and joins are known."""

import numpy as np
import pytest

from neuropil.preservation.segmenting.joining import JoinTree
from neuropil.preservation.segmenting.segments import Fragmentation
from neuropil.preservation.traceability.signs import SIGNS, read_signs


@pytest.fixture
def four() -> Fragmentation:
    """Four fragments of a quarter each: two are joined at .2, these and a third at .6."""
    fragments = np.repeat([1, 2, 3, 4], 25).reshape(10, 10)
    tree = JoinTree(4, np.array([[0, 1], [1, 2]]), np.array([0.2, 0.6]))
    return Fragmentation(fragments, tree)


def test_what_hangs_on_the_threshold_is_told_in_bits(four):
    signs = read_signs(np.full((10, 10), 0.5), four, 1e4, 0.5)
    assert tuple(signs) == SIGNS
    # At .5: parts of 2, 1 and 1 quarters, 1.5 bit. At .65 also the third is joined.
    assert signs["lost_by_joining"] == pytest.approx(1.5 + (0.75 * np.log2(0.75) + 0.25 * -2))
    assert signs["gained_by_cutting"] == 0
    assert read_signs(np.zeros((10, 10)), four, 1e4, 0.3)["gained_by_cutting"] == pytest.approx(0.5)


def test_sizes_and_sureness(four):
    signs = read_signs(np.full((10, 10), 0.5), four, 1e4, 0.5)
    assert signs["membrane"] == signs["largest"] == 0.5
    assert signs["ambiguity"] == 1
    # 100 pixels of 10,000 nm^2 are 1 um^2; outside of the largest profile two share half of it.
    assert signs["profiles_per_um2"] == pytest.approx(4)
    assert signs["profile_um2"] == pytest.approx(0.25)
    assert read_signs(np.ones((10, 10)), four, 1e4, 0.5)["ambiguity"] == 0
