"""Files of answers: one JSON object a line, the same whichever model or person answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neuropil.contracts import (
    InputError,
    VersionError,
    atomic_write,
    did_you_mean,
    require_regular_file,
)
from neuropil.progression.priors.answers import (
    Answer,
    EdgeAnswers,
    check_answers,
    check_scope,
    require_every_pair,
)

__all__ = ["read_answers", "write_answers"]

_FORMAT, _VERSION = "neuropil-edge-answers", 1
_HEADER_REPAIR = "Name a file of `neuropil progression elicit`, or write its first line likewise."
_LINE_REPAIR = "Mend the line, or take it out and ask again."
_TEXT = (str, "a text")
# Fields of a line: the type of each, and its name in messages.
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "mechanism": _TEXT,
    "first": _TEXT,
    "second": _TEXT,
    "repeat": (int, "a whole number"),
    "probability": ((int, float), "a number"),
    "reason": _TEXT,
    "model": _TEXT,
    "version": _TEXT,
}


def write_answers(path: Path | str, answers: EdgeAnswers) -> Path:
    """Write answers as one line of JSON each, behind a line that names the regions.

    Parameters
    ----------
    path : Path or str
        The file, such as ``answers.jsonl``; what has its name is replaced.
    answers : EdgeAnswers
        What to write, in the order given.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        When it cannot be written; choose another place.
    """
    header = {
        "format": _FORMAT,
        "format_version": _VERSION,
        "source": answers.source,
        "mechanisms": answers.mechanisms,
        "regions": answers.regions,
    }
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        for record in (header, *map(_record, answers.answers)):
            # Letters stay readable; numbers are written so that the same bits are read again.
            handle.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
    return Path(path)


def _record(answer: Answer) -> dict[str, Any]:
    # Not `asdict`, which copies every text: files have a hundred thousand answers.
    return {name: getattr(answer, name) for name in _TYPES}


def read_answers(path: Path | str) -> EdgeAnswers:
    """Read answers, each fault with its line.

    Parameters
    ----------
    path : Path or str
        A file that :func:`write_answers` or anyone else wrote in its form.

    Returns
    -------
    EdgeAnswers
        The answers, in the order of the lines.

    Raises
    ------
    InputError
        When there is no such file, a line is no answer, one is there twice, or pairs are missing.
    VersionError
        When a newer neuropil wrote it; upgrade.

    Examples
    --------
    >>> import tempfile
    >>> answer = Answer("tract", "V1", "V2", 0, 0.9, "neighbours", "me", "2026")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_answers(
    ...         Path(folder) / "answers.jsonl", EdgeAnswers(("V1", "V2"), ("tract",), (answer,))
    ...     )
    ...     read_answers(path).answers[0].probability
    0.9
    """
    lines = _read_lines(Path(path))
    regions, mechanisms, source = _read_header(next(lines, (1, None))[1], path)
    answers = tuple(_read_answer(record, f"{path}, line {number}") for number, record in lines)
    # Answers begin on the second line. The set checks itself again, and could name no line.
    check_answers(answers, regions, mechanisms, lambda number: f"{path}, line {number + 2}")
    require_every_pair(answers, regions, mechanisms, str(path))
    return EdgeAnswers(regions, mechanisms, answers, source)


def _read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    require_regular_file(path)
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            where = f"{path}, line {number}"
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InputError("not text in UTF-8", where=where, repair=_LINE_REPAIR) from error
            if not text.strip():
                raise InputError(
                    "expected an answer, found an empty line", where=where, repair=_LINE_REPAIR
                )
            try:
                yield number, json.loads(text)
            # Also of a number of thousands of digits, and of a line that is nested too deeply.
            except (ValueError, RecursionError) as error:
                raise InputError("not valid JSON", where=where, repair=_LINE_REPAIR) from error


def _read_header(value: object, path: Path | str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    where = f"{path}, line 1"
    header = value if isinstance(value, dict) else {}
    if header.get("format") != _FORMAT:
        raise InputError(
            f"expected a first line with the format {_FORMAT!r}, found none",
            where=where,
            repair=_HEADER_REPAIR,
        )
    if header.get("format_version") != _VERSION:
        raise VersionError(
            f"answers of format {header.get('format_version')}, this installation reads {_VERSION}",
            where=where,
            repair="Upgrade neuropil to read them.",
        )
    # Mechanisms are open: a person may answer about one that no question here knows.
    for name in ("regions", "mechanisms"):
        names = header.get(name)
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise InputError(
                f"expected {name} to be a list of names", where=where, repair=_HEADER_REPAIR
            )
    scope = tuple(header["regions"]), tuple(header["mechanisms"])
    check_scope(*scope, where)
    return *scope, str(header.get("source", "not stated"))


def _read_answer(value: object, where: str) -> Answer:
    record = value if isinstance(value, dict) else {}
    # A misspelt field would else be a missing one, or lost without a word.
    unknown = [name for name in record if name not in _TYPES]
    if unknown:
        raise InputError(
            f"expected the fields {', '.join(_TYPES)}, found {unknown[0]!r}",
            where=where,
            repair=f"{did_you_mean(unknown[0], _TYPES)}{_LINE_REPAIR}",
        )
    for name, (kind, words) in _TYPES.items():
        found = record.get(name)
        # True is a number in Python, and neither a probability nor a repeat.
        if not isinstance(found, kind) or isinstance(found, bool):
            raise InputError(
                f"expected {name} to be {words}, found {_show(found)}",
                where=where,
                repair=_LINE_REPAIR,
            )
    return Answer(**{**record, "probability": float(record["probability"])})


def _show(value: object) -> str:
    """Write a value of a line, shortened: a stranger's line may hold anything."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
