"""Where the objects of a segmentation touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Contact", "close_background", "find_contacts", "list_faces", "measure_area"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

_NM2_IN_UM2 = 1e6
# Faces of one sheet lie less than two voxel diagonals apart, whatever the stairs.
_REACH = 1.1
# Voxels across that background has at least where it is no crack.
_CRACK = 3
# A pair that touches at a second place as well would be joined there too.
_ONE_PATCH = 0.9


@dataclass(frozen=True)
class Contact:
    """A place where two objects touch, in one sheet.

    Parameters
    ----------
    labels : tuple of int
        The two objects, the smaller label first.
    place : (3,) array
        The middle of a face of the sheet, that next to the mean of all, along z, y, x [nm].
    area : float
        Area of the sheet, of which the stairs of voxels are taken out [um2].
    """

    labels: tuple[int, int]
    place: Floats
    area: float


def close_background(labels: Labels) -> Labels:
    """Give voxels of cracks without a label that of a neighbour.

    Between the objects of a dense segmentation a few voxels have no label. A pair that is joined
    would keep them as a crack, and no single object has such a crack. Background that holds a
    block of three voxels along each axis is no crack, and stays.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation; 0 is background.

    Returns
    -------
    (nz, ny, nx) integer array
        A copy with cracks closed.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    closed = np.ascontiguousarray(labels).copy()
    background = (closed == 0).view(np.uint8)
    wide = maximum_filter(minimum_filter(background, _CRACK), _CRACK)
    crack = np.flatnonzero((background > wide).reshape(-1))
    flat = closed.reshape(-1)
    for _ in range(_CRACK):
        empty = crack[flat[crack] == 0]
        if not len(empty):
            break
        found = np.zeros(len(empty), flat.dtype)
        places = np.unravel_index(empty, closed.shape)
        for axis, step in ((0, -1), (0, 1), (1, -1), (1, 1), (2, -1), (2, 1)):
            moved = [*places]
            moved[axis] = np.clip(moved[axis] + step, 0, closed.shape[axis] - 1)
            found = np.where(found == 0, closed[tuple(moved)], found)
        flat[empty] = found
    return closed


def _shift(values: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return views of all voxels but the last, and of all but the first, along an axis."""
    moved = np.moveaxis(values, axis, 0)
    return np.moveaxis(moved[:-1], 0, axis), np.moveaxis(moved[1:], 0, axis)


def list_faces(labels: Labels) -> Floats:
    """List the faces between voxels of two labels, none of them background.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation.

    Returns
    -------
    (n, 3) array
        Middles of the faces along z, y, x [voxels].
    """
    middles = []
    for axis in range(3):
        lower, upper = _shift(labels, axis)
        at = np.argwhere((lower != upper) & (lower > 0) & (upper > 0))
        middles.append(at + 0.5 + 0.5 * np.eye(3)[axis])
    return np.concatenate(middles)


def measure_area(axes: npt.NDArray[np.integer[Any]], voxel_size: Size) -> float:
    """Measure the area of a sheet of voxel faces.

    A sheet that is flat shows each axis the share of its area that its normal has there, so that
    the length of the three sums is its area, however it lies to the grid.

    Parameters
    ----------
    axes : (n,) integer array
        Axis along which each face looks.
    voxel_size : tuple of float
        Edges of a voxel [nm].

    Returns
    -------
    float
        The area [um2].
    """
    face = np.prod(voxel_size) / np.asarray(voxel_size)
    return float(np.linalg.norm(np.bincount(axes, minlength=3) * face)) / _NM2_IN_UM2


def _faces_between(
    labels: Labels, chosen: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    """List faces between two chosen labels: code of the pair, flat index of the voxel, axis."""
    codes, places, axes = [], [], []
    index = np.arange(labels.size).reshape(labels.shape)
    for axis in range(3):
        lower, upper = _shift(labels, axis)
        at = np.flatnonzero((lower != upper) & chosen[lower] & chosen[upper])
        a, b = lower.reshape(-1)[at].astype(np.int64), upper.reshape(-1)[at].astype(np.int64)
        codes.append(np.minimum(a, b) * len(chosen) + np.maximum(a, b))
        places.append(_shift(index, axis)[0].reshape(-1)[at])
        axes.append(np.full(len(at), axis, np.int8))
    return np.concatenate(codes), np.concatenate(places), np.concatenate(axes)


def _largest_patch(middles: Floats, reach: float) -> npt.NDArray[np.bool_]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    near = cKDTree(middles).query_pairs(reach, output_type="ndarray")
    links = coo_array((np.ones(len(near)), near.T), shape=(len(middles),) * 2)
    _, patch = connected_components(links, directed=False)
    inside: npt.NDArray[np.bool_] = patch == np.bincount(patch).argmax()
    return inside


def find_contacts(
    labels: Labels,
    voxel_size: Size,
    chosen: npt.NDArray[np.bool_],
    areas: tuple[float, float] = (0.05, 1.0),
) -> Iterator[Contact]:
    """Find pairs of objects that touch in one sheet, and nowhere else.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation, its background closed.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    chosen : (n_labels,) bool array
        Which labels may take part, by label.
    areas : tuple of float
        Least and largest area of the sheet [um2].

    Yields
    ------
    Contact
        In order of the labels.
    """
    chosen = chosen & (np.arange(len(chosen)) > 0)
    codes, places, axes = _faces_between(labels, chosen)
    order = np.argsort(codes, kind="stable")
    codes, places, axes = codes[order], places[order], axes[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    size = np.asarray(voxel_size)
    ends = [*starts[1:], len(codes)][: len(starts)]
    for start, end in zip(starts, ends, strict=True):
        area = measure_area(axes[start:end], voxel_size)
        if not areas[0] <= area <= areas[1]:
            continue
        # Of the lower voxel's middle, half a voxel along the face's axis.
        middles = np.stack(np.unravel_index(places[start:end], labels.shape), 1) + 0.5
        middles += 0.5 * np.eye(3)[axes[start:end]]
        middles = middles * size
        sheet = _largest_patch(middles, _REACH * float(np.linalg.norm(size)))
        if sheet.mean() < _ONE_PATCH:
            continue
        middles = middles[sheet]
        place = middles[np.linalg.norm(middles - middles.mean(0), axis=1).argmin()]
        a, b = divmod(int(codes[start]), len(chosen))
        yield Contact((a, b), place, area)
