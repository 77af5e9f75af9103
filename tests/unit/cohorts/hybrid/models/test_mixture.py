"""Mixtures: planted groups are found, mergers follow the cost, and bad input is named."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from neuropil.cohorts.hybrid.models.mixture import (
    TiedMixture,
    _nearest_pairs,
    fit_tied_mixture,
    trace_mergers,
)
from neuropil.contracts import InputError, SeedTree


@pytest.fixture(scope="module")
def groups():
    """Six groups with one stretched covariance, unequal in size."""
    rng = np.random.default_rng(0)
    sizes = [200, 150, 100, 60, 40, 20]
    stretch = np.array([4.0, 1.0, 0.3, 2.0])
    means = rng.normal(size=(6, 4)) * 6 * stretch
    labels = np.repeat(np.arange(6), sizes)
    return means[labels] + rng.normal(size=(570, 4)) * stretch, labels


def test_planted_groups_are_found_whatever_their_size(groups):
    features, labels = groups
    found = fit_tied_mixture(features, 6, SeedTree(0))
    assert adjusted_rand_score(labels, found.predict(features)) > 0.99
    assert found.weights == pytest.approx(np.array([200, 150, 100, 60, 40, 20]) / 570, abs=0.01)


def test_the_likelihood_is_at_least_that_of_scikit_learn(groups):
    features, _ = groups
    found = fit_tied_mixture(features, 6, SeedTree(0))
    rival = GaussianMixture(6, covariance_type="tied", random_state=0, n_init=5).fit(features)
    assert found.score_samples(features).mean() >= rival.score(features) - 1e-3


def test_densities_are_those_of_scikit_learn(groups):
    features, _ = groups
    model = GaussianMixture(6, covariance_type="tied", random_state=0).fit(features)
    same = TiedMixture(model.weights_, model.means_, model.covariances_, 0.0)
    assert same.score_samples(features) == pytest.approx(model.score_samples(features))
    assert same.predict_proba(features) == pytest.approx(model.predict_proba(features), abs=1e-9)


def test_the_cheapest_pair_is_a_small_one_nearby():
    means = np.array([[0.0], [1.0], [1.5]])
    heavy = TiedMixture(np.array([0.49, 0.02, 0.49]), means, np.eye(1), 0.0)
    # Costs: 1 * .49 * .02 / .51 = .0192; 2.25 * .49^2 / .98 = .551; .25 * .02 * .49 / .51 = .0048.
    assert _nearest_pairs(heavy) == [(1, 2), (0, 1)]


def test_mergers_reach_one_category_with_the_mean_of_all(groups):
    features, _ = groups
    traced = trace_mergers(features, 8, SeedTree(1))
    assert sorted(traced) == list(range(1, 9))
    assert traced[1].means[0] == pytest.approx(features.mean(axis=0), abs=1e-4)


def test_a_feature_without_variance_is_no_fault(groups):
    features, labels = groups
    constant = np.column_stack([features, np.full(len(features), 7.0)])
    found = fit_tied_mixture(constant, 6, SeedTree(0))
    assert adjusted_rand_score(labels, found.predict(constant)) > 0.99


def test_more_categories_than_subjects_are_refused():
    with pytest.raises(InputError) as caught:
        fit_tied_mixture(np.zeros((4, 2)), 5, SeedTree(0))
    assert str(caught.value) == (
        "n_categories: expected 1 to 4 categories for 4 subjects, found 5. Ask for fewer "
        "categories, or add subjects."
    )
