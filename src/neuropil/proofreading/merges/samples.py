"""What a detector of merge errors sees of an object: points within it and their surroundings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.merges.surroundings import RADII, describe_surroundings
from neuropil.proofreading.tasks.interfaces import list_faces
from neuropil.proofreading.tasks.items import Item

__all__ = ["Look", "MergeSample", "sample_object", "sample_piece", "sample_place"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]
Size = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """How closely an object is looked at.

    Parameters
    ----------
    points : int
        Points of the object.
    reach : float
        How far from the place that is asked about they lie at most, along each axis [nm].
    """

    points: int = 220
    reach: float = 1000.0


_LOOK = Look()
# A sheet this far beyond the points matters to them [nm].
_BEYOND = 300.0


@dataclass(frozen=True, eq=False)
class MergeSample:
    """Points of one object, and what it looks like around each of them.

    Parameters
    ----------
    points : (n, 3) array
        Places within the object along z, y, x [nm from the corner of the volume].
    descriptors : (n, n_descriptors) array
        Surroundings of each point.
    distances : (n,) array
        Distance to the surface where the object is to be cut [nm]; infinite where there is none,
        or where it is not known.
    cut : (3,) array or None
        Middle of that surface, where it is known [nm].
    """

    points: Floats
    descriptors: Floats
    distances: Floats
    cut: Floats | None = None

    def move(self, by: Floats) -> MergeSample:
        """Return the same sample with its places moved.

        Parameters
        ----------
        by : (3,) array
            How far along z, y, x [nm].
        """
        cut = None if self.cut is None else self.cut + by
        return replace(self, points=self.points + by, cut=cut)


def sample_object(
    labels: Labels,
    labels_shown: tuple[int, ...],
    voxel_size: Size,
    center: Floats,
    seed: SeedTree,
    look: Look = _LOOK,
    owners: Labels | None = None,
) -> MergeSample:
    """Look at points of an object that a part of a segmentation shows.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        The part of the segmentation, its background closed.
    labels_shown : tuple of int
        Labels of the object.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    center : (3,) array
        The place that the question is about [nm from the part's corner].
    seed : SeedTree
        Where points are drawn from.
    look : Look
        How many, and how far from that place.
    owners : (nz, ny, nx) integer array, optional
        What is to be told apart within the object; ``labels`` when not given.

    Returns
    -------
    MergeSample
        With places from the part's corner.

    Raises
    ------
    InputError
        When the object has no voxel near the place; move the question's place to the object.
    """
    from scipy.spatial import cKDTree

    size = np.asarray(voxel_size)
    mask = labels == labels_shown[0]
    for label in labels_shown[1:]:
        mask |= labels == label
    low = np.maximum((center - look.reach) / size, 0).astype(int)
    high = np.maximum(np.minimum((center + look.reach) / size + 1, mask.shape).astype(int), low)
    inside = np.argwhere(mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]) + low
    if not len(inside):
        raise InputError(
            f"expected an object within {look.reach:g} nm of the place that is asked about, "
            f"found no voxel of {labels_shown}",
            where="the item's center",
            repair="Move the item's center to the object.",
        )
    rng = seed.generator()
    points = (inside[rng.permutation(len(inside))[: look.points]] + 0.5) * size
    cut, distances = None, np.full(len(points), np.inf, np.float32)
    faces = _list_cut(mask, labels if owners is None else owners, (low, high), size)
    if len(faces):
        distances = cKDTree(faces).query(points)[0].astype(np.float32)
        cut = faces[np.linalg.norm(faces - faces.mean(0), axis=1).argmin()]
    described = describe_surroundings(mask, points, voxel_size)
    return MergeSample(points, described.astype(np.float16), distances, cut)


def _list_cut(
    mask: npt.NDArray[np.bool_], owners: Labels, bounds: tuple[Floats, Floats], size: Floats
) -> Floats:
    """List the faces between owners within an object, where its points are and a little around."""
    beyond = (_BEYOND / size).astype(int)
    low = np.maximum(bounds[0] - beyond, 0)
    region = tuple(slice(a, b) for a, b in zip(low, bounds[1] + beyond, strict=True))
    faces: Floats = (list_faces(np.where(mask[region], owners[region], 0)) + low) * size
    return faces


def sample_piece(
    item: Item, index: int, labels: Labels, voxel_size: Size, seed: SeedTree
) -> MergeSample:
    """Look at points of one of the objects that an item shows.

    Parameters
    ----------
    item : Item
        A question about merge errors.
    index : int
        Which of the objects.
    labels : (nz, ny, nx) integer array
        The whole segmentation, its background closed.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    seed : SeedTree
        Where points are drawn from.

    Returns
    -------
    MergeSample
        With places from the corner of the volume.
    """
    center = np.asarray(item.center)
    part, corner = _cut(labels, voxel_size, center, item.half_width)
    drawn = seed.child(item.id).child(index)
    shown = item.shown[index].labels
    return sample_object(part, shown, voxel_size, center - corner, drawn).move(corner)


def sample_place(
    labels: Labels,
    labels_shown: tuple[int, ...],
    voxel_size: Size,
    place: Floats,
    seed: SeedTree,
    look: Look = _LOOK,
) -> MergeSample:
    """Look at points of an object next to a place of the segmentation.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        The whole segmentation, its background closed.
    labels_shown : tuple of int
        Labels of the object.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    place : (3,) array
        Place along z, y, x [nm].
    seed : SeedTree
        Where points are drawn from.
    look : Look
        How many points, and how far from the place.

    Returns
    -------
    MergeSample
        With places from the corner of the volume.
    """
    part, corner = _cut(labels, voxel_size, place, look.reach + RADII[-1])
    sample = sample_object(part, labels_shown, voxel_size, place - corner, seed, look)
    return sample.move(corner)


def _cut(
    labels: Labels, voxel_size: Size, center: Floats, half_width: float
) -> tuple[Labels, Floats]:
    """Cut a cube out of a segmentation, and return its corner [nm] with it."""
    size = np.asarray(voxel_size)
    low = np.maximum(np.round((center - half_width) / size).astype(int), 0)
    high = np.minimum(np.round((center + half_width) / size).astype(int), labels.shape)
    return labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], low * size
