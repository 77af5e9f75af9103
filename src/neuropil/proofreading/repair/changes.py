"""A log of edits that can be made, undone and made again, to the last voxel."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from neuropil.contracts import InputError, atomic_write, did_you_mean
from neuropil.proofreading.repair.runs import Runs, subtract_runs

__all__ = ["Change", "drop_change", "read_changes", "write_changes"]


@dataclass(frozen=True, eq=False)
class Change:
    """One edit: voxels of one label get another.

    Parameters
    ----------
    id : str
        Its name in the log.
    operation : {"merge", "split"}
        Whether an object is added to another, or a part of it becomes one of its own.
    before, after : int
        Label of the voxels before and after.
    runs : (r, 2) integer array
        First voxel of each run, counted in order of z, y, x, and the length of the run.
    place : tuple of float
        Where the edit is looked at, along z, y and x [nm].
    probability : float
        What the proofreader said of it.
    facts : mapping
        What else is known, as JSON values.
    """

    id: str
    operation: Literal["merge", "split"]
    before: int
    after: int
    runs: Runs
    place: tuple[float, float, float]
    probability: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[int, int]:
        """Labels of the two objects that the edit joins or parts."""
        return self.after, self.before

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain JSON values."""
        packed = zlib.compress(np.ascontiguousarray(self.runs, "<i8").tobytes())
        return {
            "id": self.id,
            "operation": self.operation,
            "labels": list(self.labels),
            "place_nm": list(self.place),
            "probability": self.probability,
            "before": self.before,
            "after": self.after,
            "runs": base64.b64encode(packed).decode("ascii"),
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Return the change that :meth:`to_json` wrote.

        Parameters
        ----------
        record : mapping
            JSON values.
        """
        packed = base64.b64decode(record["runs"], validate=True)
        runs = np.frombuffer(zlib.decompress(packed), "<i8").reshape(-1, 2)
        z, y, x = (float(place) for place in record["place_nm"])
        return cls(
            str(record["id"]),
            record["operation"],
            int(record["before"]),
            int(record["after"]),
            runs.astype(np.int64),
            (z, y, x),
            float(record["probability"]),
            record["facts"],
        )


def drop_change(changes: Sequence[Change], id: str) -> list[Change]:
    """Take one edit out of a log, wherever it stands.

    Its voxels stay what they were before it: later edits lose them, and an edit that has none left
    is dropped as well.

    Parameters
    ----------
    changes : sequence of Change
        The log.
    id : str
        Name of the edit.

    Returns
    -------
    list of Change
        A log without it.

    Raises
    ------
    InputError
        When the log has no edit of that name.
    """
    names = [change.id for change in changes]
    if id not in names:
        raise InputError(
            f"expected a change {id!r}, found none of that name among {len(names)}",
            where="changes",
            repair=f"{did_you_mean(id, names)}The names stand in the log as id.",
        )
    place = names.index(id)
    gone = changes[place].runs
    later = [
        replace(change, runs=subtract_runs(change.runs, gone)) for change in changes[place + 1 :]
    ]
    return [*changes[:place], *(change for change in later if len(change.runs))]


def write_changes(path: Path | str, changes: Iterable[Change]) -> None:
    """Write a log, one JSON object a line.

    Parameters
    ----------
    path : Path or str
        File to write.
    changes : iterable of Change
        The edits in order.
    """
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        for change in changes:
            handle.write(json.dumps(change.to_json(), allow_nan=False) + "\n")


def read_changes(path: Path | str) -> list[Change]:
    """Read a log that :func:`write_changes` wrote.

    Parameters
    ----------
    path : Path or str
        The file.

    Returns
    -------
    list of Change
        The edits in order.

    Raises
    ------
    InputError
        When there is no such file, or a line is no change.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            "there is no such file", where=str(path), repair="Name a log of changes (JSONL)."
        )
    changes = []
    with path.open(encoding="utf-8") as handle:
        for number, line in enumerate(handle, start=1):
            try:
                changes.append(Change.from_json(json.loads(line)))
            # Of whatever kind: not JSON, a field that is missing, runs that are cut off.
            except (ValueError, KeyError, TypeError, zlib.error) as error:
                raise InputError(
                    f"expected a change as a JSON object ({error})",
                    where=f"{path}, line {number}",
                    repair="Write the log again.",
                ) from error
    return changes
