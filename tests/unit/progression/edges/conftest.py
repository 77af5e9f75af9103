"""A small world with two patterns on six regions, of which all is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from neuropil.progression.edges.courses import CourseConstants, follow_courses
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits
from neuropil.progression.edges.onsets import tabulate_stages

REGIONS, PEOPLE = 6, 60


@dataclass(frozen=True, eq=False)
class SmallWorld:
    """People, and what was planted in them."""

    people: PatternVisits
    weights: npt.NDArray[np.float64]
    constants: CourseConstants
    onsets: npt.NDArray[np.float64]
    noise: NoiseLevels


@pytest.fixture(scope="session")
def world() -> SmallWorld:
    rng = np.random.default_rng(3)
    pairs = REGIONS * (REGIONS - 1) // 2
    weights = np.where(rng.random(pairs) < 0.4, rng.normal(0.06, 0.01, pairs), 0.0)
    initial = np.full((2, REGIONS), 0.005)
    initial[0, 0] = initial[1, -1] = 0.15
    constants = CourseConstants(initial, np.linspace(0.6, 1.0, REGIONS), 0.35)
    noise = NoiseLevels(0.02, 0.03)
    onsets = rng.integers(20, 200, PEOPLE) / 10
    pattern = rng.integers(0, 2, PEOPLE)
    subject = np.repeat(np.arange(PEOPLE), 2)
    gap = np.tile([0.0, 1.5], PEOPLE)
    table = tabulate_stages(follow_courses(weights, constants))
    stage = np.round((onsets[subject] + gap) * 10).astype(int)
    course = table[pattern[subject], stage]
    values = course + rng.normal(0, 0.02, (PEOPLE, REGIONS))[subject]
    values = np.clip(values + rng.normal(0, 0.03, course.shape), 0, 1)
    people = PatternVisits(values, subject, gap, pattern)
    return SmallWorld(people, weights, constants, onsets, noise)
