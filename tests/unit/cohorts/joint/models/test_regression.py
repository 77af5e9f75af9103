import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge

from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.regression import ComponentRidge, GroupMean, PartialLeastSquares
from neuropil.contracts import SeedTree

SEED = SeedTree(0)


@pytest.fixture
def pair():
    rng = np.random.default_rng(4)
    shared = rng.standard_normal((120, 2))
    views = Views(
        {
            name: shared @ rng.standard_normal((2, 7)) + rng.standard_normal((120, 7)) + 4
            for name in ("SC", "FC")
        }
    )
    train, other = views.take(np.arange(90)), views.take(np.arange(90, 120))
    # Of one mean, so that the centre, which is that of both, is that of the training subjects.
    moved = {
        name: edges + train.edges[name].mean(axis=0) - edges.mean(axis=0)
        for name, edges in other.edges.items()
    }
    return train, Views(moved)


def test_the_mean_is_given_to_everybody(pair):
    train, other = pair
    model = GroupMean().fit(train, other, SEED)
    for name in ("SC", "FC"):
        expected = np.tile(train.edges[name].mean(axis=0), (30, 1))
        np.testing.assert_allclose(model.predict(other, name), expected)
        np.testing.assert_allclose(model.reconstruct(other, name), expected)
    assert model.encode(other).joint.shape == (30, 0)
    assert not model.encode(other).individual["SC"].any()


@pytest.mark.parametrize("penalty", [0.03, 1.0])
def test_ridge_is_that_of_scikit_learn(penalty, pair):
    train, other = pair
    model = ComponentRidge(5, (penalty,)).fit(train, other, SEED)
    scores = model.axes["SC"].scores(train.edges["SC"])
    theirs = Ridge(alpha=penalty * 90).fit(scores, train.edges["FC"])
    np.testing.assert_allclose(
        model.predict(other, "FC"),
        theirs.predict(model.axes["SC"].scores(other.edges["SC"])),
        atol=1e-10,
    )


def test_the_penalty_is_the_one_that_validation_subjects_favour(pair):
    train, other = pair
    model = ComponentRidge(5).fit(train, other, SEED)
    errors = {}
    fitted, unseen = (model.axes["SC"].scores(rows.edges["SC"]) for rows in pair)
    for penalty in (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0):
        theirs = Ridge(alpha=penalty * 90).fit(fitted, train.edges["FC"])
        errors[penalty] = ((theirs.predict(unseen) - other.edges["FC"]) ** 2).sum()
    found = ((model.predict(other, "FC") - other.edges["FC"]) ** 2).sum()
    assert found == pytest.approx(min(errors.values()))


def test_one_part_of_partial_least_squares_is_that_of_scikit_learn(pair):
    train, other = pair
    model = PartialLeastSquares(7, (1,)).fit(train, other, SEED)
    theirs = PLSRegression(1, scale=False, tol=1e-20, max_iter=100_000).fit(
        train.edges["SC"], train.edges["FC"]
    )
    np.testing.assert_allclose(
        model.predict(other, "FC"), theirs.predict(other.edges["SC"]), atol=1e-6
    )


def test_all_parts_of_partial_least_squares_are_least_squares(pair):
    train, other = pair
    model = PartialLeastSquares(7, (7,)).fit(train, other, SEED)
    design = np.column_stack([np.ones(90), train.edges["SC"]])
    weights = np.linalg.lstsq(design, train.edges["FC"], rcond=None)[0]
    expected = np.column_stack([np.ones(30), other.edges["SC"]]) @ weights
    np.testing.assert_allclose(model.predict(other, "FC"), expected, atol=1e-8)


@pytest.mark.parametrize("spec", [ComponentRidge(5), PartialLeastSquares(5)])
def test_where_nothing_can_be_predicted_validation_favours_the_mean(spec):
    rng = np.random.default_rng(0)
    # What pairs have in common is turned round in those who choose.
    shared = rng.standard_normal((60, 1))
    train = Views({"SC": shared @ np.ones((1, 4)), "FC": shared @ np.ones((1, 4))})
    other = Views({"SC": -train.edges["SC"], "FC": train.edges["FC"]})
    model = spec.fit(train, other, SEED)
    np.testing.assert_allclose(
        model.predict(other, "FC"), np.tile(train.edges["FC"].mean(axis=0), (60, 1)), atol=1e-12
    )


@pytest.mark.parametrize("spec", [ComponentRidge(5), PartialLeastSquares(5)])
def test_where_nobody_can_choose_the_mean_is_taken(spec, pair, without):
    train, other = pair
    model = spec.fit(train, without(other, "FC", slice(None)), SEED)
    assert not model.maps["FC"].any()
    assert not model.maps["SC"].any()


@pytest.mark.parametrize("spec", [GroupMean(), ComponentRidge(5), PartialLeastSquares(5)])
def test_subjects_without_a_modality_help_where_they_have_one(spec, pair, without):
    train, other = pair
    model = spec.fit(without(train, "FC", np.arange(30)), other, SEED)
    np.testing.assert_allclose(model.axes["SC"].mean, train.edges["SC"].mean(axis=0))
    both = np.concatenate([train.edges["FC"][30:], other.edges["FC"]])
    np.testing.assert_allclose(model.axes["FC"].mean, both.mean(axis=0))
    assert np.isfinite(model.predict(other, "FC")).all()
    lone = without(other, "SC", [0])
    assert np.isnan(model.predict(lone, "FC")[0]).all()
    assert np.isnan(model.encode(lone).individual["SC"][0]).all()


@pytest.mark.parametrize("spec", [ComponentRidge(), PartialLeastSquares()])
def test_planted_coupling_is_predicted_and_strangers_are_not(spec, planted, uncoupled, views_of):
    def explain(world):
        train, chosen, test = (views_of(world, part) for part in ("train", "validation", "test"))
        model = spec.fit(train, chosen, SEED)
        mean = train.edges["FC"].mean(axis=0)
        error = (test.edges["FC"] - model.predict(test, "FC")) ** 2
        return 1 - error.sum() / ((test.edges["FC"] - mean) ** 2).sum()

    assert explain(planted) > 0.08
    assert -0.05 < explain(uncoupled) < 0.01
