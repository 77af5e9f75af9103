"""Profiles followed from section to section."""

from itertools import pairwise

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.traceability.continuity import follow_sections

SIZE = (40.0, 20.0, 20.0)


def stripes(*bounds: int) -> np.ndarray:
    """Return a section of 20 x 60 pixels, with a profile between each two bounds."""
    section = np.zeros((20, 60), np.int32)
    for place, (low, high) in enumerate(pairwise(bounds)):
        section[:, low:high] = place + 1
    return section


def test_profiles_that_stay_go_on_whatever_their_labels():
    steps = follow_sections([stripes(0, 20, 40, 60), stripes(0, 20, 40, 60)[:, ::-1]], SIZE)
    assert (steps.breaks.tolist(), steps.profiles.tolist()) == ([0], [3])
    assert steps.lengths[0] == pytest.approx(3 * 40e-6)


def test_a_merger_breaks_one_of_two_and_a_split_none_of_one():
    two, one = stripes(0, 25, 60), stripes(0, 60)
    # Of two that become one, one is its largest overlap and goes on; so does one that divides, in
    # the larger part.
    assert follow_sections([two, one], SIZE).breaks.tolist() == [1]
    assert follow_sections([one, stripes(0, 40, 60)], SIZE).breaks.tolist() == [0]


def test_a_profile_that_moves_away_is_a_break():
    away = np.zeros((20, 60), np.int32)
    away[:, 45:60] = 1
    assert follow_sections([stripes(0, 15), away], SIZE).breaks.tolist() == [1]


def test_specks_are_not_followed():
    speck = np.zeros((20, 60), np.int32)
    speck[:3, :4] = 1  # 12 pixels of 400 nm^2 each, under .005 um^2
    assert follow_sections([speck, speck], SIZE).profiles.tolist() == [0]


def test_one_section_shows_no_continuity():
    with pytest.raises(InputError) as caught:
        follow_sections([stripes(0, 60)], SIZE)
    assert str(caught.value) == (
        "sections: expected two sections or more, found 1. Bring a stack: a single tile does not "
        "show whether profiles go on."
    )
