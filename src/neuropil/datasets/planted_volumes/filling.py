"""From paths to labels: every voxel belongs to a neurite, and every neurite is in one piece."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from neuropil.datasets.planted_volumes.design import NeuriteDesign
from neuropil.datasets.planted_volumes.paths import Paths

__all__ = ["fill_block", "list_faces", "part_pieces"]

Labels = npt.NDArray[np.int32]

# Smaller pieces are no neurites but crumbs where two of them cross [voxels].
_SMALLEST = 60
_ROUNDS = 8
# How far beyond its surface a ball claims voxels [nm]: wider than most gaps.
_REACH = 100.0


def fill_block(design: NeuriteDesign, paths: Paths) -> Labels:
    """Give each voxel to the neurite whose ball is nearest, and each piece a label of its own.

    A neurite that another one cuts in two becomes two: what is planted as one object is one piece.

    Parameters
    ----------
    design : NeuriteDesign
        Size of the block.
    paths : Paths
        Points along the neurites.

    Returns
    -------
    (nz, ny, nx) int32 array
        Labels from 1, without gaps.
    """
    labels = part_pieces(_find_owners(design, paths))
    for _ in range(_ROUNDS):
        sizes = np.bincount(labels.ravel())
        small = (sizes < _SMALLEST)[labels]
        if not small.any():
            break
        nearest = ndimage.distance_transform_edt(
            small, sampling=design.voxel_size, return_distances=False, return_indices=True
        )
        labels = part_pieces(labels[tuple(nearest)])
    return labels


def _find_owners(design: NeuriteDesign, paths: Paths) -> Labels:
    """Give each voxel to the ball of which the power is smallest: squared distance less radius.

    The cells of such a diagram meet in planes between neurites, as membranes do in dense tissue.
    """
    power = np.full(design.shape, np.inf, dtype=np.float32)
    owners = np.full(design.shape, -1, dtype=np.int32)
    edges = np.array(design.voxel_size)
    for place, radius, owner in zip(paths.places, paths.radii, paths.owners, strict=True):
        # Not the whole block for each ball: further away others are nearer, nearly everywhere.
        low = np.maximum((place - radius - _REACH) / edges, 0).astype(int)
        high = np.maximum((place + radius + _REACH) / edges, 0).astype(int) + 1
        region = tuple(map(slice, low.tolist(), high.tolist()))
        held = power[region]
        z, y, x = (
            (((np.arange(start, start + n) + 0.5) * edge - centre) ** 2).astype(np.float32)
            for start, n, edge, centre in zip(low, held.shape, edges, place, strict=True)
        )
        own = (z[:, None] + y - np.float32(radius**2))[:, :, None] + x
        nearer = own < held
        held[nearer] = own[nearer]
        owners[region][nearer] = owner
    # What no ball reaches belongs to the nearest neurite.
    nearest = ndimage.distance_transform_edt(
        owners < 0, sampling=design.voxel_size, return_distances=False, return_indices=True
    )
    filled: Labels = owners[tuple(nearest)]
    return filled


def list_faces(shape: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """List the slices that hold the voxels on both sides of the faces across each axis.

    Parameters
    ----------
    shape : tuple of int
        Shape of a volume.

    Returns
    -------
    list of pair of index
        Lower and upper side, for z, y and x.
    """
    found = []
    for axis in range(len(shape)):
        lower = tuple(slice(None, -1) if each == axis else slice(None) for each in range(3))
        upper = tuple(slice(1, None) if each == axis else slice(None) for each in range(3))
        found.append((lower, upper))
    return found


def part_pieces(labels: npt.NDArray[Any]) -> Labels:
    """Give a number, from 1, to each connected piece of equal labels; voxels touch by faces.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Labels, of which one may be in several pieces.

    Returns
    -------
    (nz, ny, nx) int32 array
        Numbers in the order of the first voxel.
    """
    places = np.arange(labels.size, dtype=np.int32).reshape(labels.shape)
    starts, ends = [], []
    for lower, upper in list_faces(labels.shape):
        same = labels[lower] == labels[upper]
        starts.append(places[lower][same])
        ends.append(places[upper][same])
    rows, columns = np.concatenate(starts), np.concatenate(ends)
    ones = np.ones(rows.size, dtype=np.int8)
    graph = coo_array((ones, (rows, columns)), shape=(labels.size, labels.size))
    _, pieces = connected_components(graph, directed=False)
    return (pieces + 1).reshape(labels.shape).astype(np.int32)
