"""Scores: blanks are no site, shuffles score nothing, leakage is found where it is planted."""

import numpy as np
import polars as pl

from neuropil.cohorts.hybrid.figures import order_table
from neuropil.cohorts.hybrid.score import (
    compare_seeds,
    count_used,
    encode_labels,
    score_categories,
    score_leakage,
    shuffle_agreement,
)
from neuropil.contracts import SeedTree


def test_blanks_and_missing_values_are_no_site():
    assert encode_labels(pl.Series(["b", None, "a", " ", "", "b"])).tolist() == [
        1,
        -1,
        0,
        -1,
        -1,
        1,
    ]
    assert encode_labels(pl.Series([3, None, 1])).tolist() == [1, -1, 0]


def test_the_same_groups_by_other_names_agree_fully():
    labels = np.array([0, 0, 1, 1, 2, 2, -1])
    found = score_categories(labels, np.array([5, 5, 3, 3, 4, 4, 0]))
    assert found["ari"] == found["nmi"] == found["homogeneity"] == 1.0
    assert compare_seeds([labels[:6], labels[:6] + 1]) == 1.0


def test_a_category_of_few_is_not_in_use():
    assert count_used(np.repeat([0, 1, 2], [500, 498, 2])) == 2


def test_shuffled_labels_agree_with_nothing():
    labels = np.arange(300) % 5
    null = shuffle_agreement(labels, labels, SeedTree(0), 50)
    assert abs(null.mean()) < 0.01


def test_leakage_is_found_where_it_is_and_not_elsewhere():
    rng = np.random.default_rng(0)
    sites = np.arange(200) % 4
    noise = rng.normal(size=(200, 3))
    leaking = noise + 3 * np.eye(4)[sites][:, :3]
    open_, shut = (score_leakage(one, sites, SeedTree(0), 19) for one in (leaking, noise))
    assert open_["value"] > 0.8 > max(open_["null"])
    assert open_["low"] < open_["value"] < open_["high"]
    assert abs(shut["value"] - 0.25) < 0.1


def test_one_site_or_none_has_no_leakage():
    z = np.zeros((40, 2))
    assert score_leakage(z, np.zeros(40, int), SeedTree(0), 19) is None
    assert score_leakage(z, np.full(40, -1), SeedTree(0), 19) is None
    assert score_leakage(z, np.arange(40), SeedTree(0), 19) is None


def test_columns_stand_near_the_row_they_have_most_of():
    table = np.array([[0.0, 0.0, 3.0], [9.0, 1.0, 0.0], [0.0, 5.0, 0.0]])
    rows, columns = order_table(table)
    assert rows.tolist() == [1, 2, 0]
    assert columns.tolist() == [0, 1, 2]
