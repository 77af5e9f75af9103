"""From what a scorer says of contacts to edits that somebody may accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.repair.agglomeration import Agglomeration
from neuropil.proofreading.repair.changes import Change

__all__ = ["find_runs", "map_labels", "propose_joins", "relabel_blocks"]

Labels = npt.NDArray[np.integer[Any]]
Runs = npt.NDArray[np.int64]


def find_runs(labels: Labels) -> dict[int, Runs]:
    """Find the runs of voxels of each object.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        A segmentation.

    Returns
    -------
    dict of int to (r, 2) integer array
        By label: first voxel of each run, counted in order of z, y, x, and its length.
    """
    flat = np.ascontiguousarray(labels).reshape(-1)
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    lengths = np.diff(starts, append=len(flat))
    owners = flat[starts]
    order = np.argsort(owners, kind="stable")
    names, first = np.unique(owners[order], return_index=True)
    runs = np.stack([starts, lengths], axis=1).astype(np.int64)[order]
    return {
        int(name): part
        for name, part in zip(names, np.split(runs, first[1:]), strict=True)
        if name > 0
    }


def propose_joins(
    volume: Volume,
    segmentation: str,
    graph: ContactGraph,
    agglomeration: Agglomeration,
    threshold: float,
) -> list[Change]:
    """Write down the joins of an agglomeration as changes.

    Parameters
    ----------
    volume : Volume
        Tissue with the segmentation.
    segmentation : str
        Its name.
    graph : ContactGraph
        Contacts of the segmentation, before any join.
    agglomeration : Agglomeration
        The joins.
    threshold : float
        Those at this threshold or a higher one are written down.

    Returns
    -------
    list of Change
        In the order in which they were made. The object with fewer voxels gets the label of the
        other one; the place is the middle of their contact.
    """
    kept = agglomeration.threshold >= threshold - 1e-9
    runs = find_runs(volume.segmentation(segmentation))
    sizes = {int(name): int(runs[int(name)][:, 1].sum()) for name in graph.labels}
    # Label that the object with a row of the start has by now.
    current = {row: int(name) for row, name in enumerate(graph.labels)}
    changes = []
    found = agglomeration
    joins = zip(found.pairs[kept], found.probability[kept], found.places[kept], strict=True)
    for number, ((first, second), probability, place) in enumerate(joins):
        one, other = current[int(first)], current[int(second)]
        large, small = (one, other) if sizes[one] >= sizes[other] else (other, one)
        z, y, x = (float(nm) for nm in (place + 0.5) * volume.voxel_size)
        where, said = (z, y, x), float(probability)
        changes.append(Change(f"{number:06d}", "merge", small, large, runs[small], where, said))
        runs[large] = np.concatenate([runs[large], runs.pop(small)])
        sizes[large] += sizes.pop(small)
        current[int(first)] = large
    return changes


def map_labels(changes: list[Change]) -> dict[int, int]:
    """Return the label that each joined object has after all changes.

    Parameters
    ----------
    changes : list of Change
        Joins only.

    Returns
    -------
    dict of int to int
        Labels before the first change and after the last.

    Raises
    ------
    InputError
        When there is a split, which no map of labels can tell.
    """
    split = next((change for change in changes if change.operation != "merge"), None)
    if split is not None:
        raise InputError(
            "expected joins only, found a split",
            where=f"change {split.id}",
            repair="Apply the log to labels in memory with apply_changes.",
        )
    target: dict[int, int] = {}
    for change in reversed(changes):
        target[change.before] = target.get(change.after, change.after)
    return target


def relabel_blocks(
    volume: Volume,
    segmentation: str,
    mapping: Mapping[int, int],
    target: Any,  # noqa: ANN401 - whatever takes a block: a Zarr array, a memory map
    size: int = 128,
) -> None:
    """Write a segmentation with other labels, block by block, to an array as large as it is.

    Parameters
    ----------
    volume : Volume
        Tissue with the segmentation, which may be larger than memory.
    segmentation : str
        Its name.
    mapping : mapping of int to int
        New labels; those that are not named stay.
    target : array
        Anything to which a block can be assigned, such as a Zarr array.
    size : int
        Edge of a block [voxels].

    Raises
    ------
    InputError
        When the target has another shape.
    """
    if tuple(target.shape) != volume.shape:
        raise InputError(
            f"expected a target of shape {volume.shape}, found {tuple(target.shape)}",
            where="target",
            repair="Create the array with the shape of the volume.",
        )
    names = np.array(sorted(mapping), np.int64)
    values = np.array([mapping[name] for name in sorted(mapping)], np.int64)
    for block in volume.blocks(size):
        labels = volume.segmentation(segmentation, block.core)
        if len(names):
            place = np.minimum(np.searchsorted(names, labels), len(names) - 1)
            found = names[place] == labels
            labels = np.where(found, values[place], labels).astype(labels.dtype)
        target[block.core] = labels
