"""From what a scorer says of contacts to edits that somebody may accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.repair.agglomeration import Agglomeration
from neuropil.proofreading.repair.calibration import Calibration
from neuropil.proofreading.repair.changes import Change
from neuropil.proofreading.repair.runs import ObjectSizes, find_runs

__all__ = ["ProposedJoin", "propose_joins", "write_down"]


@dataclass(frozen=True)
class ProposedJoin:
    """Two objects that become one.

    Parameters
    ----------
    kept, lost : int
        Labels of both; the larger object keeps its own.
    voxels : int
        Size of the smaller object, joins before this one included.
    place : tuple of float
        Middle of their contact along z, y and x [nm].
    probability : float
        What the scorer said of the contact.
    right : float
        Share of joins of that probability that were right in trials; that probability where no
        trials are known.
    """

    kept: int
    lost: int
    voxels: int
    place: tuple[float, float, float]
    probability: float
    right: float


def propose_joins(
    objects: ObjectSizes,
    voxel_size: tuple[float, float, float],
    agglomeration: Agglomeration,
    threshold: float,
    calibration: Calibration | None = None,
) -> list[ProposedJoin]:
    """Say which objects the joins of an agglomeration make one.

    Parameters
    ----------
    objects : ObjectSizes
        Objects of the segmentation.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    agglomeration : Agglomeration
        Joins of these objects.
    threshold : float
        Those at this threshold or a higher one are taken.
    calibration : Calibration, optional
        From probabilities of joins to the share that was right in trials.

    Returns
    -------
    list of ProposedJoin
        In the order in which they were made.

    Raises
    ------
    InputError
        When the joins are of another number of objects.
    """
    kept, found = agglomeration.threshold >= threshold - 1e-9, agglomeration
    names = objects.labels
    if len(names) != found.n:
        raise InputError(
            f"expected joins of {len(names)} objects, found joins of {found.n}",
            where="agglomeration",
            repair="Join the objects of this segmentation.",
        )
    sizes, current = objects.voxels.copy(), np.arange(len(names))
    said = found.probability[kept]
    right = said if calibration is None else calibration.apply(said)
    places = (found.places[kept] + 0.5) * voxel_size
    joins = []
    for number, (first, second) in enumerate(found.pairs[kept].tolist()):
        one, other = current[first], current[second]
        large, small = (one, other) if sizes[one] >= sizes[other] else (other, one)
        labels, (z, y, x) = (int(names[large]), int(names[small])), places[number].tolist()
        about = float(said[number]), float(right[number])
        joins.append(ProposedJoin(*labels, int(sizes[small]), (z, y, x), *about))
        sizes[large] += sizes[small]
        current[first] = large
    return joins


def write_down(volume: Volume, segmentation: str, joins: Sequence[ProposedJoin]) -> list[Change]:
    """Write joins down as changes, with the voxels that get another label.

    Parameters
    ----------
    volume : Volume
        Tissue with the segmentation, which may be larger than memory. What is held are the runs of
        voxels that change, of 16 bytes each.
    segmentation : str
        Its name.
    joins : sequence of ProposedJoin
        In the order in which they are made.

    Returns
    -------
    list of Change
        One for each join, in the same order.
    """
    # Objects that lose their label, with all that was joined to them before.
    members: dict[int, list[int]] = {}
    moved = []
    for join in joins:
        lost = members.pop(join.lost, [join.lost])
        moved.append(lost)
        members.setdefault(join.kept, [join.kept]).extend(lost)
    runs = find_runs(volume, segmentation, {name for lost in moved for name in lost})
    return [
        Change(
            f"{number:06d}",
            "merge",
            join.lost,
            join.kept,
            np.concatenate([runs[name] for name in lost]),
            join.place,
            join.probability,
            {"voxels": join.voxels, "right_in_trials": join.right},
        )
        for number, (join, lost) in enumerate(zip(joins, moved, strict=True))
    ]
