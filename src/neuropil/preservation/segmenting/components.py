"""Labels of parts that hang together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.preservation.detector.extras import import_skimage

__all__ = ["label_components"]


def label_components(labels: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int32]:
    """Give each part of a body that hangs together within an array a label of its own.

    A neuron that leaves a block and comes back is two bodies in it: nothing in the block says that
    they are one.

    Parameters
    ----------
    labels : (...) integer array
        Labels; 0 stays 0.

    Returns
    -------
    integer array of the same shape
        Labels from 1; voxels hang together by their faces.

    Raises
    ------
    MissingDependencyError
        When scikit-image is not installed.
    """
    # Of two labels, also numbers too large for its 32 bits are told apart.
    _, places = np.unique(labels, return_inverse=True)
    first = 0 if (labels == 0).any() else 1
    label = import_skimage("measure").label
    return np.asarray(label(places.reshape(labels.shape) + first, connectivity=1), np.int32)
