"""How well planted edges are found: order, and what the data added to the prior."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.measures import compute_roc_area

__all__ = ["EdgeRecovery", "measure_recovery"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


class EdgeRecovery(NamedTuple):
    """Areas under the curve of edges against other pairs.

    Parameters
    ----------
    all_edges : float
        All edges against all pairs without one.
    absent : float
        Edges that no view shows, against the same pairs; NaN where every edge is in a view.
    """

    all_edges: float
    absent: float


def measure_recovery(score: Floats, edges: Truths, absent: npt.NDArray[np.int64]) -> EdgeRecovery:
    """Measure all edges, and those that no view shows.

    Parameters
    ----------
    score : (n_pairs,) array
        More for a pair that is more likely an edge.
    edges : (n_pairs,) bool array
        Planted edges.
    absent : array of int
        Those of them that no view shows.

    Returns
    -------
    EdgeRecovery
        The second area leaves out the edges that a view shows.
    """
    # An edge that a view shows is no evidence about those that none does.
    hidden = np.zeros_like(edges)
    hidden[absent] = True
    kept = hidden | ~edges
    second = compute_roc_area(hidden[kept], score[kept]) if len(absent) else float("nan")
    return EdgeRecovery(compute_roc_area(edges, score), second)
