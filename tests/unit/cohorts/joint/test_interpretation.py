"""Which connections a coordinate stands for."""

from __future__ import annotations

import numpy as np
import polars as pl

from neuropil.cohorts.joint.interpretation import Traversal, list_edges, name_regions
from neuropil.connectome import Cohort, Parcellation

EDGES = {"SC": np.arange(6.0).reshape(2, 3), "FC": np.arange(6.0)[::-1].reshape(2, 3)}


def test_regions_are_named_with_their_side_or_by_number():
    assert name_regions(Cohort.from_arrays(EDGES)) == ["region 1", "region 2", "region 3"]
    regions = pl.DataFrame(
        {"key": [1, 2, 3], "name": ["a", "a", "b"], "hemisphere": ["L", "R", None]}
    )
    named = Cohort.from_arrays(EDGES, parcellation=Parcellation(regions))
    assert name_regions(named) == ["L a", "R a", "b"]


def test_the_edges_that_move_most_come_first():
    moved = {"SC": np.array([0.5, -2.0, 1.0]), "FC": np.array([0.0, 0.1, 0.0])}
    table = list_edges([Traversal(None, 0, moved)], Cohort.from_arrays(EDGES), most=2)
    assert table.rows() == [
        ("joint coordinate 1", "SC", "region 1", "region 3", -2.0),
        ("joint coordinate 1", "SC", "region 2", "region 3", 1.0),
        ("joint coordinate 1", "FC", "region 1", "region 3", 0.1),
        ("joint coordinate 1", "FC", "region 1", "region 2", 0.0),
    ]
    assert Traversal("FC", 2, moved).label == "coordinate of FC 3"
