"""Information and pairs: known over-segmentations, and what must hold for any two partitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neuropil.measures import (
    compute_adapted_rand,
    compute_variation_of_information,
    tabulate_overlaps,
)

LABELS = arrays.arrays(np.int64, (4, 5, 3), elements=st.integers(1, 6))
SCORES = (compute_variation_of_information, compute_adapted_rand)


def test_a_body_in_equal_pieces_has_precision_1_and_one_bit_for_each_halving():
    truth = np.ones(64, int)
    pieces = np.repeat(np.arange(1, 9), 8)
    overlaps = tabulate_overlaps(truth, pieces)
    information, rand = (score(overlaps) for score in SCORES)
    assert (information.split, information.merge, information.total) == (3.0, 0.0, 3.0)
    assert rand.precision == 1.0
    recall = 8 * 7 / (64 - 1) / 8  # of 64 * 63 ordered pairs, 8 pieces have 8 * 7 each
    assert rand.recall == pytest.approx(recall)
    assert rand.error == pytest.approx(1 - 2 * recall / (1 + recall))


def test_bodies_merged_into_one_segment_have_recall_1():
    truth = np.repeat([1, 2, 3, 4], 10)
    overlaps = tabulate_overlaps(truth, np.ones(40, int))
    information, rand = (score(overlaps) for score in SCORES)
    assert (information.split, information.merge) == (0.0, 2.0)
    assert rand.recall == 1.0
    assert rand.precision == pytest.approx(4 * 10 * 9 / (40 * 39))


def test_what_each_object_adds_names_the_wrong_ones():
    truth = np.repeat([1, 2, 3], 8)
    segmentation = np.repeat([5, 6, 7, 7], [4, 4, 8, 8])
    found = compute_variation_of_information(tabulate_overlaps(truth, segmentation))
    np.testing.assert_allclose(found.split_of_bodies, [1 / 3, 0, 0])
    np.testing.assert_allclose(found.merge_of_segments, [0, 0, 2 / 3])


@given(LABELS)
def test_a_partition_is_at_no_distance_from_itself(labels):
    overlaps = tabulate_overlaps(labels, labels * 7)
    assert compute_variation_of_information(overlaps).total == 0
    assert compute_adapted_rand(overlaps).error == 0


@given(LABELS, LABELS)
def test_swapping_the_sides_swaps_split_and_merge(truth, segmentation):
    forth, back = tabulate_overlaps(truth, segmentation), tabulate_overlaps(segmentation, truth)
    information, reverse = map(compute_variation_of_information, (forth, back))
    assert information.split == pytest.approx(reverse.merge)
    assert information.merge == pytest.approx(reverse.split)
    rand, reverse = map(compute_adapted_rand, (forth, back))
    assert (rand.precision, rand.recall) == pytest.approx((reverse.recall, reverse.precision))
    assert rand.error == pytest.approx(reverse.error)


@given(LABELS, LABELS, st.permutations(range(1, 7)))
def test_the_names_of_labels_do_not_matter(truth, segmentation, names):
    renamed = np.array([0, *names])[segmentation] * 10**12
    plain, other = (tabulate_overlaps(truth, each) for each in (segmentation, renamed))
    assert compute_variation_of_information(other).total == pytest.approx(
        compute_variation_of_information(plain).total
    )
    assert compute_adapted_rand(other).error == pytest.approx(compute_adapted_rand(plain).error)


@given(LABELS, LABELS)
def test_scores_stay_in_their_bounds_and_objects_add_up(truth, segmentation):
    overlaps = tabulate_overlaps(truth, segmentation)
    information, rand = (score(overlaps) for score in SCORES)
    assert 0 <= information.split <= np.log2(6) + 1e-12
    assert 0 <= information.merge <= np.log2(6) + 1e-12
    assert information.split_of_bodies.sum() == pytest.approx(information.split)
    assert information.merge_of_segments.sum() == pytest.approx(information.merge)
    assert 0 <= rand.error <= 1
    f_score = 2 * rand.precision * rand.recall / (rand.precision + rand.recall or 1)
    assert rand.error == pytest.approx(1 - f_score)


@given(LABELS, LABELS)
def test_cutting_every_segment_at_the_truth_leaves_only_splits(truth, segmentation):
    cut = tabulate_overlaps(truth, truth * 10 + segmentation)
    information, rand = (score(cut) for score in SCORES)
    assert information.merge == 0
    assert rand.precision == 1 or np.isnan(rand.precision)


def test_without_a_pair_a_share_of_pairs_is_not_defined():
    single = compute_adapted_rand(tabulate_overlaps(np.array([1, 2]), np.array([1, 2])))
    assert np.isnan([single.precision, single.recall]).all()
    assert single.error == 0
    split = compute_adapted_rand(tabulate_overlaps(np.array([1, 1]), np.array([1, 2])))
    assert np.isnan(split.precision)
    assert (split.recall, split.error) == (0, 1)
