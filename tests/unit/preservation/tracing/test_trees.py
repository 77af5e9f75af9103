"""Skeletons as trees: order, lengths, ways and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Skeleton
from neuropil.contracts import InputError, SeedTree
from neuropil.datasets.skeletons import grow_skeleton
from neuropil.preservation.tracing.trees import NeuriteTree


def skeleton(unit="um", step=1000.0):
    # Ids in no order, a child before its parent, and two trees.
    points = {"id": [7, 2, 9, 4, 5], "parent": [2, None, 2, None, 4], "structure": [0] * 5}
    points |= {"x": [3.0, 0.0, 0.0, 9.0, 9.0], "y": [0.0, 0.0, 4.0, 0.0, 1.0]}
    table = pl.DataFrame(points).with_columns(
        pl.col("x", "y") * step, pl.lit(0.0).alias("z"), pl.lit(0.0).alias("radius")
    )
    return Skeleton(table, unit)


@pytest.mark.parametrize(("unit", "step"), [("um", 1000.0), ("nm", 1e6), ("mm", 1.0)])
def test_a_tree_has_its_lengths_in_millimetres(unit, step):
    tree = NeuriteTree.of(skeleton(unit, step))
    assert tree.total_length == pytest.approx(3 + 4 + 1)
    assert sorted(tree.depths().round(9)) == [0, 0, 1, 3, 4]
    assert len(tree.tips()) == 3
    assert len(np.unique(tree.roots())) == 2


def test_parents_come_first_and_nothing_is_lost():
    grown = grow_skeleton(SeedTree(3), branches=30)
    tree = NeuriteTree.of(grown)
    assert (tree.parents < np.arange(len(tree.parents))).all()
    assert tree.total_length == pytest.approx(grown.length() * 1e-6)
    assert len(tree.tips()) == len(grown.tips())
    deepest = int(tree.depths().argmax())
    way = tree.way(deepest)
    assert way[-1] == 0
    assert tree.lengths[way].sum() == pytest.approx(tree.depths()[deepest])


def test_ways_lead_to_the_root(fork):
    assert fork.way(3).tolist() == [3, 1, 0]
    assert fork.depths().tolist() == [0, 1, 1.5, 3, 0, 3]
    assert fork.tips().tolist() == [2, 3, 5]
    assert fork.roots().tolist() == [0, 0, 0, 0, 4, 4]


def test_other_units_and_points_without_length_are_refused():
    with pytest.raises(InputError) as caught:
        NeuriteTree.of(skeleton("voxel"))
    assert str(caught.value) == (
        "skeleton: expected a skeleton in nm, um or mm, found 'voxel'. Multiply its coordinates by "
        "the size of their unit."
    )
    with pytest.raises(InputError) as caught:
        NeuriteTree.of(skeleton(step=0.0))
    assert str(caught.value) == (
        "skeleton: expected a skeleton with a length, found points without any distance. Bring a "
        "skeleton with at least one edge."
    )
