"""Membranes move apart by what was asked for, and cells keep their areas."""

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.repair.space import restore_space


def test_membranes_take_more_room_and_the_frame_grows_by_it(sound):
    volume, probability = sound
    opened = restore_space(volume, probability, 1.0, SeedTree(0))
    growth = float((1 + probability).mean())
    found = np.prod(opened.shape) / np.prod(volume.shape)
    assert found == pytest.approx(growth, abs=0.02)
    dark = [(one.read_image() < 110).mean() for one in (volume, opened)]
    assert dark[1] > 1.3 * dark[0]
    assert opened.provenance[-1].name == "restore space"


def test_cells_keep_their_areas_but_for_their_walls(sound):
    volume, probability = sound
    opened = restore_space(volume, probability, 0.5, SeedTree(0))
    before, after = (np.bincount(one.segmentation("truth").ravel())[1:] for one in (volume, opened))
    walls = np.prod(opened.shape) - np.prod(volume.shape)
    assert abs(after.sum() - before.sum() - walls) == 0
    assert np.abs(after / before - after.sum() / before.sum()).max() < 0.1


def test_without_gain_nothing_changes(sound):
    volume, probability = sound
    assert restore_space(volume, probability, 0.0, SeedTree(0)) is volume


def test_the_same_seed_opens_the_same(sound):
    volume, probability = sound
    one, other = (restore_space(volume, probability, 2.0, SeedTree(3)) for _ in range(2))
    np.testing.assert_array_equal(one.read_image(), other.read_image())


def test_impossible_gains_and_foreign_probabilities_are_refused(sound):
    volume, probability = sound
    with pytest.raises(InputError, match="expected a gain from 0 to 3, found 4"):
        restore_space(volume, probability, 4.0, SeedTree(0))
    with pytest.raises(InputError, match="expected probabilities of the shape"):
        restore_space(volume, probability[:, 1:], 1.0, SeedTree(0))
