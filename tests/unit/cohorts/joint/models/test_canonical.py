import numpy as np
import pytest

from neuropil.cohorts.components import PrincipalComponents
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.canonical import Canonical, complement, count_joint
from neuropil.cohorts.joint.score import canonical_correlations, explained_variance
from neuropil.contracts import SeedTree

SEED = SeedTree(0)


@pytest.fixture
def small():
    """Two modalities of six edges that share two coordinates."""
    rng = np.random.default_rng(2)
    shared = rng.standard_normal((150, 2))
    return Views(
        {
            name: shared @ rng.standard_normal((2, 6)) + rng.standard_normal((150, 6))
            for name in ("SC", "FC")
        }
    )


def test_correlations_and_coordinates_are_those_of_canonical_correlation(small):
    from sklearn.cross_decomposition import CCA

    model = Canonical(6, None).fit(small, small, SEED)
    theirs = CCA(3, scale=False, tol=1e-12, max_iter=50_000)
    a, b = theirs.fit_transform(small.edges["SC"], small.edges["FC"])
    for k in range(3):
        r = np.corrcoef(a[:, k], b[:, k])[0, 1]
        assert model.correlations[k] == pytest.approx(r, abs=1e-6)
        own = model.axes["SC"].scores(small.edges["SC"]) @ model.weights["SC"][:, k]
        assert abs(np.corrcoef(own, a[:, k])[0, 1]) == pytest.approx(1, abs=1e-4)


def test_with_all_components_it_predicts_as_least_squares_does(small):
    model = Canonical(6, None).fit(small, small, SEED)
    design = np.column_stack([np.ones(150), small.edges["SC"]])
    expected = design @ np.linalg.lstsq(design, small.edges["FC"], rcond=None)[0]
    np.testing.assert_allclose(model.predict(small, "FC"), expected, atol=1e-9)


def test_the_planted_joint_coordinates_are_found_and_told_from_the_individual_ones(
    planted, views_of
):
    model = Canonical().fit(views_of(planted, "train"), views_of(planted, "validation"), SEED)
    train, test = views_of(planted, "train"), views_of(planted, "test")
    latents, unseen = model.encode(train), model.encode(test)
    fitted, held = planted.rows("train"), planted.rows("test")
    assert latents.joint.shape == (210, 5)
    assert canonical_correlations(unseen.joint, planted.truth["joint"][held]).mean() > 0.95
    for name in ("SC", "FC"):
        own = planted.truth[f"individual_{name}"]
        assert explained_variance((latents.joint, unseen.joint), (own[fitted], own[held])) < 0.05
        assert unseen.individual[name].shape == (60, 5)
        assert canonical_correlations(unseen.individual[name], own[held]).mean() > 0.95


def test_strangers_have_no_joint_coordinate_and_are_given_the_mean(uncoupled, views_of):
    train, test = views_of(uncoupled, "train"), views_of(uncoupled, "test")
    model = Canonical(permutations=400).fit(train, test, SEED)
    assert model.encode(test).joint.shape == (60, 0)
    np.testing.assert_allclose(model.predict(test, "FC"), np.tile(model.axes["FC"].mean, (60, 1)))
    assert model.encode(test).individual["SC"].shape[1] == len(model.axes["SC"].spread)


def test_a_rank_that_is_asked_for_is_taken(planted, views_of):
    train = views_of(planted, "train")
    assert Canonical(10, 3).fit(train, train, SEED).encode(train).joint.shape[1] == 3
    assert Canonical(4, 9).fit(train, train, SEED).encode(train).joint.shape[1] == 4


def test_a_subject_with_one_modality_has_that_ones_coordinates(small, without):
    model = Canonical(6, 2).fit(small, small, SEED)
    fewer = without(without(small, "FC", [0, 2]), "SC", [1, 2])
    found, whole = model.encode(fewer), model.encode(small)
    sc = model.axes["SC"].scores(small.edges["SC"]) @ model.weights["SC"]
    fc = model.axes["FC"].scores(small.edges["FC"]) @ model.weights["FC"]
    np.testing.assert_allclose(found.joint[0], sc[0])
    np.testing.assert_allclose(found.joint[1], fc[1])
    assert np.isnan(found.joint[2]).all()
    np.testing.assert_allclose(found.joint[3:], whole.joint[3:])
    np.testing.assert_allclose(whole.joint, (sc + fc) / 2)
    assert np.isnan(found.individual["FC"][0]).all()
    assert np.isfinite(found.individual["SC"][0]).all()


def test_missing_modalities_of_training_subjects_cost_little(planted, views_of, without):
    train, test = views_of(planted, "train"), views_of(planted, "test")
    missing = np.random.default_rng(0).permutation(train.n_subjects)[:63]
    model = Canonical().fit(without(train, "FC", missing), test, SEED)
    truth = planted.truth["joint"][planted.rows("test")]
    assert model.encode(test).joint.shape[1] == 5
    assert canonical_correlations(model.encode(test).joint, truth).mean() > 0.94


def test_reconstruction_is_the_projection_on_the_components(small):
    model = Canonical(4, 2).fit(small, small, SEED)
    axes = PrincipalComponents.fit(small.edges["FC"], 4)
    expected = axes.expand(axes.scores(small.edges["FC"]))
    np.testing.assert_allclose(model.reconstruct(small, "FC"), expected, atol=1e-10)


def test_the_same_seed_gives_the_same_model(planted, views_of):
    train = views_of(planted, "train")
    one, again = (Canonical().fit(train, train, SeedTree(4)) for _ in range(2))
    assert one.predict(train, "SC").tolist() == again.predict(train, "SC").tolist()


def test_as_many_are_joint_as_shuffled_pairs_do_not_reach():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((400, 6)), rng.standard_normal((400, 6))
    assert count_joint(a, b, 200, SEED) == 0
    b[:, :2] = 0.8 * a[:, :2] + 0.6 * b[:, :2]
    assert count_joint(a, b, 200, SEED) == 2
    assert count_joint(a, a, 200, SEED) == 6


def test_a_complement_is_all_that_is_left_out():
    weights = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 2)))[0]
    rest = complement(weights)
    assert rest.shape == (5, 3)
    np.testing.assert_allclose(rest.T @ rest, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(weights.T @ rest, 0, atol=1e-12)
    np.testing.assert_allclose(complement(np.zeros((4, 0))), np.eye(4))
    assert complement(np.eye(3)).shape == (3, 0)
