"""Personal rates: found where scans tell them, and refused where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.rates import find_personal_rates
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory

NOISE = NoiseModel(0.03, 0.045)
GRID = StageGrid(26.0, 0.25)


def test_nobody_seen_once_has_a_rate_and_intervals_hold_those_of_others(draw_people):
    people = draw_people(150, rates=0.4)
    found = find_personal_rates(people.course, people.scans, NOISE, GRID)
    once = np.bincount(people.scans.owners) == 1
    assert not found.identifiable[once].any()
    assert np.isnan(found.rate[once]).all()
    assert found.identifiable[~once].mean() > 0.8
    known = found.identifiable
    inside = (found.low <= people.rates) & (people.rates <= found.high)
    # Of some hundred people: 90 % scatter by 3 %.
    assert 0.84 <= inside[~once].mean() <= 0.96
    assert np.corrcoef(np.log(found.rate[known]), np.log(people.rates[known]))[0, 1] > 0.6


def test_equal_people_are_rarely_said_to_differ(draw_people):
    differ = identifiable = 0
    for seed in range(4):
        people = draw_people(150, seed)
        found = find_personal_rates(people.course, people.scans, NOISE, GRID)
        differ += found.differs.sum()
        identifiable += found.identifiable.sum()
    # Of 420 people: the 10 % that the intervals allow scatter by 1.5 %.
    assert 0.055 <= differ / identifiable <= 0.145


def test_a_flat_course_identifies_nobody(draw_people):
    people = draw_people(30)
    flat = Trajectory(np.full((2, 20), 0.5), 30.0)
    found = find_personal_rates(flat, people.scans, NOISE, GRID)
    assert not found.identifiable.any()
    assert not found.differs.any()


def test_a_level_that_is_no_probability(draw_people):
    people = draw_people(2)
    with pytest.raises(ConfigError) as error:
        find_personal_rates(people.course, people.scans, NOISE, level=1.0)
    assert str(error.value) == (
        "level: expected a probability between 0 and 1, found 1.0. Write for example level=0.9."
    )
