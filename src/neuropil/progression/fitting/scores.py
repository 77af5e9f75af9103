"""How well a course and a graph are found: the scores of the published tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import show_course, stage_people
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory

__all__ = ["CourseScore", "predict_scans", "score_course", "score_predictions"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CourseScore:
    """Scores of scans, each of which its person was aligned by.

    Parameters
    ----------
    squares : (n_scans,) array
        Sum of squared residuals of each scan over its regions.
    correlations : (n_scans,) array
        Pearson r of each scan with its prediction over its regions; NaN where one is constant.
    """

    squares: Floats
    correlations: Floats

    @property
    def sse(self) -> float:
        """Sum of squares of all scans and regions."""
        return float(self.squares.sum())

    @property
    def correlation(self) -> float:
        """Mean of the correlations that are defined."""
        return float(np.nanmean(self.correlations))


def predict_scans(
    course: Trajectory, scans: Scans, noise: NoiseModel, grid: StageGrid
) -> tuple[Floats, Floats]:
    """Align people to a course, and say what it expects of their scans.

    Parameters
    ----------
    course : Trajectory
        The course.
    scans : Scans
        Of any people.
    noise : NoiseModel
        Around the course.
    grid : StageGrid
        Stages that are tried.

    Returns
    -------
    predictions : (n_scans, n_regions) array
        One free number a person, the stage, was estimated from these very scans.
    stages : (n_people,) array
        The stages.
    """
    stages = stage_people(course, scans, noise, grid).point
    # Gaps as they were and not on the grid of stages.
    times = np.minimum(stages[scans.owners] + scans.gaps, course.duration)
    return show_course(course, noise).at(times), stages


def score_course(
    course: Trajectory, scans: Scans, noise: NoiseModel, grid: StageGrid | None = None
) -> CourseScore:
    """Align people to a course, and compare it with their scans.

    Parameters
    ----------
    course : Trajectory
        The course.
    scans : Scans
        Of any people.
    noise : NoiseModel
        Around the course.
    grid : StageGrid, optional
        Stages that are tried.
    """
    return score_predictions(predict_scans(course, scans, noise, grid or StageGrid())[0], scans)


def score_predictions(predictions: Floats, scans: Scans) -> CourseScore:
    """Compare predictions with scans.

    Parameters
    ----------
    predictions : (n_scans, n_regions) array
        What was expected.
    scans : Scans
        What was seen; regions that were not measured do not count.
    """
    squares = (scans.known * (scans.values - predictions) ** 2).sum(axis=1)
    count = scans.known.sum(axis=1, keepdims=True)

    def centre(values: Floats) -> Floats:
        # Over what was measured alone, or missing regions would count as agreeing zeros.
        mean = (scans.known * values).sum(axis=1, keepdims=True) / np.maximum(count, 1)
        return np.asarray(scans.known * (values - mean))

    seen, said = centre(scans.values), centre(predictions)
    size = np.sqrt((seen**2).sum(axis=1) * (said**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations = np.where(size > 0, (seen * said).sum(axis=1) / size, np.nan)
    return CourseScore(squares, correlations)
