import numpy as np
import pytest

from neuropil.cohorts.joint.score import (
    canonical_correlations,
    explained_variance,
    identify,
    score_subjects,
)

NAN = np.nan


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_scores_are_those_of_numpy(rng):
    measured, mean = rng.standard_normal((6, 40)), rng.standard_normal(40)
    predicted = measured + rng.standard_normal((6, 40))
    found = score_subjects(predicted, measured, mean)
    r = [np.corrcoef(p, m)[0, 1] for p, m in zip(predicted, measured, strict=True)]
    demeaned = np.corrcoef(measured - mean, predicted - mean)[:6, 6:]
    np.testing.assert_allclose(found["r"], r, atol=1e-12)
    np.testing.assert_allclose(found["likeness"], demeaned, atol=1e-12)
    np.testing.assert_allclose(found["demeaned_r"], np.diag(demeaned), atol=1e-12)
    np.testing.assert_allclose(found["mse"], ((predicted - measured) ** 2).mean(axis=1))
    np.testing.assert_allclose(found["mean_mse"], ((measured - mean) ** 2).mean(axis=1))


def test_an_edge_that_a_subject_lacks_is_left_out_of_all_its_scores(rng):
    measured, mean = rng.standard_normal((4, 30)), rng.standard_normal(30)
    predicted = measured + rng.standard_normal((4, 30))
    fewer = measured.copy()
    fewer[1, 10:] = NAN
    found = score_subjects(predicted, fewer, mean)
    cut = score_subjects(predicted[:, :10], measured[:, :10], mean[:10])
    whole = score_subjects(predicted, measured, mean)
    for name in ("r", "demeaned_r", "mse", "mean_mse"):
        np.testing.assert_allclose(found[name][1], cut[name][1], atol=1e-12)
        np.testing.assert_allclose(found[name][[0, 2, 3]], whole[name][[0, 2, 3]], atol=1e-12)
    np.testing.assert_allclose(found["likeness"][1], cut["likeness"][1], atol=1e-12)
    np.testing.assert_allclose(np.diag(found["likeness"]), found["demeaned_r"], atol=1e-12)


def test_the_mean_given_to_everybody_says_nothing_about_anybody(rng):
    measured, mean = rng.standard_normal((5, 20)), rng.standard_normal(20)
    found = score_subjects(np.tile(mean, (5, 1)), measured, mean)
    assert found["demeaned_r"].tolist() == [0.0] * 5
    assert not found["likeness"].any()
    assert found["mse"].tolist() == found["mean_mse"].tolist()
    top1, rank = identify(found["likeness"])
    assert top1.tolist() == [0.2] * 5
    assert rank.tolist() == [0.5] * 5


def test_a_prediction_that_differs_from_the_mean_by_rounding_does_not_vary(rng):
    measured, mean = rng.standard_normal((5, 20)), rng.standard_normal(20)
    rounded = np.tile(mean, (5, 1)) * (1 + 1e-15 * rng.standard_normal((5, 20)))
    found = score_subjects(rounded, measured, mean)
    assert not found["demeaned_r"].any()
    assert not found["likeness"].any()


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_correlations_do_not_depend_on_the_unit_of_the_weights(unit, rng):
    measured, mean = rng.standard_normal((3, 20)), rng.standard_normal(20)
    predicted = measured + rng.standard_normal((3, 20))
    plain = score_subjects(predicted, measured, mean)
    scaled = score_subjects(unit * predicted, unit * measured, unit * mean)
    for name in ("r", "demeaned_r", "likeness"):
        np.testing.assert_allclose(scaled[name], plain[name], atol=1e-12)


def test_who_fits_best_is_found_and_ranked():
    likeness = np.array([[0.9, 0.1, 0.2], [0.5, 0.4, 0.1], [0.3, 0.3, -0.1]])
    top1, rank = identify(likeness)
    assert top1.tolist() == [1.0, 0.0, 0.0]
    assert rank.tolist() == [1.0, 0.5, 0.0]


def test_those_who_fit_as_well_share_the_first_place_and_half_a_rank():
    likeness = np.array([[0.5, 0.5, 0.1], [0.2, 0.2, 0.2], [0.9, 0.3, 0.3]])
    top1, rank = identify(likeness)
    assert top1.tolist() == [1 / 2, 1 / 3, 0.0]
    assert rank.tolist() == [0.75, 0.5, 0.25]


def test_a_single_subject_is_first_and_ranks_as_chance():
    top1, rank = identify(np.array([[0.3]]))
    assert (top1.tolist(), rank.tolist()) == ([1.0], [0.5])


def test_canonical_correlations_are_those_that_were_planted(rng):
    basis = np.linalg.qr(rng.standard_normal((200, 4)) - 0.0)[0]
    basis = np.linalg.qr(basis - basis.mean(axis=0))[0]
    first = basis[:, :2] @ rng.standard_normal((2, 2)) + 7
    second = np.column_stack([0.6 * basis[:, 0] + 0.8 * basis[:, 2], basis[:, 3]]) - 2
    np.testing.assert_allclose(canonical_correlations(first, second), [0.6, 0.0], atol=1e-12)


def test_canonical_correlations_are_those_of_scikit_learn(rng):
    from sklearn.cross_decomposition import CCA

    shared = rng.standard_normal((300, 2))
    first = shared @ rng.standard_normal((2, 3)) + rng.standard_normal((300, 3))
    second = shared @ rng.standard_normal((2, 3)) + rng.standard_normal((300, 3))
    a, b = CCA(n_components=2, scale=False, tol=1e-12, max_iter=10_000).fit_transform(first, second)
    theirs = [np.corrcoef(a[:, k], b[:, k])[0, 1] for k in range(2)]
    np.testing.assert_allclose(canonical_correlations(first, second)[:2], theirs, atol=1e-6)


def test_a_coordinate_that_does_not_vary_or_is_there_twice_counts_as_0(rng):
    one, other = rng.standard_normal((50, 1)), rng.standard_normal((50, 3))
    first = np.hstack([one, one, np.full((50, 1), 3.3)])
    found = canonical_correlations(first, np.hstack([one, other]))
    np.testing.assert_allclose(found, [1.0, 0.0, 0.0], atol=1e-12)


def test_no_coordinates_have_no_correlation():
    assert canonical_correlations(np.zeros((10, 0)), np.ones((10, 2))).tolist() == []


def test_what_is_a_linear_function_is_explained_and_an_independent_one_is_not(rng):
    source, noise = rng.standard_normal((600, 3)), rng.standard_normal((600, 2))
    target = source @ rng.standard_normal((3, 2)) + 5
    pair = (source[:500], source[500:])
    assert explained_variance(pair, (target[:500], target[500:])) == pytest.approx(1.0)
    assert -0.05 < explained_variance(pair, (noise[:500], noise[500:])) < 0.02


def test_a_square_is_explained_by_curves_alone(rng):
    source = rng.standard_normal((1000, 2))
    target = source[:, :1] ** 2
    pairs = (source[:800], source[800:]), (target[:800], target[800:])
    assert explained_variance(*pairs) < 0.05
    assert explained_variance(*pairs, curved=True) > 0.95


def test_no_source_explains_nothing():
    empty = (np.zeros((5, 0)), np.zeros((3, 0)))
    assert explained_variance(empty, (np.ones((5, 1)), np.ones((3, 1)))) == 0.0
