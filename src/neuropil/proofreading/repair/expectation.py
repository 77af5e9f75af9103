"""What joins are expected to cost in a segmentation whose true bodies nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.repair.agglomeration import Agglomeration
from neuropil.proofreading.repair.calibration import Calibration
from neuropil.proofreading.repair.trials import Trial, list_costs, weigh_join

__all__ = ["calibrate_joins", "expect_rise", "find_expected_threshold"]

Floats = npt.NDArray[np.float64]
Calibrate = Callable[[Floats, Floats], Floats]


def calibrate_joins(trials: Sequence[Trial]) -> Calibration:
    """Learn from trials how often joins of some probability were right.

    Contacts that are chosen for a join are the best of both objects and were judged many times;
    they are right more rarely than contacts of the same probability in general.

    Parameters
    ----------
    trials : sequence of Trial
        Of tissue that the scorers had not seen.

    Returns
    -------
    Calibration
        From the probability of a join to the share of right ones.
    """
    said = np.concatenate([trial.agglomeration.probability for trial in trials])
    right = np.concatenate([list_costs(trial, 0.0)["right"].to_numpy() for trial in trials])
    return Calibration.fit(said, right)


def expect_rise(voxels: Floats, found: Agglomeration, calibrate: Calibrate) -> Floats:
    """Expect the rise of the merge entropy after each join.

    Parameters
    ----------
    voxels : (n,) array
        Size of each object at the start.
    found : Agglomeration
        Joins of these objects.
    calibrate : callable
        ``calibrate(probability, places)`` returns the share of right joins.

    Returns
    -------
    (m,) array
        Sum, over the joins so far, of the rise if the join is wrong times the probability that it
        is [bit]. Joined objects count as pure, so that this is a little too low.
    """
    sizes = voxels.copy()
    total = float(sizes.sum())
    wrong = 1 - calibrate(found.probability, found.places)
    costs = np.empty(len(wrong))
    for row, (first, second) in enumerate(found.pairs):
        costs[row] = wrong[row] * weigh_join(sizes[first], sizes[second]) / total
        sizes[first] += sizes[second]
    return np.cumsum(costs)


def find_expected_threshold(found: Agglomeration, rise: Floats, limit: float) -> float:
    """Find the lowest threshold at which the expected rise stays below a limit.

    Parameters
    ----------
    found : Agglomeration
        The joins.
    rise : (m,) array
        Expected rise after each [bit].
    limit : float
        Highest rise that is accepted [bit].

    Returns
    -------
    float
        The threshold; infinite where the first joins already exceed it.
    """
    levels = np.unique(found.threshold)[::-1]
    # The last join of each level.
    ends = np.searchsorted(-found.threshold, -levels, side="right") - 1
    good = levels[rise[ends] <= limit]
    return float(good[-1]) if len(good) else float("inf")
