"""Graphs that a connectome must beat: what each of them keeps."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.progression import draw_graph_nulls

RNG = np.random.default_rng(0)
PLACES = RNG.random((20, 3))
LENGTHS = np.linalg.norm(PLACES[:, None] - PLACES, axis=-1)
WEIGHTS = RNG.lognormal(0, 1, (20, 20)) * (RNG.random((20, 20)) < 0.3) * (1 - np.eye(20))


@pytest.mark.parametrize("null", ["weights", "labels", "degrees", "lengths"])
def test_every_null_keeps_the_weights_and_changes_the_graph(null):
    drawn = list(draw_graph_nulls(WEIGHTS, null, 3, SeedTree(0), lengths=LENGTHS))
    again = list(draw_graph_nulls(WEIGHTS, null, 3, SeedTree(0), lengths=LENGTHS))
    for one, other in zip(drawn, again, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(np.sort(one.ravel()), np.sort(WEIGHTS.ravel()))
        assert (one != WEIGHTS).any()
        assert (np.diag(one) == 0).all()
    assert (drawn[0] != drawn[1]).any()


@pytest.mark.parametrize("null", ["degrees", "lengths"])
def test_rewired_graphs_keep_the_number_of_partners(null):
    for one in draw_graph_nulls(WEIGHTS, null, 2, SeedTree(1), lengths=LENGTHS):
        for axis in (0, 1):
            np.testing.assert_array_equal((one > 0).sum(axis), (WEIGHTS > 0).sum(axis))


def test_exchanged_regions_leave_the_seed_where_it_is():
    start = np.eye(20)[4]
    for one in draw_graph_nulls(WEIGHTS, "labels", 3, SeedTree(2), start=start):
        np.testing.assert_allclose(np.sort(one[4]), np.sort(WEIGHTS[4]))
        np.testing.assert_allclose(np.sort(one[:, 4]), np.sort(WEIGHTS[:, 4]))
        assert (one[4] != WEIGHTS[4]).any()


def test_a_symmetric_graph_has_symmetric_nulls():
    weights = WEIGHTS + WEIGHTS.T
    for null in ("weights", "labels", "degrees", "lengths"):
        (one,) = draw_graph_nulls(weights, null, 1, SeedTree(3), lengths=LENGTHS)
        np.testing.assert_array_equal(one, one.T)


def test_what_is_missing_is_named():
    with pytest.raises(ConfigError) as error:
        next(draw_graph_nulls(WEIGHTS, "lengths", 1, SeedTree(0)))
    assert str(error.value) == (
        "lengths: expected lengths for the null 'lengths', found none. Give the distances between "
        "regions, or choose the null 'degrees'."
    )
    with pytest.raises(ConfigError) as error:
        next(draw_graph_nulls(WEIGHTS, "rewired", 1, SeedTree(0)))
    assert str(error.value) == (
        "null: expected weights, labels, degrees, lengths, found 'rewired'. Choose one of them."
    )
