"""How much neurite a segmented volume holds, from bodies counted in its planes."""

from __future__ import annotations

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import InputError

__all__ = ["estimate_length"]

_MILLIMETRE = 1e6  # [nm]


def estimate_length(volume: Volume, name: str = "truth") -> float:
    """Estimate the length of neurite in a volume.

    Curves of all directions cross a plane half as often as their length in each unit of volume
    says, so that the length is twice the bodies in a plane times the extent across it. Planes
    across z, y and x are averaged, since neurites prefer directions; of a single section only the
    plane itself is counted. A body counts once in a plane. Thick bodies are crossed by more planes
    than their middle line, and make the estimate too large rather than too small.

    Parameters
    ----------
    volume : Volume
        With a segmentation; label 0 is no body.
    name : str
        Which segmentation.

    Returns
    -------
    float
        Length of all neurites [mm].

    Raises
    ------
    InputError
        When there is no body, or no such segmentation.

    References
    ----------
    Smith and Guttman 1953, Trans. AIME 197:81, for lengths from counts in planes.
    """
    labels = np.asarray(volume.segmentation(name))
    if not labels.any():
        raise InputError(
            "expected bodies, found label 0 everywhere",
            where=f"segmentation {name!r}",
            repair="Bring a segmentation with a label for each body.",
        )
    axes = [axis for axis in range(3) if min(np.delete(labels.shape, axis)) > 1]
    crossed = [_count_crossings(np.moveaxis(labels, axis, 0)) for axis in axes]
    steps = [volume.voxel_size[axis] / _MILLIMETRE for axis in axes]
    return 2 * float(np.mean(np.multiply(crossed, steps)))


def _count_crossings(planes: np.ndarray) -> int:
    """Count the bodies of each plane, and sum them over planes."""
    return sum(int(np.count_nonzero(np.unique(plane))) for plane in planes)
