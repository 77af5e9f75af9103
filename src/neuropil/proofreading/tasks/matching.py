"""Sizes of what an item shows, matched so that they tell nothing of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree

__all__ = [
    "Box",
    "audit_sizes",
    "cut_box",
    "measure_mismatch",
    "measure_sizes",
    "tell_across_halves",
]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]
Region = tuple[slice, slice, slice]

# An item may differ from its partner by a quarter of the volume, by 360 nm in each extent, by the
# 3.7-fold in what the whole volume holds of it, and by no face of the box that it touches. Where
# limits were 1.7 times as wide, and a face more or less allowed, sizes alone told the answers of
# pinky40 with a balanced accuracy of .63.
_LIMITS = np.array([np.log(1.25), 360.0, 360.0, 360.0, 0.6, np.log(3.7)])


@dataclass(frozen=True)
class Box:
    """A part of a segmentation that an item shows.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Labels of that part.
    first : (3,) integer array
        Voxel of the volume with which it begins.
    counts : (n_labels,) integer array
        Voxels of each label in the part.
    bounds : (n_labels, 3, 2) integer array
        First voxel of each label along each axis, and the one after its last.
    """

    labels: Labels
    first: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]


def cut_box(labels: Labels, voxel_size: Size, center: Floats, half_width: float) -> Box:
    """Cut the part of a segmentation that lies in a cube, as far as the volume reaches.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    center : (3,) array
        Middle of the cube along z, y, x [nm].
    half_width : float
        Half its edge [nm].

    Returns
    -------
    Box
        The part and the sizes of the labels in it.
    """
    from scipy.ndimage import find_objects

    low = np.maximum(np.round((center - half_width) / voxel_size).astype(np.int64), 0)
    high = np.minimum(np.round((center + half_width) / voxel_size).astype(np.int64), labels.shape)
    part = labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    counts = np.bincount(part.reshape(-1))
    bounds = np.zeros((len(counts), 3, 2), np.int64)
    for label, region in enumerate(find_objects(part), 1):
        if region is not None:
            bounds[label] = [(axis.start, axis.stop) for axis in region]
    return Box(part, low, counts, bounds)


def measure_sizes(
    box: Box, piece: tuple[int, ...], voxel_size: Size, volumes: npt.NDArray[np.int64]
) -> Floats:
    """Measure how large an object is, in its box and beyond.

    Parameters
    ----------
    box : Box
        What the item shows.
    piece : tuple of int
        Labels of the object, all of them in the box.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    volumes : (n_labels,) integer array
        Voxels of each label in the whole volume.

    Returns
    -------
    (6,) array
        Logarithm of the voxels in the box, extents along z, y, x [nm], faces of the box that it
        touches, logarithm of all its voxels.
    """
    chosen = list(piece)
    low, high = box.bounds[chosen, :, 0].min(0), box.bounds[chosen, :, 1].max(0)
    touched = np.sum(low == 0) + np.sum(high == box.labels.shape)
    inside, everywhere = box.counts[chosen].sum(), volumes[chosen].sum()
    return np.array([np.log(inside), *(high - low) * voxel_size, touched, np.log(everywhere)])


def measure_mismatch(one: Floats, other: Floats) -> Floats:
    """Measure how far two objects are from looking alike in size.

    Parameters
    ----------
    one, other : (..., 6) array
        Sizes of :func:`measure_sizes`.

    Returns
    -------
    (...) array
        The largest difference as a share of what is allowed; a match has at most 1.
    """
    mismatch: Floats = np.max(np.abs(one - other) / _LIMITS, axis=-1)
    return mismatch


def audit_sizes(lower: Floats, upper: Floats, seed: SeedTree) -> dict[str, float]:
    """Ask whether sizes alone tell a joined object from a single one.

    Parameters
    ----------
    lower, upper : (n_pairs, 2, 6) array
        Sizes of the joined object and of the single one, from the two halves of the sections.
    seed : SeedTree
        Seed of the forests.

    Returns
    -------
    dict of str to float
        Balanced accuracy by what the forest of :func:`tell_across_halves` sees: ``volume`` (in the
        box and in all), ``extent`` (with the faces touched), and ``sizes`` (everything).
    """
    seen = {"volume": [0, 5], "extent": [1, 2, 3, 4], "sizes": list(range(6))}
    return {
        name: tell_across_halves(lower[..., columns], upper[..., columns], seed.child(name))
        for name, columns in seen.items()
    }


def tell_across_halves(lower: Floats, upper: Floats, seed: SeedTree) -> float:
    """Tell joined objects from single ones by a few numbers of each.

    A forest is trained on the pairs of one half and asked about those of the other, both ways, as
    every model is.

    Parameters
    ----------
    lower, upper : (n_pairs, 2, k) array
        Numbers of the joined object and of the single one, from the two halves of the sections.
    seed : SeedTree
        Seed of the forests.

    Returns
    -------
    float
        Balanced accuracy.
    """
    from sklearn.ensemble import RandomForestClassifier

    right = []
    for train, test in ((lower, upper), (upper, lower)):
        forest = RandomForestClassifier(100, min_samples_leaf=5, random_state=seed.integer())
        forest.fit(train.reshape(-1, train.shape[-1]), np.tile([1, 0], len(train)))
        told = forest.predict(test.reshape(-1, test.shape[-1]))
        right.append(told == np.tile([1, 0], len(test)))
    return float(np.mean(np.concatenate(right)))
