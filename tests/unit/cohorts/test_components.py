import numpy as np
import pytest
from sklearn.decomposition import PCA

from neuropil.cohorts.components import (
    PrincipalComponents,
    count_components,
    find_axes,
)
from neuropil.cohorts.data import Views
from neuropil.contracts import InputError


@pytest.fixture
def edges():
    rng = np.random.default_rng(0)
    return rng.standard_normal((40, 12)) * np.linspace(1, 4, 12) + 3


def test_they_are_those_of_scikit_learn(edges):
    own, theirs = PrincipalComponents.fit(edges, 5), PCA(5, svd_solver="full").fit(edges)
    np.testing.assert_allclose(own.mean, theirs.mean_, atol=1e-12)
    np.testing.assert_allclose(own.spread**2, theirs.explained_variance_, rtol=1e-10)
    np.testing.assert_allclose(np.abs(own.directions @ theirs.components_.T), np.eye(5), atol=1e-8)
    np.testing.assert_allclose(
        own.expand(own.scores(edges)),
        theirs.inverse_transform(theirs.transform(edges)),
        atol=1e-10,
    )


def test_scores_of_the_fitted_subjects_are_white(edges):
    scores = PrincipalComponents.fit(edges, 6).scores(edges)
    np.testing.assert_allclose(np.cov(scores.T), np.eye(6), atol=1e-10)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-12)


def test_the_residual_is_what_components_leave_with_their_degrees_of_freedom(edges):
    own = PrincipalComponents.fit(edges, 4)
    left = edges - own.expand(own.scores(edges))
    np.testing.assert_allclose(own.residual, (left**2).sum(axis=0) / (40 - 1 - 4), rtol=1e-8)


def test_a_missing_subject_is_nan_and_does_not_count(edges):
    fewer = np.vstack([edges, np.full((2, 12), np.nan)])
    own, whole = PrincipalComponents.fit(fewer, 3), PrincipalComponents.fit(edges, 3)
    np.testing.assert_allclose(own.spread, whole.spread)
    scores = own.scores(fewer)
    assert np.isnan(scores[40:]).all()
    assert np.isfinite(scores[:40]).all()


def test_a_missing_edge_counts_as_the_mean_of_the_others(edges):
    fewer, filled = edges.copy(), edges.copy()
    fewer[7, 2] = np.nan
    filled[7, 2] = np.delete(edges[:, 2], 7).mean()
    own, theirs = PrincipalComponents.fit(fewer, 3), PrincipalComponents.fit(filled, 3)
    np.testing.assert_allclose(own.mean, theirs.mean)
    np.testing.assert_allclose(own.spread, theirs.spread)
    np.testing.assert_allclose(own.scores(fewer), theirs.scores(filled))


def test_an_edge_that_nobody_has_is_0_and_moves_nothing(edges):
    padded = np.column_stack([edges, np.full(40, np.nan)])
    own, theirs = PrincipalComponents.fit(padded, 3), PrincipalComponents.fit(edges, 3)
    assert own.mean[-1] == 0
    assert not own.directions[:, -1].any()
    np.testing.assert_allclose(own.spread, theirs.spread)


def test_there_are_no_more_than_directions_in_which_subjects_differ(edges):
    assert len(PrincipalComponents.fit(edges, 99).spread) == 12
    assert len(PrincipalComponents.fit(edges[:5], 99).spread) == 4
    # Twelve edges, of which all but three are the same for everybody.
    flat = np.hstack([edges[:, :3], np.full((40, 9), 0.1)])
    assert len(PrincipalComponents.fit(flat, 99).spread) == 3
    twice = np.vstack([edges[:4], edges[:4], edges[:4]])
    own = PrincipalComponents.fit(twice, 99)
    assert len(own.spread) == 3
    np.testing.assert_allclose(own.directions @ own.directions.T, np.eye(3), atol=1e-8)


def test_subjects_that_are_all_the_same_have_one_empty_direction():
    own = PrincipalComponents.fit(np.full((10, 4), 0.1), 3)
    assert own.directions.tolist() == [[0.0] * 4]
    assert own.spread.tolist() == [1.0]
    assert own.scores(np.full((1, 4), 7.0)).tolist() == [[0.0]]
    np.testing.assert_allclose(own.expand(np.ones((1, 1))), 0.1)


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_the_unit_of_the_weights_scales_the_spread_alone(unit, edges):
    own, plain = PrincipalComponents.fit(unit * edges), PrincipalComponents.fit(edges)
    np.testing.assert_allclose(own.spread, unit * plain.spread)
    np.testing.assert_allclose(own.scores(unit * edges), plain.scores(edges), atol=1e-8)


def test_a_single_subject_is_refused(edges):
    alone = edges.copy()
    alone[1:] = np.nan
    with pytest.raises(InputError) as caught:
        PrincipalComponents.fit(alone)
    assert str(caught.value) == (
        "principal components: expected at least 2 subjects with connections, found 1. Add "
        "subjects, or take fewer folds."
    )


def test_the_number_is_that_before_the_largest_gap():
    assert count_components(np.array([9.0] * 10 + [3.0] * 40)) == 10
    assert count_components(np.array([9.0] * 10 + [7.4] * 20 + [5.0] * 20)) == 30


def test_a_gap_before_the_fifth_or_beyond_the_fortieth_is_not_taken():
    assert count_components(np.array([90.0, 9.0] + [3.0] * 48)) == 20
    assert count_components(np.array([9.0] * 45 + [1.0] * 5)) == 20


def test_without_a_gap_there_are_twenty_or_as_many_as_there_are():
    falling = 1.1 ** -np.arange(50.0)
    assert count_components(falling) == 20
    assert count_components(falling[:12]) == 11
    assert count_components(falling[:4]) == 3
    assert count_components(falling[:1]) == 1


def test_planted_components_are_counted(planted):
    for name in ("SC", "FC"):
        assert len(PrincipalComponents.fit(planted.cohort.edges(name)).spread) == 10


def separable(n_subjects, n_regions, seed):
    """Symmetric matrix-normal connectomes: the covariance of edges is that of regions, twice."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n_regions, n_regions)) * 0.8 ** np.arange(n_regions)
    drawn = rng.standard_normal((n_subjects, n_regions, n_regions))
    matrices = factor @ (drawn + drawn.transpose(0, 2, 1)) @ factor.T
    rows, columns = np.triu_indices(n_regions, 1)
    return matrices[:, rows, columns]


def lost(axes, edges):
    return ((axes.expand(axes.scores(edges)) - edges) ** 2).sum()


def test_a_separable_covariance_helps_a_few_subjects():
    edges = separable(240, 14, 3)
    few, unseen = edges[:30], edges[40:]
    plain, shrunk = (PrincipalComponents.fit(few, 10, share) for share in (0.0, 0.9))
    best = PrincipalComponents.fit(unseen, 10)
    # A quarter of the way from the components of thirty subjects to those of the unseen themselves.
    assert lost(shrunk, unseen) - lost(best, unseen) < 0.75 * (
        lost(plain, unseen) - lost(best, unseen)
    )
    chosen = find_axes(Views({"SC": few}), Views({"SC": edges[30:40]}), 10)["SC"]
    assert lost(chosen, unseen) < lost(plain, unseen)
    np.testing.assert_allclose(chosen.mean, edges[:40].mean(axis=0))


def test_shrunk_components_are_orthonormal_their_coordinates_white_and_the_same_each_time():
    edges = separable(30, 14, 4)
    axes = PrincipalComponents.fit(edges, 8, 0.6)
    np.testing.assert_allclose(axes.directions @ axes.directions.T, np.eye(8), atol=1e-10)
    np.testing.assert_allclose(np.cov(axes.scores(edges).T), np.eye(8), atol=1e-10)
    again = PrincipalComponents.fit(edges, 8, 0.6)
    np.testing.assert_array_equal(again.directions, axes.directions)


def test_they_are_those_of_the_covariance_written_out():
    edges = separable(25, 6, 5)
    centred = edges - edges.mean(axis=0)
    matrices = np.zeros((25, 6, 6))
    pairs = list(zip(*np.triu_indices(6, 1), strict=True))
    for at, (i, j) in enumerate(pairs):
        matrices[:, i, j] = matrices[:, j, i] = centred[:, at]
    regions = sum(matrix @ matrix.T for matrix in matrices)
    model = np.array(
        [
            [regions[i, k] * regions[j, m] + regions[i, m] * regions[j, k] for k, m in pairs]
            for i, j in pairs
        ]
    )
    sample = centred.T @ centred
    mixed = 0.4 * sample + 0.6 * model * np.trace(sample) / np.trace(model)
    leading = np.linalg.eigh(mixed)[1][:, -4:]
    found = PrincipalComponents.fit(edges, 4, 0.6).directions
    np.testing.assert_allclose(found.T @ found, leading @ leading.T, atol=1e-8)


def test_edges_that_are_not_all_pairs_of_regions_are_not_shrunk():
    rng = np.random.default_rng(0)
    parts = [Views({"SC": rng.standard_normal((20, 7))}) for _ in range(2)]
    plain = PrincipalComponents.fit(parts[0].edges["SC"], 2)
    np.testing.assert_array_equal(find_axes(*parts, 2)["SC"].directions, plain.directions)
