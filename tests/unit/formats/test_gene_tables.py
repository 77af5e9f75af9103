"""Files of one's own are matched by name and order, and never sorted silently."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import GeneAtlas
from neuropil.contracts import InputError
from neuropil.formats import read_atlas

NAMES = [f"region {index}" for index in range(12)]


@pytest.fixture
def own(tmp_path):
    """Expression, coordinates and connectivity of twelve regions."""
    rng = np.random.default_rng(0)
    expression = pl.DataFrame({"region": NAMES} | {f"G{i}": rng.random(12) for i in range(4)})
    places = pl.DataFrame({"region": NAMES} | {f"{a}_mm": rng.normal(size=12) for a in "xyz"})
    matrix = rng.normal(size=(12, 12))
    matrix = matrix + matrix.T
    square = pl.DataFrame({"id": NAMES} | dict(zip(NAMES, matrix.T, strict=True)))
    paths = [tmp_path / name for name in ("genes.csv", "places.csv", "fc.matrix.csv")]
    for frame, path in zip((expression, places, square), paths, strict=True):
        frame.write_csv(path)
    return paths, expression, places, matrix


def test_three_files_are_an_atlas(own):
    paths, expression, places, matrix = own
    atlas = read_atlas(*paths)
    assert atlas.region_names == tuple(NAMES)
    np.testing.assert_allclose(atlas.matrix("FC"), matrix)
    np.testing.assert_allclose(atlas.expression, expression.drop("region").to_numpy())
    assert (atlas.sides == np.where(places["x_mm"] < 0, "L", "R")).all()
    assert [file.name for file in atlas.source.files] == [path.name for path in paths]


def test_a_relationship_matrix_is_read(own, tmp_path):
    paths, _, _, matrix = own
    path = tmp_path / "sub-1_desc-own_relmat.tsv"
    frame = pl.DataFrame(dict(zip(NAMES, matrix.T, strict=True)))
    frame.write_csv(path, separator="\t")
    meta = {"RelationshipMeasure": "Correlation", "Directed": False, "MeasureUnits": "correlation"}
    path.with_suffix(".json").write_text(json.dumps(meta))
    atlas = read_atlas(*paths[:2], path)
    np.testing.assert_allclose(atlas.matrix("FC"), matrix, atol=1e-12)


def test_regions_without_expression_are_rows_of_empty_cells(own):
    paths, expression, _, _ = own
    empty = expression.with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(pl.col(f"G{i}")).alias(f"G{i}")
        for i in range(4)
    )
    empty.write_csv(paths[0])
    assert np.flatnonzero(~read_atlas(*paths).expressed()).tolist() == [3]


def test_another_order_is_refused(own):
    paths, _, places, _ = own
    places.reverse().write_csv(paths[1])
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value) == (
        f"{paths[1]}, region 1: expected the regions in the order of genes.csv, found region 11 "
        "where region 0 stands there. Order both files alike; they are not sorted silently."
    )


def test_other_regions_are_refused(own):
    paths, _, places, _ = own
    places.head(10).write_csv(paths[1])
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value) == (
        f"{paths[1]}: expected the 12 regions of genes.csv, found 10 without region 10, region "
        "11. Give the same regions in both files."
    )


def test_text_among_the_numbers_missing_columns_and_missing_files_are_named(own, tmp_path):
    paths, expression, places, _ = own
    expression.with_columns(pl.lit("high").alias("G2")).write_csv(paths[0])
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value) == (
        f"{paths[0]}: expected numbers, found text in the column G2. Leave cells of regions "
        "without expression empty."
    )
    places.drop("y_mm").write_csv(paths[1])
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value) == (
        f"{paths[1]}: expected the columns region, x_mm, y_mm, z_mm, found no y_mm. Add them; "
        "millimetres, x to the right."
    )
    with pytest.raises(InputError, match="there is no such file"):
        read_atlas(tmp_path / "none.csv", *paths[1:])


def test_a_damaged_table_is_named(own):
    paths, *_ = own
    paths[0].write_text("region,G0\na,1\nb,2,3\n")
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value).startswith(f"{paths[0]}: not a readable CSV table (")
    assert str(caught.value).endswith(
        "). Give every line as many cells as the first, with commas between them."
    )


def test_an_asymmetric_matrix_is_named_by_its_regions(own):
    paths, _, _, matrix = own
    matrix[0, 1] += 1
    frame = pl.DataFrame({"id": NAMES} | dict(zip(NAMES, matrix.T, strict=True)))
    frame.write_csv(paths[2])
    with pytest.raises(
        InputError, match="matrix FC, regions region 0 and region 1: expected a sym"
    ):
        read_atlas(*paths)


def test_the_registry_reads_three_files(own):
    paths, _, places, _ = own
    assert formats.sniff(*paths, kind=GeneAtlas).name == "gene-tables"
    atlas = formats.read(*paths, kind=GeneAtlas)
    np.testing.assert_array_equal(atlas.expression, read_atlas(*paths).expression)
    with pytest.raises(InputError) as caught:
        formats.read(*paths)
    assert str(caught.value).startswith(
        f"{', '.join(map(str, paths))}: expected a format that holds Connectome, found "
        "gene-tables, which holds GeneAtlas. Read it with kind=GeneAtlas, or name"
    )
    places.drop("y_mm").write_csv(paths[1])
    with pytest.raises(InputError, match="found no y_mm"):
        formats.read(*paths, kind=GeneAtlas)


def test_two_files_are_no_atlas(own):
    with pytest.raises(InputError) as caught:
        formats.read(*own[0][:2], kind=GeneAtlas)
    assert str(caught.value).startswith(
        f"{own[0][0]}, {own[0][1]}: expected one of the formats gene-tables, found none of them. "
        "Formats that hold GeneAtlas: gene-tables, three files in this order: expression and "
        "centroids in CSV, and a matrix; gene-arrays, "
    )
