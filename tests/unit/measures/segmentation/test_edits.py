"""Edits: counted by hand, and the fewest against a search through all partitions."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.measures import count_edits, tabulate_overlaps

ITEMS = 4


def partitions(n):
    """All partitions of n items, as labels that grow by at most one."""
    grown = [(0,)]
    for _ in range(n - 1):
        grown = [(*labels, new) for labels in grown for new in range(max(labels) + 2)]
    return grown


def renumber(labels):
    seen = {}
    return tuple(seen.setdefault(label, len(seen)) for label in labels)


def one_join_away(labels):
    for first, second in combinations(sorted(set(labels)), 2):
        yield renumber([first if label == second else label for label in labels])


def distances(start, neighbours):
    """Steps from one partition to each other one."""
    found, edge, steps = {start: 0}, [start], 0
    while edge:
        steps += 1
        edge = sorted({near for each in edge for near in neighbours[each]} - found.keys())
        found |= dict.fromkeys(edge, steps)
    return found


def test_the_fewest_edits_are_the_shortest_way_through_all_partitions():
    everything = partitions(ITEMS)
    neighbours = {each: set(one_join_away(each)) for each in everything}
    for each in everything:
        for near in one_join_away(each):
            neighbours[near].add(each)  # a cut is a join backwards
    assert len(everything) == 15
    for truth in everything:
        for segmentation, steps in distances(truth, neighbours).items():
            overlaps = tabulate_overlaps(np.array(truth) + 1, np.array(segmentation) + 1)
            edits = count_edits(overlaps, 1)
            assert edits.fewest == steps
            assert edits.total >= steps


def test_an_over_segmentation_needs_joins_alone():
    truth = np.repeat([1, 2], 10)
    edits = count_edits(tabulate_overlaps(truth, np.repeat([1, 2, 3, 4, 5], 4)), 4)
    # The third piece lies across the border by two voxels on each side.
    assert (edits.cuts, edits.joins) == (0, 2)
    assert count_edits(tabulate_overlaps(truth, np.repeat([1, 2, 3, 4, 5], 4)), 2).cuts == 1


def test_two_bodies_crossed_by_two_segments():
    truth, segmentation = np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])
    edits = count_edits(tabulate_overlaps(truth, segmentation), 1)
    # Cut both and join twice; or join both and cut once.
    assert (edits.cuts, edits.joins, edits.total, edits.fewest) == (2, 2, 4, 2)


def test_a_chain_of_objects_leaves_no_shorter_way():
    cells = np.arange(40)
    overlaps = tabulate_overlaps(cells // 8 + 1, (cells + 4) // 8 + 1)
    edits = count_edits(overlaps, 1)
    assert (edits.cuts, edits.joins, edits.fewest) == (4, 5, 9)
    assert all(low <= high for low, high in pairwise([edits.fewest, edits.total]))


def test_no_overlap_takes_no_edit():
    labels = np.array([1, 2, 3])
    assert count_edits(tabulate_overlaps(labels, labels), 2).total == 0
    assert count_edits(tabulate_overlaps(labels, labels), 2).fewest == 0


def test_a_threshold_below_one_is_refused():
    labels = np.array([1, 2, 3])
    with pytest.raises(InputError, match="min_voxels: expected a threshold of at least 1, found 0"):
        count_edits(tabulate_overlaps(labels, labels), 0)
