"""Shuffling inside blocks keeps what it must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuropil.contracts import InputError
from neuropil.measures import shuffle_within_blocks


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_every_block_keeps_its_weights(labels, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 50, (len(labels), len(labels)))
    before = matrix.copy()
    shuffled = shuffle_within_blocks(matrix, labels, rng)
    np.testing.assert_array_equal(matrix, before)
    np.testing.assert_array_equal(np.diag(shuffled), np.diag(before))
    groups = np.asarray(labels)
    off_diagonal = ~np.eye(len(labels), dtype=bool)
    for pre in set(labels):
        for post in set(labels):
            inside = np.outer(groups == pre, groups == post) & off_diagonal
            assert sorted(shuffled[inside]) == sorted(before[inside])
            assert shuffled[inside].sum() == before[inside].sum()


def test_the_places_change():
    matrix = np.arange(400.0).reshape(20, 20)
    labels = ["a"] * 10 + ["b"] * 10
    shuffled = shuffle_within_blocks(matrix, labels, np.random.default_rng(0))
    assert (shuffled != matrix).mean() > 0.9


def test_every_arrangement_is_as_likely():
    matrix = np.array([[0, 1, 2], [3, 0, 4], [5, 6, 0]])
    rng = np.random.default_rng(0)
    first = [shuffle_within_blocks(matrix, list("aaa"), rng)[0, 1] for _ in range(1200)]
    counts = np.bincount(first, minlength=7)[1:]
    # 200 expected of each of six values; 5 standard deviations.
    assert (np.abs(counts - 200) < 65).all()


def test_one_seed_one_shuffle():
    matrix = np.arange(25).reshape(5, 5)
    one, other = (
        shuffle_within_blocks(matrix, list("aabbb"), np.random.default_rng(3)) for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_labels_of_another_length_are_refused():
    with pytest.raises(InputError) as caught:
        shuffle_within_blocks(np.zeros((3, 3)), ["a", "b"], np.random.default_rng(0))
    assert str(caught.value) == (
        "shuffle_within_blocks: expected a (2, 2) matrix, found (3, 3). "
        "Give one label for each row."
    )
