import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.swelling import (
    IschaemiaSwelling,
    compute_extracellular_fraction,
)


def test_extracellular_space_falls_from_a_fifth_to_a_twentieth():
    shares = [compute_extracellular_fraction(minutes) for minutes in (0, 4, 10, 600)]
    assert shares[0] == pytest.approx(0.2)
    assert shares[1] == pytest.approx(0.05 + 0.15 / np.e)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.05)


def test_cold_slows_it_by_the_q10():
    assert compute_extracellular_fraction(10, 27) == pytest.approx(
        compute_extracellular_fraction(4, 37)
    )


def test_swollen_profiles_gain_what_others_and_clefts_lose(section):
    damaged = IschaemiaSwelling(30).apply(section, SeedTree(2))
    before, after = section.segmentation(), damaged.volume.segmentation()
    assert after.shape == before.shape
    names, areas = np.unique(before, return_counts=True)
    gains = np.array([(after == name).sum() for name in names]) / areas
    swollen = np.array([(damaged.mask & (after == name)).sum() > 0 for name in names])
    profiles = (names > 0) & (areas > 300)
    gained = np.average(gains[profiles & swollen], weights=areas[profiles & swollen])
    lost = np.average(gains[profiles & ~swollen], weights=areas[profiles & ~swollen])
    # 70 % against the others; membranes move the balance a little.
    assert gained / lost == pytest.approx(1.7, abs=0.25)
    assert gains[names == 0][0] < 0.85


def test_no_profile_vanishes_in_five_minutes(section):
    after = IschaemiaSwelling(5).apply(section, SeedTree(2)).volume.segmentation()
    names, areas = np.unique(section.segmentation(), return_counts=True)
    assert set(names[areas > 30]) <= set(np.unique(after))


def test_cold_tissue_swells_less(section):
    warm, cold = IschaemiaSwelling(5, 37), IschaemiaSwelling(5, 4)
    assert warm.dose > 5 * cold.dose > 0
    moved = [
        (one.apply(section, SeedTree(2)).volume.segmentation() != section.segmentation()).mean()
        for one in (warm, cold)
    ]
    assert moved[0] > 2 * moved[1]
