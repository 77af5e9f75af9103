"""Background between objects, given to the nearest of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["fill_gaps"]

Labels = npt.NDArray[np.integer[Any]]


def fill_gaps(labels: Labels, distance: float = 6.0) -> Labels:
    """Give background voxels near an object its label, so that neighbours touch.

    Some segmentations, such as those of flood-filling networks, leave the membrane between objects
    empty.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Label of each voxel; 0 is background.
    distance : float
        Voxels up to this far from the nearest object are filled [voxels].

    Returns
    -------
    (nz, ny, nx) integer array
        Labels; 0 where no object is near.
    """
    from scipy.ndimage import distance_transform_edt

    if (labels > 0).all() or not (labels > 0).any():
        return labels
    far, nearest = distance_transform_edt(labels == 0, return_indices=True)
    filled: Labels = np.where(far <= distance, labels[tuple(nearest)], 0).astype(labels.dtype)
    return filled
