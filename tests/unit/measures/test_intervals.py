"""Intervals cover planted truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.measures import (
    bootstrap_groups,
    bootstrap_interval,
    share_interval,
    summarise_null,
)


def test_the_bootstrap_covers_a_planted_mean_in_95_of_100_samples():
    rng = np.random.default_rng(1)
    covered = 0
    for seed in range(300):
        low, high = bootstrap_interval(rng.normal(2.0, 1.0, 40), seed, np.mean, n_resamples=500)
        covered += low <= 2.0 <= high
    # The percentile interval of 40 units covers a little less than 95 %; 3 standard errors below.
    assert 0.90 <= covered / 300 <= 0.98


def test_its_width_is_that_of_the_normal_interval():
    values = np.random.default_rng(2).normal(0.0, 3.0, 400)
    low, high = bootstrap_interval(values, 0, np.mean, n_resamples=5000)
    half = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - half, abs=0.03)
    assert high == pytest.approx(values.mean() + half, abs=0.03)


def test_the_same_seed_gives_the_same_interval():
    values = np.arange(20.0)
    assert bootstrap_interval(values, 4) == bootstrap_interval(values, 4)
    assert bootstrap_interval(values, 4, np.mean) != bootstrap_interval(values, 5, np.mean)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0]])
def test_fewer_than_three_units_have_no_interval(values):
    assert bootstrap_interval(values, 0) == (None, None)


def test_equal_values_have_an_interval_of_no_width():
    assert bootstrap_interval([7.0, 7.0, 7.0], 0) == (7.0, 7.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_counted(bad):
    with pytest.raises(InputError) as caught:
        bootstrap_interval([1.0, bad, 3.0, bad], 0)
    assert str(caught.value) == (
        "bootstrap_interval: expected finite values, found 2 of 4 not. "
        "Drop these units and say so, or mend them."
    )


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998, Stat. Med. 17:857, table I, score method.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_shares_have_the_published_wilson_intervals(successes, n, low, high):
    assert share_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_a_null_is_summarised_by_median_range_and_p_value():
    draws = np.arange(1.0, 100.0)  # 99 draws
    small = summarise_null("shuffle", draws, 5.0, smaller_is_better=True)
    assert (small.name, small.n) == ("shuffle", 99)
    assert small.median == 50.0
    assert (small.low, small.high) == pytest.approx((3.45, 96.55))
    assert small.p == (1 + 5) / (1 + 99)  # ties count as at least as good
    large = summarise_null("shuffle", draws, 5.0, smaller_is_better=False)
    assert large.p == (1 + 95) / (1 + 99)


def test_a_p_value_is_never_zero():
    null = summarise_null("shuffle", [5.0] * 19, 1.0, smaller_is_better=True)
    assert null.p == 1 / 20


@pytest.mark.parametrize("smaller_is_better", [True, False])
def test_undefined_values_never_make_an_observation_look_rare(smaller_is_better):
    null = summarise_null("shuffle", range(99), np.nan, smaller_is_better=smaller_is_better)
    assert null.p == 1


def test_a_share_of_no_unit_has_no_interval():
    with pytest.raises(InputError) as caught:
        share_interval(0, 0)
    assert str(caught.value) == (
        "share_interval: expected at least one unit, found n = 0. "
        "Without a unit there is no share: leave the interval out."
    )


@pytest.mark.parametrize("successes", [-1, 6])
def test_more_successes_than_units_are_named(successes):
    with pytest.raises(InputError) as caught:
        share_interval(successes, 5)
    assert str(caught.value) == (
        f"share_interval: expected successes from 0 to n = 5, found {successes}. "
        "Count the units that have the property, out of all units."
    )


@pytest.mark.parametrize(
    ("draws", "found"),
    [([], "none"), ([1.0, np.nan, np.nan], "2 of 3 not"), ([np.inf], "1 of 1 not")],
)
def test_null_draws_that_are_missing_or_undefined_are_named(draws, found):
    with pytest.raises(InputError) as caught:
        summarise_null("shuffle", draws, 1.0, smaller_is_better=True)
    assert str(caught.value) == (
        f"null 'shuffle': expected finite null draws, found {found}. "
        "Draw at least one, and define the quantity in every draw."
    )


def test_rows_of_one_owner_are_resampled_together():
    owner = np.repeat(np.arange(20), 30)
    value = np.random.default_rng(0).normal(size=20)[owner]
    together = bootstrap_groups(owner, lambda rows: value[rows].mean(), np.random.default_rng(1))
    apart = bootstrap_groups(
        np.arange(600), lambda rows: value[rows].mean(), np.random.default_rng(1)
    )
    # Thirty copies of a value tell no more than one of them.
    means = bootstrap_interval(value[::30], 0, np.mean)
    assert together == pytest.approx(means, abs=0.05)
    assert np.ptp(apart) < 0.3 * np.ptp(together)


def test_resamples_that_define_nothing_are_left_out():
    rng = np.random.default_rng(0)
    found = bootstrap_groups(
        np.arange(4), lambda rows: np.nan if (rows == rows[0]).all() else 1.0, rng
    )
    assert found == (1.0, 1.0)
    assert np.isnan(bootstrap_groups(np.arange(4), lambda _: np.nan, rng)).all()
