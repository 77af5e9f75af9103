"""Majorities, ties without favour, and what the order of options does."""

from collections import Counter

import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.prompting.votes import (
    count_votes,
    measure_position_bias,
    swap_options,
)

SEED = SeedTree(0)


def test_the_majority_wins_and_failures_are_counted_apart():
    vote = count_votes(["1", None, "-1", "1", None], SEED)
    assert (vote.value, vote.n, vote.failures, vote.tied) == ("1", 3, 2, False)
    assert vote.shares == {"-1": pytest.approx(1 / 3), "1": pytest.approx(2 / 3)}


def test_nothing_readable_is_no_answer():
    assert count_votes([None, None], SEED).value is None
    assert count_votes([], SEED).value is None


def test_ties_favour_nobody_and_repeat():
    winners = [count_votes(["1", "-1"], SEED.child(k)).value for k in range(400)]
    assert 160 < Counter(winners)["1"] < 240
    assert winners == [count_votes(["-1", "1"], SEED.child(k)).value for k in range(400)]
    assert count_votes(["1", "-1"], SEED).tied


def test_swapped_options_have_their_own_number(make_item):
    item = make_item("split-error-choice", 1, 2, 3, 4, answer="1")
    swapped = swap_options(item)
    assert [piece.labels for piece in swapped.shown] == [(1,), (4,), (3,), (2,)]
    assert swapped.answer == "3"
    assert swapped.id != item.id
    assert swap_options(swapped) == item
    assert swap_options(make_item("merge-error-choice", 1, 2, answer="-1")).answer == "-1"


def test_only_choices_have_options(make_item):
    with pytest.raises(InputError, match="expected an item of a choice task"):
        swap_options(make_item("merge-error-binary", 1))


def _both_orders(make_item):
    items = [make_item("merge-error-choice", a, a + 1) for a in range(20)]
    return [*items, *(swap_options(item) for item in items)]


def test_who_always_names_the_first_is_found_out(make_item):
    items = _both_orders(make_item)
    bias = measure_position_bias(items, {item.id: "1" for item in items})
    assert (bias.first_share, bias.agreement, bias.n) == (1.0, 0.0, 20)


def test_who_sees_the_objects_has_no_bias(make_item):
    items = _both_orders(make_item)
    bias = measure_position_bias(items, {item.id: item.answer for item in items})
    assert (bias.first_share, bias.agreement, bias.n) == (0.5, 1.0, 20)


def test_items_in_one_order_say_nothing(make_item):
    items = _both_orders(make_item)[:20]
    bias = measure_position_bias(items, {item.id: "1" for item in items})
    assert (bias.first_share, bias.agreement, bias.n) == (None, None, 0)
