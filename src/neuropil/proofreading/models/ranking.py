"""How well a probability ranks what is true above what is not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["compute_area"]


def compute_area(same: npt.NDArray[np.bool_], probability: npt.NDArray[np.float64]) -> float:
    """Compute the area under the receiver operating characteristic.

    Parameters
    ----------
    same : (n,) bool array
        What is true.
    probability : (n,) array
        What was said.

    Returns
    -------
    float
        Share of pairs of a true and an untrue row of which the true one has the higher
        probability, draws counting one half; NaN where all rows are of one kind.

    Examples
    --------
    >>> compute_area(np.array([True, False, False]), np.array([0.5, 0.1, 0.5]))
    0.75
    """
    from scipy.stats import rankdata

    n = int(same.sum())
    if n in (0, len(same)):
        return float("nan")
    ranks = float(rankdata(probability)[same].sum())
    return (ranks - n * (n + 1) / 2) / (n * (len(same) - n))
