"""Replies as models write them are read whole, and every other kind is counted by its name."""

from __future__ import annotations

import json

import pytest

from neuropil.progression.priors.parsing import FAULTS, Fault, find_object, parse_row

OTHERS = ("L_cuneus", "R_insula")
ROW = {"L_cuneus": (0.25, "short fibres"), "R_insula": (1.0, "")}
WRITTEN = '{"answers": {"L_cuneus": [0.25, "short fibres"], "R_insula": [1, ""]}}'


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"```json\n{WRITTEN}\n```",
        f"Let me think {{about}} it.\n{WRITTEN}\nThat is all.",
        f'{{"plan": "none"}} {{"answers": {{"L_cuneus": [0.9, "draft"]}}}} {WRITTEN}',
        '{"answers": {"R_INSULA": 1, " l_cuneus ": [0.25, " short\\n fibres "]}}',
        '{"answers": {"L_cuneus": {"probability": 0.25, "reason": "short fibres"}, '
        '"R_insula": {"probability": 1, "reason": ""}}, "note": "done"}',
    ],
)
def test_a_row_is_read_as_models_write_it(text):
    found = parse_row(text, OTHERS)
    assert found == ROW
    assert tuple(found) == OTHERS


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("I cannot   tell.", "no JSON", "I cannot tell."),
        ("", "no JSON", ""),
        (WRITTEN[:-10], "no JSON", None),
        ("{" * 2000, "no JSON", None),
        ('{"a":' * 20_000, "no JSON", None),
        ('{"answers": [0.25, 1]}', "another form", "members answers"),
        ('{"result": {"L_cuneus": 0.2}}', "another form", "members result"),
        ('{"answers": {"L_cuneus": [0.2, ""]}}', "missing region", "1 of 2, the first R_insula"),
        ('{"answers": {"L_cuneus": 0, "R_insula": 0, "V1": 0}}', "unknown region", "V1"),
        ('{"answers": {"L_cuneus": 0, "l_cuneus": 0, "R_insula": 0}}', "repeated region",
         "L_cuneus"),
        ('{"answers": {"L_cuneus": 0, "L_cuneus": 0}}', "repeated region", "L_cuneus"),
        ('{"answers": {"L_cuneus": [90, ""]}}', "no probability", "L_cuneus: 90"),
        ('{"answers": {"L_cuneus": [NaN, ""]}}', "no probability", "L_cuneus: nan"),
        ('{"answers": {"L_cuneus": "high"}}', "no probability", "L_cuneus: high"),
        ('{"answers": {"L_cuneus": true}}', "no probability", "L_cuneus: True"),
        ('{"answers": {"L_cuneus": []}}', "no probability", "L_cuneus: None"),
    ],
)  # fmt: skip
def test_what_is_no_row_is_counted_by_its_kind(text, kind, what):
    found = parse_row(text, OTHERS)
    assert isinstance(found, Fault)
    assert found.kind == kind
    assert kind in FAULTS
    assert what is None or found.what == what


def test_an_essay_of_a_reason_is_cut():
    text = json.dumps({"answers": {"L_cuneus": [0.1, "why " * 500], "R_insula": [0.1, "x"]}})
    assert len(parse_row(text, OTHERS)["L_cuneus"][1]) == 200


def test_the_last_object_with_the_member_is_taken_or_else_the_first():
    assert find_object('{"a": 1} {"a": 2} {"b": 3}', "a") == {"a": 2}
    assert find_object('{"c": 1} {"b": 3}', "a") == {"c": 1}
    assert find_object("none", "a") is None
