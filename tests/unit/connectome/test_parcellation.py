"""Regions and the vertices that lie in them; each fault with its row and column."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation, TableError
from neuropil.contracts import InputError

REGIONS = {
    "key": [7, 3, 5],
    "name": ["V1", "V2", "V1"],
    "hemisphere": ["L", "L", "R"],
    "network": ["visual", "visual", None],
    "colour": ["#1f77b4", "#1f77b4ff", None],
    "x_mm": [-10.0, -12.5, 10.0],
}


def test_the_order_of_the_regions_is_kept_and_vertices_are_counted() -> None:
    labels = np.array([3, 0, 7, 7, 0], dtype=np.int32)
    parcels = Parcellation(pl.DataFrame(REGIONS), labels, "fsLR 32k", background=0)
    assert parcels.regions.columns[:2] == ["key", "name"]
    assert parcels.labels is not None
    assert parcels.labels.dtype == np.int64
    assert parcels.count_vertices().tolist() == [2, 1, 0]
    assert repr(parcels) == "Parcellation(3 regions, 5 vertices, fsLR 32k)"


def test_a_table_without_vertices_is_a_parcellation_too() -> None:
    parcels = Parcellation(pl.DataFrame({"name": ["a", "b"], "key": [1, 2]}))
    assert repr(parcels) == "Parcellation(2 regions, no vertices, no space)"
    with pytest.raises(InputError) as caught:
        parcels.count_vertices()
    assert str(caught.value) == (
        "parcellation: expected labels of vertices, found none. "
        "Read the parcellation from a surface file, such as .label.gii."
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"key": [7, 3, 7]},
            "regions, row 2, column key: expected unique keys, found repeated 7. Renumber them.",
        ),
        (
            {"key": [7, None, 5]},
            "regions, row 1, column key: expected a value, found null. Fill it.",
        ),
        (
            {"key": [7.0, 3.0, 5.0]},
            "regions, column key: expected whole numbers, found Float64. Convert the column first.",
        ),
        (
            {"hemisphere": ["L", "L", "L"]},
            "regions, row 2, column name: expected each name once in a hemisphere, found V1 again. "
            "Rename the region, or add the column hemisphere.",
        ),
        (
            {"hemisphere": ["L", "L", "right"]},
            "regions, row 2, column hemisphere: expected L or R, found 'right'. "
            "Correct it, or use null.",
        ),
        (
            {"colour": ["blue", None, None]},
            "regions, row 0, column colour: expected a colour such as #1f77b4, found 'blue'. "
            "Correct it, or use null.",
        ),
        (
            {"network": [1, 2, 3]},
            "regions, column network: expected text, found Int64. Convert the column first.",
        ),
        (
            {"x_mm": ["1", "2", "3"]},
            "regions, column x_mm: expected numbers, found String. Convert the column first.",
        ),
        (
            {"x_mm": [1.0, float("nan"), 3.0]},
            "regions, row 1, column x_mm: expected finite numbers, found nan. "
            "Use null where the value is not known.",
        ),
    ],
)
def test_a_wrong_table_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError) as caught:
        Parcellation(pl.DataFrame(REGIONS | changes))
    assert str(caught.value) == message


def test_missing_columns_and_regions() -> None:
    with pytest.raises(TableError) as caught:
        Parcellation(pl.DataFrame({"key": [1]}))
    assert str(caught.value) == (
        "regions, column name: expected the columns key, name, found key. "
        "Rename or add the missing column."
    )
    with pytest.raises(TableError) as caught:
        Parcellation(pl.DataFrame(REGIONS).clear())
    assert str(caught.value) == (
        "regions: expected at least one region, found none. Add the regions."
    )


@pytest.mark.parametrize(
    ("labels", "background", "message"),
    [
        (
            [7, 0, 0],
            None,
            "labels, vertex 1: expected keys of regions, found 0 (2 such vertices). "
            "Add the region, or name the background: background=0.",
        ),
        (
            [[7, 3], [3, 7]],
            None,
            "labels: expected one whole number for each vertex, found int64 of shape (2, 2). "
            "Give a one-dimensional array of keys.",
        ),
        (
            [7.0, 3.0],
            None,
            "labels: expected one whole number for each vertex, found float64 of shape (2,). "
            "Give a one-dimensional array of keys.",
        ),
        (
            [7, 3],
            3,
            "regions, column key: expected no region with the key 3 of the background, "
            "found 'V2'. Drop this region, or name another background.",
        ),
    ],
)
def test_labels_must_be_keys(labels: Any, background: int | None, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Parcellation(pl.DataFrame(REGIONS), np.array(labels), background=background)
    assert str(caught.value) == message
