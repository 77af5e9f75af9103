"""Files of answers come back to the last bit; every bad line is named with what is wrong."""

from __future__ import annotations

import json

import pytest

from neuropil.contracts import InputError, VersionError
from neuropil.progression.priors.answer_files import read_answers, write_answers
from neuropil.progression.priors.answers import EdgeAnswers
from neuropil.progression.priors.edge_prior import EdgePrior

MEND = "Mend the line, or take it out and ask again."


@pytest.fixture
def path(tmp_path, make_answers, chances):
    return write_answers(tmp_path / "answers.jsonl", make_answers(chances))


def change(path, number, **fields):
    """Change fields of a line; None takes one out."""
    lines = path.read_text().splitlines()
    record = json.loads(lines[number - 1]) | fields
    lines[number - 1] = json.dumps({name: one for name, one in record.items() if one is not None})
    path.write_text("\n".join(lines) + "\n")


def test_what_is_written_is_read(path, make_answers, chances, prior):
    found = read_answers(path)
    wanted = make_answers(chances)
    assert (found.regions, found.mechanisms) == (wanted.regions, wanted.mechanisms)
    assert (found.answers, found.source) == (wanted.answers, wanted.source)
    assert EdgePrior.from_answers(found).fused.tobytes() == prior.fused.tobytes()
    again = write_answers(path.with_name("again.jsonl"), found)
    assert again.read_bytes() == path.read_bytes()


def test_a_line_is_plain_json_that_anyone_can_write(path):
    header, first, *_ = path.read_text().splitlines()
    assert json.loads(header) == {
        "format": "neuropil-edge-answers",
        "format_version": 1,
        "source": "a test",
        "mechanisms": ["tract"],
        "regions": ["A", "B", "C", "D"],
    }
    assert json.loads(first) == {
        "mechanism": "tract",
        "first": "A",
        "second": "B",
        "repeat": 0,
        "probability": 0.9,
        "reason": "AB0",
        "model": "me",
        "version": "1",
    }


LISTED = "expected {} to be a listed {}, found {}"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"first": "a"}, LISTED.format("first", "region", "'a'") + ". Listed are A, B, C, D."),
        ({"second": "X"}, LISTED.format("second", "region", "'X'") + ". Listed are A, B, C, D."),
        (
            {"mechanism": "tracts"},
            LISTED.format("mechanism", "mechanism", "'tracts'")
            + ". Did you mean tract? Listed are tract.",
        ),
        (
            {"second": "A"},
            "expected two regions, found 'A' twice. No edge joins a region with itself: leave the "
            "answer out.",
        ),
        (
            {"probability": 1.01},
            "expected a probability from 0 to 1, found 1.01. Give a share and no percentage, and "
            "leave out what is not known.",
        ),
        (
            {"probability": float("nan")},
            "expected a probability from 0 to 1, found nan. Give a share and no percentage, and "
            "leave out what is not known.",
        ),
        (
            {"repeat": -1},
            "expected a repeat from 0 to 999, found -1. Number the repeats from 0.",
        ),
        (
            {"probability": "high"},
            f"expected probability to be a number, found 'high'. {MEND}",
        ),
        ({"probability": True}, f"expected probability to be a number, found True. {MEND}"),
        ({"reason": None}, f"expected reason to be a text, found nothing. {MEND}"),
        ({"repeat": 0.5}, f"expected repeat to be a whole number, found 0.5. {MEND}"),
        (
            {"Reason": "x"},
            "expected the fields mechanism, first, second, repeat, probability, reason, model, "
            f"version, found 'Reason'. Did you mean reason? {MEND}",
        ),
        (
            {"repeat": 1},
            "expected one answer for tract, A, B, repeat 1, found a second. Remove it or number "
            "its repeat: {path}, line 2 has the first.",
        ),
    ],
)
def test_a_bad_line_is_named(path, fields, message):
    change(path, 2, **fields)
    with pytest.raises(InputError) as error:
        read_answers(path)
    line = 3 if fields == {"repeat": 1} else 2
    assert str(error.value) == f"{path}, line {line}: {message.format(path=path)}"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"{", "not valid JSON"),
        (b"", "expected an answer, found an empty line"),
        (b'{"reason": "\xff"}', "not text in UTF-8"),
        (b"[1]", "expected mechanism to be a text, found nothing"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_line_that_is_no_answer_is_named(path, line, what):
    lines = path.read_bytes().splitlines()
    lines[3] = line
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(InputError) as error:
        read_answers(path)
    assert str(error.value) == f"{path}, line 4: {what}. {MEND}"


def test_a_pair_without_an_answer_is_named(path):
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if '"D", "second": "B"' not in line))
    with pytest.raises(InputError) as error:
        read_answers(path)
    assert str(error.value) == (
        f"{path}: expected answers about 6 pairs for tract, found 5; the first without one is "
        "B, D. Ask about what is missing: no answer is not the same as 0.5."
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"format": "neuropil-replies"},
            "expected a first line with the format 'neuropil-edge-answers', found none. Name a "
            "file of `neuropil progression elicit`, or write its first line likewise.",
        ),
        (
            {"regions": "A, B"},
            "expected regions to be a list of names. Name a file of `neuropil progression "
            "elicit`, or write its first line likewise.",
        ),
        (
            {"regions": ["A", "B", "A"]},
            "expected at least 2 regions, each named once, found A twice. Name each of them once.",
        ),
        (
            {"mechanisms": []},
            "expected at least 1 mechanisms, each named once, found 0 names. Name each of them "
            "once.",
        ),
    ],
)
def test_a_bad_first_line_is_named(path, fields, message):
    change(path, 1, **fields)
    with pytest.raises(InputError) as error:
        read_answers(path)
    assert str(error.value) == f"{path}, line 1: {message}"


def test_a_newer_file_asks_for_an_upgrade(path):
    change(path, 1, format_version=2)
    with pytest.raises(VersionError) as error:
        read_answers(path)
    assert str(error.value) == (
        f"{path}, line 1: answers of format 2, this installation reads 1. Upgrade neuropil to "
        "read them."
    )


def test_no_file_and_an_empty_one_are_named(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_answers(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(InputError, match="line 1: expected a first line with the format"):
        read_answers(tmp_path / "empty.jsonl")


def test_answers_in_memory_are_checked_too(make_answers, chances):
    answers = make_answers(chances)
    with pytest.raises(InputError) as error:
        EdgeAnswers(("A", "B", "C"), ("tract",), answers.answers, "a test")
    assert str(error.value) == (
        "answer 5: expected second to be a listed region, found 'D'. Listed are A, B, C."
    )
    assert repr(answers) == "EdgeAnswers(12 answers about 4 regions by tract; a test)"
    assert answers.repeats == 2
