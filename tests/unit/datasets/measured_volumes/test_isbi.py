"""Sections of ISBI 2012: the published facts, and cells numbered section by section."""

import numpy as np

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.datasets.measured_volumes.isbi import label_cells


def test_the_sections_hold_what_was_published(real_data) -> None:
    assert real_data.is_dir()
    volume = datasets.load("isbi2012", kind=Volume)
    truth = volume.segmentation("truth")
    assert (volume.shape, volume.voxel_size) == ((30, 512, 512), (50, 4, 4))
    assert round(float(volume.read_image().std()), 2) == 44.02
    assert round(float((truth == 0).mean()), 4) == 0.2196
    per_section = [set(np.unique(section)) - {0} for section in truth]
    assert len(set().union(*per_section)) == sum(map(len, per_section)) == truth.max()


def test_cells_that_meet_at_a_corner_or_in_the_next_section_are_two() -> None:
    inside = np.array([[[1, 0], [0, 1]], [[1, 1], [0, 0]]], dtype=bool)
    assert label_cells(inside).tolist() == [[[1, 0], [0, 2]], [[3, 3], [0, 0]]]
