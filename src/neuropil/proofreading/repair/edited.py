"""A segmentation with edits made or undone, whose voxels are worked out where they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import VoxelArray
from neuropil.contracts import InputError
from neuropil.proofreading.repair.changes import Change
from neuropil.proofreading.repair.runs import split_rows

__all__ = ["EditedLabels", "Step", "apply_changes", "undo_changes"]

Labels = npt.NDArray[np.integer[Any]]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Step:
    """One change that is made, or undone.

    Parameters
    ----------
    change : Change
        Which.
    undo : bool
        Whether it is undone.
    """

    change: Change
    undo: bool = False

    @property
    def old(self) -> int:
        """Label that its voxels must have."""
        return self.change.after if self.undo else self.change.before

    @property
    def new(self) -> int:
        """Label that they get."""
        return self.change.before if self.undo else self.change.after


class EditedLabels:
    """Labels after some steps; only what is read is worked out.

    It can stand for a segmentation of a :class:`~neuropil.connectome.Volume`, and be written in
    blocks to any format without being in memory. What is held are the runs of voxels that change.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Labels before, in memory or on disk.
    steps : sequence of Step
        What is made or undone, in order.

    Raises
    ------
    InputError
        When a step is of a larger volume, or its label does not fit.
    """

    def __init__(self, labels: VoxelArray, steps: Sequence[Step]) -> None:
        self._labels, self._steps = labels, steps
        self._check()
        runs = [step.change.runs for step in steps]
        lengths = [len(one) for one in runs]
        every = np.concatenate([np.empty((0, 2), np.int64), *runs])
        of_step = np.repeat(np.arange(len(steps)), lengths)
        parts = list(split_rows(every, self.shape[2]))
        pieces = np.concatenate([np.empty((0, 2), np.int64), *(part for _, part in parts)])
        owners = np.concatenate([np.empty(0, np.int64), *(of_step[which] for which, _ in parts)])
        # In order of z, so that a block looks at its own sections alone.
        order = np.argsort(pieces[:, 0], kind="stable")
        self._starts, self._lengths = pieces[order].T
        self._owners = owners[order]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return tuple(self._labels.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the labels."""
        return np.dtype(self._labels.dtype)

    def __getitem__(self, region: Any, /) -> Labels:  # noqa: ANN401 - as of an array
        axes = _spell_out(region, self.shape)
        whole = tuple(slice(axis, axis + 1) if isinstance(axis, int) else axis for axis in axes)
        edited = np.array(self._labels[whole], order="C")
        self._edit(edited, [axis.start for axis in whole])
        # An axis of which one place was asked for is left out, as NumPy does it.
        return edited[tuple(0 if isinstance(axis, int) else slice(None) for axis in axes)]

    def _edit(self, labels: Labels, corner: Sequence[int]) -> None:
        _, ny, nx = self.shape
        ends = [low + n for low, n in zip(corner, labels.shape, strict=True)]
        first, last = np.searchsorted(self._starts, [corner[0] * ny * nx, ends[0] * ny * nx])
        starts, owners = self._starts[first:last], self._owners[first:last]
        rows, x = np.divmod(starts, nx)
        z, y = np.divmod(rows, ny)
        low = np.maximum(x, corner[2])
        high = np.minimum(x + self._lengths[first:last], ends[2])
        kept = np.flatnonzero((y >= corner[1]) & (y < ends[1]) & (high > low))
        kept = kept[np.argsort(owners[kept], kind="stable")]
        inside = [z[kept] - corner[0], y[kept] - corner[1], low[kept] - corner[2]]
        begins = np.ravel_multi_index(tuple(inside), labels.shape)
        lengths, owners = (high - low)[kept], owners[kept]
        for part in np.split(np.arange(len(kept)), np.flatnonzero(np.diff(owners)) + 1):
            if len(part):
                step = self._steps[int(owners[part[0]])]
                _relabel(labels, _list_voxels(begins[part], lengths[part]), step)

    def _check(self) -> None:
        n = int(np.prod(self.shape, dtype=np.int64))
        for step in self._steps:
            runs, where = step.change.runs, f"change {step.change.id}"
            most = int(runs.sum(axis=1).max(initial=0))
            if most > n or runs.min(initial=0) < 0:
                raise InputError(
                    f"expected {most} voxels or more, found {n}",
                    where=where,
                    repair="Use the log with the segmentation for which it was made.",
                )
            if not np.iinfo(self.dtype).min <= step.new <= np.iinfo(self.dtype).max:
                raise InputError(
                    f"expected a label that fits {self.dtype}, found {step.new}",
                    where=where,
                    repair="Convert the segmentation with .astype('uint32').",
                )


def apply_changes(labels: VoxelArray, changes: Sequence[Change]) -> Labels:
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
    return EditedLabels(labels, [Step(change) for change in changes])[...]


def undo_changes(labels: VoxelArray, changes: Sequence[Change]) -> Labels:
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
    return EditedLabels(labels, [Step(change, undo=True) for change in reversed(changes)])[...]


def _spell_out(region: Any, shape: tuple[int, ...]) -> list[slice | int]:  # noqa: ANN401
    """Write an index of whole steps with one slice or place for each axis."""
    parts = list(region) if isinstance(region, tuple) else [region]
    if ... in parts:
        gap = parts.index(...)
        parts[gap : gap + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
    parts += [slice(None)] * (len(shape) - len(parts))
    found: list[slice | int] = []
    for part, n in zip(parts, shape, strict=True):
        if isinstance(part, slice):
            start, stop, step = part.indices(n)
            if step != 1:
                raise InputError(
                    f"expected slices without a step, found {part}",
                    where="edited labels",
                    repair="Read the block, and slice what comes back.",
                )
            found.append(slice(start, max(start, stop)))
        else:
            found.append(range(n)[int(part)])
    return found


def _list_voxels(starts: Integers, lengths: Integers) -> Integers:
    ends = np.cumsum(lengths)
    return np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)


def _relabel(labels: Labels, voxels: Integers, step: Step) -> None:
    flat = labels.reshape(-1)
    if not (flat[voxels] == step.old).all():
        found = np.unique(flat[voxels][flat[voxels] != step.old])[:3]
        raise InputError(
            f"expected label {step.old} at its {len(voxels)} voxels, found "
            f"{', '.join(map(str, found))} too",
            where=f"change {step.change.id}",
            repair="Use the whole log, in its order, with the segmentation for which it was made.",
        )
    flat[voxels] = step.new
