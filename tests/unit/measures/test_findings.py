"""Findings over units: the statistic, its interval, and what is not defined."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.measures import bootstrap_interval, find_share, find_statistic, share_interval


def test_a_median_has_the_bootstrap_interval_of_its_seed():
    values = [1.0, 4.0, 2.0, 8.0, 3.0]
    found = find_statistic(values, SeedTree(3), note="Five.")
    assert (found.value, found.n, found.note) == (3.0, 5, "Five.")
    assert (found.low, found.high) == bootstrap_interval(values, SeedTree(3).integer())
    assert found.interval == "bootstrap over seeds"


def test_two_units_have_no_interval():
    found = find_statistic([1.0, 2.0], SeedTree(0), np.mean, over="runs")
    assert (found.value, found.low, found.high, found.interval) == (1.5, None, None, "")


@pytest.mark.parametrize("odd", [None, float("nan"), float("inf")])
def test_an_undefined_unit_is_never_dropped_in_silence(odd):
    found = find_statistic([1.0, odd, 3.0], SeedTree(0), over="fits")
    assert found.value is None
    assert found.note == "Not defined for 1 of 3 fits."


def test_a_share_is_scaled_with_its_interval():
    found = find_share(3, 5, of=10, further={"error": 2.0})
    low, high = share_interval(3, 5)
    assert (found.value, found.n) == (6.0, 5)
    assert (found.low, found.high) == pytest.approx((10 * low, 10 * high))
    assert found.further == {"error": 2.0}
