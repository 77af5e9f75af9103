import numpy as np

from neuropil.connectome import Volume
from neuropil.preservation.damage.membranes import (
    find_cytoplasm,
    find_fringe,
    find_membranes,
    measure_depth,
    trace_centre_lines,
)
from neuropil.preservation.damage.tissue import Tissue

SIZE = (50, 4, 4)


def halves(zeros=0):
    labels = np.ones((1, 40, 40), np.uint8)
    labels[..., 20:] = 2
    labels[0, :zeros, 0] = 0
    return labels


def test_label_zero_is_membrane_where_there_is_enough_of_it():
    labels = halves()
    labels[..., 18:24] = 0
    found = find_membranes(Volume(SIZE, None, {"truth": labels}))
    assert np.array_equal(found, labels == 0)


def test_borders_are_two_voxels_wide_where_labels_touch():
    found = find_membranes(Volume(SIZE, None, {"truth": halves()}))
    assert np.array_equal(np.flatnonzero(found[0].all(axis=0)), [19, 20])
    assert found.sum() == 80


def test_a_few_unlabelled_voxels_are_no_membrane():
    # 15 of 1,600 are less than 1 %, 16 are not.
    assert find_membranes(Volume(SIZE, None, {"truth": halves(15)}))[0, 30, 19]
    assert not find_membranes(Volume(SIZE, None, {"truth": halves(16)}))[0, 30, 19]


def test_borders_run_between_sections_too():
    labels = np.ones((6, 10, 10), np.uint8)
    labels[3:] = 2
    found = find_membranes(Volume((10, 10, 10), None, {"cells": labels}), "cells")
    assert np.array_equal(np.flatnonzero(found.all(axis=(1, 2))), [2, 3])


def test_centre_lines_leave_densities_out():
    labels = np.ones((1, 80, 80), np.uint8)
    labels[:, :, 40:46] = 0
    labels[:, 30:56, 30:56] = 0
    lines = trace_centre_lines(labels, SIZE)
    # A membrane of 24 nm has a line in its middle; a density of 104 nm has none.
    assert lines[0, 5:20, 42:44].any(axis=1).all()
    assert lines[0, 5:20].sum() == 15
    assert not lines[0, 40:46, 38:48].any()


def test_centre_lines_of_touching_labels_are_one_voxel_wide():
    assert trace_centre_lines(halves(), SIZE).sum() == 40


def test_depth_is_measured_in_the_section():
    inside = np.zeros((2, 9, 9), bool)
    inside[0, 2:7, 2:7] = True
    depth = measure_depth(inside, (50, 4, 8))
    assert depth[0, 4, 4] == 12
    assert depth[1].max() == 0
    assert np.isinf(measure_depth(np.ones((1, 4, 4), bool), SIZE)).all()


def test_the_fringe_is_wider_where_only_borders_are_known(section, stack):
    assert find_fringe(section.segmentation()) == 12
    assert find_fringe(stack.segmentation()) == 30


def test_cytoplasm_is_off_membranes_and_not_dark(section):
    tissue = Tissue.of(section)
    found = find_cytoplasm(tissue)
    assert not (found & (section.segmentation() == 0)).any()
    assert tissue.image[found].mean() > tissue.image[section.segmentation() > 0].mean()
    # Three quarters of what is plain, by construction.
    assert 0.3 < found.mean() < 0.75


def test_without_truth_cytoplasm_is_the_brighter_half(section):
    found = find_cytoplasm(Tissue(Tissue.of(section).image, {}, SIZE))
    assert abs(found.mean() - 0.5) < 0.01
