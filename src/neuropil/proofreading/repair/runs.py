"""Runs of voxels: where objects lie in a volume, in order of z, y and x."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Block, Volume

__all__ = ["ObjectSizes", "Runs", "count_voxels", "find_runs", "split_rows", "subtract_runs"]

Labels = npt.NDArray[np.integer[Any]]
Runs = npt.NDArray[np.int64]
"""(r, 2): first voxel of each run, counted in order of z, y, x, and the length of the run."""

# Edge of what is read at once [voxels]: 134 MB of 64-bit labels. Not tuned.
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class ObjectSizes:
    """How large the objects of a segmentation are.

    Parameters
    ----------
    labels : (n,) integer array
        Labels but 0, ascending.
    voxels : (n,) array
        Voxels of each.
    background : float
        Share of all voxels that belong to no object.
    """

    labels: Labels
    voxels: npt.NDArray[np.int64]
    background: float


def count_voxels(volume: Volume, segmentation: str, size: int = _BLOCK) -> ObjectSizes:
    """Count the voxels of each object, block by block.

    Parameters
    ----------
    volume : Volume
        Tissue with the segmentation, which may be larger than memory.
    segmentation : str
        Its name.
    size : int
        Edge of a block [voxels].

    Returns
    -------
    ObjectSizes
        Of all objects.
    """
    parts = [
        np.unique(volume.segmentation(segmentation, block.core), return_counts=True)
        for block in volume.blocks(size)
    ]
    labels, rows = np.unique(np.concatenate([names for names, _ in parts]), return_inverse=True)
    voxels = np.zeros(len(labels), np.int64)
    np.add.at(voxels, rows, np.concatenate([counts for _, counts in parts]))
    kept = labels > 0
    background = 1 - voxels[kept].sum() / voxels.sum()
    return ObjectSizes(labels[kept], voxels[kept], float(background))


def find_runs(
    volume: Volume, segmentation: str, wanted: Collection[int], size: int = _BLOCK
) -> dict[int, Runs]:
    """Find the runs of voxels of some objects, block by block.

    Parameters
    ----------
    volume : Volume
        Tissue with the segmentation, which may be larger than memory.
    segmentation : str
        Its name.
    wanted : collection of int
        Labels of the objects.
    size : int
        Edge of a block [voxels].

    Returns
    -------
    dict of int to (r, 2) integer array
        By label: first voxel of each run and its length, ascending.
    """
    if not wanted:
        return {}
    labels = volume.segmentations[segmentation]
    names = np.array(sorted(wanted), dtype=labels.dtype)
    parts = [_find_in_block(volume, segmentation, block, names) for block in volume.blocks(size)]
    rows, starts, lengths = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((starts, rows))
    rows, starts, lengths = rows[order], starts[order], lengths[order]
    # What a border between blocks, or the end of a row, has cut is one run again.
    cut = np.ones(len(rows), bool)
    cut[1:] = (rows[1:] != rows[:-1]) | (starts[1:] != starts[:-1] + lengths[:-1])
    first = np.flatnonzero(cut)
    if len(first):
        lengths = np.add.reduceat(lengths, first)
    runs = np.stack([starts[first], lengths], axis=1).astype(np.int64)
    ends = np.cumsum(np.bincount(rows[first], minlength=len(names)))[:-1]
    return {int(name): part for name, part in zip(names, np.split(runs, ends), strict=True)}


def _find_in_block(
    volume: Volume, segmentation: str, block: Block, names: Labels
) -> tuple[npt.NDArray[np.int64], ...]:
    """Return row of the label, first voxel and length of each run within the rows of a block."""
    labels = np.ascontiguousarray(volume.segmentation(segmentation, block.core))
    flat, width = labels.reshape(-1), labels.shape[2]
    begins = np.ones(len(flat), bool)
    begins[1:] = flat[1:] != flat[:-1]
    begins[::width] = True
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(flat))
    kept = np.isin(flat[starts], names)
    starts, lengths = starts[kept], lengths[kept]
    places = np.unravel_index(starts, labels.shape)
    moved = [place + axis.start for place, axis in zip(places, block.core, strict=True)]
    whole = np.ravel_multi_index(tuple(moved), volume.shape)
    return np.searchsorted(names, flat[starts]), np.asarray(whole, np.int64), lengths


def split_rows(runs: Runs, width: int) -> Iterator[tuple[npt.NDArray[np.int64], Runs]]:
    """Cut runs at the ends of the rows of a volume.

    Parameters
    ----------
    runs : (r, 2) integer array
        First voxel and length of each run.
    width : int
        Voxels of a row, along x.

    Yields
    ------
    which : (p,) integer array
        Row of the run that each part belongs to.
    parts : (p, 2) integer array
        First voxel and length of each; of every run the next part is in the next item.
    """
    which, starts, lengths = np.arange(len(runs)), runs[:, 0], runs[:, 1]
    while len(which):
        here = np.minimum(lengths, width - starts % width)
        yield which, np.stack([starts, here], axis=1)
        left = lengths > here
        which, starts, lengths = which[left], (starts + here)[left], (lengths - here)[left]


def subtract_runs(runs: Runs, gone: Runs) -> Runs:
    """Return the voxels of some runs that are in none of others.

    Parameters
    ----------
    runs, gone : (r, 2) integer array
        First voxel and length of each run; the runs of each array do not overlap.

    Returns
    -------
    (k, 2) integer array
        What is left, ascending.
    """
    # Along the voxels, each run is a step up and a step down: what is left is inside runs, and
    # outside those that are gone.
    edges = np.concatenate([runs[:, 0], runs.sum(axis=1), gone[:, 0], gone.sum(axis=1)])
    n, m = len(runs), len(gone)
    ours = np.repeat([1, -1, 0, 0], [n, n, m, m])
    theirs = np.repeat([0, 0, 1, -1], [n, n, m, m])
    order = np.argsort(edges, kind="stable")
    places, last = np.unique(edges[order], return_index=True)
    last = np.append(last[1:], len(edges)) - 1
    left = (np.cumsum(ours[order])[last] > 0) & (np.cumsum(theirs[order])[last] == 0)
    if not left.any():
        return np.empty((0, 2), np.int64)
    rising = np.flatnonzero(left & ~np.append(False, left[:-1]))
    falling = np.flatnonzero(~left & np.append(False, left[:-1]))
    return np.stack([places[rising], places[falling] - places[rising]], axis=1)
