"""Atlases of gene expression: published facts on the real files, refusals on small ones."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil import datasets
from neuropil.connectome import GeneAtlas
from neuropil.contracts import ConfigError, DataUnavailableError, InputError
from neuropil.datasets import (
    find_date_symbols,
    generate_gene_atlas,
    info,
    read_gene_positions,
    repair_gene_symbols,
)


def load(name):
    return datasets.load(name, kind=GeneAtlas)


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("name", "regions", "genes", "silent", "cortical", "placed", "matrices"),
    [
        ("ahba-schaefer400", 414, 282, 49, 400, 263, 10),
        ("ahba-schaefer100", 114, 810, 0, 100, 759, 10),
        ("ahba-dk82", 82, 15_633, 0, 68, 14_308, 8),
    ],
)
def test_the_published_facts_hold(name, regions, genes, silent, cortical, placed, matrices):
    atlas = load(name)
    assert (atlas.n_regions, atlas.n_genes) == (regions, genes)
    assert int((~atlas.expressed()).sum()) == silent
    assert int(atlas.cortical.sum()) == cortical
    assert atlas.genes["genome_order"].is_not_null().sum() == placed
    assert len(atlas.matrices) == matrices
    assert np.isfinite(atlas.sphere[atlas.cortical]).all()
    np.testing.assert_allclose(np.linalg.norm(atlas.sphere[atlas.cortical], axis=1), 1)
    assert np.isnan(atlas.sphere[~atlas.cortical]).all()
    assert (atlas.matrix("SC-ENIGMA") >= 0).all()


@pytest.mark.usefixtures("real_data")
def test_signed_and_clipped_connectivity_agree_as_published():
    atlas = load("ahba-schaefer400")
    kept = atlas.select(atlas.covered("FC"), "cortex")
    upper = np.triu_indices(400, 1)
    pairs = kept.matrix("FC")[upper], kept.matrix("FC-ENIGMA")[upper]
    assert np.corrcoef(*pairs)[0, 1] == pytest.approx(0.995, abs=5e-4)
    distance = np.linalg.norm(kept.coordinates[:, None] - kept.coordinates[None], axis=2)[upper]
    assert np.corrcoef(pairs[0], distance)[0, 1] == pytest.approx(-0.243, abs=5e-4)
    assert np.corrcoef(pairs[0], kept.matrix("coexpression")[upper])[0, 1] == pytest.approx(
        0.286, abs=5e-4
    )


@pytest.mark.usefixtures("real_data")
def test_angles_on_the_sphere_agree_with_projected_centroids_as_measured():
    from neuropil.measures import project_to_sphere

    atlas = load("ahba-schaefer400")
    for side, expected in (("L", 0.918), ("R", 0.923)):
        chosen = atlas.cortical & (atlas.sides == side)
        upper = np.triu_indices(int(chosen.sum()), 1)
        angles = [
            np.arccos(np.clip(points @ points.T, -1, 1))[upper]
            for points in (atlas.sphere[chosen], project_to_sphere(atlas.coordinates[chosen]))
        ]
        assert np.corrcoef(*angles)[0, 1] == pytest.approx(expected, abs=1e-3)


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("size", [100, 400])
def test_the_cortex_from_public_files_is_that_of_the_arrays(size):
    whole, public = load(f"ahba-schaefer{size}"), load(f"ahba-schaefer{size}-cortex")
    cortex = whole.select(whole.cortical, "cortex")
    assert public.region_names == cortex.region_names
    assert public.genes["symbol"].to_list() == cortex.genes["symbol"].to_list()
    np.testing.assert_allclose(public.expression, cortex.expression, atol=1e-6)
    np.testing.assert_allclose(public.coordinates, cortex.coordinates, atol=1e-4)
    for name, matrix in public.matrices.items():
        np.testing.assert_allclose(matrix, cortex.matrix(name), atol=1e-6)


@pytest.mark.usefixtures("real_data")
def test_damaged_symbols_are_found_and_repaired_on_request():
    atlas = load("ahba-dk82")
    symbols = atlas.genes["symbol"].to_list()
    damaged = find_date_symbols(symbols)
    assert len(damaged) == 23
    assert (damaged[0], damaged[-1]) == (7677, 11_799)
    repaired = repair_gene_symbols(symbols)
    assert repaired == sorted(set(repaired))
    assert "23 gene symbols of the published table are dates" in atlas.notes[0]


def test_symbols_that_are_not_the_known_dates_are_left_alone():
    with pytest.raises(InputError) as caught:
        repair_gene_symbols(["A1BG", "Mar-01"])
    assert str(caught.value) == (
        "gene symbols: expected the 23 known dates in the order of their symbols, found 1 others. "
        "Repair them by hand, or address genes by column."
    )


def test_a_derived_file_that_is_not_in_the_mirror_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    with pytest.raises(DataUnavailableError) as caught:
        load("ahba-schaefer400")
    assert "it has no public address" in str(caught.value)
    assert str(caught.value).endswith("or use the dataset ahba-schaefer400-cortex.")
    assert info("ahba-schaefer400").files[0].urls == ()


def test_a_table_without_positions_is_named(tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text("ahba_symbol\tchrom\nA\t1\n")
    with pytest.raises(InputError) as caught:
        read_gene_positions(path)
    assert str(caught.value) == (
        f"{path}: expected the columns ahba_symbol, chrom, start, strand, tss, found no start, "
        "strand, tss. A table of genes needs their positions; add chromosome and start."
    )


def test_generated_worlds_differ_in_their_wiring_alone():
    genes, places = generate_gene_atlas(3), generate_gene_atlas(3, "coordinates")
    np.testing.assert_array_equal(genes.expression, places.expression)
    np.testing.assert_array_equal(genes.coordinates, places.coordinates)
    assert not np.array_equal(genes.matrix("FC"), places.matrix("FC"))
    again = generate_gene_atlas(3)
    np.testing.assert_array_equal(again.matrix("FC"), genes.matrix("FC"))
    assert genes.source.synthetic
    assert 0 <= genes.expression.min() <= genes.expression.max() <= 1


def test_genes_of_the_generated_atlas_have_positions_out_of_order():
    genes = generate_gene_atlas(0).genes
    planted = genes.filter(pl.col("symbol").str.starts_with("PLANTED"))
    assert planted.height == 40
    assert genes["genome_order"].sort().to_list() == list(range(160))
    assert not planted["genome_order"].is_sorted()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"world": "noise"},
            "world: expected genes or coordinates, found 'noise'. Choose one of them.",
        ),
        (
            {"seed": -1},
            "seed: expected a whole number of 0 or more, found -1. Pass for example seed=0.",
        ),
    ],
)
def test_wrong_worlds_are_refused(arguments, message):
    with pytest.raises(ConfigError) as caught:
        generate_gene_atlas(**arguments)
    assert str(caught.value) == message
