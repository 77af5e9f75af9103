"""The table of overlaps counts every voxel once, however the labels are stored."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neuropil.contracts import InputError
from neuropil.measures import tabulate_blocks, tabulate_overlaps, unite_overlaps
from neuropil.measures.segmentation import counting

SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=6)
TYPES = st.sampled_from([np.uint8, np.int16, np.uint32, np.int64, np.uint64])


@st.composite
def pairs_of_labels(draw):
    shape = draw(SHAPES)
    labels = arrays.arrays(draw(TYPES), shape, elements=st.integers(0, 5))
    return draw(labels), draw(labels)


def as_counts(overlaps):
    bodies = overlaps.bodies[overlaps.body_places].tolist()
    segments = overlaps.segments[overlaps.segment_places].tolist()
    return dict(zip(zip(bodies, segments, strict=True), overlaps.voxels.tolist(), strict=True))


def by_hand(truth, segmentation):
    return Counter(zip(truth.ravel().tolist(), segmentation.ravel().tolist(), strict=True))


class OnDisk:
    """An array that is read in parts, and remembers how many voxels each part had."""

    def __init__(self, labels):
        self._labels = labels
        self.shape, self.dtype = labels.shape, labels.dtype
        self.read = []

    def __getitem__(self, region):
        part = self._labels[region]
        self.read.append(part.size)
        return part


@given(pairs_of_labels())
def test_each_voxel_is_counted_once(labels):
    overlaps = tabulate_overlaps(*labels, ignore_bodies=())
    assert as_counts(overlaps) == by_hand(*labels)
    assert overlaps.n_voxels == labels[0].size
    np.testing.assert_array_equal(overlaps.bodies, np.unique(labels[0]))
    np.testing.assert_array_equal(
        overlaps.segment_sizes, np.unique(labels[1], return_counts=True)[1]
    )
    np.testing.assert_array_equal(overlaps.body_sizes, np.unique(labels[0], return_counts=True)[1])


@given(pairs_of_labels())
def test_the_order_in_memory_does_not_matter(labels):
    expected = by_hand(*labels)
    truth, segmentation = labels
    for first, second in (
        (np.asfortranarray(truth), np.asfortranarray(segmentation)),
        (np.asfortranarray(truth), segmentation),
        (truth[..., ::-1], segmentation[..., ::-1]),
    ):
        assert as_counts(tabulate_overlaps(first, second, ignore_bodies=())) == expected


def test_ids_of_64_bits_keep_all_their_digits():
    small = np.random.default_rng(0).integers(0, 40, (2, 30, 40, 50))
    ids = np.sort(np.random.default_rng(1).integers(2**62, 2**63 - 1, 40))
    ids[-1] = 2**63 - 1
    large = tabulate_overlaps(ids[small[0]].astype(np.uint64), ids[small[1]], ignore_bodies=())
    few = tabulate_overlaps(small[0], small[1], ignore_bodies=())
    np.testing.assert_array_equal(large.bodies, ids)
    np.testing.assert_array_equal(large.segments, ids)
    np.testing.assert_array_equal(large.voxels, few.voxels)
    np.testing.assert_array_equal(large.body_places, few.body_places)


def test_runs_as_long_as_a_chunk_and_longer_are_counted():
    n = 2 * counting._CHUNK + 5
    overlaps = tabulate_overlaps(np.ones(n, dtype=np.uint8), np.full(n, 7))
    assert as_counts(overlaps) == {(1, 7): n}


def test_what_is_not_in_memory_is_read_in_blocks():
    rng = np.random.default_rng(0)
    labels = rng.integers(1, 9, (2, 300, 20, 270), dtype=np.uint8)
    truth, segmentation = OnDisk(labels[0]), OnDisk(labels[1])
    assert as_counts(tabulate_overlaps(truth, segmentation)) == by_hand(*labels)
    assert truth.read == segmentation.read == [256 * 20 * 256, 256 * 20 * 14, 44 * 20 * 256,
                                               44 * 20 * 14]  # fmt: skip


def test_pairs_are_summed_while_they_come(monkeypatch):
    labels = np.random.default_rng(0).integers(0, 30, (2, 50, 40))
    expected = as_counts(tabulate_overlaps(*labels, ignore_bodies=()))
    monkeypatch.setattr(counting, "_HELD_PAIRS", 10)
    monkeypatch.setattr(counting, "_CHUNK", 64)
    assert as_counts(tabulate_overlaps(*labels, ignore_bodies=())) == expected


def test_background_of_the_truth_is_left_out_and_that_of_the_segmentation_is_not():
    truth, segmentation = np.array([0, 0, 1, 1, 2]), np.array([3, 0, 0, 3, 4])
    assert as_counts(tabulate_overlaps(truth, segmentation)) == {(1, 0): 1, (1, 3): 1, (2, 4): 1}
    everything = tabulate_overlaps(truth, segmentation, ignore_bodies=())
    assert everything.n_voxels == 5
    segmented = tabulate_overlaps(truth, segmentation, ignore_segments=(0,))
    assert as_counts(segmented) == {(1, 3): 1, (2, 4): 1}
    assert as_counts(tabulate_overlaps(truth, segmentation, ignore_bodies=(0, 1))) == {(2, 4): 1}


def test_blocks_add_up_to_the_volume():
    labels = np.random.default_rng(0).integers(0, 4, (2, 9, 10, 11))
    blocks = tabulate_blocks(*labels, 4)
    assert len(blocks) == 27
    assert blocks[0].n_voxels == (labels[0][:4, :4, :4] > 0).sum()
    assert as_counts(unite_overlaps(blocks)) == as_counts(tabulate_overlaps(*labels))


def test_a_block_without_truth_is_left_out():
    truth = np.array([0, 0, 1, 1])
    assert len(tabulate_blocks(truth, truth + 1, 2)) == 1


def test_joined_segments_have_the_table_of_the_joined_labels():
    rng = np.random.default_rng(0)
    truth, segmentation = rng.integers(0, 5, (2, 200))
    joined = np.array([3, 1, 1, 9, 3])
    table = tabulate_overlaps(truth, segmentation).relabel_segments(joined)
    assert as_counts(table) == as_counts(tabulate_overlaps(truth, joined[segmentation]))


def test_transposing_swaps_truth_and_segmentation():
    truth, segmentation = np.random.default_rng(0).integers(1, 5, (2, 200))
    table = tabulate_overlaps(truth, segmentation).transpose()
    assert as_counts(table) == as_counts(tabulate_overlaps(segmentation, truth))


@pytest.mark.parametrize(
    ("truth", "segmentation", "message"),
    [
        (np.ones(3), np.ones(3, int), r"^truth: expected labels .* whole numbers, found float64"),
        (np.ones(3, int), np.ones(3), r"^segmentation: expected labels .* found float64"),
        (np.ones(3, int), np.ones(3, bool), r"^segmentation: expected labels .* found bool"),
        (np.ones(3, int), np.ones((3, 1), int), r"found \(3,\) and \(3, 1\)\. Bring labels"),
        (np.ones((0, 3), int), np.ones((0, 3), int), r"at least one voxel, found \(0, 3\)"),
        (np.int64(1), np.int64(1), r"at least one voxel, found \(\) and \(\)"),
        (np.array([1, -1]), np.array([1, 1]), r"^truth: expected labels from 0 .*, found -1"),
        (np.array([1, 1]), np.array([1, -2]), r"^segmentation: expected labels .*, found -2"),
        (np.full(2, 2**63, np.uint64), np.ones(2, int), rf"found {2**63}\. Number the labels"),
        (np.zeros(4, int), np.ones(4, int), r"that count, found none: all 4 are ignored"),
    ],
)
def test_what_is_no_pair_of_labels_is_refused(truth, segmentation, message):
    with pytest.raises(InputError, match=message):
        tabulate_overlaps(truth, segmentation)


def test_other_wrong_input_is_refused():
    ones = np.ones(4, int)
    with pytest.raises(InputError, match="found an edge of 0"):
        tabulate_blocks(ones, ones, 0)
    with pytest.raises(InputError, match="found none: all are ignored"):
        tabulate_blocks(ones, ones, 2, ignore_bodies=(1,))
    with pytest.raises(InputError, match="at least one table of overlaps"):
        unite_overlaps([])
    with pytest.raises(InputError, match=r"expected 1 labels .* found float64 of shape \(1,\)"):
        tabulate_overlaps(ones, ones).relabel_segments(np.ones(1))
    with pytest.raises(InputError, match=r"expected 1 labels .* of shape \(2,\)"):
        tabulate_overlaps(ones, ones).relabel_segments([1, 2])
