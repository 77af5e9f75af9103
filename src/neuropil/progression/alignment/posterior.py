"""The exact posterior of each person's stage on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from neuropil.progression.alignment.limits import expect_clipped
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.checks import check_level
from neuropil.progression.dynamics.trajectory import Trajectory

__all__ = ["Staging", "find_quantiles", "measure_stage_misfits", "show_course", "stage_people"]

Floats = npt.NDArray[np.float64]

# Probability at the first or the last stage from which a person is said to be at the edge: then
# the interval ends where the grid does and not where the data say so.
_EDGE = 0.05


@dataclass(frozen=True, eq=False)
class Staging:
    """Where people stand, and how well that is known.

    Parameters
    ----------
    stages : (n_stages,) array
        Stages that were tried [time].
    probability : (n_people, n_stages) array
        Posterior of each, under equal probabilities before.
    point : (n_people,) array
        Stage of least squares.
    mean : (n_people,) array
        Posterior mean.
    low, high : (n_people,) array
        Ends of the central interval.
    level : float
        Its probability.
    """

    stages: Floats
    probability: Floats
    point: Floats
    mean: Floats
    low: Floats
    high: Floats
    level: float

    @property
    def at_edge(self) -> npt.NDArray[np.bool_]:
        """Whether a person may stand before the first or after the last stage, (n_people,)."""
        return np.asarray((self.probability[:, [0, -1]] >= _EDGE).any(axis=1))


def stage_people(
    course: Trajectory,
    scans: Scans,
    noise: NoiseModel,
    grid: StageGrid | None = None,
    level: float = 0.9,
) -> Staging:
    """Return the posterior of the stage of each person's first scan.

    Parameters
    ----------
    course : Trajectory
        The common course.
    scans : Scans
        Of all people.
    noise : NoiseModel
        As training people show it.
    grid : StageGrid, optional
        Stages that are tried.
    level : float
        Probability of the interval.

    Returns
    -------
    Staging
        One row a person. The course is taken as known: that it was fitted adds doubt which the
        intervals do not hold.

    Raises
    ------
    ConfigError
        When the level is not between 0 and 1; choose another.

    References
    ----------
    Young et al. 2018, Nat. Commun. 9:4273, for stages by exact sums over a grid.
    """
    check_level(level)
    tried = grid or StageGrid()
    # Equal probabilities before: a cohort says little about where the next person stands.
    misfits, squares = measure_stage_misfits(course, scans, noise, tried)
    # The least is taken off before exp, or all would be 0.
    raw = np.exp(-(misfits - misfits.min(axis=1, keepdims=True)) / 2)
    probability = raw / raw.sum(axis=1, keepdims=True)
    low, high = (
        find_quantiles(probability, tried, share) for share in ((1 - level) / 2, (1 + level) / 2)
    )
    # By least squares, as the course was fitted, so that scores are those of published tables.
    point = tried.stages[squares.argmin(axis=1)]
    mean = probability @ tried.stages
    return Staging(tried.stages, probability, point, mean, low, high, level)


def measure_stage_misfits(
    course: Trajectory, scans: Scans, noise: NoiseModel, grid: StageGrid
) -> tuple[Floats, Floats]:
    """Return minus twice the log likelihood, and the sum of squares, at each stage.

    Parameters
    ----------
    course : Trajectory
        The common course; after its end it stays as it is.
    scans : Scans
        Of all people.
    noise : NoiseModel
        Of what is not on the course.
    grid : StageGrid
        Stages of the first scan.

    Returns
    -------
    misfits : (n_people, n_stages) array
        Minus twice the log likelihood, up to a constant of the person.
    squares : (n_people, n_stages) array
        Sums of squared residuals.
    """
    misfits, squares = (np.empty((scans.n_people, grid.n_stages)) for _ in range(2))
    # For the likelihood limits are in the distribution; for squares in its mean.
    shown = show_course(course, noise)
    for person in range(scans.n_people):
        # One person at a time: all residuals of 500 people at once would take gigabytes.
        rows = np.flatnonzero(scans.owners == person)
        times = scans.gaps[rows, None] + grid.stages
        times = np.minimum(times, course.duration)
        values, known = scans.values[rows], scans.known[rows]
        misfits[person] = noise.measure_misfit(values, course.at(times), known)
        residuals = values[:, None] - shown.at(times)
        squares[person] = (known[:, None] * residuals**2).sum(axis=(0, 2))
    return misfits, squares


def show_course(course: Trajectory, noise: NoiseModel) -> Trajectory:
    """Return what is expected of measurements along a course: the course itself, off the limits.

    Parameters
    ----------
    course : Trajectory
        The course.
    noise : NoiseModel
        Around it.
    """
    with jax.enable_x64(True):
        states = expect_clipped(jnp.asarray(course.states), noise.total, noise.limits)
        return Trajectory(np.asarray(states), course.duration)


def find_quantiles(probability: Floats, grid: StageGrid, share: float) -> Floats:
    """Return quantiles of distributions on the grid, each stage spread evenly over one step.

    Parameters
    ----------
    probability : (n_people, n_stages) array
        One distribution a row.
    grid : StageGrid
        Its stages.
    share : float
        Probability below the quantile.

    Returns
    -------
    (n_people,) array
        Quantiles, within the first and the last stage.
    """
    below = np.cumsum(probability, axis=1)
    rows = np.arange(len(probability))
    place = np.minimum((below < share).sum(axis=1), grid.n_stages - 1)
    here = np.maximum(probability[rows, place], np.finfo(np.float64).tiny)
    within = (share - (below[rows, place] - probability[rows, place])) / here
    edges: Floats = grid.step * (place - 0.5 + within)
    return np.clip(edges, 0.0, grid.last)
