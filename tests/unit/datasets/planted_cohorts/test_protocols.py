"""Protocols: published numbers, margins of the design, and what strength and confounding do."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil import datasets
from neuropil.connectome import Cohort
from neuropil.datasets import plant_protocol_cohort


def facts_of(cohort):
    counts, age = cohort.edges("SC"), cohort.subjects["age"]
    mean, variance = counts.mean(dtype=np.float64), counts.var(dtype=np.float64)
    total = counts[0].sum(dtype=np.float64)
    return [mean, variance, (counts == 0).mean(), age.mean(), age[0], total]


# Of an independent implementation of the same equations and draws.
def test_a_small_brain_has_the_numbers_of_another_implementation():
    cohort = plant_protocol_cohort(0, 10, n_regions=21).cohort
    known = [2.469234, 2.476897, 0.110644, 69.048547, 77.574949, 535.194725]
    assert facts_of(cohort) == pytest.approx(known, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocols", "known"),
    [
        (10, [2.3671, 2.9790, 0.1552, 70.25, 68.363, 16951.03]),
        (25, [2.1976, 2.7059, 0.1690, 59.27, 70.752, 15448.38]),
    ],
)
def test_the_numbers_of_seed_0_are_those_that_were_published(protocols, known):
    # The dataset is the one of ten protocols.
    dataset = datasets.load("planted-protocols", kind=Cohort) if protocols == 10 else None
    cohort = dataset or plant_protocol_cohort(0, protocols).cohort
    assert cohort.n_regions == 121
    assert cohort.source.synthetic
    assert dict(cohort.units) == {"SC": "log1p streamlines"}
    assert cohort.edges("SC").dtype == np.float32
    digits = [4, 4, 4, 2, 3, 2]
    found = facts_of(cohort)
    assert [round(float(a), b) for a, b in zip(found, digits, strict=True)] == known


@pytest.mark.parametrize(
    ("protocols", "sizes", "studies", "female", "ill"),
    [
        (10, (5761, 1500, 100), 10, 3579, {"CN": 4338, "MCI": 809, "AD": 614}),
        (25, (7416, 1100, 76), 13, 3900, {"CN": 5900, "MCI": 877, "AD": 639}),
    ],
)
def test_the_margins_of_the_design_are_exact(protocols, sizes, studies, female, ill):
    people = plant_protocol_cohort(1, protocols, n_regions=5).cohort.subjects
    counts = people["protocol"].value_counts()["count"]
    assert (people.height, counts.max(), counts.min()) == sizes
    assert people["protocol"].n_unique() == protocols
    assert people["study"].n_unique() == studies
    assert (people["sex"] == "F").sum() == female
    assert dict(people["diagnosis"].value_counts().iter_rows()) == ill
    lowest, highest = people["age"].min(), people["age"].max()
    assert highest == 102
    assert (22 if protocols == 10 else 2) <= lowest < 30


def test_regions_are_two_halves_and_one_between():
    regions = plant_protocol_cohort(n_regions=7).cohort.parcellation.regions
    assert regions["hemisphere"].to_list() == ["L"] * 3 + ["R"] * 3 + [None]
    assert (regions.filter(pl.col("hemisphere") == "L")["x_mm"] < 0).all()
    assert regions["x_mm"][-1] == 0


def test_without_strength_protocols_differ_in_nothing():
    planted = plant_protocol_cohort(0, n_regions=21, strength=0, confounded=False)
    assert not planted.truth["effect"].any()
    assert set(planted.truth["dispersion"]) == {15.0}
    totals = planted.cohort.subjects.select("protocol", "age").with_columns(
        pl.Series("total", planted.cohort.edges("SC").mean(axis=1))
    )
    means = totals.group_by("protocol").agg(pl.mean("total", "age"))
    assert means["total"].std() < 0.02
    assert means["age"].std() < 1.0


def test_protocols_change_counts_and_confounding_changes_ages():
    planted = plant_protocol_cohort(0, n_regions=21)
    people = planted.cohort.subjects.with_columns(
        pl.Series("total", planted.cohort.edges("SC").mean(axis=1))
    )
    means = people.group_by("protocol").agg(pl.mean("total", "age"))
    assert means["total"].std() > 0.05
    assert means["age"].std() > 4.0
    assert planted.truth["effect"].shape == (10, 210)
    assert planted.split is None
