"""Training begins at the closed form, keeps it, and is not worse on validation subjects."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.canonical import Canonical
from neuropil.cohorts.joint.models.curved import Curved
from neuropil.cohorts.joint.models.variational import Variational, VariationalPlan
from neuropil.contracts import SeedTree
from neuropil.datasets import plant_linear_cohort

PLANTED = plant_linear_cohort(n_subjects=200, n_regions=30)
VIEWS = Views({name: PLANTED.cohort.edges(name) for name in ("SC", "FC")})
TRAINING, VALIDATION, TEST = (
    VIEWS.take(PLANTED.rows(part)) for part in ("train", "validation", "test")
)
SHORT = VariationalPlan(epochs=10, batch=32)


def _fit(**plan):
    return Variational(SHORT.model_copy(update=plan)).fit(TRAINING, VALIDATION, SeedTree(0))


@pytest.fixture(scope="module")
def fitted():
    return _fit()


def test_joint_coordinates_stay_near_the_closed_form(fitted):
    closed = Canonical().fit(TRAINING, VALIDATION, SeedTree(0)).encode(TEST).joint
    found = fitted.encode(TEST).joint
    assert found.shape == closed.shape
    for k in range(found.shape[1]):
        assert abs(np.corrcoef(found[:, k], closed[:, k])[0, 1]) > 0.99


def test_prediction_is_about_that_of_the_closed_form(fitted):
    closed = Canonical().fit(TRAINING, VALIDATION, SeedTree(0))
    errors = [
        np.mean((model.predict(TEST, "FC") - TEST.edges["FC"]) ** 2) for model in (fitted, closed)
    ]
    assert errors[0] < 1.02 * errors[1]


def test_the_same_seed_gives_the_same_network(fitted):
    again = _fit()
    for one, other in zip(
        jax.tree.leaves(fitted.network), jax.tree.leaves(again.network), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_subject_without_a_modality_is_encoded_and_predicted(fitted):
    alone = TEST.only("SC")
    latents = fitted.encode(alone)
    assert np.isfinite(latents.joint).all()
    assert np.isnan(latents.individual["FC"]).all()
    np.testing.assert_array_equal(fitted.predict(alone, "FC"), fitted.predict(TEST, "FC"))


def test_training_subjects_without_a_modality_are_used():
    edges = {name: values.copy() for name, values in TRAINING.edges.items()}
    edges["FC"][:40] = np.nan
    model = Variational(SHORT).fit(Views(edges), VALIDATION, SeedTree(0))
    assert np.isfinite(model.predict(TEST, "FC")).all()


@pytest.mark.parametrize("fusion", ["concatenation", "product", "mixture"])
def test_every_fusion_is_trained(fusion):
    model = _fit(fusion=fusion, epochs=2)
    assert np.isfinite(model.reconstruct(TEST, "SC")).all()


def test_a_random_start_is_trained():
    model = _fit(start="random", epochs=2)
    assert np.isfinite(model.predict(TEST, "SC")).all()


def test_agreement_is_an_objective_that_changes_the_fit(fitted):
    other = _fit(agreement=1.0)
    assert not np.array_equal(other.encode(TEST).joint, fitted.encode(TEST).joint)


def test_no_coupling_gives_no_joint_coordinate_and_the_mean():
    planted = plant_linear_cohort(n_subjects=200, n_regions=30, coupled=False)
    views = Views({name: planted.cohort.edges(name) for name in ("SC", "FC")})
    training, validation, test = (
        views.take(planted.rows(part)) for part in ("train", "validation", "test")
    )
    model = Variational(SHORT).fit(training, validation, SeedTree(0))
    assert model.encode(test).joint.shape == (len(test.edges["FC"]), 0)
    mean = training.together(validation).edges["FC"].mean(axis=0)
    expected = np.tile(mean, (test.n_subjects, 1))
    np.testing.assert_allclose(model.predict(test, "FC"), expected, atol=1e-9)


def test_the_number_of_joint_coordinates_can_be_given():
    model = Variational(SHORT, n_joint=2).fit(TRAINING, VALIDATION, SeedTree(0))
    assert model.encode(TEST).joint.shape[1] == 2
    assert Curved(n_joint=3).fit(TRAINING, VALIDATION, SeedTree(0)).joint.shape[1] == 3


def test_intervals_hold_their_share_of_edges(fitted):
    for cross in (False, True):
        mean = fitted.predict(TEST, "FC") if cross else fitted.reconstruct(TEST, "FC")
        inside = np.abs(TEST.edges["FC"] - mean) < 1.6449 * fitted.spread(TEST, "FC", cross=cross)
        assert 0.85 < inside.mean() < 0.95


def test_a_traversal_moves_the_edges_that_carry_the_coordinate(fitted):
    moved = fitted.traverse(None, 0)["SC"]
    support = np.isin(np.arange(len(moved)), PLANTED.truth["joint_support_SC"])
    assert np.abs(moved[support]).mean() > 3 * np.abs(moved[~support]).mean()
    alone = fitted.traverse("SC", 0)
    assert np.abs(alone["SC"]).max() > 0
    np.testing.assert_array_equal(alone["FC"], 0)
