"""Contacts are counted and placed; gaps are bridged as far as asked."""

import numpy as np

from neuropil.proofreading.tasks.touching import fill_gaps, find_contacts


def test_contacts_count_common_sides():
    labels = np.zeros((4, 5, 6), dtype=np.uint8)
    labels[:, :, :3] = 7
    labels[:2, :, 3:] = 2
    labels[2:, 1:, 3:] = 300 % 256
    contacts = find_contacts(labels, (10.0, 4.0, 4.0))
    assert contacts.labels.tolist() == [[2, 7], [2, 44], [7, 44]]
    assert contacts.sides.tolist() == [2 * 5, 4 * 3, 2 * 4]
    # Between the first half of the sections, at the end of the third voxel along x.
    assert contacts.center[0].tolist() == [10.0, 10.0, 12.0]
    assert contacts.center[1].tolist() == [20.0, 12.0, 18.0]


def test_background_and_corners_are_no_contact():
    labels = np.zeros((1, 4, 4), dtype=np.int64)
    labels[0, 0, 0], labels[0, 1, 1], labels[0, 1, 3] = 1, 2, 3
    assert len(find_contacts(labels, (1.0, 1.0, 1.0)).labels) == 0


def test_gaps_are_filled_up_to_their_reach():
    labels = np.zeros((1, 1, 12), dtype=np.uint16)
    labels[..., :2], labels[..., 10:] = 5, 9
    assert fill_gaps(labels, 3).ravel().tolist() == [5] * 5 + [0] * 2 + [9] * 5
    assert fill_gaps(labels, 4).ravel().tolist() == [5] * 6 + [9] * 6
    assert (fill_gaps(labels * 0, 4) == 0).all()
