"""The number of categories: planted groups are counted, and one cloud is one group."""

import numpy as np

from neuropil.cohorts.hybrid.models.choice import choose_categories
from neuropil.contracts import SeedTree


def test_groups_that_stand_apart_are_counted():
    rng = np.random.default_rng(0)
    means = rng.normal(size=(5, 3)) * 12
    features = means[np.arange(300) % 5] + rng.normal(size=(300, 3))
    found = choose_categories(features, SeedTree(0), most=10)
    assert found.n_categories == 5
    assert found.low <= 5 <= found.high
    assert found.stability[4] > 0.99


def test_one_cloud_is_one_category():
    features = np.random.default_rng(1).normal(size=(200, 3))
    assert choose_categories(features, SeedTree(0), most=6).n_categories == 1
