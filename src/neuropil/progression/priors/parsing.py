"""What a reply says of a row: all its probabilities and reasons, or why it cannot be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["FAULTS", "Fault", "RepeatedNameError", "find_object", "parse_row"]

FAULTS = (
    "no JSON",
    "another form",
    "unknown region",
    "missing region",
    "repeated region",
    "no probability",
)
"""Kinds of replies that cannot be read."""

# Reasons are asked for in eight words; a model that writes an essay shall not fill the file.
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a reply cannot be read.

    Parameters
    ----------
    kind : str
        One of :data:`FAULTS`, by which they are counted.
    what : str
        What was found.
    """

    kind: str
    what: str


Row = dict[str, tuple[float, str]]


class RepeatedNameError(ValueError):
    """A name that an object has twice, of which JSON's own reader would keep the last."""


def parse_row(text: str, others: Sequence[str]) -> Row | Fault:
    """Read the answers of a reply.

    Text around the JSON, and drafts before it, are passed over. A row is taken whole or not at all:
    a reply that leaves out regions was cut off or careless, and is asked for again.

    Parameters
    ----------
    text : str
        The reply.
    others : sequence of str
        Labels that it must answer about.

    Returns
    -------
    dict of str to tuple, or Fault
        Probability and reason by label, in the order of ``others``; or why there are none. A
        failure to answer is no 0.5, and is counted as such.

    Examples
    --------
    >>> parse_row('Sure: {"answers": {"V2": [0.9, "neighbours"]}}', ["V2"])
    {'V2': (0.9, 'neighbours')}
    >>> parse_row('{"answers": {"V2": [90, "neighbours"]}}', ["V2"])
    Fault(kind='no probability', what='V2: 90')
    """
    try:
        found = find_object(text, "answers")
    except RepeatedNameError as error:
        return Fault("repeated region", str(error))
    if found is None:
        return Fault("no JSON", " ".join(text.split())[:60])
    # No second guess at other names: a reply in another form is asked for again at little cost.
    answers = found.get("answers")
    if not isinstance(answers, dict):
        return Fault("another form", f"members {', '.join(map(str, found))}"[:60])
    return _read(answers, others)


def _read(answers: Mapping[str, Any], others: Sequence[str]) -> Row | Fault:
    # Labels with another case or with spaces around them are no other labels.
    known = {label.casefold(): label for label in others}
    row: Row = {}
    for said, value in answers.items():
        label = known.get(said.strip().casefold())
        if label is None:
            return Fault("unknown region", said[:60])
        if label in row:
            return Fault("repeated region", label)
        # Some models write the number alone, or an object with named members.
        parts = list(value.values()) if isinstance(value, dict) else value
        parts = parts if isinstance(parts, list) else [parts]
        chance = parts[0] if parts else None
        if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1:
            return Fault("no probability", f"{label}: {chance}"[:60])
        reason = parts[1] if len(parts) > 1 and isinstance(parts[1], str) else ""
        row[label] = (float(chance), " ".join(reason.split())[:_LONGEST_REASON])
    missing = [label for label in others if label not in row]
    if missing:
        return Fault("missing region", f"{len(missing)} of {len(others)}, the first {missing[0]}")
    return {label: row[label] for label in others}


def find_object(text: str, member: str) -> dict[str, Any] | None:
    """Find the JSON object of a reply.

    Parameters
    ----------
    text : str
        The reply, with words or a fence around the JSON or without.
    member : str
        Member that the object should have.

    Returns
    -------
    dict or None
        The last object that has it, since models write drafts first, or else the first object;
        None where there is none.

    Raises
    ------
    RepeatedNameError
        When an object has a name twice.

    Examples
    --------
    >>> find_object('Draft: {"a": 1}. Final: {"a": 2}', "a")
    {'a': 2}
    """
    reader = json.JSONDecoder(object_pairs_hook=_unique)
    found: list[dict[str, Any]] = []
    place = text.find("{")
    while place >= 0:
        try:
            value, end = reader.raw_decode(text, place)
        except RepeatedNameError:
            raise
        # Of no JSON, a number of thousands of digits, or one that is nested too deeply.
        except (ValueError, RecursionError):
            end = place + 1
        else:
            found.append(value)
        place = text.find("{", end)
    fitting = [value for value in found if member in value]
    return fitting[-1] if fitting else next(iter(found), None)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise RepeatedNameError(next(name for name in names if names.count(name) > 1))
    return value
