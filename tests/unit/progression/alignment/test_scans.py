"""Visits as arrays: scale of training people, missing regions, and some of the people."""

from __future__ import annotations

import numpy as np

from neuropil.connectome import Visits
from neuropil.progression.alignment.scans import Scans, UnitScale

FRAME = {
    "subject": ["a", "a", "b", "c"],
    "time": [1.0, 2.5, 0.0, 3.0],
    "CA1": [1.0, 2.0, 3.0, None],
    "CA3": [5.0, None, 1.0, 2.0],
}


def test_missing_regions_have_no_weight_and_gaps_are_those_of_the_visits():
    visits = Visits.from_frame(FRAME)
    scans = Scans.of(visits, UnitScale.of(visits))
    np.testing.assert_array_equal(scans.values, [[0, 1], [0.25, 0], [0.5, 0], [0, 0.25]])
    np.testing.assert_array_equal(scans.known, [[1, 1], [1, 0], [1, 1], [0, 1]])
    np.testing.assert_array_equal(scans.owners, [0, 0, 1, 2])
    np.testing.assert_array_equal(scans.gaps, [0, 1.5, 0, 0])
    assert scans.n_people == 3


def test_a_scale_leaves_as_it_enters_and_is_of_its_people_alone():
    visits = Visits.from_frame(FRAME)
    scale = UnitScale.of(visits.take([1]))
    assert (scale.low, scale.high) == (1.0, 3.0)
    # Others may lie beyond: their values do not move the scale.
    assert scale.enter(np.array([5.0])) == 2.0
    np.testing.assert_array_equal(scale.leave(scale.enter(np.arange(4.0))), np.arange(4.0))


def test_people_are_taken_in_the_order_asked_for():
    scans = Scans.of(Visits.from_frame(FRAME), UnitScale())
    some = scans.take_people([2, 0])
    np.testing.assert_array_equal(some.owners, [0, 1, 1])
    np.testing.assert_array_equal(some.gaps, [0, 0, 1.5])
    np.testing.assert_array_equal(some.values[:, 0], [0, 1, 2])
    assert some.n_people == 2
    assert scans.take([1, 3]).n_people == 3
