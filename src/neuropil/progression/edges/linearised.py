"""What visits say about the weights of a graph, to first order: Gauss and Newton's equations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.progression.edges.courses import (
    CourseConstants,
    Sensitivity,
    Values,
    differentiate_course,
    interpolate_rows,
)
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits
from neuropil.progression.edges.onsets import Person, find_onsets, place_person

__all__ = ["ConstantsDoubt", "LinearisedFit", "linearise"]

Floats = npt.NDArray[np.float64]
Narrow = npt.NDArray[np.float32]
Truths = npt.NDArray[np.bool_]

_TINY = 1e-9  # As in onsets: a person on a flat course has no speed to project out.


@dataclass(frozen=True, eq=False)
class ConstantsDoubt:
    """What is known of the constants of the course beforehand: a mean and its standard deviation.

    Parameters
    ----------
    mean : CourseConstants
        Most probable values.
    growth : float
        Standard deviation of the growth.
    capacity : float
        That of each capacity; 0 where it is known.
    initial : (n_patterns, n_regions) array or float
        That of each initial value; 0 where it is known.
    """

    mean: CourseConstants
    growth: float = 0.0
    capacity: float = 0.0
    initial: Floats | float = 0.0

    def deviations(self) -> Floats:
        """Return all standard deviations in one row, (1 + n + k n,)."""
        n, shape = self.mean.n_regions, self.mean.initial.shape
        parts = ([self.growth], np.full(n, self.capacity), np.broadcast_to(self.initial, shape))
        return np.concatenate([np.ravel(part) for part in parts])


@dataclass(frozen=True, eq=False)
class LinearisedFit:
    """Log-likelihood of the weights near a point, with everything else averaged out.

    Parameters
    ----------
    weights : (n_pairs,) array
        The point w0.
    constants : CourseConstants
        Where they stood.
    gram : (n_pairs, n_pairs) array
        G of the log-likelihood b (w - w0) - (w - w0) G (w - w0) / 2.
    pull : (n_pairs,) array
        b.
    onsets : (n_subjects,) array
        Of the people [years].
    deviance : float
        Sum of squared whitened residuals at the point.
    n_values : int
        Number of residuals.
    answer : tuple of arrays
        By how much the constants move at w0, and for each change of a weight.
    """

    weights: Floats
    constants: CourseConstants
    gram: Floats
    pull: Floats
    onsets: Floats
    deviance: float
    n_values: int
    answer: tuple[Floats, Floats]

    def move_constants(self, weights: Floats, share: float) -> CourseConstants:
        """Return the most probable constants for other weights.

        Parameters
        ----------
        weights : (n_pairs,) array
            The other weights.
        share : float
            How much of the way to go, as the equations are of first order.
        """
        # The mean of the constants given the weights, which the Schur complement leaves behind.
        base, slopes = self.answer
        step = share * (base - slopes @ (weights - self.weights))
        old, n = self.constants, self.constants.n_regions
        # None of them can be negative, nor a capacity so small that nothing grows.
        return CourseConstants(
            np.maximum(old.initial + step[1 + n :].reshape(old.initial.shape), 1e-4),
            np.clip(old.capacity + step[1 : 1 + n], 0.1, 1.5),
            max(old.growth + float(step[0]), 0.01),
        )


def linearise(
    weights: Floats,
    people: PatternVisits,
    noise: NoiseLevels,
    constants: CourseConstants,
    doubt: ConstantsDoubt | None = None,
) -> LinearisedFit:
    """Linearise the expected values of all visits by all weights.

    The expected value of a visit is that of the clipped observation; visits of one person are
    whitened together; his onset, which is refined first, is projected out of residuals and
    derivatives, so that no weight is credited with what a shift explains. Constants in doubt are
    averaged out under their Gaussian prior.

    Parameters
    ----------
    weights : (n_pairs,) array
        Where: rate of spread over each pair [1/year].
    people : PatternVisits
        What was seen.
    noise : NoiseLevels
        How exactly.
    constants : CourseConstants
        Growth, capacity and initial states there.
    doubt : ConstantsDoubt, optional
        What is known of them beforehand; when not given they are taken as known.

    Returns
    -------
    LinearisedFit
        Of all weights, with the constants averaged out.
    """
    belief = doubt or ConstantsDoubt(constants)
    # Only those in doubt: the products of all 341 with all pairs would take as long as the rest.
    unsure = belief.deviations() > 0
    n_pairs, n_others = len(weights), int(unsure.sum())
    gram = np.zeros((n_pairs, n_pairs))
    cross, square = np.zeros((n_others, n_pairs)), np.zeros((n_others, n_others))
    pulls = np.zeros(n_pairs), np.zeros(n_others)
    onsets, deviance, n_values = np.zeros(people.n_subjects), 0.0, 0
    for pattern in np.unique(people.pattern):
        effect = differentiate_course(weights, constants, int(pattern))
        found = _find_rows(effect, people, int(pattern), noise, onsets)
        edges, others, missed = _stack(found, int(pattern), unsure)
        # In single precision, which halves the time: the noise is a million times its rounding.
        # Written as a matrix times its own transpose, of which BLAS computes one half.
        gram += edges.T @ edges
        cross += others.T.astype(edges.dtype) @ edges
        square += others.T @ others
        pulls[0][:] += edges.T @ missed.astype(edges.dtype)
        pulls[1][:] += others.T @ missed
        deviance, n_values = deviance + float(missed @ missed), n_values + len(missed)
    parts = (gram, cross, square)
    gram, pull, answer = _average_out(parts, pulls, belief, unsure, constants)
    return LinearisedFit(weights, constants, gram, pull, onsets, deviance, n_values, answer)


def _find_rows(
    effect: Sensitivity, people: PatternVisits, pattern: int, noise: NoiseLevels, onsets: Floats
) -> Iterator[tuple[Narrow, Floats, Floats]]:
    """Yield whitened derivatives and residuals of each person, without what his onset explains."""
    chosen = people.pattern == pattern
    # Of this pattern alone; the others are placeholders that nobody is compared with.
    courses = np.broadcast_to(effect.states, (pattern + 1, *effect.states.shape))
    starts = find_onsets(courses, people.take(chosen), noise)
    for subject, start in zip(np.flatnonzero(chosen), starts, strict=True):
        person = place_person(effect.states, people, int(subject), float(start), noise)
        onsets[subject] = person.onset
        yield _whiten(effect, person, people.gap[people.rows_of(int(subject))], noise)


def _whiten(
    effect: Sensitivity, person: Person, gap: Floats, noise: NoiseLevels
) -> tuple[Narrow, Floats, Floats]:
    white, times = noise.whiten(len(gap)), person.onset + gap
    speed = (white @ person.speed).ravel()
    speed /= np.sqrt(speed @ speed + _TINY)
    # Projecting out is the same as averaging over the onset under a flat prior.
    missed = (white @ person.residuals).ravel()

    def project(moved: Values) -> Values:
        # Each table in its own precision: single for the many columns of the edges.
        weighed = moved * person.gain[..., None].astype(moved.dtype)
        rows = np.tensordot(white.astype(moved.dtype), weighed, axes=1)
        rows = rows.reshape(-1, moved.shape[-1])
        direction = speed.astype(moved.dtype)
        projected: Values = rows - direction[:, None] * (direction @ rows)
        return projected

    edges = project(interpolate_rows(effect.edges, times))
    others = project(interpolate_rows(effect.others, times))
    return edges, others, missed - speed * (speed @ missed)


def _stack(
    found: Iterator[tuple[Narrow, Floats, Floats]], pattern: int, unsure: Truths
) -> tuple[Narrow, Floats, Floats]:
    edges, others, missed = map(np.concatenate, zip(*found, strict=True))
    # Initial values of the other patterns do not act on this one.
    n = (others.shape[1] - 1) // 2
    wide = np.zeros((len(others), len(unsure)))
    wide[:, : 1 + n] = others[:, : 1 + n]
    wide[:, 1 + n + pattern * n : 1 + n + (pattern + 1) * n] = others[:, 1 + n :]
    return edges, wide[:, unsure], missed


def _average_out(
    parts: tuple[Floats, Floats, Floats],
    pulls: tuple[Floats, Floats],
    belief: ConstantsDoubt,
    unsure: Truths,
    constants: CourseConstants,
) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Average the likelihood over the constants in doubt: a Schur complement."""
    gram, cross, square = parts
    # Solved with the standard deviations as units: those of rates and states differ by far.
    unit = belief.deviations()[unsure]
    away = (_list(belief.mean) - _list(constants))[unsure] / unit
    system = square * unit[:, None] * unit + np.eye(len(unit))
    solved = np.linalg.solve(
        system, np.column_stack([unit * pulls[1] + away, unit[:, None] * cross])
    )
    base, slopes = np.zeros(len(unsure)), np.zeros((len(unsure), len(gram)))
    base[unsure], slopes[unsure] = unit * solved[:, 0], unit[:, None] * solved[:, 1:]
    answer = (base, slopes)
    return gram - cross.T @ slopes[unsure], pulls[0] - cross.T @ base[unsure], answer


def _list(constants: CourseConstants) -> Floats:
    return np.concatenate([[constants.growth], constants.capacity, constants.initial.ravel()])
