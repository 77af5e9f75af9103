"""Background near objects is given to the nearest of them."""

import numpy as np

from neuropil.proofreading.adjacency.gaps import fill_gaps


def test_gaps_are_filled_up_to_a_distance():
    labels = np.zeros((1, 1, 30), np.int32)
    labels[..., 5], labels[..., 12] = 3, 4
    filled = fill_gaps(labels, 4)[0, 0]
    assert np.flatnonzero(filled == 3).tolist() == [*range(1, 9)]
    assert np.flatnonzero(filled == 4).tolist() == [*range(9, 17)]
    assert filled.dtype == np.int32


def test_gaps_are_bridged_as_far_as_asked():
    labels = np.zeros((1, 1, 12), dtype=np.uint16)
    labels[..., :2], labels[..., 10:] = 5, 9
    assert fill_gaps(labels, 3).ravel().tolist() == [5] * 5 + [0] * 2 + [9] * 5
    assert fill_gaps(labels, 4).ravel().tolist() == [5] * 6 + [9] * 6
    assert fill_gaps(labels, 0) is labels
    assert (fill_gaps(labels * 0, 4) == 0).all()
