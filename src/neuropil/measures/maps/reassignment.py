"""Which region takes the values of which, once the points of a sphere were rotated."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from neuropil.contracts import InputError

__all__ = ["assign_hungarian", "assign_vasa"]


def assign_vasa(distance: np.ndarray) -> np.ndarray:
    """Give each row a column of its own, the rows that lie worst first.

    In each round, of the rows not yet served, the one whose nearest free column is farthest
    takes that column. All matrices are worked on at once.

    Parameters
    ----------
    distance : (m, n, n) array
        Distance, or any increasing function of it, from original point (row) to rotated point
        (column), in m rotations.

    Returns
    -------
    (m, n) int array
        Column of each row; every column once.

    Raises
    ------
    InputError
        When the matrices are not square.

    References
    ----------
    Vasa et al. 2018, Cereb. Cortex 28:281.

    Examples
    --------
    >>> assign_vasa(np.array([[[0.0, 1.0], [0.1, 3.0]]]))
    array([[1, 0]])
    """
    # Only the order of distances matters; single precision halves the memory that the loop walks
    # through.
    free = np.array(_square(distance), dtype=np.float32)
    m, n, _ = free.shape
    draws = np.arange(m)
    nearest = free.argmin(axis=2)
    reach = np.take_along_axis(free, nearest[:, :, None], axis=2)[:, :, 0]
    chosen = np.empty((m, n), dtype=np.int64)
    for _ in range(n):
        row = reach.argmax(axis=1)
        column = nearest[draws, row]
        chosen[draws, row] = column
        reach[draws, row] = -np.inf
        free[draws, :, column] = np.inf
        # Only rows whose nearest column was just taken look for another
        # (docs/decisions/0013-spatial-nulls.md).
        stale = np.nonzero((nearest == column[:, None]) & (reach > -np.inf))
        left = free[stale]
        again = left.argmin(axis=1)
        nearest[stale] = again
        reach[stale] = left[np.arange(again.size), again]
    return chosen


def assign_hungarian(distance: np.ndarray) -> np.ndarray:
    """Give each row a column of its own so that the sum of distances is least.

    Parameters
    ----------
    distance : (m, n, n) array
        Distance from original point (row) to rotated point (column), in m rotations.

    Returns
    -------
    (m, n) int array
        Column of each row; every column once.

    Raises
    ------
    InputError
        When the matrices are not square.

    References
    ----------
    Markello and Misic 2021, NeuroImage 236:118052, for its use with spins.

    Examples
    --------
    >>> assign_hungarian(np.array([[[0.0, 1.0], [0.1, 3.0]]]))
    array([[1, 0]])
    """
    return np.stack([linear_sum_assignment(each)[1] for each in _square(distance)])


def _square(distance: np.ndarray) -> np.ndarray:
    if distance.ndim != 3 or distance.shape[1] != distance.shape[2] or distance.shape[1] < 1:
        raise InputError(
            f"expected matrices of shape (m, n, n), found {distance.shape}",
            where="reassignment",
            repair="Give as many rotated points as original ones.",
        )
    return distance
