import numpy as np
import polars as pl
import pytest

from neuropil.cohorts.splits import group_subjects, name_group, split_subjects
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, SeedTree


def refused(groups, folds):
    with pytest.raises(ConfigError) as caught:
        split_subjects(np.array(groups), folds, SeedTree(0))
    return str(caught.value)


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_everybody_is_tested_once_and_is_in_one_part_of_each_fold(folds):
    made = split_subjects(np.arange(53), folds, SeedTree(1))
    assert len(made) == folds
    assert sorted(np.concatenate([fold.test for fold in made])) == list(range(53))
    for fold in made:
        everybody = np.concatenate([fold.training, fold.validation, fold.test])
        assert sorted(everybody) == list(range(53))
        for rows in (fold.training, fold.validation, fold.test):
            assert rows.tolist() == sorted(rows)


def test_folds_of_lone_subjects_differ_by_one_and_an_eighth_of_the_rest_chooses():
    made = split_subjects(np.arange(103), 5, SeedTree(0))
    assert sorted(len(fold.test) for fold in made) == [20, 20, 21, 21, 21]
    assert {len(fold.validation) for fold in made} == {10}


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_divided(seed):
    groups = np.random.default_rng(seed).integers(30, size=200)
    for fold in split_subjects(groups, 5, SeedTree(seed)):
        parts = [set(groups[rows]) for rows in (fold.training, fold.validation, fold.test)]
        assert all(parts)
        assert sum(map(len, parts)) == len(set(groups))


def test_groups_of_unequal_size_fill_the_folds_evenly():
    groups = np.repeat(np.arange(7), [60, 30, 30, 20, 20, 10, 10])
    sizes = [len(fold.test) for fold in split_subjects(groups, 3, SeedTree(0))]
    assert sorted(sizes) == [60, 60, 60]


def test_each_site_is_left_out_once_where_there_are_as_many_folds():
    groups = np.array(["NYU"] * 5 + ["UCLA"] * 3 + ["SBL"] * 4)
    made = split_subjects(groups, 3, SeedTree(0))
    tested = [{str(groups[row]) for row in fold.test} for fold in made]
    assert sorted(map(tuple, tested)) == [("NYU",), ("SBL",), ("UCLA",)]
    assert all(len(set(groups[fold.validation])) == 1 for fold in made)


def test_the_same_seed_gives_the_same_folds_and_another_one_others():
    one, again, other = (
        [fold.test.tolist() for fold in split_subjects(np.arange(40), 4, SeedTree(seed))]
        for seed in (7, 7, 8)
    )
    assert one == again
    assert one != other


def test_more_folds_than_groups_are_refused():
    assert refused(["a", "b", "c", "c"], 4) == (
        "folds: expected 2 to 3 folds for 3 groups of subjects, found 4. Take fewer folds, or a "
        "column with more groups."
    )
    assert "expected 2 to 10 folds for 10 groups of subjects, found 1." in refused(range(10), 1)


def test_two_groups_are_too_few():
    assert refused(["a", "b", "b"], 2) == (
        "group: expected at least 3 groups of subjects, to train, to choose and to test, found 2. "
        "Choose a column with more groups, or none."
    )


def test_a_test_that_leaves_a_single_group_is_refused():
    assert refused(["a"] * 10 + ["b", "c", "d"], 2) == (
        "folds: expected at least two groups of subjects beside those of a test, found one beside "
        "the 3 of fold 1. Take more folds, or a column whose groups are smaller."
    )


def test_subjects_that_share_nothing_are_groups_of_their_own():
    groups, note = group_subjects(None, 4)
    assert (groups.tolist(), note) == ([0, 1, 2, 3], "")


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("family", ["x", "y", "x", "y"]),
        pl.Series("family", [7, 3, 7, 3]),
        pl.Series("family", [0.5, 0.1, 0.5, 0.1]),
        pl.Series("family", [True, False, True, False]),
        pl.Series("family", ["x", "y", "x", "y"], dtype=pl.Categorical),
    ],
)
def test_those_who_share_a_value_of_any_type_share_a_group(column):
    groups, note = group_subjects(column, 4)
    assert note == ""
    assert groups[0] == groups[2] != groups[1] == groups[3]


@pytest.mark.parametrize("values", [["x", None, "x", None, "y"], [1, None, 1, None, 2]])
def test_a_subject_without_a_value_is_a_group_of_its_own_and_a_note_counts_them(values):
    groups, note = group_subjects(pl.Series("family", values), 5)
    assert note == "2 of 5 subjects have no 'family': each is a group of its own."
    assert len(set(groups.tolist())) == 4
    assert groups[0] == groups[2]


def test_every_fold_tests_of_every_site_alike_and_families_stay_together():
    rng = np.random.default_rng(2)
    families = np.repeat(np.arange(100), 2)
    sites = np.repeat(rng.choice(["a", "b", "c"], 100, p=[0.6, 0.3, 0.1]), 2)
    for fold in split_subjects(families, 5, SeedTree(3), strata=sites):
        for name in "abc":
            whole = (sites == name).sum()
            assert abs((sites[fold.test] == name).sum() - whole / 5) <= 2
        assert not set(families[fold.test]) & set(families[fold.training])
        assert not set(families[fold.test]) & set(families[fold.validation])


def test_the_family_is_the_group_where_none_is_named():
    cohort = Cohort.from_arrays(
        {"SC": np.ones((2, 1))}, pl.DataFrame({"id": ["1", "2"], "family_id": ["x", "y"]})
    )
    assert name_group(cohort, None) == "family_id"
    assert name_group(cohort, "site") == "site"
    assert name_group(Cohort.from_arrays({"SC": np.ones((2, 1))}), None) is None
