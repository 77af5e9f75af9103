"""z-scores, p-values and their correction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from neuropil.contracts import InputError
from neuropil.measures import NullTally, adjust_p_values


def tallied(observed, draws):
    tally = NullTally(np.asarray(observed))
    for values in draws:
        tally.add(values)
    return tally.compare()


def test_it_counts_what_a_table_of_all_draws_gives():
    rng = np.random.default_rng(0)
    observed, draws = rng.normal(size=20), rng.normal(size=(99, 20))
    found = tallied(observed, draws)
    np.testing.assert_allclose(found.mean, draws.mean(axis=0))
    np.testing.assert_allclose(found.deviation, draws.std(axis=0, ddof=1))
    np.testing.assert_allclose(found.z, (observed - found.mean) / found.deviation)
    larger, smaller = (draws >= observed).sum(axis=0), (draws <= observed).sum(axis=0)
    expected = np.minimum(1, 2 * (1 + np.minimum(larger, smaller)) / 100)
    np.testing.assert_allclose(found.p, expected)
    assert found.n == 99


def test_where_the_null_does_not_vary_there_is_no_z_and_nothing_is_rare():
    found = tallied([0.3, 5.0], [[0.1 + 0.2, 5.0]] * 19 @ np.eye(2))
    assert np.isnan(found.z).all()
    assert found.p.tolist() == [1, 1]


def test_a_value_beyond_all_draws_has_the_smallest_p():
    found = tallied([10.0, -10.0], np.random.default_rng(1).normal(size=(39, 2)))
    assert found.p.tolist() == [2 / 40, 2 / 40]
    assert found.z[0] > 5
    assert found.z[1] < -5


def test_draws_that_are_not_defined_or_of_another_size_are_refused():
    tally = NullTally(np.zeros(2))
    with pytest.raises(InputError) as caught:
        tally.add(np.array([1.0, np.nan]))
    assert str(caught.value) == (
        "null draw 1: expected 2 finite values, found 2, 1 of them not finite. "
        "A quantity must be defined in every graph of the null model."
    )
    with pytest.raises(InputError, match=r"^null draw 1: expected 2 finite values, found 1, 0 of"):
        tally.add(np.array([1.0]))
    tally.add(np.zeros(2))
    with pytest.raises(InputError) as caught:
        tally.compare()
    assert str(caught.value) == "NullTally: expected at least two null draws, found 1. Draw more."


def test_the_correction_is_that_of_scipy():
    p = np.random.default_rng(2).random(50) ** 3
    np.testing.assert_allclose(adjust_p_values(p), false_discovery_control(p))
    left_out = np.append(p, np.ones(30))
    np.testing.assert_allclose(adjust_p_values(p, 80), false_discovery_control(left_out)[:50])
    assert adjust_p_values(np.empty(0)).size == 0


def test_wrong_p_values_are_named():
    with pytest.raises(InputError) as caught:
        adjust_p_values(np.array([0.1, np.nan]))
    assert str(caught.value) == (
        "p, place 1: expected p-values from 0 to 1, found nan. Leave out tests that were not made."
    )
    with pytest.raises(InputError) as caught:
        adjust_p_values(np.array([0.1, 0.2]), 1)
    assert str(caught.value) == (
        "adjust_p_values: expected at most n_tests = 1 values, found 2. "
        "Count every test that was made."
    )
