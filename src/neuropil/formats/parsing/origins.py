"""What neuropil writes beside its tables in JSON: units, space, origin and history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neuropil.contracts import Operation, Source

__all__ = ["Origin", "read_origin"]


@dataclass(frozen=True)
class Origin:
    """Parts of a connectome that are no tables; the fields are those of a connectome."""

    units: dict[str, str]
    space: str | None
    source: Source
    provenance: tuple[Operation, ...]
    directed: bool = True


def read_origin(record: Mapping[str, Any]) -> Origin:
    """Read the origin of a connectome from plain JSON values.

    Parameters
    ----------
    record : mapping
        With the keys ``units``, ``space``, ``source`` and ``provenance``; where ``directed`` is not
        among them, as in records of before, the graph was directed.

    Returns
    -------
    Origin
        Its parts.

    Raises
    ------
    KeyError
        When a key is missing.
    TypeError
        When a value is of another type; names the key.
    """
    units, space = record["units"], record["space"]
    # Held against their types one by one: dict(["ab"]) is a mapping of a to b.
    _require(isinstance(units, dict), "units", "an object of texts")
    _require(all(isinstance(unit, str) for unit in units.values()), "units", "an object of texts")
    _require(space is None or isinstance(space, str), "space", "a text or null")
    directed = record.get("directed", True)
    # The text "false" is true to Python.
    _require(isinstance(directed, bool), "directed", "true or false")
    return Origin(
        dict(units),
        space,
        _read_source(record["source"]),
        _read_steps(record["provenance"]),
        directed,
    )


def _read_source(value: Any) -> Source:  # noqa: ANN401 - any JSON value
    _require(isinstance(value, dict), "source", "an object")
    _require(isinstance(value["name"], str), "source.name", "a text")
    _require(isinstance(value["licence"], str), "source.licence", "a text")
    _require(isinstance(value["synthetic"], bool), "source.synthetic", "true or false")
    for name in ("files", "citations"):
        found = value[name]
        listed = isinstance(found, list) and all(isinstance(item, dict) for item in found)
        _require(listed, f"source.{name}", "a list of objects")
    notes = value.get("notes", [])
    texts = isinstance(notes, list) and all(isinstance(note, str) for note in notes)
    _require(texts, "source.notes", "a list of texts")
    return Source.from_json(value)


def _read_steps(value: Any) -> tuple[Operation, ...]:  # noqa: ANN401
    _require(isinstance(value, list), "provenance", "a list of objects")
    for step in value:
        named = isinstance(step, dict) and isinstance(step.get("name"), str)
        known = named and isinstance(step.get("parameters", {}), dict)
        _require(known, "provenance", "a list of objects with name and parameters")
    return tuple(Operation(**step) for step in value)


def _require(fits: bool, key: str, expected: str) -> None:
    if not fits:
        raise TypeError(f"expected {expected} under {key}")
