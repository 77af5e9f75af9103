"""The place of a run: an empty folder, or one whose interrupted run is the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuropil.contracts.errors import OutputError
from neuropil.contracts.files import is_remainder, remove
from neuropil.contracts.run_records import read_run_record

__all__ = ["claim_folder"]

# What a run writes into its folder by itself, and what a crash of the machine may leave empty.
_WRITTEN = ("run.json", "reproduction.json")


def claim_folder(path: Path, mine: Mapping[str, Any]) -> bool:
    """Take a folder for a run, and tell whether an interrupted run goes on there.

    What a process that was killed left half written is removed; nothing else is.

    Parameters
    ----------
    path : Path
        The folder.
    mine : mapping
        Record of the run that is to begin.

    Returns
    -------
    bool
        True where the folder holds the same run, interrupted.

    Raises
    ------
    OutputError
        When the folder holds other files, a finished run, or a run with other settings, data or
        another version; choose another.
    """
    if not path.exists():
        return False
    # An empty folder is as good as none: people make one before they name it.
    if path.is_dir() and all(map(_says_nothing, path.iterdir())):
        _remove_remainders(path)
        return False
    if not (path / "run.json").is_file():
        raise OutputError(
            "expected a new or empty folder, found other files",
            where=str(path),
            repair="Choose another --out.",
        )
    before = read_run_record(path)
    if before["status"] == "complete":
        raise OutputError(
            "the folder holds a finished run",
            where=str(path),
            repair="Choose another --out, or remove the folder.",
        )
    _refuse_another_run(path, before, mine)
    _remove_remainders(path)
    return True


def _says_nothing(item: Path) -> bool:
    """Tell whether a file is half written, or one of ours that a crash left empty."""
    empty = item.name in _WRITTEN and item.is_file() and item.stat().st_size == 0
    return empty or is_remainder(item)


def _remove_remainders(path: Path) -> None:
    # Below it too: a process may be killed while it writes a table or the model.
    for item in filter(is_remainder, list(path.rglob(".*.part"))):
        remove(item)


def _refuse_another_run(path: Path, before: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    # Through JSON, because a tuple of the settings comes back as a list.
    names = ("study", "seed", "fast", "config")
    wanted = json.loads(json.dumps({name: mine[name] for name in names}))
    if {name: before.get(name) for name in names} != wanted:
        raise OutputError(
            "the folder holds an interrupted run with another study, seed or settings",
            where=str(path),
            repair="Repeat its settings to resume it, or choose another --out.",
        )
    # Two halves of a run on different data would be one wrong number.
    if _identify(before.get("data", [])) != _identify(mine["data"]):
        raise OutputError(
            f"the folder holds an interrupted run on other data: it was begun with "
            f"{_name(before.get('data', []))}, and now there is {_name(mine['data'])}",
            where=str(path),
            repair="Bring back the same files to resume it, or choose another --out.",
        )
    then, now = (record.get("versions", {}).get("neuropil") for record in (before, mine))
    if then != now:
        raise OutputError(
            f"the folder holds an interrupted run of neuropil {then}, this is {now}",
            where=str(path),
            repair="Install that version to resume it, or choose another --out.",
        )


def _identify(sources: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what tells data apart: their names, and the bytes of their files."""
    return [
        (source["name"], sorted((file["name"], file["sha256"]) for file in source["files"]))
        for source in sources
    ]


def _name(sources: list[dict[str, Any]]) -> str:
    found = [
        f"{source['name']!r} ("
        + ", ".join(f"{file['name']} {file['sha256'][:8]}" for file in source["files"])
        + ")"
        if source["files"]
        else repr(source["name"])
        for source in sources
    ]
    return ", ".join(found) or "none"
