"""Pairs obey their rules, answers are balanced, and neither size nor order tells them."""

from collections import Counter

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree, Source
from neuropil.proofreading.tasks.leaks import audit_leaks
from neuropil.proofreading.tasks.pairs import (
    PairRules,
    find_pairs,
    make_pair_choices,
    make_pair_items,
    match_sizes,
)

SEED = SeedTree(0)


@pytest.fixture(scope="module")
def cut():
    """Four bodies side by side along x, each cut into three pieces along z."""
    truth = np.broadcast_to(np.repeat([1, 2, 3, 4], 10), (30, 10, 40)).astype(np.uint16)
    piece = np.repeat([0, 1, 2], 10)[:, None, None]
    volume = Volume(
        (10.0, 10.0, 10.0),
        segmentations={"truth": truth, "pieces": (truth - 1) * 3 + piece + 1},
        source=Source(name="planted"),
    )
    return volume


def test_planted_pairs_are_found(cut):
    pairs = find_pairs(cut, "pieces")
    # Two within each of four bodies, and three levels at each of three borders.
    assert (len(pairs.same), int(pairs.same.sum())) == (8 + 9, 8)
    assert set(pairs.sides.tolist()) == {100}
    assert (pairs.voxels == 1000).all()
    [row] = np.flatnonzero((pairs.labels == [1, 2]).all(axis=1))
    assert pairs.same[row]
    assert pairs.center[row].tolist() == [100.0, 50.0, 50.0]


@pytest.mark.parametrize("rules", [{"fewest_voxels": 1001}, {"fewest_sides": 101}])
def test_small_objects_and_contacts_are_left_out(cut, rules):
    assert len(find_pairs(cut, "pieces", rules=PairRules(**rules)).same) == 0


def test_nothing_is_said_of_objects_whose_truth_is_not_known(cut):
    """Two objects that nobody has traced are not one because both are 0."""
    truth = cut.segmentation("truth").copy()
    truth[truth > 2] = 0
    pairs = find_pairs(cut.with_segmentation("truth", truth), "pieces")
    # Two within each of two bodies, and three levels at their border.
    assert (len(pairs.same), int(pairs.same.sum())) == (4 + 3, 4)
    assert set(np.unique(pairs.labels).tolist()) == set(range(1, 7))


def test_objects_of_several_bodies_are_left_out(cut):
    pieces = cut.segmentation("pieces").copy()
    # Piece 1 takes a quarter of its size from the body beside it.
    pieces[:10, :, 10:13] = 1
    mixed = cut.with_segmentation("pieces", pieces)
    assert 1 not in find_pairs(mixed, "pieces", rules=PairRules(fewest_voxels=500)).labels
    lenient = PairRules(fewest_voxels=500, purity=0.7)
    assert 1 in find_pairs(mixed, "pieces", rules=lenient).labels


def test_yes_and_no_are_equally_frequent_and_repeat(cut):
    items = make_pair_items(find_pairs(cut, "pieces"), SEED)
    assert Counter(item.answer for item in items) == {"1": 8, "-1": 8}
    assert [item.id for item in items] == [
        item.id for item in make_pair_items(find_pairs(cut, "pieces"), SEED)
    ]
    assert {item.half_width for item in items} == {2048.0}
    bases = [item.shown[0].labels[0] < item.shown[1].labels[0] for item in items]
    assert 0 < sum(bases) < len(bases)


def test_choices_have_one_right_candidate_at_equal_distance(cut):
    pairs = find_pairs(cut, "pieces")
    items = make_pair_choices(pairs, SEED)
    assert len(items) == 8
    truth = cut.segmentation("truth")
    pieces = cut.segmentation("pieces")
    for item in items:
        base, *candidates = (truth[pieces == piece.labels[0]][0] for piece in item.shown)
        assert [str(k + 1) for k, one in enumerate(candidates) if one == base] == [item.answer]


def test_the_middle_of_a_choice_lies_between_both_contacts(cut):
    pairs = find_pairs(cut, "pieces")
    centers = {
        tuple(labels): center
        for labels, center in zip(pairs.labels.tolist(), pairs.center, strict=True)
    }
    for item in make_pair_choices(pairs, SEED):
        base, one, two = (piece.labels[0] for piece in item.shown)
        contacts = [centers[tuple(sorted((base, other)))] for other in (one, two)]
        np.testing.assert_allclose(item.center, np.mean(contacts, axis=0))


def test_none_of_them_can_be_right(cut):
    items = make_pair_choices(find_pairs(cut, "pieces"), SEED, none_share=0.2)
    assert Counter(item.answer == "-1" for item in items) == {False: 8, True: 2}
    with pytest.raises(InputError, match="expected a share from 0 to below 1, found 1"):
        make_pair_choices(find_pairs(cut, "pieces"), SEED, none_share=1)


@pytest.fixture
def fib25(real_data):
    loaded = np.load(real_data / "em" / "fib25_training2" / "fib25_training2_labels.npz")
    return Volume(
        (10.0, 10.0, 10.0),
        segmentations={
            "truth": loaded["gt"],
            "watershed": loaded["watershed"],
            "ffn": loaded["ffn"],
        },
        species="fly",
        source=Source(name="fib25"),
    )


@pytest.mark.slow
def test_real_pairs_are_as_many_as_published(fib25):
    pairs = find_pairs(fib25, "watershed")
    assert (len(pairs.same), int(pairs.same.sum())) == (2960, 797)
    items = make_pair_items(pairs, SEED)
    assert len(items) == 2 * 797
    matched = match_sizes(items)
    answers = [item.answer for item in matched]
    assert Counter(answers)["1"] == len(matched) / 2 >= 250
    assert audit_leaks(matched, SEED)["accuracy"].to_list()[0] <= 0.55
    # Among all items, size is a true cue.
    assert audit_leaks(items, SEED)["accuracy"].to_list()[0] > 0.6


@pytest.mark.slow
def test_real_pairs_of_a_segmentation_with_gaps(fib25):
    pairs = find_pairs(fib25, "ffn", rules=PairRules(reach=6))
    assert (len(pairs.same), int(pairs.same.sum())) == (760, 68)
