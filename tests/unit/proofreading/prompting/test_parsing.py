"""Replies are read whatever their case, spaces and brackets; what cannot be read is no answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuropil.proofreading import TASKS
from neuropil.proofreading.prompting.parsing import list_answers, parse_reply

ALLOWED = {
    **TASKS,
    "split-error-choice": ("1", "2", "3", "-1"),
}
PAIRS = [(allowed, answer) for allowed in ALLOWED.values() for answer in allowed]
SPACE = st.text(alphabet=" \t\n\r", max_size=4)
PROSE = st.text(max_size=60).filter(lambda text: "<" not in text)


@settings(deadline=None)
@given(
    st.sampled_from(PAIRS), SPACE, SPACE, PROSE, st.booleans(), st.sampled_from(["", "()", "**"])
)
def test_every_answer_is_read_in_every_dress(pair, before, after, prose, upper, around):
    allowed, answer = pair
    tag = "ANSWER" if upper else "answer"
    shown = answer.upper() if upper else answer
    left, right = (around[:1], around[1:]) if around else ("", "")
    text = (
        f"<analysis>{prose}</analysis>\n<{tag}>{before}{left}{shown}{right}{after}</{tag}>{prose}"
    )
    assert parse_reply(text, allowed) == answer


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(list(ALLOWED.values())))
def test_anything_else_is_an_allowed_answer_or_none(text, allowed):
    assert parse_reply(text, allowed) in {*allowed, None}
    assert parse_reply(f"<answer>{text}</answer>", allowed) in {*allowed, None}


@settings(deadline=None)
@given(st.integers().filter(lambda number: number not in (-1, 1, 2)))
def test_numbers_of_no_option_are_not_read(number):
    assert parse_reply(f"<answer>{number}</answer>", ("1", "2", "-1")) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>None</answer>", "-1"),
        ("<answer> neither.</answer>", "-1"),
        ("<answer>\u22121</answer>", "-1"),
        ("<answer>1</answer> on second thought <answer>-1</answer>", "-1"),
        ("<answer>1 or -1</answer>", None),
        ("<answer></answer>", None),
        ("<answer>1", None),
        ("1", None),
        ("", None),
    ],
)
def test_cases_that_models_write(text, answer):
    assert parse_reply(text, ("1", "-1")) == answer


def test_none_is_no_letter():
    assert parse_reply("<answer>none</answer>", TASKS["segment-type"]) is None


def test_answers_of_choices_follow_the_number_of_options(make_item):
    assert list_answers(make_item("split-error-choice", 1, 2, 3)) == ("1", "2", "-1")
    assert list_answers(make_item("split-error-choice", 1, 2, 3, 4)) == ("1", "2", "3", "-1")
    assert list_answers(make_item("merge-error-choice", 1, 2)) == ("1", "2", "-1")
    assert list_answers(make_item("segment-type", 1)) == tuple("abcdefg")
