"""What is dropped is named, what is missing is refused, and null maps move genes alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import GeneAtlas
from neuropil.contracts import InputError
from neuropil.transcriptome import build_problem


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("target", "genes", "n", "source", "has_table"),
    [
        (None, "auto", 400, "coexpression", False),
        ("FC", "expression", 351, "expression", True),
        ("FC-ENIGMA", "auto", 365, "expression", True),
    ],
)
def test_regions_of_a_target_are_those_with_genes(target, genes, n, source, has_table):
    atlas = datasets.load("ahba-schaefer400", kind=GeneAtlas)
    problem = build_problem(atlas, target, genes)
    assert (problem.n, problem.gene_source) == (n, source)
    assert (problem.regions.expression is not None) == has_table
    if source == "expression":
        assert any("49 regions without genes were dropped: 7Net" in each for each in problem.notes)


def test_gram_matrix_of_a_table_is_the_correlation_of_scored_rows(atlas, problem):
    scored = (atlas.expression - atlas.expression.mean(axis=0)) / atlas.expression.std(axis=0)
    np.testing.assert_allclose(problem.regions.coexpression, np.corrcoef(scored))


def test_folding_lays_the_hemispheres_on_each_other(problem):
    regions = problem.regions
    n = regions.n // 2
    assert regions.distance[np.arange(n), np.arange(n) + n].min() > 10
    assert np.median(regions.folded_distance[np.arange(n), np.arange(n) + n]) < 5
    np.testing.assert_allclose(np.diag(regions.folded_distance), 0)
    same = np.ix_(np.arange(n), np.arange(n))
    np.testing.assert_allclose(regions.folded_distance[same], regions.distance[same])


def test_null_maps_move_genes_and_nothing_else(problem):
    regions = problem.regions
    order = np.random.default_rng(0).permutation(regions.n)
    moved = regions.with_genes_of(order)
    np.testing.assert_array_equal(moved.expression, regions.expression[order])
    np.testing.assert_array_equal(moved.coexpression, regions.coexpression[np.ix_(order, order)])
    np.testing.assert_array_equal(moved.gene_distance, regions.gene_distance[np.ix_(order, order)])
    assert moved.coordinates is regions.coordinates
    assert moved.sphere is regions.sphere
    assert moved.folded_distance is regions.folded_distance


def test_regions_off_the_surface_are_infinitely_far(problem):
    sphere = problem.regions.sphere.copy()
    sphere[0] = np.nan
    distance = replace(problem.regions, sphere=sphere).sphere_distance
    assert np.isinf(distance[0]).all()
    assert np.isfinite(distance[1:, 1:]).all()


def test_what_an_atlas_lacks_is_named(atlas):
    with pytest.raises(InputError) as caught:
        build_problem(atlas, "SC")
    assert (
        str(caught.value)
        == "synthetic-gene-atlas (genes, seed 0): no matrix 'SC'. The matrices are: FC."
    )
    with pytest.raises(InputError) as caught:
        build_problem(atlas, genes="coexpression")
    assert str(caught.value) == (
        "synthetic-gene-atlas (genes, seed 0): expected a matrix coexpression, found none. Use "
        "--genes expression."
    )
    with pytest.raises(InputError) as caught:
        build_problem(replace(atlas, matrices={}))
    assert str(caught.value) == (
        "synthetic-gene-atlas (genes, seed 0): expected a connectivity matrix, found none. Add "
        "one; co-expression alone is not predicted."
    )


def test_too_few_regions_and_constant_genes_are_refused(atlas):
    few = atlas.select(np.arange(160) < 7, "too few")
    with pytest.raises(InputError) as caught:
        build_problem(few)
    assert str(caught.value) == (
        "synthetic-gene-atlas (genes, seed 0): expected at least 8 regions with genes and FC, "
        "found 7. Choose another target or other genes."
    )
    with pytest.raises(InputError) as caught:
        build_problem(replace(atlas, expression=np.ones((160, 160))))
    assert str(caught.value) == (
        "expression: expected genes that differ between regions, all are constant. Read the table "
        "with regions as rows."
    )
