import numpy as np
import pytest
from sklearn.linear_model import Ridge

from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.curved import Curved, QuadraticRidge, expand_quadratic
from neuropil.cohorts.joint.score import canonical_correlations
from neuropil.contracts import SeedTree

SEED = SeedTree(0)


def plant(seed=0, n=900, coupled=True):
    """SC shows two coordinates of four; FC shows their product and a square of one."""
    rng = np.random.default_rng(seed)
    joint, own = rng.standard_normal((n, 2)), rng.standard_normal((n, 2))
    other = joint if coupled else rng.standard_normal((n, 2))
    acts = np.column_stack([other[:, 0] * other[:, 1], (other[:, 0] ** 2 - 1) / np.sqrt(2)])
    far = rng.standard_normal((n, 2))
    maps = [np.linalg.qr(rng.standard_normal((15, 4)))[0] for _ in range(2)]
    edges = {
        "SC": np.hstack([joint, own]) @ maps[0].T,
        "FC": np.hstack([acts, far]) @ maps[1].T,
    }
    noisy = {name: one + 0.1 * rng.standard_normal((n, 15)) for name, one in edges.items()}
    return Views(noisy), joint


@pytest.fixture(scope="module")
def fitted():
    views, joint = plant()
    train = views.take(np.arange(700))
    return Curved(4).fit(train, train, SEED), views.take(np.arange(700, 900)), joint[700:]


def test_features_are_coordinates_then_squares_and_products():
    found = expand_quadratic(np.array([[2.0, 3.0, 5.0]]))
    assert found.tolist() == [[2, 3, 5, 4, 6, 10, 9, 15, 25]]


def test_quadratic_ridge_is_ridge_on_standardised_features():
    rng = np.random.default_rng(0)
    scores, targets = rng.standard_normal((200, 3)), rng.standard_normal((200, 2))
    features = expand_quadratic(scores)
    white = (features - features.mean(axis=0)) / features.std(axis=0)
    theirs = Ridge(alpha=0.1 * 200).fit(white, targets)
    own = QuadraticRidge.fit(scores, targets)
    np.testing.assert_allclose(own.coefficients, theirs.coef_.T, atol=1e-10)
    np.testing.assert_allclose(own.predict(scores), theirs.predict(white), atol=1e-10)


def test_a_coordinate_that_does_not_vary_weighs_nothing_for_those_who_differ():
    rng = np.random.default_rng(0)
    scores = np.column_stack([rng.standard_normal(50), np.full(50, 0.1)])
    own = QuadraticRidge.fit(scores, scores[:, :1])
    here, there = own.predict(np.array([[1.0, 0.1], [1.0, 99.0]]))
    # The product with it is the other coordinate, which may weigh.
    assert np.isfinite(there).all()
    assert here == pytest.approx(1.0, abs=0.1)
    assert abs(own.coefficients[1, 0]) < 1e-12


def test_directions_that_act_by_products_and_squares_alone_are_found(fitted):
    model, test, joint = fitted
    assert model.driver == "SC"
    found = model.encode(test)
    assert found.joint.shape == (200, 2)
    assert canonical_correlations(found.joint, joint).min() > 0.97
    assert {name: one.shape[1] for name, one in found.individual.items()} == {"SC": 2, "FC": 2}


def test_what_the_driver_does_to_the_other_is_predicted(fitted):
    model, test, _ = fitted
    around = test.edges["FC"] - model.axes["FC"].mean
    error = test.edges["FC"] - model.predict(test, "FC")
    # Product and square are half of the variance.
    assert 0.4 < 1 - (error**2).sum() / (around**2).sum() < 0.55


def test_a_subject_without_the_driver_has_what_the_other_foretells(fitted, without):
    model, test, _ = fitted
    fewer = without(without(test, "SC", [0, 1]), "FC", [1])
    found = model.encode(fewer)
    foretold = model.back.predict(model.axes["FC"].scores(test.edges["FC"][:1]))
    np.testing.assert_allclose(found.joint[:1], foretold)
    assert np.isnan(found.joint[1]).all()
    np.testing.assert_allclose(found.joint[2:], model.encode(test).joint[2:])


def test_modalities_that_do_not_act_on_each_other_share_nothing():
    views, _ = plant(coupled=False)
    model = Curved(4).fit(views, views, SEED)
    assert model.encode(views).joint.shape == (900, 0)
    for name in ("SC", "FC"):
        predicted = model.predict(views, name)
        np.testing.assert_allclose(predicted, np.tile(predicted[0], (900, 1)), atol=1e-10)


def test_as_many_directions_as_are_asked_for_are_taken_even_where_none_stands_out():
    for coupled in (True, False):
        views, _ = plant(coupled=coupled)
        assert Curved(4, 3).fit(views, views, SEED).encode(views).joint.shape == (900, 3)
    assert Curved(4, 0).fit(views, views, SEED).encode(views).joint.shape == (900, 0)


def test_linear_worlds_are_found_as_well(planted, views_of):
    model = Curved(10).fit(views_of(planted), views_of(planted, "validation"), SEED)
    joint = model.encode(views_of(planted)).joint
    assert joint.shape[1] == 5
    assert canonical_correlations(joint, planted.truth["joint"]).mean() > 0.85


@pytest.mark.parametrize(("coupled", "rank"), [(True, 1), (False, 0)])
def test_a_single_component_is_joint_or_not(coupled, rank):
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((300, 1))
    other = shared if coupled else rng.standard_normal((300, 1))
    views = Views({"SC": shared @ np.ones((1, 3)), "FC": other**2 @ np.ones((1, 3))})
    model = Curved(1).fit(views, views, SEED)
    assert model.encode(views).joint.shape == (300, rank)


def test_the_same_seed_gives_the_same_model(fitted):
    model, test, _ = fitted
    views, _ = plant()
    train = views.take(np.arange(700))
    again = Curved(4).fit(train, train, SEED)
    assert again.predict(test, "FC").tolist() == model.predict(test, "FC").tolist()
