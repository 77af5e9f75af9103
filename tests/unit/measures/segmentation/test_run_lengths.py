"""Expected run lengths, counted by hand."""

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Skeleton, Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.measures import (
    bootstrap_run_volume,
    compute_run_length,
    compute_run_volume,
    find_segments,
    tabulate_overlaps,
)


def line(x, unit="um"):
    """A neurite along x."""
    n = len(x)
    points = {"id": range(1, n + 1), "structure": [2] * n, "x": [float(each) for each in x]}
    points |= {"y": [0.0] * n, "z": [0.0] * n, "radius": [0.0] * n}
    return Skeleton(pl.DataFrame(points | {"parent": [None, *range(1, n)]}), unit)


LINES = [line([0, 10, 20, 30]), line([0, 10, 30])]


def run(first, second, **more):
    return compute_run_length(LINES, [np.array(first), np.array(second)], **more)


def test_a_perfect_segmentation_is_followed_to_the_end():
    found = run([4, 4, 4, 4], [5, 5, 5])
    assert found.expected == found.perfect == (30**2 + 30**2) / 60
    assert (found.total, found.correct) == (60, 1)


def test_a_split_ends_a_run():
    found = run([4, 4, 6, 6], [5, 5, 5])
    assert found.expected == pytest.approx((10**2 + 10**2 + 30**2) / 60)
    assert (found.correct, found.split, found.merged) == pytest.approx((50 / 60, 10 / 60, 0))


@pytest.mark.parametrize("k", [1, 2, 3, 4, 10])
def test_k_equal_pieces_have_a_kth_of_the_length(k):
    # Two points at each cut, so that no length lies between segments.
    places = np.repeat(np.linspace(0, 30, k + 1), 2)[1:-1]
    neuron, segments = line(places), np.repeat(np.arange(1, k + 1), 2)
    found = compute_run_length([neuron], [segments])
    assert found.expected == pytest.approx(30 / k, rel=1e-15)
    assert found.correct == 1
    # Where a segment holds a second neuron as well, neither is followed anywhere.
    merged = compute_run_length([neuron, neuron], [np.ones(2 * k, int)] * 2)
    assert (merged.expected, merged.merged) == (0, 1)


def test_two_runs_of_a_neuron_in_one_segment_are_one_run():
    found = compute_run_length([line([0, 1, 2, 3, 4])], [np.array([7, 7, 0, 7, 7])])
    assert found.expected == 2**2 / 4
    assert found.omitted == 0.5


def test_nothing_in_a_merger_counts():
    found = run([4, 4, 4, 4], [4, 5, 5])
    assert found.expected == pytest.approx(20**2 / 60)
    assert found.mergers.tolist() == [4]
    assert (found.correct, found.split, found.merged) == pytest.approx((1 / 3, 1 / 6, 1 / 2))


def test_a_point_across_a_border_makes_no_merger_where_two_are_asked_for():
    found = run([4, 4, 4, 4], [4, 5, 5], merge_points=2)
    assert found.expected == pytest.approx((30**2 + 20**2) / 60)
    assert found.mergers.size == 0


def test_what_is_not_segmented_is_omitted():
    found = run([0, 0, 0, 0], [0, 0, 0])
    assert (found.expected, found.omitted, found.mergers.size) == (0, 1, 0)


def test_branches_are_followed_along_their_parents():
    points = {"id": [5, 9, 2], "structure": [2] * 3, "x": [0.0, 3.0, 0.0], "y": [0.0, 4.0, -2.0]}
    points |= {"z": [0.0] * 3, "radius": [0.0] * 3, "parent": [None, 5, 5]}
    fork = Skeleton(pl.DataFrame(points), "um")
    found = compute_run_length([fork], [np.array([1, 1, 3])])
    assert (found.total, found.expected) == (7, pytest.approx(25 / 7))


def test_volumes_are_counted_as_lengths_are():
    truth = np.repeat([1, 2, 3], [10, 20, 30])
    segmentation = np.repeat([1, 2, 3, 3, 0, 4], [4, 6, 20, 5, 5, 20])
    found = compute_run_volume(tabulate_overlaps(truth, segmentation), merge_voxels=5)
    assert found.expected == pytest.approx((4**2 + 6**2 + 20**2) / 60)
    assert found.perfect == pytest.approx((10**2 + 20**2 + 30**2) / 60)
    assert (found.correct, found.merged, found.omitted) == pytest.approx((30 / 60, 25 / 60, 5 / 60))
    assert found.mergers.tolist() == [3]
    tolerant = compute_run_volume(tabulate_overlaps(truth, segmentation), merge_voxels=6)
    assert tolerant.mergers.size == 0
    assert tolerant.correct == pytest.approx(55 / 60)


def test_the_interval_of_a_run_is_over_bodies():
    rng = np.random.default_rng(0)
    sizes = rng.integers(20, 200, 60)
    truth = np.repeat(np.arange(1, 61), sizes)
    # Every body is cut at a tenth, and one segment holds the halves of two of them.
    cut = np.concatenate([np.arange(n) < n // 10 for n in sizes])
    segmentation = 2 * truth + cut
    segmentation[(segmentation == 2) | (segmentation == 4)] = 500
    overlaps = tabulate_overlaps(truth, segmentation)
    expected = compute_run_volume(overlaps, merge_voxels=5).expected
    low, high = bootstrap_run_volume(overlaps, 5, SeedTree(0))
    assert low < expected < high
    assert (low, high) == bootstrap_run_volume(overlaps, 5, SeedTree(0))
    # As wide as the same sums over bodies that are drawn by hand.

    def draw(rows):
        own, part = sizes[rows], sizes[rows] // 10
        kept = np.where(rows < 2, 0, own - part)
        return (kept**2 + part**2).sum() / own.sum()

    worlds = [draw(rng.integers(60, size=60)) for _ in range(2000)]
    assert (high - low) == pytest.approx(np.ptp(np.percentile(worlds, [2.5, 97.5])), rel=0.1)


def test_two_bodies_have_no_interval():
    overlaps = tabulate_overlaps(np.repeat([1, 2], 50), np.ones(100, int))
    assert bootstrap_run_volume(overlaps, 1, SeedTree(0)) == (None, None)


def test_segments_are_found_at_points():
    labels = np.arange(4 * 5 * 300, dtype=np.uint32).reshape(4, 5, 300)
    volume = Volume((40.0, 16.0, 8.0), segmentations={"a": labels})
    points = {"id": [1, 2, 3], "structure": [2] * 3, "parent": [None, 1, 2]}
    points |= {"x": [0.0, 0.0159, 2.399], "y": [0.0, 0.016, 0.0799], "z": [0.0, 0.0399, 0.159]}
    points |= {"radius": [0.0] * 3}
    skeleton = Skeleton(pl.DataFrame(points), "um")
    expected = [labels[0, 0, 0], labels[0, 1, 1], labels[3, 4, 299]]
    assert find_segments(skeleton, volume).tolist() == expected
    nanometres = pl.DataFrame(points).with_columns(pl.col("x", "y", "z") * 1000)
    assert find_segments(Skeleton(nanometres, "nm"), volume, "a").tolist() == expected


def test_points_outside_and_other_units_are_refused():
    volume = Volume((8.0, 8.0, 8.0), segmentations={"a": np.ones((2, 2, 2), int)})
    with pytest.raises(InputError, match=r"volume of \(2, 2, 2\) voxels, found 2 of 3 outside"):
        find_segments(line([-1, 15, 16], "nm"), volume)
    with pytest.raises(InputError, match="expected a skeleton in nm, um or mm, found 'voxels'"):
        find_segments(line([0, 1], "voxels"), volume)


@pytest.mark.parametrize(
    ("skeletons", "segments", "message"),
    [
        ([], [], "found no skeleton"),
        ([line([0, 1]), line([0, 1], "nm")], [[1, 1], [1, 1]], "in one unit, found nm, um"),
        ([line([0, 1])], [[1, 1, 1]], r"of shapes \[\(2,\)\], found \[\(3,\)\]"),
        ([line([0, 1])], [], r"of shapes \[\(2,\)\], found \[\]"),
        ([line([0, 1])], [[1.0, 1.0]], "whole numbers, found float64"),
        ([line([0, 1])], [[1, -1]], "expected labels from 0 .* found -1"),
        ([line([3, 3])], [[1, 1]], "found points without any distance"),
    ],
)
def test_what_is_no_skeleton_with_segments_is_refused(skeletons, segments, message):
    with pytest.raises(InputError, match=message):
        compute_run_length(skeletons, [np.array(each) for each in segments])


def test_thresholds_below_one_are_refused():
    with pytest.raises(InputError, match="merge_points: expected a threshold of at least 1"):
        run([1] * 4, [2] * 3, merge_points=0)
    with pytest.raises(InputError, match="merge_voxels: expected a threshold of at least 1"):
        compute_run_volume(tabulate_overlaps(np.ones(2, int), np.ones(2, int)), 0)
