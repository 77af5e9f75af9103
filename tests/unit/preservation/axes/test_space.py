"""Space between cells that was opened is read back, and what is no cleft is not."""

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.preservation.axes.grids import AxisSection
from neuropil.preservation.axes.space import (
    SpaceScale,
    find_space,
    load_shipped_space,
    measure_space,
)
from neuropil.preservation.damage.spaces import OpenedSpace


@pytest.fixture(scope="module")
def section() -> Volume:
    tissue = datasets.load("synthetic-neurites", kind=Volume)
    return tissue.crop((slice(40, 41), slice(None), slice(None)))


def test_clefts_take_the_share_that_was_asked_for_and_bodies_keep_their_area(section):
    made = OpenedSpace(0.1).apply(section, SeedTree(0))
    assert made.mask.mean() == pytest.approx(0.1, abs=0.005)
    assert not made.volume.segmentation("truth")[made.mask].any()
    image = made.volume.read_image()
    assert image[made.mask].mean() > np.percentile(image, 75)


def test_the_same_seed_opens_the_same_and_no_share_nothing(section):
    one, other = (OpenedSpace(0.05).apply(section, SeedTree(2)) for _ in range(2))
    np.testing.assert_array_equal(one.volume.read_image(), other.volume.read_image())
    assert OpenedSpace(0.0).apply(section, SeedTree(0)).volume is section
    with pytest.raises(ConfigError, match=r"expected a number from 0 to 0\.4"):
        OpenedSpace(0.5)


def _walls(cleft: int) -> AxisSection:
    """Dark walls with a pale cleft of some pixels in the middle, and a wide pale place."""
    rng = SeedTree(0).generator()
    image = 100 + 5 * rng.standard_normal((120, 120))
    probability = np.zeros((120, 120), np.float32)
    for place in (20, 60, 100):
        image[place - 3 : place + 4] = 70
        image[place : place + cleft] = 140
        probability[place - 3 : place + 4] = 0.9
    image[70:90, 10:60] = 140
    return AxisSection(image.astype(np.float32), probability, 10.0)


def test_thin_pale_places_beside_membranes_are_found_and_wide_ones_are_not():
    found = find_space(_walls(2))
    assert found[20:22].mean() > 0.9
    assert found[75:85, 20:50].mean() < 0.05
    assert find_space(_walls(0)).mean() < 0.02


def test_a_scale_turns_pale_places_into_shares():
    scale = SpaceScale.fit([0.02, 0.02, 0.07, 0.07, 0.12, 0.12], [0, 0, 0.1, 0.1, 0.2, 0.2])
    assert scale.estimate(0.07) == pytest.approx(0.1)
    assert scale.estimate(0.0) == 0.0
    with pytest.raises(InputError, match="that they do not"):
        SpaceScale.fit([0.1] * 6, [0, 0, 0.1, 0.1, 0.2, 0.2])
    with pytest.raises(InputError, match="expected 6 sections or more, found 2"):
        SpaceScale.fit([0.1] * 2, [0, 0.1])


def test_shares_and_maps_of_a_volume(section):
    made = OpenedSpace(0.1).apply(section, SeedTree(0)).volume
    probability = np.full(made.shape, 0.9, np.float32)
    found = measure_space(made, probability)
    assert found.map.shape == made.shape
    assert 0 <= found.fractions[0] <= 1
    assert found.fractions == measure_space(made, probability, load_shipped_space()).fractions
