"""Groups of animals: averages, resamples and the graphs that are compared."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import InputError
from neuropil.progression.group_maps.animals import AnimalGroup, list_candidates, split_groups

START = np.array([1.0, 0.0, 0.0])


def build_visits(times=(1, 1, 3, 3), groups=("a", "b", "a", "b"), **regions):
    n = len(times)
    values = np.arange(3.0 * n).reshape(n, 3)
    table = pl.DataFrame({"key": [1, 2, 3], "name": ["p", "q", "r"], **regions})
    frame = pl.DataFrame(
        {
            "subject": [f"m{row}" for row in range(n)],
            "time": np.array(times, float),
            "group": list(groups),
            **{name: values[:, column] for column, name in enumerate("pqr")},
        }
    )
    return Visits.from_frame(frame, Parcellation(table), covariates=["group"])


def test_groups_keep_their_own_animals():
    first, second = split_groups(build_visits(), START)
    assert (first.name, second.name) == ("a", "b")
    np.testing.assert_array_equal(first.times, [1, 3])
    np.testing.assert_array_equal(second.values, [[3, 4, 5], [9, 10, 11]])


def test_one_time_shows_no_spread():
    with pytest.raises(InputError, match="expected maps at two times or more, found 1"):
        split_groups(build_visits(times=(1, 1, 1, 1)), START)


def test_the_average_leaves_out_what_was_not_measured():
    values = np.array([[1.0, np.nan, np.nan], [3.0, 4.0, np.nan], [5.0, 6.0, 7.0]])
    maps = AnimalGroup("all", np.array([1.0, 1.0, 2.0]), values, START).average()
    np.testing.assert_array_equal(maps.times, [1, 2])
    np.testing.assert_array_equal(maps.values, [[2, 4, np.nan], [5, 6, 7]])


def test_resamples_have_every_time_and_the_average_as_their_mean():
    rng = np.random.default_rng(0)
    values = rng.random((8, 3))
    group = AnimalGroup("all", np.repeat([1.0, 2.0], 4), values, START)
    drawn = np.stack([maps.values for maps in group.resample(2000, rng)])
    np.testing.assert_allclose(drawn.mean(axis=0), group.average().values, atol=0.01)


def test_expression_scales_rows_and_distance_is_no_wiring():
    visits = build_visits(
        x_mm=[0.0, 3.0, 0.0],
        y_mm=[0.0, 4.0, 0.0],
        z_mm=[0.0, 0.0, 2.0],
        snca_expression=[2.0, 1.0, 1.0],
    )
    wiring = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
    plain, weighted, near = list_candidates(visits, {"wiring": wiring})
    names = [one.name for one in (plain, weighted, near)]
    assert names == ["wiring", "wiring x Snca", "1/distance"]
    assert not near.wired
    assert near.weights[0, 1] == pytest.approx(1 / 5)
    shape = weighted.laplacian() / weighted.laplacian()[1, 1] * 2
    np.testing.assert_allclose(shape, [[4, -2, -2], [-1, 2, -1], [-1, -1, 2]])


def test_without_coordinates_there_is_no_distance():
    assert [one.name for one in list_candidates(build_visits(), {"wiring": np.eye(3)[::-1]})] == [
        "wiring"
    ]
