"""What the JSON files of a run folder hold, checked when they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from neuropil.contracts.claims import Metric, Verdict
from neuropil.contracts.errors import InputError
from neuropil.contracts.files import read_json, read_record
from neuropil.contracts.records import check_record

__all__ = [
    "RUN_FORMAT",
    "RUN_FORMAT_VERSION",
    "Figure",
    "read_figures",
    "read_metrics",
    "read_run_record",
]

RUN_FORMAT_VERSION = 2
RUN_FORMAT = "neuropil-run"
_REPAIR = "The file is damaged; run the study again."


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in a run folder, beside the data it shows.

    Parameters
    ----------
    name : str
        File stem: ``figures/<name>.svg`` and ``figures/<name>.parquet``.
    title : str
        The finding or the quantity shown.
    caption : str
        How to read it: axes, units, n, intervals.
    alt : str
        The content in words, for readers who do not see it.
    """

    name: str
    title: str
    caption: str
    alt: str


class _Part(BaseModel):
    # Strict, or the text "3" would pass for a number; a newer writer may add keys.
    model_config = ConfigDict(strict=True, extra="allow")


class _File(_Part):
    name: str
    sha256: str


class _Citation(_Part):
    key: str
    text: str
    doi: str | None = None


class _Source(_Part):
    name: str
    files: list[_File]


class _Operation(_Part):
    name: str
    parameters: dict[str, Any]


class _RunRecord(_Part):
    """Types of the keys of ``run.json`` that are read; older writers lack some of them."""

    study: str = ""
    title: str = ""
    status: Literal["running", "interrupted", "complete"] = "complete"
    seed: int = 0
    config: dict[str, Any] = {}
    meanings: dict[str, str] = {}
    headline: str = ""
    command: str = ""
    fast: bool = False
    synthetic: bool = False
    data: list[_Source] = []
    provenance: list[_Operation] = []
    citations: list[_Citation] = []
    versions: dict[str, str] = {}
    host: dict[str, str | int | None] = {}
    started: str = ""
    seconds: float = 0.0
    notes: list[str] = []


def read_run_record(folder: Path) -> dict[str, Any]:
    """Read ``run.json`` of a folder.

    Raises
    ------
    InputError
        When it is missing or damaged, or a key has another type than the format says.
    VersionError
        When its format is newer than this installation reads; upgrade.
    """
    path = folder / "run.json"
    record = read_record(path, RUN_FORMAT, RUN_FORMAT_VERSION)
    check_record(_RunRecord, record, path, _REPAIR)
    return record


def read_metrics(folder: Path) -> tuple[Metric, ...]:
    """Read ``metrics.json`` of a folder; a run that measured nothing yet has none."""
    path = folder / "metrics.json"
    items = [_of_version_1(item) if "passed" in item else item for item in _read_list(path)]
    return tuple(check_record(Metric, item, path, _REPAIR) for item in items)


def read_figures(folder: Path) -> tuple[Figure, ...]:
    """Read the index of the pictures of a folder, in the order in which they are shown."""
    path = folder / "figures" / "figures.json"
    return tuple(check_record(Figure, item, path, _REPAIR) for item in _read_list(path))


def _read_list(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    items = read_json(path, _REPAIR)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError("expected a list of objects", where=str(path), repair=_REPAIR)
    return items


def _of_version_1(item: dict[str, Any]) -> dict[str, Any]:
    """Return a line of version 1 in the words of this one."""
    # Told by the key and not by the record, since lines are also read without it.
    renamed = {"label": "what", "target": "bound"}
    line = {renamed.get(key, key): value for key, value in item.items() if key != "passed"}
    # Version 1 let a target without a threshold pass.
    verdict = {True: Verdict.MET, False: Verdict.MISSED}.get(item["passed"], Verdict.REPORTED)
    return {**line, "verdict": verdict}
