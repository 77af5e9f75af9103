"""Joint and individual factors: published numbers, planted variances, the best prediction."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Cohort
from neuropil.contracts import InputError
from neuropil.datasets import bayes_fc_given_sc, plant_linear_cohort, plant_protocol_cohort


def test_the_numbers_of_seed_0_are_those_that_were_published():
    cohort = plant_linear_cohort(0).cohort
    assert (cohort.n_subjects, cohort.n_regions, cohort.modalities) == (500, 68, ("SC", "FC"))
    structure, function = cohort.edges("SC"), cohort.edges("FC")
    assert structure[0, :2] == pytest.approx([-0.04239, 0.04258], abs=5e-6)
    assert function[0, :2] == pytest.approx([-0.71901, 0.77303], abs=5e-6)
    assert structure.var() == pytest.approx(0.99675, abs=5e-6)


def test_parts_have_their_share_of_the_variance_on_disjoint_edges():
    truth = plant_linear_cohort(4).truth
    for name in ("SC", "FC"):
        shared, own = truth[f"joint_map_{name}"], truth[f"individual_map_{name}"]
        assert (shared**2).sum() == pytest.approx(0.15 * 2278)
        assert (own**2).sum() == pytest.approx(0.35 * 2278)
        supports = [np.flatnonzero(each.any(axis=1)) for each in (shared, own)]
        np.testing.assert_array_equal(supports[0], truth[f"joint_support_{name}"])
        np.testing.assert_array_equal(supports[1], truth[f"individual_support_{name}"])
        assert not set(supports[0]) & set(supports[1])


@pytest.mark.parametrize("seed", range(10))
def test_the_best_prediction_beats_the_mean_on_test_subjects(seed):
    planted = plant_linear_cohort(seed)
    function, rows = planted.cohort.edges("FC"), planted.rows("test")
    mean = function[planted.rows("train")].mean(axis=0)
    of_mean = ((function[rows] - mean) ** 2).mean()
    of_best = ((function[rows] - bayes_fc_given_sc(planted)[rows]) ** 2).mean()
    assert 0.981 <= round(of_mean, 3) <= 1.033
    assert 0.826 <= round(of_best, 3) <= 0.875


def test_without_coupling_nothing_can_be_predicted_and_sc_is_the_same():
    null, world = plant_linear_cohort(1, coupled=False), plant_linear_cohort(1)
    assert not bayes_fc_given_sc(null).any()
    np.testing.assert_array_equal(null.cohort.edges("SC"), world.cohort.edges("SC"))
    joint = null.truth["joint"]
    scores = null.cohort.edges("FC") @ null.truth["joint_map_FC"]
    correlation = np.corrcoef(joint.T, scores.T)[:5, 5:]
    assert np.abs(correlation).max() < 0.15


@pytest.mark.parametrize("seed", range(10))
def test_the_trait_follows_the_joint_scores(seed):
    planted = plant_linear_cohort(seed)
    trait, joint = planted.cohort.subjects["trait"].to_numpy(), planted.truth["joint"]
    train, test = planted.rows("train"), planted.rows("test")
    weights = np.linalg.lstsq(joint[train], trait[train], rcond=None)[0]
    assert 0.6 < np.corrcoef(joint[test] @ weights, trait[test])[0, 1] < 0.8


def test_subjects_are_split_in_their_order():
    planted = plant_linear_cohort(0, n_subjects=33, n_regions=10)
    parts = [planted.rows(name).sum() for name in ("train", "validation", "test")]
    assert parts == [23, 3, 7]
    assert planted.cohort.take(planted.rows("test")).ids == tuple(str(n) for n in range(27, 34))


def test_a_world_without_a_split_says_so():
    with pytest.raises(InputError) as caught:
        plant_protocol_cohort(n_regions=3).rows("test")
    assert str(caught.value) == (
        "planted-protocols (seed 0): expected a split, found none. Score all subjects, or split "
        "them by folds."
    )


def test_the_dataset_is_seed_0():
    cohort = datasets.load("planted-joint-individual", kind=Cohort)
    assert cohort.equals(plant_linear_cohort(0).cohort)
    assert cohort.source.name == "planted-joint-individual"
    assert cohort.source.synthetic
