import numpy as np
import pytest

from neuropil.cohorts.joint.models.linear import LinearLatent
from neuropil.contracts import SeedTree

SEED = SeedTree(0)


@pytest.fixture(scope="module")
def fitted(planted, parts_of):
    train, chosen, _ = parts_of(planted)
    return LinearLatent(10).fit(train, chosen, SEED)


def test_every_subject_is_a_unit_vector_of_the_shared_space(fitted, planted, views_of, without):
    test = without(views_of(planted, "test"), "FC", [0])
    latents = fitted.encode(test)
    assert latents.joint.shape == (test.n_subjects, 128)
    one = fitted.encode(test.only("SC")).joint
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(latents.joint[0], one[0], atol=1e-6)
    assert {each.shape[1] for each in latents.individual.values()} == {0}


def test_one_modality_tells_of_the_other_and_more_of_itself(fitted, planted, views_of):
    test = views_of(planted, "test")
    around = ((test.edges["FC"] - fitted.axes["FC"].mean) ** 2).mean()
    crossed = ((test.edges["FC"] - fitted.predict(test, "FC")) ** 2).mean()
    own = ((test.edges["FC"] - fitted.reconstruct(test, "FC")) ** 2).mean()
    assert own < crossed < 0.97 * around


def test_the_same_seed_gives_the_same_model(fitted, planted, parts_of):
    train, chosen, test = parts_of(planted)
    again = LinearLatent(10).fit(train, chosen, SEED)
    np.testing.assert_array_equal(again.predict(test, "SC"), fitted.predict(test, "SC"))


def test_a_subject_without_the_source_is_not_predicted(fitted, planted, views_of, without):
    lone = without(views_of(planted, "test"), "SC", [1])
    assert np.isnan(fitted.predict(lone, "FC")[1]).all()
    assert np.isfinite(fitted.predict(lone, "FC")[0]).all()
