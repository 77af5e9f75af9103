"""Numbers are shown with three significant digits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuropil.contracts import Metric
from neuropil.reports import digits_of, format_interval, format_number, format_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (9722, "9,722"),
        (-12.345, "−12.3"),
        (99.96, "100"),
        (0.9996, "1.00"),
        (999.6, "1,000"),
        (1234567.5, "1.23 × 10⁶"),
        (0.00123456, "0.00123"),
        (0.000999999, "0.00100"),
        (0.00012345, "1.23 × 10⁻⁴"),
        (-4.5e-12, "−4.50 × 10⁻¹²"),
        (None, "—"),
        (math.nan, "—"),
        (math.inf, "—"),
    ],
)
def test_numbers(value, text):
    assert format_number(value) == text


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_what_is_read_back_is_within_three_digits(value):
    text = format_number(value).replace("−", "-").replace(",", "")
    mantissa, _, exponent = text.partition(" × 10")
    power = int(exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    read = float(f"{mantissa}e{power}")
    assert math.isclose(read, value, rel_tol=5.001e-3)


@pytest.mark.parametrize(
    ("unit", "text"), [("1", "2.50"), ("", "2.50"), ("%", "2.50%"), ("deg/s", "2.50 deg/s")]
)
def test_units(unit, text):
    assert format_value(2.5, unit) == text


def test_an_undefined_value_has_no_unit():
    assert format_value(None, "ms") == "—"


def test_an_interval_may_be_open():
    assert format_interval(0.5, None) == "[0.500, —]"


@pytest.mark.parametrize(
    ("bound", "published", "digits"),
    [
        ("", "", 3),
        (">= 0.5", "not published", 3),
        (">= 98.35", "98.45", 4),
        ("<= 1e-6", "57,970; 6,441", 3),
        ("", "0.000436", 3),
        ("3.14159265", "", 5),
    ],
)
def test_digits_follow_the_bound(bound, published, digits):
    metric = Metric("m", "M", 1.0, "1", 1, bound=bound, published=published)
    assert digits_of(metric) == digits


def test_more_digits_can_be_asked_for():
    assert format_value(98.44, "%", 4) == "98.44%"
    assert format_interval(98.4449, 1.0, 4) == "[98.44, 1]"
    assert format_number(1.23456e-7, 5) == "1.2346 × 10⁻⁷"
