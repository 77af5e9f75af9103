"""Runs tile objects, whatever blocks they are read in."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.proofreading.repair.runs import (
    count_voxels,
    find_runs,
    split_rows,
    subtract_runs,
)


def _volume(labels):
    return Volume((1, 1, 1), segmentations={"a": labels})


def _paint(runs, n):
    painted = np.zeros(n, int)
    for start, length in runs:
        painted[start : start + length] += 1
    return painted


def test_runs_go_on_in_the_next_row():
    volume = _volume(np.array([[[1, 1, 0, 2], [2, 2, 1, 1]]]))
    runs = find_runs(volume, "a", {1, 2})
    assert {name: part.tolist() for name, part in runs.items()} == {
        1: [[0, 2], [6, 2]],
        2: [[3, 3]],
    }


@pytest.mark.parametrize("size", [1, 3, 50])
def test_blocks_give_the_same_runs(size):
    labels = np.random.default_rng(0).integers(0, 4, (5, 6, 7)).repeat(2, axis=2)
    volume = _volume(labels.astype(np.uint64) + np.uint64(1 << 60))
    wanted = {(1 << 60) + k for k in (1, 3)}
    runs = find_runs(volume, "a", wanted, size)
    for name in wanted:
        np.testing.assert_array_equal(runs[name], find_runs(volume, "a", {name})[name])
        painted = _paint(runs[name], labels.size).reshape(labels.shape)
        np.testing.assert_array_equal(painted, labels == name - (1 << 60))


def test_nothing_wanted_gives_no_runs():
    assert find_runs(_volume(np.ones((2, 2, 2), int)), "a", set()) == {}


@pytest.mark.parametrize("size", [1, 3, 50])
def test_voxels_are_counted_without_background(size):
    labels = np.random.default_rng(0).integers(0, 5, (5, 6, 7))
    found = count_voxels(_volume(labels), "a", size)
    assert found.labels.tolist() == [1, 2, 3, 4]
    assert found.voxels.tolist() == np.bincount(labels.ravel())[1:].tolist()
    assert found.background == pytest.approx((labels == 0).mean())


def test_runs_are_cut_at_the_ends_of_rows():
    runs = np.array([[1, 2], [3, 9], [14, 1]])
    parts = [(int(k), part.tolist()) for which, pieces in split_rows(runs, 5)
             for k, part in zip(which, pieces, strict=True)]  # fmt: skip
    assert sorted(parts) == [
        (0, [1, 2]), (1, [3, 2]), (1, [5, 5]), (1, [10, 2]), (2, [14, 1]),
    ]  # fmt: skip


def test_what_is_gone_is_left_out():
    rng = np.random.default_rng(0)
    for _ in range(200):
        one, other = (rng.random(30) < share for share in (0.6, 0.4))
        runs, gone = (
            find_runs(_volume(each.astype(int).reshape(1, 1, 30)), "a", {1})[1]
            for each in (one, other)
        )
        left = subtract_runs(rng.permutation(runs), gone)
        np.testing.assert_array_equal(_paint(left, 30), one & ~other)
