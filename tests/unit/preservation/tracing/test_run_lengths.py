"""Run lengths of lines and of trees, in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from neuropil.contracts import InputError
from neuropil.preservation.tracing.run_lengths import (
    expected_run_length,
    rate_of_run_length,
    run_length_of_tree,
)
from neuropil.preservation.tracing.trees import NeuriteTree


@pytest.mark.parametrize(("length", "rate"), [(1.0, 4.0), (0.2, 0.01), (50.0, 2.0), (1.0, 2e-4)])
def test_a_line_has_the_mean_of_the_stretch_around_a_place(length, rate):
    def stretch(place: float) -> float:
        return (2 - np.exp(-rate * place) - np.exp(-rate * (length - place))) / rate

    expected = quad(stretch, 0, length)[0] / length
    assert expected_run_length(length, rate) == pytest.approx(expected, rel=1e-7)


def test_limits_are_the_length_and_two_over_the_rate():
    assert expected_run_length(3.0, 0.0) == 3
    assert expected_run_length(3.0, 1e-9) == pytest.approx(3, rel=1e-8)
    assert expected_run_length(np.inf, 0.5) == 4
    assert expected_run_length(1e6, 0.5) == pytest.approx(4, rel=1e-5)
    assert rate_of_run_length(0.5) == 4
    # Both forms meet where one gives way to the other.
    below, above = expected_run_length(1.0, np.array([1 - 1e-9, 1 + 1e-9]) * 1e-4)
    assert below == pytest.approx(above, rel=1e-7)


def test_a_tree_without_branches_is_a_line():
    line = NeuriteTree(np.arange(-1, 4), np.array([0.0, 0.4, 0.1, 0.3, 0.2]))
    for rate in (0.0, 1e-6, 3.0, 80.0):
        assert run_length_of_tree(line, rate) == pytest.approx(float(expected_run_length(1, rate)))


@pytest.mark.parametrize("rate", [0.0, 0.7, 5.0])
def test_a_tree_has_the_sum_over_pairs_of_places(fork, rate):
    # Places every 5 um, and the way between any two of them.
    step = 0.005
    trunk, short, long = ((np.arange(n) + 0.5) * step for n in (200, 100, 400))
    places = [(0, trunk), (1, short), (2, long)]
    total = 0.0
    for arm, first in places:
        for other, second in places:
            if arm == other:
                apart = np.abs(first[:, None] - second)
            elif 0 in (arm, other):
                inner, outer = (first, second) if arm == 0 else (second, first)
                apart = (1 - inner)[:, None] + outer
            else:
                apart = first[:, None] + second
            total += np.exp(-rate * apart).sum() * step**2
    total += 3 * float(expected_run_length(3.0, rate))
    assert run_length_of_tree(fork, rate) == pytest.approx(total / 6.5, rel=1e-3)


def test_branches_make_runs_longer(fork):
    without = np.average(expected_run_length(np.array([3.5, 3.0]), 2.0), weights=[3.5, 3.0])
    assert run_length_of_tree(fork, 2.0) > without


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_run_length(0, 1), "length: expected lengths above 0 mm, found 0.0. Give "
         "lengths of neurites [mm]; np.inf for very long ones."),
        (lambda: expected_run_length(np.nan, 1), "length: expected lengths above 0 mm, found nan. "
         "Give lengths of neurites [mm]; np.inf for very long ones."),
        (lambda: expected_run_length(1, -1), "rate: expected breaks for each mm, 0 or more, found "
         "-1.0. Divide breaks by the length along which they were counted [mm]."),
        (lambda: rate_of_run_length(0), "run length: expected a run length above 0 mm, found 0. "
         "Give the expected run length that is claimed [mm]."),
    ],
)  # fmt: skip
def test_wrong_numbers_are_named(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
