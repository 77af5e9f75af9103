"""Where the regions of a parcellation lie on a spherical surface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["average_on_sphere"]


def average_on_sphere(
    vertices: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Average the directions of each region's vertices on a spherical surface.

    Parameters
    ----------
    vertices : (v, 3) array
        Vertices of a sphere around the origin.
    labels : (v,) int array
        Key of the region of each vertex.
    keys : (n,) int array
        Keys of the regions, in their order.

    Returns
    -------
    (n, 3) array
        Unit vectors.

    Raises
    ------
    InputError
        When there are not as many labels as vertices, or a region has no vertex.
    """
    if len(vertices) != len(labels):
        raise InputError(
            f"expected {len(vertices)} labels, one for each vertex, found {len(labels)}",
            where="average_on_sphere",
            repair="Take surface and labels of the same resolution.",
        )
    # Spheres come with radius 1 or 100; only the direction of a vertex says where it lies.
    directions = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
    # In one product: 400 regions by 65,000 vertices are 0.2 GB of floats.
    member = np.asarray(labels)[None, :] == np.asarray(keys)[:, None]
    empty = ~member.any(axis=1)
    if empty.any():
        raise InputError(
            f"expected a vertex for every region, found none for key {keys[empty][0]}",
            where="average_on_sphere",
            repair="Leave out regions that are not on the surface.",
        )
    mean = member.astype(float) @ directions
    # The mean lies inside the sphere; only on it can it be rotated.
    unit: npt.NDArray[np.float64] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return unit
