"""Where on the course of his pattern each person was at his first visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.progression.edges.courses import (
    DURATION,
    STEPS,
    interpolate_rows,
    place_times,
)
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits, expect_clipped

__all__ = [
    "LAST_ONSET",
    "CourseScore",
    "Person",
    "estimate_noise",
    "find_onsets",
    "place_person",
    "score_courses",
]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

LAST_ONSET = 26.0
"""Latest onset that is looked at [years]; visits over four years still lie on the course."""
STAGE = 0.1
"""Distance of the onsets that are compared [years], a tenth of the shortest gap of visits."""

# A Gauss-Newton step of an onset is at most this long [years]: where the course is flat, at its
# ends, the step that a straight line asks for leads nowhere.
_LONGEST = 0.3
_REFINEMENTS = 5  # From a tenth of a year, five are more than are needed; each costs nothing.
# Three standard deviations of .054 from either bound, clipping takes no noise away.
_UNCLIPPED = (0.15, 0.85)
_TINY = 1e-9  # Below any squared speed of a course that shows; keeps a flat one from dividing by 0.


class CourseScore(NamedTuple):
    """How well courses fit people who were only aligned.

    Parameters
    ----------
    sse : float
        Sum of squared errors over all visits and regions.
    correlation : float
        Mean over visits of Pearson's r across regions.
    """

    sse: float
    correlation: float


@dataclass(frozen=True, eq=False)
class Person:
    """One person's visits, placed on the course.

    Parameters
    ----------
    onset : float
        Time on the course of the first visit [years].
    below, share : (n_visits,) arrays
        Grid point below each visit, and how far it is to the next.
    residuals : (n_visits, n_regions) array
        What was seen less what was expected, larger where clipping narrows the noise.
    gain : (n_visits, n_regions) array
        By how much the residuals fall as the course rises.
    speed : (n_visits, n_regions) array
        By how much they fall as the onset rises [1/year].
    """

    onset: float
    below: Places
    share: Floats
    residuals: Floats
    gain: Floats
    speed: Floats


def find_onsets(courses: Floats, people: PatternVisits, noise: NoiseLevels | None = None) -> Floats:
    """Find the onset of each person among 261 of them, a tenth of a year apart.

    Parameters
    ----------
    courses : (n_patterns, 61, n_regions) array
        As :func:`follow_courses` returns them.
    people : PatternVisits
        Whose onsets.
    noise : NoiseLevels, optional
        With it, visits are weighed as the noise asks for, and compared with what clipping makes of
        the course; without it, squared errors alone are compared.

    Returns
    -------
    (n_subjects,) array
        Time on the course of the first visit [years]. Gaps are rounded to a tenth of a year.
    """
    table = trust = tabulate_stages(courses)
    if noise is not None:
        table, _, spread = expect_clipped(table, noise.total)
        trust = noise.total / spread if noise.narrowed else np.ones_like(spread)
    # Integers of tenths: stages plus rounded gaps are then places in the table.
    steps = np.arange(round(LAST_ONSET / STAGE) + 1)
    last = table.shape[1] - 1
    onsets = np.zeros(people.n_subjects)
    for person, pattern in enumerate(people.pattern):
        rows = people.rows_of(person)
        later = np.round(people.gap[rows] / STAGE).astype(np.int64)
        reached = np.minimum(steps[:, None] + later, last)
        missed = people.values[rows] - table[pattern][reached]
        if noise is not None:
            trusted = trust[pattern][reached] * missed
            missed = np.einsum("uv,svr->sur", noise.whiten(len(rows)), trusted)
        onsets[person] = steps[(missed**2).sum(axis=(1, 2)).argmin()] * STAGE
    return onsets


def tabulate_stages(courses: Floats) -> Floats:
    """Return the courses every tenth of a year, shape (n_patterns, 301, n_regions)."""
    times = np.arange(round(DURATION / STAGE) + 1) * STAGE
    return np.stack([interpolate_rows(course, times) for course in courses])


def place_person(
    course: Floats, people: PatternVisits, subject: int, onset: float, noise: NoiseLevels
) -> Person:
    """Refine the onset of one person, and linearise what was expected of his visits.

    Parameters
    ----------
    course : (61, n_regions) array
        Of his pattern.
    people : PatternVisits
        All people.
    subject : int
        Which of them.
    onset : float
        Where to begin [years].
    noise : NoiseLevels
        Of the values.

    Returns
    -------
    Person
        At the onset that fits best.
    """
    rows = people.rows_of(subject)
    white = noise.whiten(len(rows))
    for _ in range(_REFINEMENTS):
        found = _place(course, people, rows, onset, noise)
        speed, missed = white @ found.speed, white @ found.residuals
        step = (speed * missed).sum() / ((speed**2).sum() + _TINY)
        onset = float(np.clip(onset + np.clip(step, -_LONGEST, _LONGEST), 0, LAST_ONSET))
    return _place(course, people, rows, onset, noise)


def _place(
    course: Floats, people: PatternVisits, rows: Places, onset: float, noise: NoiseLevels
) -> Person:
    below, share = place_times(onset + people.gap[rows])
    state = interpolate_rows(course, onset + people.gap[rows])
    rate = (course[below + 1] - course[below]) * STEPS / DURATION
    # The whole deviation, offset included: clipping does not know where noise comes from.
    mean, gain, spread = expect_clipped(state, noise.total)
    trust = noise.total / spread if noise.narrowed else np.ones_like(spread)
    missed, gain = trust * (people.values[rows] - mean), trust * gain
    return Person(onset, below, share, missed, gain, gain * rate)


def score_courses(courses: Floats, people: PatternVisits) -> CourseScore:
    """Score people of whom nothing but the onset is fitted.

    Parameters
    ----------
    courses : (n_patterns, 61, n_regions) array
        As :func:`follow_courses` returns them.
    people : PatternVisits
        People from whom the courses were not learnt.

    Returns
    -------
    CourseScore
        With onsets by squared errors; predictions keep the gaps as they are.
    """
    expected = _expect(courses, people)
    # By visit, as published: a mean over all values would be that of the stages.
    alike = [np.corrcoef(*pair)[0, 1] for pair in zip(people.values, expected, strict=True)]
    return CourseScore(float(((people.values - expected) ** 2).sum()), float(np.mean(alike)))


def _expect(courses: Floats, people: PatternVisits) -> Floats:
    """Return the value of the course at each visit, with onsets by squared errors."""
    times = find_onsets(courses, people)[people.subject] + people.gap
    expected = np.empty_like(people.values)
    for pattern, course in enumerate(courses):
        seen = people.pattern[people.subject] == pattern
        expected[seen] = interpolate_rows(course, times[seen])
    return expected


def estimate_noise(courses: Floats, people: PatternVisits) -> NoiseLevels:
    """Estimate the noise from what courses leave unexplained.

    What differs between visits of one person is noise of the scans; what is left of all errors is
    the person's own. Values near 0 and 1, where clipping narrows the noise, are left out.

    Parameters
    ----------
    courses : (n_patterns, 61, n_regions) array
        Of a graph that fits.
    people : PatternVisits
        Some of them seen more than once.

    Returns
    -------
    NoiseLevels
        In the unit of the values.

    Raises
    ------
    InputError
        When nobody was seen twice away from 0 and 1; give both levels instead.
    """
    expected = _expect(courses, people)
    inside = (expected > _UNCLIPPED[0]) & (expected < _UNCLIPPED[1])
    missed = np.where(inside, people.values - expected, 0)
    shape = (people.n_subjects, people.values.shape[1])
    count, total = np.zeros(shape), np.zeros(shape)
    np.add.at(count, people.subject, inside)
    np.add.at(total, people.subject, missed)
    # One degree of freedom a person and region goes to the mean of his visits.
    free = np.maximum(count - 1, 0).sum()
    if not free:
        raise InputError(
            f"expected people who were seen twice, found none of {people.n_subjects} with two "
            "values away from 0 and 1",
            where="estimate_noise",
            repair="One visit cannot tell noise from what a person has more or less: give both.",
        )
    within = (missed**2).sum() - (total**2 / np.maximum(count, 1)).sum()
    scan = within / free
    offset = max((missed**2).sum() / count.sum() - scan, 0.0)
    return NoiseLevels(float(np.sqrt(offset)), float(np.sqrt(scan)))
