"""Offsets of found categories: planted ones are taken out, and no more than is needed."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from neuropil.cohorts.hybrid.features.spaces import ScaleSpace
from neuropil.cohorts.hybrid.harmonisation.comparison import design_covariates
from neuropil.cohorts.hybrid.harmonisation.found import (
    CategoryLocation,
    choose_shrinkage,
    cluster_components,
)
from neuropil.contracts import SeedTree

PLAIN = ScaleSpace("none", "weight")


def _plant(size, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(240) % 4
    offsets = size * rng.normal(size=(4, 60))
    return offsets[labels] + rng.normal(size=(240, 60)), np.eye(4)[labels], labels


def test_offsets_are_found_and_taken_out():
    values, probability, labels = _plant(2.0)
    moved = CategoryLocation.fit(values, probability).apply(values, probability)
    assert adjusted_rand_score(labels, cluster_components(values, 4, SeedTree(0))) > 0.99
    assert adjusted_rand_score(labels, cluster_components(moved, 4, SeedTree(0))) < 0.02
    assert moved.mean(axis=0) == pytest.approx(values.mean(axis=0), abs=1e-3)


def test_a_covariate_that_goes_with_the_category_is_kept():
    values, probability, labels = _plant(1.0)
    rng = np.random.default_rng(1)
    ill = (rng.random(240) < 0.2 + 0.2 * labels).astype(float)[:, None]
    slope = rng.normal(size=60)
    with_kept = CategoryLocation.fit(values + ill * slope, probability, ill)
    without = CategoryLocation.fit(values + ill * slope, probability)
    target = CategoryLocation.fit(values, probability).offsets
    error = [np.abs(one.offsets - target).mean() for one in (with_kept, without)]
    assert error[0] < 0.6 * error[1]


def test_strong_offsets_need_whole_removal_and_none_needs_little():
    strong, probability, _ = _plant(2.0)
    none, _, _ = _plant(0.0)
    assert choose_shrinkage(PLAIN, strong, probability, None, SeedTree(0)) <= 10
    assert choose_shrinkage(PLAIN, none, probability, None, SeedTree(0)) >= 100


def test_shrinkage_depends_on_the_subjects_behind_an_offset():
    location = CategoryLocation(np.ones((2, 3)), np.array([30.0, 270.0]), strength=30.0)
    assert location.shrunk()[:, 0] == pytest.approx([0.5, 0.9])


def test_covariates_become_numbers_and_missing_ones_the_mean():
    subjects = pl.DataFrame(
        {"id": list("abcd"), "age": [1, 3, None, 2], "sex": ["F", "M", "M", None]}
    )
    design = design_covariates(subjects, ("age", "sex"))
    assert design.shape == (4, 2)
    assert design[2, 0] == pytest.approx(design[[0, 1, 3], 0].mean())
    assert design[3, 1] == pytest.approx(2 / 3)
    assert design_covariates(subjects, ()) is None
