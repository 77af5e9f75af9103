"""When a request is made again."""

from __future__ import annotations

import math

import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.language import Retries
from neuropil.language.retries import read_retry_after


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("Thu, 99 Jan 1970 00:00:10 GMT", None),
        ("inf", math.inf),
    ],
)
def test_servers_say_how_long_to_wait_in_several_ways(text, wait):
    assert read_retry_after({"retry-after": text}, now=60.0) == wait


def test_without_the_header_nothing_is_asked_for():
    assert read_retry_after({}) is None


def test_waits_depend_on_the_request_and_the_seed_alone():
    retries = Retries(seed=SeedTree(1))
    waits = {name: [retries.wait_after(n, None, name) for n in range(4)] for name in "abc"}
    assert waits["a"] == [retries.wait_after(n, None, "a") for n in range(4)]
    assert len({tuple(row) for row in waits.values()}) == 3
    assert retries.wait_after(0, None, "a") != Retries().wait_after(0, None, "a")


def test_waits_end_at_the_longest():
    retries = Retries(first_wait=1.0, longest_wait=10.0)
    assert 5.0 <= retries.wait_after(5000, None, "a") <= 10.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"first_wait": -1.0},
        {"first_wait": 2.0, "longest_wait": 1.0},
        {"longest_wait": math.inf},
    ],
)
def test_waits_that_are_none_are_refused(wrong):
    with pytest.raises(ConfigError, match="retries: expected at least one attempt and waits from"):
        Retries(**wrong)
