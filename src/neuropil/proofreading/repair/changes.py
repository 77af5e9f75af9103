"""A log of edits that can be made, undone and made again, to the last voxel."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, atomic_write

__all__ = ["Change", "apply_changes", "read_changes", "undo_changes", "write_changes"]

Labels = npt.NDArray[np.integer[Any]]
Runs = npt.NDArray[np.int64]


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

    def voxels(self) -> npt.NDArray[np.int64]:
        """Return the voxels that change, counted in order of z, y, x.

        Returns
        -------
        (v,) integer array
            Ascending within each run.
        """
        starts, lengths = self.runs.T
        ends = np.cumsum(lengths)
        return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)

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


def apply_changes(labels: Labels, changes: Sequence[Change]) -> Labels:
    """Make edits, in their order.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        The segmentation for which the log was made.
    changes : sequence of Change
        The log, or the first part of it.

    Returns
    -------
    (nz, ny, nx) integer array
        A new segmentation.

    Raises
    ------
    InputError
        When voxels do not have the label that the log expects.
    """
    edited = np.array(labels, order="C")
    for change in changes:
        _relabel(edited, change, change.before, change.after)
    return edited


def undo_changes(labels: Labels, changes: Sequence[Change]) -> Labels:
    """Undo edits, the last one first.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        The segmentation after the edits.
    changes : sequence of Change
        The log, or its last part, in the order in which the edits were made.

    Returns
    -------
    (nz, ny, nx) integer array
        The segmentation before them.

    Raises
    ------
    InputError
        When voxels do not have the label that the log expects.
    """
    edited = np.array(labels, order="C")
    for change in reversed(changes):
        _relabel(edited, change, change.after, change.before)
    return edited


def _relabel(labels: Labels, change: Change, old: int, new: int) -> None:
    voxels = change.voxels()
    flat = labels.reshape(-1)
    if len(voxels) and (voxels.min() < 0 or voxels.max() >= len(flat)):
        raise InputError(
            f"expected {int(voxels.max()) + 1} voxels or more, found {len(flat)}",
            where=f"change {change.id}",
            repair="Use the log with the segmentation for which it was made.",
        )
    if not (flat[voxels] == old).all():
        found = np.unique(flat[voxels][flat[voxels] != old])[:3]
        raise InputError(
            f"expected label {old} at its {len(voxels)} voxels, found "
            f"{', '.join(map(str, found))} too",
            where=f"change {change.id}",
            repair="Use the whole log, in its order, with the segmentation for which it was made.",
        )
    if new != np.asarray(new).astype(labels.dtype):
        raise InputError(
            f"expected a label that fits {labels.dtype}, found {new}",
            where=f"change {change.id}",
            repair="Convert the segmentation with .astype('uint32').",
        )
    flat[voxels] = new


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
