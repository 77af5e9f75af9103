"""What a fitted course must beat: the mean of the group, straight lines, and the scan before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import stage_people
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory

__all__ = ["LastScans", "average_group", "draw_lines", "predict_last_scans"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

# Of alignment and regression; more than six change the sum of squares by under 1e-3.
_ROUNDS = 20


def average_group(train: Scans, n_scans: int) -> Floats:
    """Predict the mean of the training scans, whoever is predicted.

    Parameters
    ----------
    train : Scans
        Of training people.
    n_scans : int
        Number of predictions.

    Returns
    -------
    (n_scans, n_regions) array
        The same row each time.
    """
    mean = (train.known * train.values).sum(axis=0) / np.maximum(train.known.sum(axis=0), 1)
    return np.broadcast_to(mean, (n_scans, len(mean)))


def draw_lines(train: Scans, duration: float, grid: StageGrid | None = None) -> Trajectory:
    """Fit one straight line a region to people who are aligned as for a course.

    Parameters
    ----------
    train : Scans
        Of training people.
    duration : float
        Length of the lines [time].
    grid : StageGrid, optional
        Stages that are tried.

    Returns
    -------
    Trajectory
        Lines as a course of two states, so that people are aligned to it and predicted from it as
        from any other.
    """
    tried = grid or StageGrid()
    mean = _mean_level(train)
    # People begin in the order of their mean: a line needs no better start.
    order = np.argsort(np.argsort(mean)) / max(len(mean) - 1, 1)
    stages = order * tried.last
    # Only where the least misfit lies matters, and any noise puts it there.
    noise = NoiseModel(0.0, 1.0)
    lines = Trajectory(np.zeros((2, train.values.shape[1])), duration)
    for _ in range(_ROUNDS):
        times = np.minimum(stages[train.owners] + train.gaps, duration)
        lines = Trajectory(_regress(times, train, duration), duration)
        stages = stage_people(lines, train, noise, tried).point
    return lines


def _mean_level(scans: Scans) -> Floats:
    first = np.searchsorted(scans.owners, np.arange(scans.n_people))
    known = scans.known[first]
    level: Floats = (known * scans.values[first]).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return level


def _regress(times: Floats, scans: Scans, duration: float) -> Floats:
    """Return the values of the line of each region at time 0 and at the end, (2, n)."""
    weight = scans.known
    count = np.maximum(weight.sum(axis=0), 1)
    centre = (weight * times[:, None]).sum(axis=0) / count
    level = (weight * scans.values).sum(axis=0) / count
    away = weight * (times[:, None] - centre)
    spread = (away**2).sum(axis=0)
    slope = (away * scans.values).sum(axis=0) / np.where(spread > 0, spread, 1)
    return np.stack([level - slope * centre, level + slope * (duration - centre)])


@dataclass(frozen=True, eq=False)
class LastScans:
    """Predictions of the last scan of people with several, from their scans before.

    Parameters
    ----------
    rows : (k,) array of int
        The scans that are predicted.
    predictions : dict of str to (k, n_regions) array
        By the name of the predictor.
    """

    rows: Places
    predictions: dict[str, Floats]


def predict_last_scans(
    course: Trajectory, scans: Scans, train: Scans, noise: NoiseModel, grid: StageGrid
) -> LastScans:
    """Predict the last scan of each person who has several, without looking at it.

    Parameters
    ----------
    course : Trajectory
        The common course.
    scans : Scans
        Of held-out people.
    train : Scans
        Of training people.
    noise : NoiseModel
        Around the course.
    grid : StageGrid
        Stages that are tried.

    Returns
    -------
    LastScans
        ``course``: at the stage found by the scans before. ``course from the scan``: the scan
        before plus what the course changes. ``persistence``: the scan before. ``trend``: the scan
        before plus the mean yearly change of training people. ``group mean``: theirs. Where the
        scan before lacks a region, the course stands in for it.
    """
    last = np.flatnonzero(np.diff(np.append(scans.owners, scans.n_people)) > 0)
    last = last[np.isin(last - 1, np.arange(len(scans.owners)))]
    last = last[scans.owners[last - 1] == scans.owners[last]]
    # What is predicted is left out before anybody is aligned.
    kept = np.setdiff1d(np.arange(len(scans.owners)), last)
    stage = stage_people(course, scans.take(kept), noise, grid).point[scans.owners[last]]
    gap = scans.gaps[last] - scans.gaps[last - 1]
    there, here = (
        course.at(np.minimum(stage + scans.gaps[rows], course.duration))
        for rows in (last, last - 1)
    )
    # A region that was not measured before is taken from the course; its value is held as 0.
    previous = np.where(scans.known[last - 1] > 0, scans.values[last - 1], here)
    return LastScans(
        last,
        {
            "course": there,
            "course from the scan": previous + there - here,
            "persistence": previous,
            "trend": previous + gap[:, None] * _measure_change(train),
            "group mean": average_group(train, len(last)),
        },
    )


def _measure_change(train: Scans) -> Floats:
    """Return the mean change of each region [1 / time] between scans of training people."""
    same = train.owners[1:] == train.owners[:-1]
    seen = same[:, None] * train.known[1:] * train.known[:-1]
    change = (seen * np.diff(train.values, axis=0)).sum(axis=0)
    time = (seen * np.diff(train.gaps)[:, None]).sum(axis=0)
    rate: Floats = change / np.where(time > 0, time, 1)
    return rate
