"""Points that can be rotated: the centroids of a hemisphere on a sphere, and rotations."""

from __future__ import annotations

import numpy as np

from neuropil.contracts import InputError

__all__ = ["draw_rotations", "project_to_sphere"]


def project_to_sphere(coordinates: np.ndarray) -> np.ndarray:
    """Put the centroids of one hemisphere on a unit sphere.

    Each axis is centred and scaled by the range of the centroids, which takes the hemisphere's
    long shape away, and the result is projected from the centre.

    Parameters
    ----------
    coordinates : (n, 3) array
        Centroids of the regions of one hemisphere [mm], those in the analysis and no others.

    Returns
    -------
    (n, 3) array
        Unit vectors.

    Raises
    ------
    InputError
        When there are fewer than 4 regions, a coordinate is not finite, or all lie in a plane.
    """
    points = np.asarray(coordinates, dtype=float)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 4 or not np.isfinite(points).all():
        raise InputError(
            f"expected at least 4 finite points of 3 coordinates, found shape {points.shape}",
            where="project_to_sphere",
            repair="Give the centroids of one hemisphere.",
        )
    low, high = points.min(axis=0), points.max(axis=0)
    if not (high > low).all():
        raise InputError(
            f"expected points that differ along x, y and z, found ranges {high - low}",
            where="project_to_sphere",
            repair="Regions that lie in one plane cannot be put on a sphere; use another null.",
        )
    # Without the scaling a long hemisphere would crowd its regions at two poles.
    centred = (points - (low + high) / 2) / ((high - low) / 2)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    if not length.all():
        raise InputError(
            f"expected no region in the middle of the hemisphere, found {int((length == 0).sum())}",
            where="project_to_sphere",
            repair="Leave deep regions out, or give points on a sphere.",
        )
    unit: np.ndarray = centred / length
    return unit


def draw_rotations(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw uniform rotations of space.

    Parameters
    ----------
    n : int
        Number of rotations.
    rng : numpy.random.Generator
        Source of every draw.

    Returns
    -------
    (n, 3, 3) array
        Orthogonal matrices of determinant 1.

    References
    ----------
    Stewart 1980, SIAM J. Numer. Anal. 17:403, for the signs that make it uniform.
    """
    # Not SciPy's Rotation.random: the published rows of results rest on these draws.
    q, r = np.linalg.qr(rng.standard_normal((n, 3, 3)))
    # QR alone favours some rotations; with the signs of R they are uniform (Mezzadri 2007).
    q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
    # A determinant of -1 is a mirror image, which would put a left hemisphere where a right one is.
    q[:, :, 0] *= np.sign(np.linalg.det(q))[:, None]
    return q
