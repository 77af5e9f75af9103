"""Membranes lie where labels are 0 or change, along axes that are fine enough."""

import numpy as np

from neuropil.preservation.detector.marks import find_fine_axes, mark_membranes


def test_axes_of_cubes_and_of_serial_sections() -> None:
    assert find_fine_axes((10, 10, 10)) == (0, 1, 2)
    assert find_fine_axes((50, 4, 4)) == (1, 2)


def test_both_sides_of_a_border_are_marked() -> None:
    truth = np.array([[[1, 1, 2, 2]]])
    assert mark_membranes(truth, (10, 10, 10)).tolist() == [[[False, True, True, False]]]


def test_label_zero_is_membrane_and_keeps_its_width() -> None:
    truth = np.array([[[1, 1, 0, 2, 2]]])
    assert mark_membranes(truth, (50, 4, 4)).tolist() == [[[False, False, True, False, False]]]


def test_sections_are_compared_only_where_they_are_close() -> None:
    truth = np.array([[[1]], [[2]]])
    assert mark_membranes(truth, (10, 10, 10)).all()
    assert not mark_membranes(truth, (50, 4, 4)).any()
