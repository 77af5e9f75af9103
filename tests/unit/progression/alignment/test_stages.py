"""One table of scans and times gives every person's sums at every stage."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid, find_stages, measure_misfits

GRID = StageGrid(20.0, 0.5)


def test_sums_are_those_of_every_scan_at_every_stage(draw_people):
    people = draw_people(12)
    rng = np.random.default_rng(1)
    known = (rng.random(people.scans.values.shape) > 0.2).astype(float)
    scans = Scans(people.scans.values * known, known, people.scans.owners, people.scans.gaps, 12)
    with jax.enable_x64(True):
        found = measure_misfits(jnp.asarray(people.course.states), 30.0, scans, GRID)
        stages = find_stages(found, GRID)
    # Gaps of 1.5 are steps of the grid, so that nothing is rounded.
    times = np.minimum(GRID.stages + scans.gaps[:, None], 30)
    squares = known[:, None] * (scans.values[:, None] - people.course.at(times)) ** 2
    direct = np.zeros((12, GRID.n_stages))
    np.add.at(direct, scans.owners, squares.sum(axis=2))
    np.testing.assert_allclose(found, direct, atol=1e-12)
    np.testing.assert_array_equal(stages, GRID.stages[direct.argmin(axis=1)])


def test_the_grid_of_the_published_alignment():
    grid = StageGrid()
    assert grid.n_stages == 261
    assert grid.stages[-1] == 26.0


def test_people_are_found_where_they_stand(draw_people):
    people = draw_people(40, offset=0.0, noise=0.01)
    with jax.enable_x64(True):
        found = find_stages(
            measure_misfits(jnp.asarray(people.course.states), 30.0, people.scans, GRID), GRID
        )
    assert np.abs(np.asarray(found) - people.onset).max() <= 0.35
