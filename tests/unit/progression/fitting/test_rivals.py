"""What a course must beat: means, lines, and the scan before."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import stage_people
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.rivals import average_group, draw_lines, predict_last_scans

NOISE = NoiseModel(0.0, 0.02)


def test_the_mean_of_the_group_leaves_out_what_was_not_measured():
    scans = Scans(
        np.array([[1.0, 0.0], [3.0, 5.0]]),
        np.array([[1.0, 0.0], [1.0, 1.0]]),
        np.arange(2),
        np.zeros(2),
        2,
    )
    np.testing.assert_array_equal(average_group(scans, 3), [[2, 5]] * 3)


def test_lines_are_found_where_courses_are_lines():
    rng = np.random.default_rng(0)
    lines = Trajectory(np.array([[0.0, 0.6, 0.2], [0.9, 0.0, 0.8]]), 30.0)
    onset = rng.uniform(0, 24, 80)
    owners, gaps = np.repeat(np.arange(80), 2), np.tile([0.0, 2.0], 80)
    values = lines.at(onset[owners] + gaps) + rng.normal(0, 0.01, (160, 3))
    scans = Scans(values, np.ones_like(values), owners, gaps, 80)
    found = draw_lines(scans, 30.0)
    stages = stage_people(found, scans, NOISE).point
    assert np.corrcoef(stages, onset)[0, 1] > 0.99
    residuals = values - found.at(np.minimum(stages[owners] + gaps, 30))
    assert np.sqrt((residuals**2).mean()) < 0.0105


def test_the_last_scan_is_predicted_without_a_look_at_it(small_world):
    grid, course = StageGrid(), small_world.course
    held, train = small_world.validation, small_world.train
    found = predict_last_scans(course, held, train, NOISE, grid)
    several = np.bincount(held.owners) > 1
    assert len(found.rows) == several.sum()
    np.testing.assert_array_equal(held.owners[found.rows], np.flatnonzero(several))
    changed = held.values.copy()
    changed[found.rows] = 1e3
    wild = Scans(changed, held.known, held.owners, held.gaps, held.n_people)
    again = predict_last_scans(course, wild, train, NOISE, grid)
    for name, said in found.predictions.items():
        np.testing.assert_array_equal(said, again.predictions[name])
    np.testing.assert_array_equal(found.predictions["persistence"], held.values[found.rows - 1])


def test_the_true_course_beats_the_scan_before_and_the_trend(small_world):
    held = small_world.validation
    found = predict_last_scans(small_world.course, held, small_world.train, NOISE, StageGrid())
    seen = held.values[found.rows]
    squares = {name: ((seen - said) ** 2).sum() for name, said in found.predictions.items()}
    assert squares["course"] < 0.5 * squares["persistence"]
    assert squares["course"] < squares["trend"] < squares["group mean"]
    assert squares["course from the scan"] < squares["persistence"]


def test_the_trend_is_the_mean_change_of_training_people(small_world):
    held, train = small_world.validation, small_world.train
    found = predict_last_scans(small_world.course, held, train, NOISE, StageGrid())
    rows = np.flatnonzero(np.diff(train.owners) == 0)
    change = (train.values[rows + 1] - train.values[rows]).sum(axis=0)
    rate = change / (train.gaps[rows + 1] - train.gaps[rows]).sum()
    gap = held.gaps[found.rows] - held.gaps[found.rows - 1]
    moved = found.predictions["trend"] - found.predictions["persistence"]
    np.testing.assert_allclose(moved, gap[:, None] * rate)
    assert rate == pytest.approx(rate.clip(0))


def test_a_region_that_was_not_measured_before_is_taken_from_the_course(small_world):
    held = small_world.validation
    known = held.known.copy()
    known[:, 3] = 0
    masked = Scans(held.values * known, known, held.owners, held.gaps, held.n_people)
    found = predict_last_scans(small_world.course, masked, small_world.train, NOISE, StageGrid())
    said, there = found.predictions["course from the scan"], found.predictions["course"]
    np.testing.assert_allclose(said[:, 3], there[:, 3])
    assert (found.predictions["persistence"][:, 3] > 0).all()
