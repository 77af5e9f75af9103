"""Items about the merge errors that a segmentation really has, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.proofreading.tasks.interfaces import list_faces
from neuropil.proofreading.tasks.items import Item, Part, Piece

__all__ = ["MergedObjects", "build_real_merge_items", "find_merged_objects", "match_clean_objects"]

Labels = npt.NDArray[np.integer[Any]]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]
Region = tuple[slice, slice, slice]

# What a clean object may hold of a second body: borders of two segmentations are never the same.
# With less than a twentieth there are three for every merged object of the FFN segmentation of
# FIB-25, enough for partners of nearly the same volume; with a fiftieth there are not.
_CLEAN = 0.05


@dataclass(frozen=True, eq=False)
class MergedObjects:
    """How much of each object the two bodies have that hold most of it.

    Parameters
    ----------
    labels : (n,) integer array
        Objects, in ascending order.
    volumes : (n,) integer array
        Voxels of each.
    bodies : (n, 2) integer array
        The true bodies with most and second most of its voxels; 0 where there is no second.
    voxels : (n, 2) integer array
        Voxels that they have of it.
    """

    labels: Integers
    volumes: Integers
    bodies: Integers
    voxels: Integers

    def merged(self, least_share: float = 0.1, fewest_voxels: int = 500) -> npt.NDArray[np.bool_]:
        """Find objects whose second body is large enough to be a merge error.

        Parameters
        ----------
        least_share : float
            Share of the object that the second body has at least.
        fewest_voxels : int
            Voxels that it has at least.

        Returns
        -------
        (n,) bool array
            True for merged objects.
        """
        second = self.voxels[:, 1]
        found: npt.NDArray[np.bool_] = (second >= least_share * self.volumes) & (
            second >= fewest_voxels
        )
        return found

    def clean(self) -> npt.NDArray[np.bool_]:
        """Find objects that have less than a twentieth of a second body: (n,) bool array."""
        found: npt.NDArray[np.bool_] = self.voxels[:, 1] < _CLEAN * self.volumes
        return found


def find_merged_objects(labels: Labels, truth: Labels) -> MergedObjects:
    """Find the two bodies that hold most of each object.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation; 0 is background.
    truth : (nz, ny, nx) integer array
        True bodies; 0 is unknown, and counts as no body.

    Returns
    -------
    MergedObjects
        One row for each object.

    Raises
    ------
    InputError
        When the arrays differ in shape; bring both on one grid.
    """
    if labels.shape != truth.shape:
        raise InputError(
            f"expected labels and truth of one shape, found {labels.shape} and {truth.shape}",
            where="truth",
            repair="Bring both on one grid of voxels.",
        )
    base = int(truth.max()) + 1
    code, count = np.unique(labels.astype(np.int64) * base + truth, return_counts=True)
    label, body = code // base, code % base
    volumes = np.bincount(label, count).astype(np.int64)
    known = (label > 0) & (body > 0)
    label, body, count = label[known], body[known], count[known]
    order = np.lexsort((-count, label))
    label, body, count = label[order], body[order], count[order]
    names, first = np.unique(label, return_index=True)
    second = np.minimum(first + 1, len(label) - 1)
    has = (label[second] == names) & (second > first)
    return MergedObjects(
        names,
        volumes[names],
        np.stack([body[first], np.where(has, body[second], 0)], 1),
        np.stack([count[first], np.where(has, count[second], 0)], 1),
    )


def match_clean_objects(objects: MergedObjects, merged: npt.NDArray[np.bool_]) -> Integers:
    """Choose for each merged object a clean one of similar volume, the best for all together.

    Parameters
    ----------
    objects : MergedObjects
        The objects of a segmentation.
    merged : (n,) bool array
        Those with a merge error.

    Returns
    -------
    (n_merged, 2) integer array
        Index of the merged object and of its clean partner; no object occurs twice.

    Raises
    ------
    InputError
        When there are fewer clean objects than merged ones; bring a better segmentation.
    """
    from scipy.optimize import linear_sum_assignment

    clean, chosen = np.flatnonzero(objects.clean() & ~merged), np.flatnonzero(merged)
    if len(clean) < len(chosen):
        raise InputError(
            f"expected a clean object for each of {len(chosen)} merged ones, found {len(clean)}",
            where="labels",
            repair="Bring a segmentation in which fewer objects are merged.",
        )
    sizes = np.log(objects.volumes)
    mismatch = np.abs(sizes[chosen][:, None] - sizes[clean])
    one, other = linear_sum_assignment(mismatch)
    pairs = np.stack([chosen[one], clean[other]], 1)
    ordered: Integers = pairs[np.argsort(-sizes[pairs[:, 0]], kind="stable")].astype(np.int64)
    return ordered


def _describe_merge(
    objects: MergedObjects,
    index: int,
    volumes: tuple[Labels, Labels],
    region: Region,
    size: Floats,
) -> dict[str, Any]:
    """Say how large the second body is, and where in the object it meets the first."""
    labels, truth = (volume[region] for volume in volumes)
    inside = (labels == objects.labels[index]) & np.isin(truth, objects.bodies[index])
    faces = list_faces(np.where(inside, truth, 0))
    facts: dict[str, Any] = {"second_voxels": int(objects.voxels[index, 1])}
    if len(faces):
        middle = faces[np.linalg.norm(faces - faces.mean(0), axis=1).argmin()]
        corner = np.array([axis.start for axis in region])
        facts["contact_nm"] = [round(float(place), 3) for place in (middle + corner) * size]
    return facts


def build_real_merge_items(
    labels: Labels, truth: Labels, voxel_size: Size, origin: str
) -> list[Item]:
    """Make an item of each object with a merge error, and of a clean one of similar volume.

    The box has the middle of the object's extent as its own, and shows as much as the volume may
    hold of it. Objects of the lower half of the sections train, those of the upper half test.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation; 0 is background.
    truth : (nz, ny, nx) integer array
        True bodies; 0 is unknown.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    origin : str
        Which segmentation it is.

    Returns
    -------
    list of Item
        ``merge-error-binary``: a merged object and its clean partner in turn, the largest first.
    """
    from scipy.ndimage import find_objects

    objects = find_merged_objects(labels, truth)
    regions = find_objects(labels)
    size = np.asarray(voxel_size)
    half_width = float(max(size * labels.shape)) / 2
    items = []
    for pair in match_clean_objects(objects, objects.merged()):
        part: Part = "train"
        for index, answer in zip(map(int, pair), ("1", "-1"), strict=True):
            label = int(objects.labels[index])
            region = regions[label - 1]
            z, y, x = (
                round((axis.start + axis.stop) / 2 * edge, 3)
                for axis, edge in zip(region, voxel_size, strict=True)
            )
            facts: dict[str, Any] = {"voxels": int(objects.volumes[index])}
            if answer == "1":
                # A pair stays together: the merged object, which comes first, says where.
                part = "train" if z < len(labels) * voxel_size[0] / 2 else "test"
                facts |= _describe_merge(objects, index, (labels, truth), region, size)
            shown = (Piece((label,)),)
            items.append(
                Item(
                    "merge-error-binary", shown, (z, y, x), half_width, answer, origin, part, facts
                )
            )
    return items
