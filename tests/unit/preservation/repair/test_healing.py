"""Gaps in straight walls are closed where they are, and sound walls stay as they are."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from neuropil.contracts import InputError
from neuropil.preservation.repair.healing import heal_gaps
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.segments import segment_sections


def test_gaps_are_closed_where_they_are(damaged, missing):
    volume, probability = damaged
    healed = heal_gaps(volume, probability)
    assert healed.gaps == (4,)
    drawn = healed.drawn[0] > 0.3
    # A line of three pixels is drawn over a wall of three.
    assert (drawn & missing).sum() > 0.6 * missing.sum()
    # Nothing is drawn elsewhere, but for what joins the gap to its walls.
    assert not (drawn & ~binary_dilation(missing, iterations=6)).any()


def test_closing_gaps_parts_the_cells_again(damaged, sound):
    volume, probability = damaged
    # A wall of which a third is missing has a mean probability of two thirds.
    plan = SegmentingPlan(threshold=0.75)
    healed = heal_gaps(volume, probability).probability
    cells, merged, parted = (
        len(np.unique(segment_sections(one, volume.voxel_size, plan)))
        for one in (sound[1], probability, healed)
    )
    assert (cells, merged, parted) == (25, 21, 25)


def test_sound_walls_stay_as_they_are(sound):
    volume, probability = sound
    healed = heal_gaps(volume, probability)
    assert healed.gaps == (0,)
    np.testing.assert_array_equal(healed.probability, probability)


def test_a_probability_never_falls_and_stays_one(damaged):
    volume, probability = damaged
    healed = heal_gaps(volume, probability).probability
    assert (healed >= probability).all()
    assert healed.max() <= 1


def test_of_an_impossible_probability_nothing_is_closed(damaged):
    volume, probability = damaged
    assert heal_gaps(volume, probability, least=1.01).gaps == (0,)


def test_a_section_without_membranes_is_left_alone(damaged):
    volume, probability = damaged
    healed = heal_gaps(volume, np.zeros_like(probability))
    assert healed.gaps == (0,)
    assert not healed.drawn.any()


def test_probabilities_of_other_tissue_are_refused(damaged):
    volume, probability = damaged
    with pytest.raises(InputError, match="expected probabilities of the shape"):
        heal_gaps(volume, probability[:, 1:])
    with pytest.raises(InputError, match="from 0 to 1"):
        heal_gaps(volume, probability * np.nan)
