import numpy as np
import polars as pl
import pytest

from neuropil.cohorts.traits import check_traits, read_trait
from neuropil.contracts import ConfigError, InputError


def table(**columns):
    n = len(next(iter(columns.values())))
    return pl.DataFrame({"id": [str(k) for k in range(n)], **columns})


def refused(error, subjects, traits=("trait",), confounds=(), group=None):
    with pytest.raises(error) as caught:
        check_traits(subjects, traits, confounds, group)
    return str(caught.value)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["M", "F"], ("F", "M")),
        ([2, 1], ("1", "2")),
        ([True, False], ("False", "True")),
        ([0.5, 1.5], ("0.5", "1.5")),
    ],
)
def test_two_values_of_any_type_are_0_and_1_in_their_order(values, labels):
    trait = read_trait(table(trait=[*values * 15, None]), "trait")
    assert trait.labels == labels
    assert trait.quantity == "AUC"
    first = 1.0 if str(values[0]) == labels[1] else 0.0
    assert trait.values[:2].tolist() == [first, 1 - first]
    assert trait.known.tolist() == [True] * 30 + [False]
    assert trait.take(np.array([30, 0])).values[1] == first


def test_numbers_are_numbers():
    trait = read_trait(table(age=list(range(30))), "age")
    assert (trait.labels, trait.quantity) == ((), "r")
    assert trait.values.tolist() == list(range(30))
    assert trait.confounds.shape == (30, 0)


def test_confounds_are_columns_of_numbers_and_indicators():
    subjects = table(
        trait=list(range(24)),
        age=[30, 50] * 12,
        site=["b", "a", None, "c", "c", "c", "a", "b"] * 3,
    )
    trait = read_trait(subjects, "trait", ["age", "site"])
    assert trait.confounds.tolist()[:2] == [[3, 0, 1, 0], [5, 1, 0, 0]]
    assert trait.confounds.tolist()[3] == [5, 0, 0, 1]
    assert trait.known.tolist() == ([True] * 2 + [False] + [True] * 5) * 3


def test_what_is_neither_a_number_nor_of_two_values_is_refused():
    assert refused(ConfigError, table(trait=["a", "b", "c"] * 10)) == (
        "traits: expected numbers or two values in 'trait', found String of different values: 3 "
        "('a', 'b', 'c'). Choose another column, or subjects with two of the values."
    )
    assert refused(ConfigError, table(trait=[3] * 30)) == (
        "traits: expected numbers or two values in 'trait', found Int64 of 1 (3). Choose another "
        "column, or subjects with two of the values."
    )


def test_unknown_columns_are_refused_with_those_there_are():
    subjects = table(age=list(range(30)))
    assert refused(ConfigError, subjects, ("sex",)) == (
        "traits: there is no column 'sex'. The subjects have: id, age."
    )
    assert refused(ConfigError, subjects, ("age",), ("site",)) == (
        "confounds: there is no column 'site'. The subjects have: id, age."
    )


def test_too_few_subjects_with_the_trait_are_refused():
    assert refused(InputError, table(trait=[*range(19), None])) == (
        "'trait': expected at least 20 subjects whose trait and confounds are known, found 19. "
        "Choose another trait, fewer confounds, or add subjects."
    )
    assert refused(InputError, table(trait=["M"] * 4 + ["F"] * 30)) == (
        "'trait': expected at least 20 subjects whose trait and confounds are known, and 5 of each "
        "value, found 34, 30 of 'F', 4 of 'M'. Choose another trait, fewer confounds, or add "
        "subjects."
    )


def test_confounds_without_traits_or_that_are_the_trait_or_the_group_are_refused():
    subjects = table(age=list(range(30)), site=["a", "b", "c"] * 10)
    assert refused(ConfigError, subjects, (), ("age", "site")) == (
        "confounds: expected traits to take 'age', 'site' out of, found none. Name the traits, or "
        "leave the confounds out."
    )
    assert refused(ConfigError, subjects, ("age",), ("age",)) == (
        "confounds: expected a confound that is not the trait itself, found 'age'. Leave it out of "
        "one of both."
    )
    assert refused(ConfigError, subjects, ("age",), ("site",), "site") == (
        "confounds: expected a confound that is not the group itself, found 'site'. Leave it out: "
        "no fitted subject shows what a value of it does that only tested subjects have."
    )
    check_traits(subjects, ("age",), ("site",), None)
