import numpy as np
import pytest

from neuropil.proofreading.tasks.interfaces import (
    close_background,
    find_contacts,
    list_faces,
    measure_area,
)

SIZE = (40.0, 32.0, 32.0)


def test_two_blocks_touch_in_the_area_of_their_common_face() -> None:
    labels = np.zeros((20, 30, 30), np.uint16)
    labels[2:12, 5:15, 5:25] = 3
    labels[4:14, 15:25, 5:25] = 7
    [contact] = find_contacts(labels, SIZE, np.ones(8, bool))
    assert contact.labels == (3, 7)
    # Eight sections high, twenty voxels wide.
    assert contact.area == pytest.approx(8 * 20 * 40 * 32 / 1e6)
    np.testing.assert_allclose(contact.place, [8 * 40, 15 * 32, 15 * 32], atol=40)


def test_stairs_do_not_make_a_slanted_sheet_larger() -> None:
    z, y, _ = np.ogrid[:40, :40, :20]
    labels = np.broadcast_to(np.where(z + y < 40, 1, 2), (40, 40, 20)).astype(np.uint8)
    [contact] = find_contacts(labels, (10.0, 10.0, 10.0), np.ones(3, bool), (0.0, 10.0))
    assert contact.area == pytest.approx(400 * np.sqrt(2) * 200 / 1e6, rel=0.03)


def test_pairs_that_touch_twice_are_left_out() -> None:
    labels = np.zeros((20, 30, 30), np.uint16)
    labels[2:18, 2:12, 2:28] = 1
    labels[2:18, 12:22, 2:10] = 2
    labels[2:18, 12:22, 20:28] = 2
    assert list(find_contacts(labels, SIZE, np.ones(3, bool))) == []


def test_small_and_large_contacts_and_labels_not_chosen_are_left_out() -> None:
    labels = np.ones((20, 30, 30), np.uint16)
    labels[:, 15:] = 2
    chosen = np.ones(3, bool)
    assert len(list(find_contacts(labels, SIZE, chosen, (0.05, 1.0)))) == 1
    assert list(find_contacts(labels, SIZE, chosen, (0.8, 1.0))) == []
    assert list(find_contacts(labels, SIZE, chosen, (0.05, 0.7))) == []
    chosen[2] = False
    assert list(find_contacts(labels, SIZE, chosen)) == []


def test_background_between_two_labels_is_closed_and_wide_background_stays() -> None:
    labels = np.zeros((4, 4, 30), np.uint16)
    labels[..., :5], labels[..., 6:10] = 1, 2
    closed = close_background(labels)
    assert closed[0, 0, 5] in (1, 2)
    assert (closed[..., 10:] == 0).all()
    assert (closed[labels > 0] == labels[labels > 0]).all()
    assert (labels[..., 5] == 0).all()


def test_faces_lie_between_the_voxels_of_two_labels() -> None:
    labels = np.ones((2, 2, 4), int)
    labels[..., 2:] = 5
    np.testing.assert_allclose(list_faces(labels)[:, 2], 2.0)
    assert len(list_faces(labels)) == 4
    assert measure_area(np.array([2, 2, 2, 2]), (10.0, 20.0, 30.0)) == pytest.approx(4 * 200 / 1e6)
