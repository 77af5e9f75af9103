"""How well planted edges are found: order, calibration, and what the data added to the prior."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["EdgeRecovery", "measure_area", "measure_calibration", "measure_recovery"]

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


def measure_area(score: Floats, truth: Truths) -> float:
    """Return the probability that an edge has a higher score than another pair.

    Parameters
    ----------
    score : (n_pairs,) array
        Probability, weight, or prior of each pair.
    truth : (n_pairs,) bool array
        Whether it is an edge.

    Returns
    -------
    float
        Area under the receiver operating characteristic, ties counted half.

    Raises
    ------
    InputError
        When there are no edges, or nothing else.

    Examples
    --------
    >>> measure_area(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    from scipy.stats import rankdata

    n_edges = int(truth.sum())
    n_others = len(truth) - n_edges
    if not n_edges or not n_others:
        raise InputError(
            f"expected edges and other pairs, found {n_edges} and {n_others}",
            where="truth",
            repair="An area needs both.",
        )
    # By Mann and Whitney's sum of ranks, without a threshold.
    ranks = rankdata(score)[truth].sum()
    return float((ranks - n_edges * (n_edges + 1) / 2) / (n_edges * n_others))


def measure_calibration(probability: Floats, truth: Truths, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width.

    Parameters
    ----------
    probability : (n_pairs,) array
        That a pair is an edge.
    truth : (n_pairs,) bool array
        Whether it is one.
    bins : int
        Number of bins from 0 to 1.

    Returns
    -------
    float
        Mean over pairs of the distance, within their bin, of the mean probability from the share
        of edges.

    References
    ----------
    Naeini, Cooper and Hauskrecht 2015, AAAI, p. 2901.

    Examples
    --------
    >>> measure_calibration(np.array([0.25, 0.25, 0.25, 0.25]), np.array([True] + 3 * [False]))
    0.0
    """
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    # Size of the bin times the distance is the distance of the sums.
    away = np.bincount(place, weights=probability - truth, minlength=bins)
    return float(np.abs(away).sum() / len(probability))


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
    second = measure_area(score[kept], hidden[kept]) if len(absent) else float("nan")
    return EdgeRecovery(measure_area(score, edges), second)
