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
        f"{paths[1]}, line 2: expected the regions in the order of genes.csv, found 'region 11' "
        "where 'region 0' stands there. Order both files alike; they are not sorted silently."
    )


def test_other_regions_are_refused(own):
    paths, _, places, _ = own
    places.head(10).write_csv(paths[1])
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value) == (
        f"{paths[1]}: expected the 12 regions of genes.csv, found 10 without 'region 10', "
        "'region 11'. Give the same regions in both files, one without values as a line of empty "
        "cells."
    )


def test_text_among_the_numbers_missing_columns_and_missing_files_are_named(own, tmp_path):
    paths, expression, places, _ = own
    expression.with_columns(pl.lit("high").alias("G2")).write_csv(paths[0])
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    assert str(caught.value) == (
        f"{paths[0]}, line 2, column G2: expected a number, found 'high'. Correct it, or leave the "
        "cell empty where there is no value."
    )
    expression.write_csv(paths[0])
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
    assert str(caught.value).startswith(f"{paths[0]}, line 3: expected 2 fields, found 3.")


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


def refusal(paths) -> str:
    with pytest.raises(InputError) as caught:
        read_atlas(*paths)
    return str(caught.value)


def test_a_gene_that_is_there_twice_is_refused_by_its_name(own):
    paths, expression, _, _ = own
    text = expression.write_csv()
    paths[0].write_text(text.replace("G3", "G1", 1))
    assert "'G1'" in refusal(paths)
    assert f"{paths[0]}, line 1, column G1: " in refusal(paths)
    # As pandas and Polars rename the second of two columns, which nobody would see.
    for renamed in ("G1.1", "G1_duplicated_0"):
        paths[0].write_text(text.replace("G3", renamed, 1))
        assert refusal(paths) == (
            f"{paths[0]}, column {renamed}: expected each gene once, found 'G1' again in the "
            f"column '{renamed}'. Average its probes or keep one of them."
        )
    # A gene of such a name is one where no other has its beginning.
    paths[0].write_text(text.replace("G3", "RP11-34P13.7", 1))
    assert read_atlas(*paths).genes["symbol"].to_list() == ["G0", "G1", "G2", "RP11-34P13.7"]


def test_a_decimal_comma_is_named_with_line_and_column(own):
    paths, _, places, _ = own
    text = places.with_columns(pl.col("y_mm").cast(pl.String))
    comma = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("12,5")).otherwise(pl.col("y_mm"))
    text.with_columns(comma.alias("y_mm")).write_csv(paths[1])
    assert refusal(paths) == (
        f"{paths[1]}, line 5, column y_mm: expected a number, found '12,5'. Write decimals "
        "with a point."
    )


def test_a_missing_place_is_named(own):
    paths, _, places, _ = own
    gap = pl.when(pl.int_range(pl.len()) == 2).then(None).otherwise(pl.col("z_mm"))
    places.with_columns(gap.alias("z_mm")).write_csv(paths[1])
    assert refusal(paths) == (
        f"{paths[1]}, line 4, column z_mm: expected a number, found nothing. Fill it, or leave the "
        "region out of all files."
    )


def test_a_region_without_one_gene_is_named(own):
    paths, expression, _, _ = own
    gap = pl.when(pl.int_range(pl.len()) == 7).then(None).otherwise(pl.col("G2"))
    expression.with_columns(gap.alias("G2")).write_csv(paths[0])
    assert refusal(paths) == (
        f"{paths[0]}, line 9, column G2: expected all genes or none for a region, found none of "
        "'G2' for 'region 7'. Drop this gene or this region, or fill the cell; values are not "
        "filled in here."
    )


@pytest.mark.parametrize(
    ("yes", "no"), [("yes", "no"), ("TRUE", "FALSE"), ("1", "0"), ("T", "F"), (" true ", "false")]
)
def test_words_for_yes_and_no_are_read(own, yes, no):
    paths, _, places, _ = own
    words = [yes] * 8 + [no] * 4
    places.with_columns(pl.Series("cortical", words)).write_csv(paths[1])
    assert read_atlas(*paths).cortical.tolist() == [True] * 8 + [False] * 4


def test_other_words_are_refused_with_their_line(own):
    paths, _, places, _ = own
    words = ["yes"] * 11 + ["perhaps"]
    places.with_columns(pl.Series("cortical", words)).write_csv(paths[1])
    assert refusal(paths) == (
        f"{paths[1]}, line 13, column cortical: expected yes or no, found 'perhaps'. Write true or "
        "false for each region."
    )
    sides = ["left", "lh", "L", "r", "RH", "Right", "", "R", "R", "R", "R", "R"]
    places.with_columns(pl.Series("hemisphere", sides)).write_csv(paths[1])
    assert "".join(read_atlas(*paths).sides) == "LLLRRRRRRRR"
    places.with_columns(pl.Series("hemisphere", ["both", *sides[1:]])).write_csv(paths[1])
    assert refusal(paths) == (
        f"{paths[1]}, line 2, column hemisphere: expected the hemisphere L or R, found 'both'. "
        "Write L or R, or leave the cell empty for a region of neither."
    )


def write_square(path, matrix) -> None:
    columns = [
        pl.Series(name, values).fill_nan(None) for name, values in zip(NAMES, matrix.T, strict=True)
    ]
    pl.DataFrame([pl.Series("id", NAMES), *columns]).write_csv(path)


def test_a_region_without_connectivity_is_left_out_with_a_note(own):
    paths, _, _, matrix = own
    matrix[3] = matrix[:, 3] = np.nan
    write_square(paths[2], matrix)
    atlas = read_atlas(*paths)
    assert np.flatnonzero(~atlas.covered("FC")).tolist() == [3]
    assert atlas.notes == ("1 region has no values in fc.matrix.csv and is left out: region 3.",)
    np.testing.assert_allclose(atlas.matrix("FC"), matrix)


def test_a_single_missing_cell_is_named(own):
    paths, _, _, matrix = own
    matrix[3, 5] = np.nan
    write_square(paths[2], matrix)
    assert refusal(paths) == (
        f"{paths[2]}, line 5, column region 5: expected a number for 'region 3' and 'region 5', "
        "found nothing. Fill it, or empty the whole line and column of a region to leave it out."
    )


def test_a_diagonal_that_is_empty_is_said_and_not_used(own):
    paths, _, _, matrix = own
    np.fill_diagonal(matrix, np.nan)
    write_square(paths[2], matrix)
    atlas = read_atlas(*paths)
    assert atlas.covered("FC").all()
    assert atlas.notes == ("The diagonal of fc.matrix.csv has missing cells; it is not used.",)


def test_halves_that_were_rounded_apart_are_averaged(own):
    paths, _, _, matrix = own
    matrix[0, 1] += 1e-9
    write_square(paths[2], matrix)
    found = read_atlas(*paths).matrix("FC")
    assert found[0, 1] == found[1, 0] == pytest.approx(matrix[1, 0] + 5e-10, abs=1e-12)


def test_a_region_that_only_one_file_has_is_named(own):
    paths, expression, _, _ = own
    expression.filter(pl.col("region") != "region 3").write_csv(paths[0])
    assert refusal(paths) == (
        f"{paths[1]}, line 5: expected the 11 regions of genes.csv, found 12 with 'region 3' "
        "besides. Give the same regions in both files, one without values as a line of empty cells."
    )


def test_a_labelled_table_with_tabs_is_a_matrix_too(own, tmp_path):
    paths, _, _, matrix = own
    path = tmp_path / "fc.tsv"
    frame = pl.DataFrame({"id": NAMES} | dict(zip(NAMES, matrix.T, strict=True)))
    frame.write_csv(path, separator="\t")
    np.testing.assert_allclose(read_atlas(*paths[:2], path).matrix("FC"), matrix)


def test_a_gene_that_a_spreadsheet_made_a_date_is_refused(own):
    paths, expression, _, _ = own
    paths[0].write_text(expression.write_csv().replace("G3", "1-Mar", 1))
    assert refusal(paths) == (
        f"{paths[0]}, column 1-Mar: expected the symbols of genes, found '1-Mar', a date that a "
        "spreadsheet made of one (1 such columns). Write the symbol again, such as MARCHF1 or "
        "SEPTIN2, in a text editor."
    )
