"""Statements that were made, what they exclude, and what cannot be read."""

from __future__ import annotations

import pytest

from neuropil.contracts import InputError
from neuropil.preservation.sampling.independent_tiles import upper_bound
from neuropil.preservation.sampling.statements import audit, parse_statement

REPAIR = (
    'Write such as "4 blocks, 0 bad", "299 tiles, 0 bad", "40 tiles in 4 blocks, 0+0+3+1 bad" or '
    '"4 blocks, 0 bad, 99 %".'
)


def test_four_blocks_are_audited():
    found = audit("4 blocks, 0 bad")
    assert found.bounds.high == upper_bound(4)
    assert dict(found.needed) == {0.1: 29, 0.05: 59, 0.01: 299, 0.001: 2995}
    assert str(found) == (
        "4 blocks, 0 bad: with 95 % confidence less than 52.7 % of the brain is bad.\n"
        "Of brains of which half is bad, 6.25 % would pass this test.\n"
        "Clean tiles at independent places that would exclude a bad share with 95 % confidence: "
        "10 %: 29, 5 %: 59, 1 %: 299, 0.1 %: 2,995."
    )


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("299 tiles, none bad", "299 tiles, 0 bad: with 95 % confidence less than 0.997 % of the "
         "brain is bad."),
        ("4 blocks, 4 bad", "4 blocks, 4 bad: with 95 % confidence more than 47.3 % of the brain "
         "is bad."),
        ("1 block; no bad blocks; 99 %", "1 block, 0 bad: with 99 % confidence less than 99 % of "
         "the brain is bad."),
        ("40 Tiles in 4 blocks: 0 bad tiles.", "40 tiles in 4 blocks, 0 bad: with 95 % confidence "
         "less than 52.7 % of the brain is bad."),
        ("20 tiles, 3 bad", "20 tiles, 3 bad: with 95 % confidence more than 4.22 % and less than "
         "34.4 % of the brain is bad."),
    ],
)  # fmt: skip
def test_statements_are_put_into_numbers(text, first):
    assert audit(text).sentences[0] == first


def test_tiles_of_blocks_are_said_to_be_worth_less():
    said = audit("40 tiles in 4 blocks, 0+0+3+1 bad").sentences[1]
    assert said.startswith("Tiles of one block fail together: their correlation is 0.10 (0.00 to ")
    assert "Taken as independent they would seem to exclude 21.4 %" in said
    assert "cannot be told from these counts" in audit("40 tiles in 4 blocks, 0 bad").sentences[2]


def test_blocks_are_read_one_by_one():
    counts = parse_statement("10+10+9 tiles in 3 blocks, 0+1+0 bad").counts
    assert (counts.tiles.tolist(), counts.bad.tolist()) == ([10, 10, 9], [0, 1, 0])
    same = parse_statement("10+10+9 tiles, 0 + 1 + 0 bad")
    assert (same.unit, same.counts.tiles.tolist()) == ("block", [10, 10, 9])
    assert parse_statement("2,995 tiles, 0 bad").counts.n_tiles == 2995


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("all intact", "expected how many tiles or blocks, and how many bad, found 'all intact'"),
        ("-4 blocks, 0 bad", "expected how many tiles or blocks, and how many bad, found "
         "'-4 blocks, 0 bad'"),
        ("40 tiles in 3 blocks, 0 bad", "expected 3 numbers of tiles, or a number that 3 blocks "
         "share equally, found 40 in '40 tiles in 3 blocks, 0 bad'"),
        ("40 tiles in 4 blocks, 3 bad", "expected the bad tiles of each of 4 blocks, found '40 "
         "tiles in 4 blocks, 3 bad'"),
        ("4 blocks, 5 bad", "expected 1 or more, and from 0 to all of them bad, found '4 blocks, 5 "
         "bad'"),
        ("0 tiles, 0 bad", "expected 1 or more, and from 0 to all of them bad, found '0 tiles, 0 "
         "bad'"),
        ("4 blocks in 2 blocks, 0 bad", "expected one number of blocks, found '4 blocks in 2 "
         "blocks, 0 bad'"),
        ("9,000,000 tiles, 0 bad", "expected at most 1,000,000 tiles, found 9,000,000 in "
         "'9,000,000 tiles, 0 bad'"),
    ],
)  # fmt: skip
def test_unreadable_statements_are_named(text, what):
    with pytest.raises(InputError) as caught:
        audit(text)
    assert str(caught.value) == f"statement: {what}. {REPAIR}"


def test_a_confidence_of_all_is_refused():
    with pytest.raises(InputError, match="level: expected a confidence inside 0 and 1"):
        audit("4 blocks, 0 bad, 100 %")
