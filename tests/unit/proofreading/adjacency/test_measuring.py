"""Sums of joined objects are those that a second look at the voxels gives."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.marks import CHANNELS, mark_boundaries
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts


def _flat_evidence(shape, brightness=0, boundary=0):
    maps = np.full((len(CHANNELS), *shape), boundary, np.uint8)
    return Evidence(np.full(shape, brightness, np.uint8), {"boundary": maps})


def test_two_cubes_touch_at_known_faces():
    labels = np.zeros((4, 5, 12), np.int32)
    labels[:, :, :6], labels[:, :, 6:] = 7, 3
    graph = measure_contacts(labels, _flat_evidence(labels.shape, 130, 200))
    assert graph.labels.tolist() == [3, 7]
    assert graph.edges.tolist() == [[0, 1]]
    assert graph.of_contacts("faces").tolist() == [[0, 0, 20]]
    assert graph.of_objects("voxels").tolist() == [[120], [120]]
    # The first voxel of each pair lies at x = 5.
    assert graph.of_contacts("place")[0, 2] / 20 == 5
    assert graph.of_contacts("brightness")[0, 130 // 16] == 20
    assert graph.of_contacts("boundary")[0, 200 // 16] == 20
    # Along x, 4 of the voxels before the border have their partner behind it.
    assert graph.of_contacts("boundary-apart-4")[0].sum() == 4 * 20


def test_background_touches_nothing_and_near_objects_have_no_faces():
    labels = np.zeros((3, 3, 12), np.int32)
    labels[:, :, :5], labels[:, :, 7:] = 1, 2
    graph = measure_contacts(labels, _flat_evidence(labels.shape))
    assert graph.edges.tolist() == [[0, 1]]
    assert not graph.touching.any()
    assert graph.of_contacts("boundary-apart-4").sum() == 2 * 9


def test_joined_sums_equal_measured_ones(tissue):
    volume, evidence = tissue
    labels = volume.segmentation("pieces")
    graph = measure_contacts(labels, evidence)
    groups = np.arange(len(graph.labels))
    for low, high in graph.edges[graph.touching][::9]:
        groups[groups == groups[high]] = groups[low]
    groups = np.array([np.flatnonzero(groups == group)[0] for group in groups])
    joined = graph.join(groups)
    table = np.zeros(labels.max() + 1, int)
    table[graph.labels] = graph.labels[groups]
    again = measure_contacts(table[labels], evidence)
    assert len(again.labels) < len(graph.labels)
    np.testing.assert_array_equal(joined.labels, again.labels)
    np.testing.assert_array_equal(joined.edges, again.edges)
    np.testing.assert_array_equal(joined.contact_sums, again.contact_sums)
    np.testing.assert_array_equal(joined.object_sums, again.object_sums)


def test_large_labels_are_measured_like_small_ones(tissue):
    volume, evidence = tissue
    labels = volume.segmentation("pieces").astype(np.int64)
    small, large = (measure_contacts(x, evidence) for x in (labels, labels + (1 << 40)))
    np.testing.assert_array_equal(small.contact_sums, large.contact_sums)
    np.testing.assert_array_equal(small.labels + (1 << 40), large.labels)


def test_shapes_must_agree():
    with pytest.raises(InputError, match=r"on one grid, found \(2, 2, 2\) and \(2, 2, 3\)"):
        measure_contacts(np.ones((2, 2, 2), int), _flat_evidence((2, 2, 3)))


def test_background_alone_is_refused():
    with pytest.raises(InputError, match="expected at least one object, found background only"):
        measure_contacts(np.zeros((2, 2, 2), int), _flat_evidence((2, 2, 2)))


def test_evidence_has_the_range_of_a_byte():
    image = np.linspace(1000, 3000, 14 * 15 * 16).reshape(14, 15, 16)
    evidence = Evidence.of(image)
    assert evidence.image.min() == 0
    assert evidence.image.max() == 255
    assert list(evidence.maps) == ["ridges", "shade"]


def test_a_part_of_the_evidence_is_that_of_the_part(tissue):
    _, evidence = tissue
    part = evidence.crop((slice(2, 20), slice(None), slice(5, 30)))
    assert part.image.shape == (18, 40, 25)
    for name, maps in part.maps.items():
        np.testing.assert_array_equal(maps, evidence.maps[name][:, 2:20, :, 5:30])


def test_marks_say_what_lies_ahead():
    labels = np.zeros((1, 1, 30), np.int32)
    labels[..., :12], labels[..., 12:25] = 1, 2
    marks = mark_boundaries(np.repeat(np.repeat(labels, 3, 0), 3, 1))[:, 1, 1]
    assert marks.shape == (7, 30)
    boundary, near, far = marks[0], marks[3], marks[6]
    assert np.flatnonzero(boundary == 1).tolist() == [11, 12, 24]
    assert np.flatnonzero(boundary == 2).tolist() == [25, 26, 27, 28, 29]
    assert np.flatnonzero(near == 1).tolist() == [8, 9, 10, 11]
    assert np.flatnonzero(far == 1).tolist() == [*range(2, 12)]
    # Where the partner is background or beyond the block, nothing is known.
    assert near[21:].tolist() == [2] * 9
