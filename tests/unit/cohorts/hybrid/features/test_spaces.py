"""Spaces of offsets: what goes in comes out, and what comes out is what it says."""

import numpy as np
import pytest
from scipy.linalg import logm

from neuropil.cohorts.hybrid.features.correlations import RIDGE, CorrelationFeatures
from neuropil.cohorts.hybrid.features.spaces import LogarithmSpace, ScaleSpace
from neuropil.connectome import fill_matrices

REGIONS = 9
ROWS, COLUMNS = np.triu_indices(REGIONS, 1)


def _correlate(length, n=12, seed=0):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(REGIONS, REGIONS))
    series = rng.normal(size=(n, length, REGIONS)) @ mixing
    return np.array([np.corrcoef(one, rowvar=False)[ROWS, COLUMNS] for one in series])


@pytest.mark.parametrize("length", [5, 60], ids=["fewer points than regions", "many points"])
def test_correlations_come_back_from_their_logarithms(length):
    values = _correlate(length)
    space = LogarithmSpace(values.mean(axis=0))
    assert space.leave(space.enter(values)) == pytest.approx(values, abs=1e-5)


def test_the_logarithm_is_that_of_scipy_and_distances_are_those_of_whole_matrices():
    values = _correlate(60, n=2)
    ours = LogarithmSpace(values.mean(axis=0)).enter(values)
    matrices = fill_matrices(values, REGIONS, 1.0) + RIDGE * np.eye(REGIONS)
    theirs = np.array([logm(one) for one in matrices])
    distance = np.linalg.norm(theirs[0] - theirs[1])
    assert np.linalg.norm(ours[0] - ours[1]) == pytest.approx(distance, rel=1e-5)
    assert ours[0, 0] == pytest.approx(theirs[0, 0, 0], abs=1e-5)


def test_whatever_is_added_the_result_is_a_matrix_of_correlations():
    values = _correlate(20)
    space = LogarithmSpace(values.mean(axis=0))
    inside = space.enter(values)
    moved = space.leave(inside + np.random.default_rng(1).normal(size=inside.shape))
    assert not np.allclose(moved, values, atol=0.05)
    smallest = np.linalg.eigvalsh(fill_matrices(moved, REGIONS, 1.0)).min()
    assert smallest > -1e-10


def test_a_missing_correlation_is_taken_for_the_mean():
    values = _correlate(60)
    space = LogarithmSpace(values.mean(axis=0))
    holed, filled = values.copy(), values.copy()
    holed[3, 4], filled[3, 4] = np.nan, values[:, 4].mean()
    assert space.enter(holed) == pytest.approx(space.enter(filled), abs=1e-6)


def test_counts_are_not_below_zero_and_other_weights_may_be():
    moved = np.array([[-1.0, 2.0]])
    assert ScaleSpace("log1p", "streamlines").leave(moved)[0, 0] == 0
    assert ScaleSpace("none", "log1p streamlines").leave(moved)[0, 0] == 0
    assert ScaleSpace("none", "partial correlation").leave(moved)[0, 0] == -1
    found = ScaleSpace("fisher-z", "partial correlation").leave(moved)
    assert found[0, 0] == pytest.approx(np.tanh(-1))


def test_the_features_of_correlations_begin_with_those_that_tell_categories():
    values = _correlate(40, n=60)
    features = CorrelationFeatures.fit(values)
    found = features.transform(values)
    told = found[:, features.acquisition].shape[1]
    assert told == 15 + 6  # a quarter of the subjects, and six of the spectrum
    assert found.shape == (60, told + 15)
