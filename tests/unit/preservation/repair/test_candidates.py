"""Ways lead from free ends to what they face, and each end is closed once."""

import numpy as np

from neuropil.preservation.axes.skeletons import MembraneLines
from neuropil.preservation.repair.candidates import Candidates, list_candidates, sample_across


def _broken_line() -> MembraneLines:
    """A horizontal line with a gap of twenty pixels, and a vertical one beyond its right end."""
    lines = np.zeros((60, 120), bool)
    lines[30, 10:40] = True
    lines[30, 60:90] = True
    lines[5:55, 100] = True
    ends = np.array([[30, 39], [30, 60], [30, 89]])
    return MembraneLines(lines, ends, np.array([[0.0, 1.0], [0.0, -1.0], [0.0, 1.0]]))


def test_ends_that_face_each_other_are_paired_and_others_meet_lines():
    ways = list_candidates(_broken_line())
    pairs = {
        (int(one), int(other))
        for one, other in zip(ways.start_ends, ways.stop_ends, strict=True)
        if other >= 0
    }
    assert pairs == {(0, 1)}
    straight = (ways.start_ends == 2) & (ways.stops[:, 0] == 30)
    assert ways.stops[straight].tolist() == [[30, 100]]
    assert ways.lengths[straight].tolist() == [110.0]


def test_an_end_is_in_one_way_at_most_and_doubtful_ways_in_none():
    places = np.zeros((4, 2), np.intp)
    ways = Candidates(places, places + 5, np.array([0, 1, 0, 2]), np.array([1, -1, -1, -1]))
    assert ways.choose(np.array([0.9, 0.95, 0.8, 0.2]), 0.3).tolist() == [1, 2]
    assert ways.choose(np.array([0.97, 0.95, 0.8, 0.2]), 0.3).tolist() == [0]


def test_no_end_has_no_way():
    lines = np.zeros((20, 20), bool)
    lines[10] = True
    none = MembraneLines(lines, np.zeros((0, 2), np.intp), np.zeros((0, 2)))
    assert len(list_candidates(none)) == 0


def test_samples_beside_a_way_lie_on_its_sides():
    rows = np.repeat(np.arange(40.0)[:, None], 40, axis=1)
    start, stop = np.array([[20, 5]]), np.array([[20, 35]])
    ways = Candidates(start, stop, np.array([0]), np.array([-1]))
    assert sample_across(rows, ways, 0.0).tolist() == [[20.0] * 9]
    sides = {float(sample_across(rows, ways, aside)[0, 0]) for aside in (3.0, -3.0)}
    assert sides == {17.0, 23.0}
