"""Bounds print what they decide, and verdicts follow from what was found."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuropil.contracts import (
    Claim,
    Criterion,
    Finding,
    InputError,
    Metric,
    NullSummary,
    Verdict,
    above,
    at_least,
    at_most,
    below,
    between,
    exactly,
    fact,
)

NUMBERS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (at_least(0.95), ">= 0.95"),
        (at_most(5), "<= 5"),
        (above(0), "> 0"),
        (below(1), "< 1"),
        (between(60, 130), "60 to 130"),
        (exactly(0), "0"),
        (fact("blocks are disjoint"), "blocks are disjoint"),
        (at_most(-0.2), "<= -0.2"),
        (at_most(1e-6), "<= 1e-06"),
        (at_least(30, of="starts with a bump"), "starts with a bump >= 30"),
        (between(4, 5, of="maxima"), "maxima 4 to 5"),
        (exactly(57, of="seven types"), "seven types 57"),
        (
            below(10) & at_least(30, of="starts with a bump") & fact("proved"),
            "< 10; starts with a bump >= 30; proved",
        ),
    ],
)
def test_bounds_print_themselves(bound, text):
    assert str(bound) == text


@pytest.mark.parametrize(
    ("bound", "inside", "outside"),
    [
        (at_least(2), [2, 3, math.inf], [1.9, -math.inf]),
        (at_most(2), [2, 1, -math.inf], [2.1, math.inf]),
        (above(2), [2.1], [2, 1]),
        (below(2), [1.9], [2, 3]),
        (between(1, 2), [1, 1.5, 2], [0.9, 2.1]),
        (exactly(2), [2], [1.9, 2.1]),
    ],
)
def test_bounds_hold_up_to_their_limits(bound, inside, outside):
    assert all(bound.holds(number) for number in inside)
    assert not any(bound.holds(number) for number in outside)


@pytest.mark.parametrize("bound", [at_least(0), at_most(0), between(-1, 1), exactly(0)])
def test_no_bound_holds_for_a_number_that_is_not_one(bound):
    assert not bound.holds(math.nan)


@given(NUMBERS, NUMBERS)
def test_below_is_the_opposite_of_at_least(number, limit):
    assert below(limit).holds(number) != at_least(limit).holds(number)
    assert above(limit).holds(number) != at_most(limit).holds(number)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_all_limits_of_a_conjunction_must_hold(number, low, high):
    both = at_least(low) & at_most(high)
    assert both.holds(number) == between(low, high).holds(number)
    assert len(both.limits) == 2


def test_further_numbers_are_held_to_their_own_limits():
    bound = below(10) & at_least(30, of="starts")
    assert bound.holds(4, {"starts": 30})
    assert not bound.holds(4, {"starts": 29})
    assert not bound.holds(11, {"starts": 30})


@pytest.mark.parametrize(("told", "holds"), [(True, True), (1, True), (False, False), (0, False)])
def test_a_fact_must_be_true(told, holds):
    bound = exactly(7) & fact("a minimal file is read")
    assert bound.holds(7, {"a minimal file is read": told}) is holds


@pytest.mark.parametrize("value", [None, 1.5])
def test_what_was_found_needs_a_value_or_a_reason(value):
    assert Finding(value, note="A reason.").note == "A reason."


def test_a_missing_value_without_a_reason_is_refused():
    with pytest.raises(InputError) as caught:
        Finding(None)
    assert str(caught.value) == (
        "Finding: a value that could not be measured has no reason. "
        "Give the reason in `note`, as Finding.not_run(reason) does."
    )


def test_what_was_not_run_has_a_reason_and_no_units():
    finding = Finding.not_run("No data here.")
    assert (finding.value, finding.n, finding.note) == (None, 0, "No data here.")


NULL = NullSummary("shuffle", 0.1, 0.0, 0.2, 99, 0.01)
FOUND = Finding(4.0, 10, 3.0, 5.0, "bootstrap", NULL, {"starts": 31}, "A note.")


@pytest.mark.parametrize(
    ("bound", "finding", "verdict"),
    [
        (at_most(5), FOUND, Verdict.MET),
        (at_most(3), FOUND, Verdict.MISSED),
        (at_most(5) & at_least(32, of="starts"), FOUND, Verdict.MISSED),
        (None, FOUND, Verdict.REPORTED),
        (at_most(5), Finding.not_run("No data here."), Verdict.NOT_RUN),
        (at_most(5), Finding.infinite(3, "It stands still."), Verdict.MISSED),
        (at_least(5), Finding.infinite(3, "It stands still."), Verdict.MET),
        (None, Finding.not_run("No data here."), Verdict.NOT_RUN),
    ],
)
def test_the_bound_alone_gives_the_verdict(bound, finding, verdict):
    metrics = (
        Criterion("drift", "drift at rest", "deg/s", bound).metric(finding),
        Claim("drift", "drift at rest", "deg/s", bound, lambda _: finding).metric(finding),
    )
    for metric in metrics:
        assert metric.verdict is verdict
        assert metric.bound == str(bound or "")
        assert (metric.id, metric.what, metric.unit) == ("drift", "drift at rest", "deg/s")
        assert (metric.value, metric.n, metric.note) == (finding.value, finding.n, finding.note)
        assert (metric.low, metric.high, metric.interval) == (
            finding.low,
            finding.high,
            finding.interval,
        )
        assert metric.null == finding.null


def test_a_criterion_names_what_a_report_shows_first():
    metric = Criterion("a", "A", "1", headline=True).metric(FOUND)
    assert metric.headline
    assert (metric.published, metric.data, metric.command) == ("", "", "")


def test_a_claim_says_what_was_published_and_how_it_is_measured_again():
    claim = Claim("a", "A", "1", at_most(5), lambda _: FOUND)
    metric = claim.metric(FOUND, data="flies", command="neuropil reproduce fly --target a")
    assert metric.published == "not published"
    assert metric.data == "flies"
    assert metric.command == "neuropil reproduce fly --target a"
    assert not metric.headline


def test_the_data_of_a_finding_win_over_those_that_were_loaded():
    claim = Claim("a", "A", "1", None, lambda _: FOUND, "57")
    metric = claim.metric(Finding(1.0, data="none"), data="flies")
    assert (metric.published, metric.data) == ("57", "none")


@pytest.mark.parametrize("verdict", [Verdict.MET, Verdict.MISSED])
def test_a_verdict_without_a_bound_is_refused(verdict):
    with pytest.raises(InputError) as caught:
        Metric("r", "R", 1.0, "1", 1, verdict=verdict)
    assert str(caught.value) == (
        f"metric 'r': expected a bound behind the verdict '{verdict.value}', found none. "
        "Judge it by a Criterion or a Claim with a bound."
    )


@pytest.mark.parametrize("verdict", [Verdict.REPORTED, Verdict.NOT_RUN, None])
def test_other_lines_need_no_bound(verdict):
    assert Metric("r", "R", 1.0, "1", 1, verdict=verdict).to_json()["verdict"] == verdict
