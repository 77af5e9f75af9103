"""Stages with intervals that hold what they promise, also near a floor and with gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.progression.alignment.limits import Limits
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import find_quantiles, stage_people
from neuropil.progression.alignment.stages import StageGrid

NOISE = NoiseModel(0.03, 0.045)


@pytest.mark.parametrize("floor", [-np.inf, 0.0])
def test_nine_of_ten_intervals_hold_the_stage(draw_people, floor):
    people = draw_people(300, floor=floor)
    noise = NoiseModel(0.03, 0.045, Limits(floor))
    found = stage_people(people.course, people.scans, noise)
    inside = (found.low <= people.onset) & (people.onset <= found.high)
    # 90 % of 300 scatter by 1.7 %.
    assert 0.85 <= inside.mean() <= 0.95
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


def test_without_the_offset_intervals_of_people_seen_often_are_too_short(draw_people):
    people = draw_people(300, offset=0.09)
    often = np.bincount(people.scans.owners) == 3
    shares = {}
    for offset in (0.09, 0.0):
        noise = NoiseModel(offset, 0.045 if offset else np.hypot(0.09, 0.045))
        found = stage_people(people.course, people.scans, noise)
        inside = (found.low <= people.onset) & (people.onset <= found.high)
        shares[offset] = inside[often].mean()
    assert shares[0.09] > 0.84
    assert shares[0.0] < shares[0.09] - 0.05


def test_regions_that_were_not_measured_leave_the_sum(draw_people):
    people = draw_people(20)
    scans = people.scans
    half = np.tile(np.arange(20) % 2, (len(scans.values), 1)).astype(float)
    wild = np.where(half > 0, scans.values, 1e6)
    masked = replace(scans, values=wild, known=half)
    found = stage_people(people.course, masked, NOISE)
    whole = stage_people(people.course, scans, NOISE)
    assert np.abs(found.mean - people.onset).max() < 2.5
    assert ((found.high - found.low) > (whole.high - whole.low)).mean() > 0.9


def test_a_person_beyond_the_end_is_marked(draw_people):
    people = draw_people(2)
    late = replace(people.scans, values=np.ones_like(people.scans.values))
    assert stage_people(people.course, late, NOISE).at_edge.all()
    assert not stage_people(people.course, people.scans, NOISE).at_edge.any()


def test_quantiles_of_an_even_distribution_and_of_one_stage():
    grid = StageGrid(4.0, 1.0)
    even, certain = np.full(5, 0.2), np.eye(5)[2]
    rows = np.stack([even, certain])
    np.testing.assert_allclose(find_quantiles(rows, grid, 0.5), [2.0, 2.0])
    np.testing.assert_allclose(find_quantiles(rows, grid, 0.9), [4.0, 2.4])
    np.testing.assert_allclose(find_quantiles(rows, grid, 0.3), [1.0, 1.8])


def test_a_level_that_is_no_probability(draw_people):
    people = draw_people(2)
    with pytest.raises(ConfigError) as error:
        stage_people(people.course, people.scans, NOISE, level=90)
    assert str(error.value) == (
        "level: expected a probability between 0 and 1, found 90. Write for example level=0.9."
    )
