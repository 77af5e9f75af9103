"""A skeleton is a tree with a length, branch points and tips; what is none is named."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Skeleton, TableError
from neuropil.contracts import InputError

# A soma with two neurites, one of which forks.
POINTS = {
    "id": [1, 2, 3, 4, 2**60 + 1],
    "structure": [1, 2, 2, 2, 3],
    "x": [0.0, 3.0, 3.0, 3.0, -2.0],
    "y": [0.0, 4.0, 5.0, 4.0, 0.0],
    "z": [0.0, 0.0, 0.0, 6.0, 0.0],
    "radius": [5.0, 0.5, 0.0, 0.1, 1.0],
    "parent": [None, 1, 2, 2, 1],
}


def test_lengths_branches_tips_and_extent() -> None:
    skeleton = Skeleton(pl.DataFrame(POINTS), "um")
    assert skeleton.n_points == 5
    assert skeleton.length() == 5 + 1 + 6 + 2
    assert skeleton.branch_points().to_list() == [1, 2]
    assert skeleton.tips().to_list() == [3, 4, 2**60 + 1]
    np.testing.assert_array_equal(skeleton.bounding_box(), [[-2, 0, 0], [3, 5, 6]])
    assert repr(skeleton) == "Skeleton(5 points, 14 um long)"


def test_pieces_and_single_points_are_skeletons_too() -> None:
    pieces = Skeleton(pl.DataFrame(POINTS | {"parent": [None, 1, None, 3, None]}), "nm")
    assert pieces.length() == pytest.approx(5 + np.hypot(1, 6))
    assert pieces.branch_points().is_empty()
    alone = Skeleton(pl.DataFrame(POINTS).head(1), "um")
    assert (alone.length(), alone.tips().to_list()) == (0, [1])


def test_children_may_stand_before_their_parents_in_long_chains() -> None:
    n = 5000
    ids = np.arange(n)
    columns = {name: np.zeros(n) for name in ("y", "z", "radius")}
    chain = pl.DataFrame({"id": ids, "structure": ids * 0, "x": ids * 1.0, **columns})
    chain = chain.with_columns(parent=pl.Series([*range(1, n), None]))
    assert Skeleton(chain, "um").length() == n - 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"parent": [None, 3, 4, 2, 1]},
            "points, row 1, column parent: expected a tree, found a cycle on the way to the root "
            "of 2, 3, 4. Make one point of the cycle a root.",
        ),
        (
            {"parent": [None, 2, 2, 2, 1]},
            "points, row 1, column parent: expected a tree, found a cycle on the way to the root "
            "of 2, 3, 4. Make one point of the cycle a root.",
        ),
        (
            {"parent": [4, 1, 2, 2, 1]},
            "points, column parent: expected a root, found a parent at every point. "
            "Give the root no parent, which is -1 in SWC.",
        ),
        (
            {"parent": [None, 1, 2, 99, 1]},
            "points, row 3, column parent: expected the id of a point, found the unknown parent "
            "99. Add the point, or make this one a root.",
        ),
        (
            {"id": [1, 2, 2, 4, 5]},
            "points, row 2, column id: expected unique ids, found repeated 2. "
            "Keep one row for each point.",
        ),
        (
            {"x": [0.0, 3.0, float("nan"), 3.0, 2.0]},
            "points, row 2, column x: expected a finite number, found nan. Correct it.",
        ),
        (
            {"radius": [5.0, -0.5, 0.0, 0.1, 1.0]},
            "points, row 1, column radius: expected a radius of 0 or more, found -0.5. "
            "Correct it, or use 0 where it is not known.",
        ),
        (
            {"z": [0.0, None, 0.0, 6.0, 0.0]},
            "points, row 1, column z: expected a value, found null. Fill it.",
        ),
        (
            {"id": [1.0, 2.0, 3.0, 4.0, 5.0]},
            "points, column id: expected whole numbers, found Float64. Convert the column first.",
        ),
        (
            {"x": ["0", "3", "3", "3", "2"]},
            "points, column x: expected numbers, found String. Convert the column first.",
        ),
    ],
)
def test_what_is_no_tree_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError) as caught:
        Skeleton(pl.DataFrame(POINTS | changes), "um")
    assert str(caught.value) == message


def test_missing_columns_points_and_unit() -> None:
    points = pl.DataFrame(POINTS)
    with pytest.raises(TableError) as caught:
        Skeleton(points.drop("radius"), "um")
    assert str(caught.value) == (
        "points, column radius: expected the columns id, structure, x, y, z, radius, parent, "
        "found id, structure, x, y, z, parent. Rename or add the missing column."
    )
    with pytest.raises(TableError) as caught:
        Skeleton(points.clear(), "um")
    assert str(caught.value) == ("points: expected at least one point, found none. Add the points.")
    with pytest.raises(InputError) as caught_unit:
        Skeleton(points, "")
    assert str(caught_unit.value) == (
        'skeleton: expected a unit of the coordinates, found none. Give one, such as unit="um".'
    )
