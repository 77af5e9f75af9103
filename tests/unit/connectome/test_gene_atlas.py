"""An atlas refuses what does not fit, names the region, and records what was dropped."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import GeneAtlas, Parcellation, average_on_sphere
from neuropil.contracts import InputError

NAMES = ("a", "b", "c", "d")


def build(expression=None, matrix=None, **columns):
    table = {
        "key": [1, 2, 3, 4],
        "name": NAMES,
        "hemisphere": ["L", "L", "R", None],
        "x_mm": [-1.0, -2.0, 1.0, 0.0],
        "y_mm": [0.0] * 4,
        "z_mm": [0.0] * 4,
    }
    regions = pl.DataFrame({**table, **columns})
    values = np.arange(12.0).reshape(4, 3) if expression is None else expression
    square = np.eye(4) if matrix is None else matrix
    genes = pl.DataFrame({"symbol": ["x", "y", "z"]})
    return GeneAtlas(Parcellation(regions), genes, values, {"FC": square})


def test_it_says_what_it_holds():
    atlas = build()
    assert repr(atlas) == "GeneAtlas(4 regions, 3 genes, matrices FC)"
    assert atlas.region_names == NAMES
    assert atlas.sides.tolist() == ["L", "L", "R", ""]
    assert atlas.cortical.all()
    assert atlas.networks.tolist() == [""] * 4
    assert atlas.coordinates.shape == (4, 3)


def test_rows_of_nan_are_regions_without_expression():
    expression = np.arange(12.0).reshape(4, 3)
    expression[1] = np.nan
    assert build(expression).expressed().tolist() == [True, False, True, True]


def test_selection_keeps_order_and_names_what_went():
    kept = build().select(np.array([True, False, True, True]), "without genes")
    assert kept.region_names == ("a", "c", "d")
    assert kept.matrix("FC").shape == (3, 3)
    assert kept.expression[:, 0].tolist() == [0, 6, 9]
    assert kept.provenance[-1].parameters == {"reason": "without genes", "dropped": ["b"]}


def test_nothing_dropped_leaves_no_trace():
    atlas = build()
    assert atlas.select(np.ones(4, dtype=bool), "why") is atlas


def nan_at(row, column):
    expression = np.arange(12.0).reshape(4, 3)
    expression[row, column] = np.nan
    return expression


def uncovered_row_alone():
    """A region without a diagonal value, whose column still holds numbers."""
    matrix = np.eye(4)
    matrix[3] = np.nan
    return matrix


def changed(row, column, value):
    matrix = np.eye(4)
    matrix[row, column] = value
    return matrix


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"expression": nan_at(2, 1)},
            "expression, region c: expected all genes or none for a region, found some missing in "
            "1. Drop these genes, or the regions; values are not filled in.",
        ),
        (
            {"expression": np.full((4, 3), np.nan)},
            "expression: expected expression, all 4 regions are NaN. Read the table with the right "
            "column of regions.",
        ),
        (
            {"expression": np.zeros((3, 3))},
            "expression: expected shape (4, 3), found (3, 3). Rows are regions in the order of the "
            "parcellation.",
        ),
        (
            {"matrix": changed(0, 2, 0.5)},
            "matrix FC, regions a and c: expected a symmetric matrix, found 0.5 and 0. Average it "
            "with its transpose if the measure has no direction.",
        ),
        (
            {"matrix": changed(1, 2, np.nan)},
            "matrix FC, regions b and c: expected finite values, found a value that is not. Drop a "
            "region from the whole matrix where a value is missing.",
        ),
        (
            {"matrix": changed(3, 3, np.nan)},
            "matrix FC, region d: expected NaN in the whole row and column of a region that is not "
            "covered. Give the diagonal a value, or set the row and column to NaN.",
        ),
        (
            {"matrix": uncovered_row_alone()},
            "matrix FC, region d: expected NaN in the whole row and column of a region that is not "
            "covered. Give the diagonal a value, or set the row and column to NaN.",
        ),
        (
            {"x_mm": [None, 1.0, 2.0, 3.0]},
            "regions: expected a centroid for each region, found none for a. Give their centroids, "
            "or leave these regions out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(InputError) as caught:
        build(**arguments)
    assert str(caught.value) == message


def test_a_missing_column_a_missing_matrix_and_an_empty_selection_are_named():
    regions = pl.DataFrame({"key": [1], "name": ["a"]})
    with pytest.raises(InputError) as caught:
        GeneAtlas(Parcellation(regions), pl.DataFrame({"symbol": ["x"]}), np.ones((1, 1)))
    assert str(caught.value) == (
        "regions: expected the columns hemisphere, x_mm, y_mm, z_mm, found no hemisphere, x_mm, "
        "y_mm, z_mm. Add them; millimetres in MNI space, x to the right."
    )
    with pytest.raises(InputError) as caught:
        build().matrix("SC")
    assert str(caught.value) == "not stated: no matrix 'SC'. The matrices are: FC."
    with pytest.raises(InputError) as caught:
        build().select(np.zeros(4, dtype=bool), "without genes")
    assert str(caught.value) == (
        "not stated: expected regions, none is left: without genes. Choose another matrix or other "
        "genes."
    )


def test_directions_are_averaged_by_region():
    vertices = np.array([[100.0, 0, 0], [0, 100, 0], [0, 0, 100]])
    found = average_on_sphere(vertices, np.array([5, 5, 7]), np.array([7, 5]))
    np.testing.assert_allclose(found, [[0, 0, 1], [0.5**0.5, 0.5**0.5, 0]])


@pytest.mark.parametrize(
    ("labels", "keys", "message"),
    [
        (
            [1, 1],
            [1],
            "average_on_sphere: expected 3 labels, one for each vertex, found 2. Take surface and "
            "labels of the same resolution.",
        ),
        (
            [1, 1, 1],
            [1, 9],
            "average_on_sphere: expected a vertex for every region, found none for key 9. Leave "
            "out regions that are not on the surface.",
        ),
    ],
)
def test_surfaces_and_labels_that_do_not_fit_are_refused(labels, keys, message):
    with pytest.raises(InputError) as caught:
        average_on_sphere(np.eye(3), np.array(labels), np.array(keys))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("words", "found", "region"),
    [
        (["yes", "yes", "no", "no"], "'yes'", "a"),
        ([True, None, False, True], "None", "b"),
        ([1, 1, 2, 0], "2", "c"),
    ],
)
def test_words_for_cortex_are_no_truth_values(words, found, region):
    """The text no is true in Python, and would make cortex of everything."""
    with pytest.raises(InputError) as caught:
        build(cortical=words)
    assert str(caught.value) == (
        f"regions, column cortical: expected true or false, found {found} for '{region}'. Give a "
        "boolean for each region."
    )


def test_truth_values_and_0_and_1_are_cortex():
    assert build(cortical=[True, False, True, False]).cortical.tolist() == [True, False] * 2
    assert build(cortical=[1, 0, 1, 0]).cortical.tolist() == [True, False] * 2


def test_halves_that_were_rounded_apart_are_averaged():
    matrix = np.eye(4)
    matrix[0, 2], matrix[2, 0] = 0.150244, 0.1502440001
    found = build(matrix=matrix).matrix("FC")
    np.testing.assert_array_equal(found, found.T)
    assert found[0, 2] == pytest.approx(0.15024400005, abs=1e-15)
    exact = np.full((4, 4), 0.1)
    np.testing.assert_array_equal(build(matrix=exact).matrix("FC"), exact)
