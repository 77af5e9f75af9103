"""Requests and answers in the format of chat completions."""

from __future__ import annotations

import json

import pytest

from neuropil.language import ChatSettings, Message
from neuropil.language.completions import Completion, compose_request, fault_of, read_completion


def body(message, **more):
    return json.dumps({"choices": [{"message": message}], **more})


def test_a_request_without_pictures_has_plain_texts():
    messages = (Message("system", "Look."), Message("user", "One?"), Message("assistant", "Yes."))
    request = compose_request("m", messages, ChatSettings(), "max_completion_tokens")
    assert request == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Look."},
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Yes."},
        ],
        "max_completion_tokens": 4096,
    }


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 0}, (3, 0)),
        ({"prompt_tokens": 3}, None),
        ({"prompt_tokens": -3, "completion_tokens": 1}, None),
        ({"prompt_tokens": True, "completion_tokens": 1}, None),
        ({"prompt_tokens": "3", "completion_tokens": 1}, None),
        ([3, 1], None),
        (None, None),
    ],
)
def test_tokens_count_only_where_both_are_numbers(usage, tokens):
    answer = read_completion(body({"content": "x"}, usage=usage, model="served"))
    assert answer == Completion("x", "served", tokens)


def test_a_model_without_a_name_and_a_refusal_are_answers():
    answer = read_completion(body({"content": None, "refusal": "No."}, model=3))
    assert answer == Completion("", "", None)


@pytest.mark.parametrize(
    "answer",
    [
        "null",
        "3",
        '"text"',
        "{}",
        '{"choices": {}}',
        '{"choices": [{}]}',
        '{"choices": ["x"]}',
        '{"choices": [{"message": "x"}]}',
        '{"choices": [{"message": null}]}',
    ],
)
def test_what_has_no_message_is_named(answer):
    said = f" ({json.loads(answer)})" if answer == '"text"' else ""
    assert read_completion(answer) == f"a reply without choices{said}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": {"message": "busy"}}, "busy"),
        ({"error": "busy"}, "busy"),
        ({"message": "busy"}, "busy"),
        ({"detail": "busy"}, "busy"),
        ({"detail": [{"msg": "busy"}]}, ""),
        ({"error": None}, ""),
        (" two \n\x1b[2J words ", "two [2J words"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 297 + "..."),
    ],
)
def test_a_server_says_what_is_wrong_in_one_line(answer, said):
    assert fault_of(answer) == said
