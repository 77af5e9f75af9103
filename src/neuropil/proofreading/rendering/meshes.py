"""Smooth surfaces around masks of voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import MissingDependencyError

__all__ = ["Mesh", "mesh_mask"]

Floats = npt.NDArray[np.float64]

# Taubin's two steps: the second one grows by a little more than the first one shrinks, so that thin
# neurites keep their calibre. Eight rounds take the stairs of voxels away and leave spines.
_SHRINK, _GROW, _ROUNDS = 0.5, -0.53, 8
# Bounding boxes of more voxels are meshed at half the resolution: a marching cube takes some
# 50 ns, and a view must be drawn within a second.
_MOST_VOXELS = 12_000_000


@dataclass(frozen=True, eq=False)
class Mesh:
    """A closed surface of triangles.

    Parameters
    ----------
    vertices : (v, 3) array
        Places along z, y and x [nm from the corner of the volume].
    faces : (f, 3) int array
        Three vertices of each triangle, counter-clockwise seen from outside.
    normals : (v, 3) array
        Unit vectors that point outwards, smooth over the surface.
    """

    vertices: Floats
    faces: npt.NDArray[np.int64]
    normals: Floats


def mesh_mask(
    mask: npt.NDArray[np.bool_],
    voxel_size: tuple[float, float, float],
    corner: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Mesh:
    """Wrap voxels in a smooth surface.

    The surface is that of marching cubes, with its stairs smoothed away; it is closed where the
    mask ends at the border of its array.

    Parameters
    ----------
    mask : (nz, ny, nx) bool array
        Voxels of the object.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    corner : tuple of float
        Where the array begins along z, y and x [nm].

    Returns
    -------
    Mesh
        Its surface; without vertices where the mask is empty.

    Raises
    ------
    MissingDependencyError
        When scikit-image is missing; install the extra ``em``.

    References
    ----------
    Taubin 1995, A signal processing approach to fair surface design, SIGGRAPH.
    """
    if not mask.any():
        none = np.zeros((0, 3))
        return Mesh(none, np.zeros((0, 3), dtype=np.int64), none)
    inside, first = _tighten(mask)
    size = np.asarray(voxel_size)
    origin = np.asarray(corner) + first * size
    while inside.size > _MOST_VOXELS:
        inside, size = _halve(inside), size * 2
    vertices, faces = _march(inside)
    vertices = _smooth(vertices * size, faces)
    # The middle of the first voxel lies half a voxel inside, and the array is padded by one.
    vertices += origin - size / 2
    return Mesh(vertices, faces, _normals(vertices, faces))


def _tighten(
    mask: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    slices, first = [], []
    for axis in range(3):
        inside = np.flatnonzero(mask.any(axis=tuple(o for o in range(3) if o != axis)))
        slices.append(slice(inside[0], inside[-1] + 1))
        first.append(inside[0])
    return mask[tuple(slices)], np.array(first)


def _halve(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Join blocks of 2 x 2 x 2 voxels, any of which makes the new one: thin neurites stay whole."""
    padded = np.pad(mask, [(0, n % 2) for n in mask.shape])
    nz, ny, nx = (n // 2 for n in padded.shape)
    return np.asarray(padded.reshape(nz, 2, ny, 2, nx, 2).any(axis=(1, 3, 5)))


def _march(mask: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.int64]]:
    try:
        from skimage.measure import marching_cubes
    except ImportError as error:
        raise MissingDependencyError(
            "drawing objects needs scikit-image, which is not installed",
            where="mesh_mask",
            repair="Install it with `pip install neuropil[em]`.",
        ) from error
    vertices, faces, _, _ = marching_cubes(  # type: ignore[no-untyped-call]
        np.pad(mask, 1).astype(np.float32), 0.5
    )
    return vertices.astype(np.float64), faces.astype(np.int64)


def _smooth(vertices: Floats, faces: npt.NDArray[np.int64]) -> Floats:
    # Each edge of a closed surface has two triangles, which run along it in opposite directions:
    # every neighbour is met once.
    here, neighbour = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    n = len(vertices)
    degree = np.bincount(here, minlength=n)
    for step in (_SHRINK, _GROW) * _ROUNDS:
        # Sums and not a matrix product, whose rounding differs between processors.
        for axis in range(3):
            along = vertices[:, axis]
            mean = np.bincount(here, along[neighbour], minlength=n) / degree
            vertices[:, axis] = along + step * (mean - along)
    return vertices


def _normals(vertices: Floats, faces: npt.NDArray[np.int64]) -> Floats:
    """Average the directions of the triangles around each vertex, weighted by their areas."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    # scikit-image orders corners so that, with axes z, y, x, this product points outwards.
    direction = np.cross(c - a, b - a)
    normals = np.zeros_like(vertices)
    for axis in range(3):
        for corner in range(3):
            normals[:, axis] += np.bincount(
                faces[:, corner], direction[:, axis], minlength=len(vertices)
            )
    length = np.sqrt((normals * normals).sum(axis=1, keepdims=True))
    return normals / np.maximum(length, np.finfo(float).tiny)
