"""Rates of breaks: exact bounds, blocks that differ, and the length that a claim needs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from neuropil.contracts import InputError
from neuropil.preservation.tracing.break_rates import (
    TracedBlocks,
    bound_rate_above,
    bound_rate_below,
    estimate_break_rate,
    length_needed,
)


def test_no_break_allows_three_over_the_length():
    assert bound_rate_above(0, 0.5) == pytest.approx(-np.log(0.05) / 0.5)
    assert bound_rate_below(0, 0.5) == 0
    found = estimate_break_rate(TracedBlocks.of([0, 0], [0.2, 0.3]))
    assert (found.value, found.low, found.dispersion) == (0, 0, 1)
    assert found.high == found.poisson_high == bound_rate_above(0, 0.5)


@pytest.mark.parametrize("breaks", [1, 4, 60])
def test_bounds_are_those_of_garwood(breaks):
    assert bound_rate_above(breaks, 2.0) == pytest.approx(
        chi2.ppf(0.95, 2 * (breaks + 1)) / 2 / 2.0
    )
    assert bound_rate_below(breaks, 2.0) == pytest.approx(chi2.ppf(0.05, 2 * breaks) / 2 / 2.0)


@pytest.mark.parametrize(
    ("run_length", "needed"), [(0.5, 0.75), (1, 1.5), (5, 7.5), (20, 30), (100, 150)]
)
def test_a_run_length_needs_one_and_a_half_times_as_much(run_length, needed):
    assert length_needed(2 / run_length) == pytest.approx(needed, rel=2e-3)
    assert bound_rate_above(0, length_needed(2 / run_length)) == pytest.approx(2 / run_length)


def test_a_break_makes_a_claim_dearer():
    assert length_needed(2.0, breaks=1) == pytest.approx(4.7439 / 2, rel=1e-4)


def test_blocks_that_differ_widen_the_bounds():
    alike = estimate_break_rate(TracedBlocks.of([3, 3, 3, 3], [1.0] * 4))
    apart = estimate_break_rate(TracedBlocks.of([0, 0, 1, 11], [1.0] * 4))
    assert alike.value == apart.value == 3
    assert alike.dispersion == 1
    # Pearson's: squares 9, 9, 4 and 64 over 3, for three degrees of freedom.
    assert apart.dispersion == pytest.approx(86 / 9)
    assert alike.poisson_high == apart.poisson_high == pytest.approx(19.4426 / 4, rel=1e-4)
    assert alike.high == pytest.approx(alike.poisson_high)
    # All twelve may have one cause, of which there may then be nearly 5.
    assert apart.high == pytest.approx(4.7439 * 12 / 4, rel=1e-4)
    assert apart.low < apart.poisson_low


def test_one_break_says_nothing_about_how_blocks_differ():
    found = estimate_break_rate(TracedBlocks.of([0, 0, 1, 0], [1.0] * 4))
    assert found.high == found.poisson_high
    one_block = estimate_break_rate(TracedBlocks.of([5], [1.0]))
    assert one_block.high == pytest.approx(4.7439 * 5, rel=1e-4)


def test_sections_are_summed_over_blocks():
    traced = TracedBlocks.of_sections([1, 0, 2, 0], [0.1, 0.2, 0.3, 0.4], ["b", "a", "b", "a"])
    assert traced.breaks.tolist() == [0, 3]
    assert traced.lengths.tolist() == pytest.approx([0.6, 0.4])
    assert (traced.n_blocks, traced.n_breaks, traced.total_length) == (2, 3, 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TracedBlocks.of([1, 0.5], [1, 1]), "traced block 1: expected a whole number of "
         "breaks in a length above 0 mm, found 0.5 in 1 mm. Count whole breaks, and leave out "
         "blocks in which nothing was traced."),
        (lambda: TracedBlocks.of([0], [0]), "traced block 0: expected a whole number of breaks in "
         "a length above 0 mm, found 0 in 0 mm. Count whole breaks, and leave out blocks in which "
         "nothing was traced."),
        (lambda: TracedBlocks.of([0], [np.nan]), "traced block 0: expected a whole number of "
         "breaks in a length above 0 mm, found 0 in nan mm. Count whole breaks, and leave out "
         "blocks in which nothing was traced."),
        (lambda: TracedBlocks.of([], []), "traced blocks: expected breaks and lengths of the same "
         "blocks, one or more, found shapes (0,) and (0,). Give one count and one length [mm] for "
         "each block."),
        (lambda: TracedBlocks.of_sections([1], [1, 2], [1]), "sections: expected breaks, length "
         "and block of each step, found 1, 2 and 1. Give the three for each pair of neighbouring "
         "sections."),
        (lambda: bound_rate_above(-1, 1), "break rate: expected 0 breaks or more and a number "
         "above 0, found -1 and 1. Give breaks that were counted, and a length [mm] or a rate "
         "[1/mm]."),
        (lambda: length_needed(0), "break rate: expected 0 breaks or more and a number above 0, "
         "found 0 and 0. Give breaks that were counted, and a length [mm] or a rate [1/mm]."),
    ],
)  # fmt: skip
def test_wrong_counts_are_named(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
