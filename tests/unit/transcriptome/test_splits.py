"""Regions are never on both sides, and blocks are those of the published protocol."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.transcriptome import inner_splits, make_splits
from neuropil.transcriptome.splits import random_blocks, spatial_blocks


def pairs(n):
    return n * (n - 1) // 2


def test_455_regions_give_the_published_numbers_of_pairs():
    test = len(random_blocks(455, 1)[0])
    assert (455 - test, test) == (341, 114)
    assert (pairs(341), pairs(114)) == (57_970, 6_441)


def test_random_blocks_are_those_of_the_legacy_generator():
    blocks = random_blocks(10, 42)
    order = np.arange(10)
    np.random.RandomState(42).shuffle(order)
    assert [block.tolist() for block in blocks] == [
        sorted(order[:3]),
        sorted(order[3:6]),
        sorted(order[6:8]),
        sorted(order[8:]),
    ]


def test_spatial_blocks_are_neighbours_of_a_centre(problem):
    distance = problem.regions.distance
    blocks = spatial_blocks(distance, 3)
    assert [len(block) for block in blocks] == [40] * 4
    assert np.sort(np.concatenate(blocks)).tolist() == list(range(160))
    first = np.random.RandomState(3).choice(np.arange(160))
    assert set(blocks[0]) == set(np.argsort(distance[first], kind="stable")[:40])


def test_the_last_spatial_block_takes_the_rest(problem):
    blocks = spatial_blocks(problem.regions.distance[:43, :43], 1)
    assert [len(block) for block in blocks] == [10, 10, 10, 13]


@pytest.mark.parametrize("kind", ["random", "spatial", "network", "hemisphere"])
def test_no_region_is_on_both_sides(problem, kind):
    splits = make_splits(kind, problem.regions, 7)
    tested = np.sort(np.concatenate([split.test for split in splits]))
    assert tested.tolist() == list(range(160))
    for split in splits:
        assert not set(split.train) & set(split.test)
        assert len(split.train) + len(split.test) == 160
        assert split.run == 7000 + split.fold


def test_networks_and_hemispheres_are_held_out_whole(problem):
    for split in make_splits("network", problem.regions, 1):
        networks = problem.regions.networks
        assert not set(networks[split.train]) & set(networks[split.test])
        assert set(split.label.split(", ")) == set(networks[split.test])
    left, right = make_splits("hemisphere", problem.regions, 1)
    assert set(problem.regions.sides[left.test]) == {"L"}
    assert (left.label, right.label) == ("L", "R")


@pytest.mark.parametrize("kind", ["random", "spatial"])
def test_inner_splits_stay_inside_the_train_regions(problem, kind):
    train = random_blocks(160, 1)[0]
    train = np.setdiff1d(np.arange(160), train)
    inner = inner_splits(kind, problem.regions, train, 1000)
    assert len(inner) == (1 if kind == "random" else 4)
    for fit, validate in inner:
        assert not set(fit) & set(validate)
        assert set(fit) | set(validate) == set(train)


def test_the_random_inner_split_is_the_published_one(problem):
    train = np.arange(0, 160, 2)
    [(_, validate)] = inner_splits("random", problem.regions, train, 2003)
    expected = np.random.default_rng(2003).permutation(train)[:20]
    assert validate.tolist() == sorted(expected)


def test_small_folds_and_missing_networks_are_refused(problem):
    with pytest.raises(InputError) as caught:
        make_splits("random", problem.regions, 1, n_folds=30)
    assert str(caught.value) == (
        "split random: expected at least 8 regions in each fold, found 5 of 160. Use fewer folds, "
        "another split, or a finer parcellation."
    )
    nameless = replace(problem.regions, networks=np.full(160, ""))
    with pytest.raises(InputError) as caught:
        make_splits("network", nameless, 1)
    assert str(caught.value) == (
        "split network: expected at least 4 networks, found 0. Name the network of each region, or "
        "choose another split."
    )
