"""Profiles are the connected cross sections that scikit-image finds, with links along z."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.proofreading.models.profiles import Profiles


def test_profiles_are_the_connected_parts_of_labels() -> None:
    measure = pytest.importorskip("skimage.measure")
    labels = np.random.default_rng(0).integers(0, 4, (40, 30, 20))
    profiles = Profiles.from_labels(labels)
    for z, section in enumerate(labels):
        expected = measure.label(section, connectivity=1, background=0)
        pairs = np.unique(np.stack([expected, profiles.numbers[z]]).reshape(2, -1), axis=1)
        # One to one, background to background.
        assert pairs.shape[1] == expected.max() + 1
        assert pairs[1, 0] == -1
        assert profiles.start[z + 1] - profiles.start[z] == expected.max()


def test_profiles_have_the_measures_of_their_pixels() -> None:
    labels = np.random.default_rng(1).integers(0, 3, (3, 9, 8))
    profiles = Profiles.from_labels(labels)
    for row in range(len(profiles.label)):
        [*places] = np.nonzero(profiles.numbers == row)
        assert set(places[0]) == {profiles.section[row]}
        assert set(labels[tuple(places)]) == {profiles.label[row]}
        assert profiles.area[row] == len(places[0])
        np.testing.assert_allclose(profiles.centroid[row], np.mean(places[1:], axis=1))
        expected = np.cov(places[1:], bias=True) + np.eye(2) / 12
        np.testing.assert_allclose(profiles.spread[row], expected, atol=1e-12)


def test_a_straight_tube_is_followed_through_all_sections(straight: Volume) -> None:
    labels = straight.segmentation()[:20]
    profiles = Profiles.from_labels(labels)
    path = profiles.follow(profiles.rows(19), 19, upwards=False)
    assert (path >= 0).all()
    assert (profiles.label[path] == profiles.label[path[:, :1]]).all()
    back = profiles.follow(path[:, -1], 19, upwards=True)
    np.testing.assert_array_equal(back, path[:, ::-1])


def test_links_are_mutual_and_end_where_a_label_ends() -> None:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[:2, 1:4, 1:5] = 7
    # The object divides: the larger branch goes on, the smaller begins.
    labels[2:, 1:4, 1:3] = 7
    labels[2:, 1:3, 4] = 7
    profiles = Profiles.from_labels(labels)
    assert profiles.section.tolist() == [0, 1, 2, 2, 3, 3]
    large, small = 2 + np.argsort(-profiles.area[2:4])
    assert profiles.above.tolist()[:2] == [1, large]
    assert profiles.below[large] == 1
    assert profiles.below[small] == -1
    assert profiles.follow(np.array([0]), 5, upwards=True)[0].tolist() == [0, 1, 2, 4, -1, -1]


def test_a_section_without_objects_has_no_profiles() -> None:
    labels = np.zeros((3, 4, 4), np.uint8)
    labels[0] = 1
    profiles = Profiles.from_labels(labels)
    assert profiles.start.tolist() == [0, 1, 1, 1]
    assert profiles.rows(1).tolist() == []
    assert profiles.above.tolist() == [-1]
