"""Files of one's own are matched by name and order, and never sorted silently."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.transcriptome import TranscriptomeConfig, read_atlas
from neuropil.transcriptome.config import load_atlas

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


def test_an_asymmetric_matrix_is_named_by_its_regions(own):
    paths, _, _, matrix = own
    matrix[0, 1] += 1
    frame = pl.DataFrame({"id": NAMES} | dict(zip(NAMES, matrix.T, strict=True)))
    frame.write_csv(paths[2])
    with pytest.raises(
        InputError, match="matrix FC, regions region 0 and region 1: expected a sym"
    ):
        read_atlas(*paths)


def test_settings_name_files_datasets_or_a_parcellation(own, monkeypatch, tmp_path):
    paths = own[0]
    names = ("expression", "coordinates", "connectivity")
    config = TranscriptomeConfig(**dict(zip(names, map(str, paths), strict=True)))
    assert load_atlas(config)[0].n_regions == 12
    with pytest.raises(ConfigError) as caught:
        load_atlas(TranscriptomeConfig(expression=str(paths[0])))
    assert str(caught.value) == (
        "settings: expected expression, coordinates and connectivity, found no coordinates. Name "
        "it with --coordinates."
    )
    with pytest.raises(ConfigError, match=r"^data: there is no file or dataset 'none'"):
        load_atlas(TranscriptomeConfig(data="none"))
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    atlas, note = load_atlas(TranscriptomeConfig())
    assert atlas.source.synthetic
    assert note == (
        "ahba-schaefer400 could not be had; the embedded synthetic-gene-atlas was used instead."
    )


def test_texts_and_numbers_become_several_values():
    config = TranscriptomeConfig(split="spatial", seeds=3, models="smt-cls, genes")
    assert (config.split, config.seeds, config.models) == (("spatial",), (3,), ("smt-cls", "genes"))
