"""Breaks that are drawn leave what the closed forms say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Skeleton
from neuropil.contracts import SeedTree
from neuropil.datasets.skeletons import grow_skeleton
from neuropil.measures import compute_run_length
from neuropil.preservation.tracing.recovery import recover_on_tree
from neuropil.preservation.tracing.run_lengths import expected_run_length, run_length_of_tree
from neuropil.preservation.tracing.simulation import break_lines, break_tree, simulate_recovery
from neuropil.preservation.tracing.trees import NeuriteTree


def test_pieces_of_lines_are_as_long_as_lines():
    broken = break_lines(np.array([1.0, 2.0]), 3.0, np.random.default_rng(0))
    assert broken.pieces.sum() == pytest.approx(3)
    assert len(broken.pieces) > 2
    whole = break_lines(np.array([1.0, 2.0]), 0.0, np.random.default_rng(0))
    assert whole.pieces.tolist() == [1, 2]
    assert whole.run_length() == pytest.approx(5 / 3)


@pytest.mark.parametrize("rate", [0.3, 4.0])
def test_broken_lines_have_the_closed_run_length(rate):
    lengths = np.repeat([0.5, 3.0], 20_000)
    found = break_lines(lengths, rate, np.random.default_rng(1)).run_length()
    closed = np.average(expected_run_length(lengths, rate), weights=lengths)
    assert found == pytest.approx(closed, rel=0.01)


def test_broken_trees_have_the_run_length_that_is_summed(fork):
    rng = np.random.default_rng(2)
    draws = [break_tree(fork, 0.6, rng).pieces for _ in range(8000)]
    assert [each.sum() for each in draws[:20]] == pytest.approx([6.5] * 20)
    squares = np.mean([np.square(each).sum() for each in draws])
    assert squares / 6.5 == pytest.approx(run_length_of_tree(fork, 0.6), rel=0.01)


def test_the_measure_of_segmentations_finds_the_same_run_length():
    """Segments of a broken neuron, at points 10 um apart, against the sum over its tree."""
    grown = grow_skeleton(SeedTree(4), branches=12)
    tree = NeuriteTree.of(grown)
    # In the order of the tree, so that a segment is that of the parent unless the way broke.
    rank = _in_order(grown)
    rng, found = np.random.default_rng(3), []
    for _ in range(300):
        breaks = rng.random(len(tree.parents)) < -np.expm1(-3.0 * tree.lengths)
        segments = np.arange(1, len(tree.parents) + 1)
        for row, parent in enumerate(tree.parents.tolist()):
            if parent >= 0 and not breaks[row]:
                segments[row] = segments[parent]
        found.append(compute_run_length([rank], [segments]).expected * 1e-6)
    # Edges with a break are left out there: a step of 0.5 um of some hundreds.
    assert np.mean(found) == pytest.approx(run_length_of_tree(tree, 3.0), rel=0.05)


def _in_order(grown: Skeleton) -> Skeleton:
    """Return the skeleton with its points in the order of its tree, which is that of depth."""
    ids = {None: -1}
    steps = []
    for row in grown.points.iter_rows(named=True):
        ids[row["id"]] = ids[row["parent"]] + 1
        steps.append(ids[row["id"]])
    order = np.argsort(steps, kind="stable")
    return Skeleton(grown.points[pl.Series(order)], grown.unit)


@pytest.mark.parametrize("sites", [[2], [2, 3], [3, 3, 3]])
def test_drawn_connections_are_recovered_as_often_as_summed(fork, sites):
    at = np.array(sites)
    drawn = simulate_recovery(fork, at, 0.5, 0.15, (40_000, SeedTree(5)))
    assert drawn == pytest.approx(recover_on_tree(fork, at, 0.5), abs=0.01)
    assert drawn == simulate_recovery(fork, at, 0.5, 0.15, (40_000, SeedTree(5)))
