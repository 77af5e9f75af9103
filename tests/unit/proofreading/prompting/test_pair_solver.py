"""The local proofreader answers as it judges pairs."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading import Item, PairSolver, Piece, Task
from neuropil.proofreading.score import JudgedPairs

SAID = {(1, 2): 0.9, (1, 3): 0.2, (2, 3): 0.6}


def _ask(task, *labels, answer="1"):
    shown = tuple(Piece((label,)) for label in labels)
    return Item(task, shown, (0.0, 0.0, 0.0), 100.0, answer, "planted")


def _solve(*items):
    return PairSolver("judge", SAID, milliseconds=2.0).solve(Task("task", items, None))


def test_two_objects_are_one_from_a_probability_of_a_half():
    found = _solve(_ask("split-error-binary", 2, 1), _ask("split-error-binary", 1, 3))
    assert [(one.value, one.probability) for one in found] == [("1", 0.9), ("-1", 0.8)]
    assert [one.milliseconds for one in found] == [2.0, 2.0]


def test_the_likeliest_candidate_is_chosen_in_either_order():
    first, second = _solve(_ask("split-error-choice", 1, 3, 2), _ask("split-error-choice", 1, 2, 3))
    assert (first.value, second.value) == ("2", "1")
    assert (first.probability, first.milliseconds) == (0.9, 4.0)


def test_it_is_made_of_what_was_said_of_pairs():
    judged = JudgedPairs(
        np.array([0.9, 0.2]),
        np.array([True, False]),
        np.array([True, True]),
        np.array([[2, 1], [1, 3]]),
        np.zeros(2),
    )
    assert PairSolver.of("judge", judged).probability == {(1, 2): 0.9, (1, 3): 0.2}


@pytest.mark.parametrize(
    "item", [_ask("split-error-binary", 1, 7), _ask("merge-error-choice", 1, 2)]
)
def test_other_questions_are_refused(item):
    with pytest.raises(InputError, match="expected a question about two objects that were judged"):
        _solve(item)
