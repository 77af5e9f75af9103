"""The audit of a verdict in words: "4 blocks, 0 bad" and what it excludes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuropil.contracts import InputError
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.bounds import FractionBounds, bound_fraction
from neuropil.preservation.sampling.independent_tiles import tiles_needed

__all__ = ["Audit", "Statement", "audit", "parse_statement"]

# No brain has been cut into more tiles, and a slip of the pen should not fill the memory.
_MOST = 1_000_000
# Shares that people ask about, from "most of it" to "one synapse in a thousand".
_ASKED = (0.1, 0.05, 0.01, 0.001)
_COUNTS = r"\d[\d,]*(?:\s*\+\s*\d[\d,]*)*"
_FORM = re.compile(
    rf"^\s*(?P<many>{_COUNTS})\s+(?P<unit>tile|block)s?"
    r"(?:\s+in\s+(?P<blocks>\d[\d,]*)\s+blocks?)?"
    rf"\s*[,;:]\s*(?P<bad>{_COUNTS}|none|no)\s+bad(?:\s+(?:tile|block)s?)?"
    r"(?:\s*[,;]\s*(?P<level>\d+(?:\.\d+)?)\s*%)?\s*\.?\s*$",
    re.IGNORECASE,
)
_REPAIR = (
    'Write such as "4 blocks, 0 bad", "299 tiles, 0 bad", "40 tiles in 4 blocks, 0+0+3+1 bad" or '
    '"4 blocks, 0 bad, 99 %".'
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was judged, as a sentence said it.

    Parameters
    ----------
    counts : BlockCounts
        Blocks with one tile each where only blocks, or only tiles, are named.
    unit : {"block", "tile"}
        What the sentence counts as independent places.
    level : float
        Confidence that it is audited at.
    """

    counts: BlockCounts
    unit: str
    level: float


@dataclass(frozen=True, slots=True)
class Audit:
    """What a statement excludes, and what it would take to exclude more.

    Parameters
    ----------
    statement : Statement
        What was judged.
    bounds : FractionBounds
        What follows.
    needed : mapping of float to int
        Independent clean tiles that exclude each bad share.
    sentences : tuple of str
        The same in words.
    """

    statement: Statement
    bounds: FractionBounds
    needed: Mapping[float, int]
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.sentences)


def audit(text: str) -> Audit:
    """Say what a statement such as "4 blocks, 0 bad" excludes.

    Parameters
    ----------
    text : str
        As for :func:`parse_statement`.

    Returns
    -------
    Audit
        Bounds and sentences.

    Raises
    ------
    InputError
        When the text cannot be read; the message shows texts that can.

    Examples
    --------
    >>> print(audit("4 blocks, 0 bad").sentences[0])
    4 blocks, 0 bad: with 95 % confidence less than 52.7 % of the brain is bad.
    """
    statement = parse_statement(text)
    bounds = bound_fraction(statement.counts, statement.level)
    needed = {share: tiles_needed(share, statement.level) for share in _ASKED}
    sentences = [_say_bound(statement, bounds), *_say_luck(statement, bounds)]
    sentences += [*_say_tiles(statement, bounds), _say_needed(needed, statement.level)]
    return Audit(statement, bounds, needed, tuple(sentences))


def parse_statement(text: str) -> Statement:
    """Read what was judged from a sentence.

    Parameters
    ----------
    text : str
        Tiles or blocks and how many of them are bad, then the confidence where it is not 95 %.
        Tiles in blocks are equally many in each, or are listed as ``10+10+9 tiles``; bad tiles in
        blocks are listed as ``0+0+3+1 bad`` unless none is.

    Returns
    -------
    Statement
        Counts by block.

    Raises
    ------
    InputError
        When the text has another form, tiles do not divide into blocks, or it does not say in which
        blocks bad tiles are.

    Examples
    --------
    >>> parse_statement("40 tiles in 4 blocks, 0+0+3+1 bad").counts.tiles.tolist()
    [10, 10, 10, 10]
    """
    found = _FORM.match(text)
    if not found:
        raise _fault(f"expected how many tiles or blocks, and how many bad, found {text!r}")
    many = _numbers(found["many"])
    bad = [0] if found["bad"].lower() in ("no", "none") else _numbers(found["bad"])
    unit = found["unit"].lower()
    _check_size(many, text)
    blocks = int(found["blocks"].replace(",", "")) if found["blocks"] else 0
    level = float(found["level"]) / 100 if found["level"] else 0.95
    if unit == "block" and (blocks or len(many) > 1):
        raise _fault(f"expected one number of blocks, found {text!r}")
    tiles = _divide(many, blocks, text)
    if blocks or len(many) > 1:
        return Statement(_spread(bad, tiles, text), "block", level)
    return Statement(_one_each(tiles[0], bad, text), unit, level)


def _check_size(many: list[int], text: str) -> None:
    if sum(many) > _MOST:
        raise _fault(f"expected at most {_MOST:,} tiles, found {sum(many):,} in {text!r}")


def _divide(many: list[int], blocks: int, text: str) -> list[int]:
    """Return the tiles of each block."""
    if not blocks or len(many) == blocks:
        return many
    if len(many) > 1 or many[0] % blocks or not many[0]:
        each = "+".join(map(str, many))
        raise _fault(
            f"expected {blocks} numbers of tiles, or a number that {blocks} blocks share equally, "
            f"found {each} in {text!r}"
        )
    return [many[0] // blocks] * blocks


def _spread(bad: list[int], tiles: list[int], text: str) -> BlockCounts:
    if bad == [0]:
        bad = [0] * len(tiles)
    if len(bad) != len(tiles):
        # Three bad tiles in one block say something else than one in each of three.
        raise _fault(f"expected the bad tiles of each of {len(tiles)} blocks, found {text!r}")
    return BlockCounts(np.array(bad), np.array(tiles))


def _one_each(n: int, bad: list[int], text: str) -> BlockCounts:
    if len(bad) > 1 or not 0 <= bad[0] <= n or not n:
        raise _fault(f"expected 1 or more, and from 0 to all of them bad, found {text!r}")
    return BlockCounts(np.repeat([1, 0], [bad[0], n - bad[0]]), np.ones(n, dtype=np.int64))


def _numbers(text: str) -> list[int]:
    return [int(number.replace(",", "")) for number in text.split("+")]


def _fault(what: str) -> InputError:
    return InputError(what, where="statement", repair=_REPAIR)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _say_bound(statement: Statement, bounds: FractionBounds) -> str:
    counts = statement.counts
    named = counts.n_tiles if statement.unit == "tile" else counts.n_blocks
    what = f"{named:,} {statement.unit}{'s' * (named > 1)}"
    if counts.n_tiles > named:
        what = f"{counts.n_tiles:,} tiles in {what}"
    surely = f"with {_percent(bounds.level)} confidence"
    limits = [f"more than {_percent(bounds.low)}"] * (bounds.low > 0)
    limits += [f"less than {_percent(bounds.high)}"] * (bounds.high < 1)
    return f"{what}, {counts.n_bad:,} bad: {surely} {' and '.join(limits)} of the brain is bad."


def _say_luck(statement: Statement, bounds: FractionBounds) -> list[str]:
    """Say how often a brain of which half is bad would pass the same test."""
    if statement.counts.n_bad or bounds.high < 0.5:
        return []
    passes = 0.5**statement.counts.n_blocks
    return [f"Of brains of which half is bad, {_percent(passes)} would pass this test."]


def _say_tiles(statement: Statement, bounds: FractionBounds) -> list[str]:
    """Say what tiles of one block are worth."""
    counts = statement.counts
    if counts.n_tiles == counts.n_blocks:
        return []
    correlation = bounds.correlation
    known = "cannot be told from these counts"
    if correlation.value is not None:
        known = f"is {correlation.value:.2f} ({correlation.low:.2f} to {correlation.high:.2f})"
    return [
        f"Tiles of one block fail together: their correlation {known}, so that the "
        f"{counts.n_tiles:,} tiles say at least as much as {bounds.least_worth:.1f} independent "
        f"ones. Taken as independent they would seem to exclude {_percent(bounds.tile_high)}; "
        "where failure is patchy that is too low."
    ]


def _say_needed(needed: Mapping[float, int], level: float) -> str:
    shares = ", ".join(f"{_percent(share)}: {tiles:,}" for share, tiles in needed.items())
    return (
        f"Clean tiles at independent places that would exclude a bad share with {_percent(level)} "
        f"confidence: {shares}."
    )
