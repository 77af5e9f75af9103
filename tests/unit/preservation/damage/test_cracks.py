import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.preservation.damage.cracks import Cracks


@pytest.mark.parametrize("seed", range(4))
def test_no_tissue_is_lost_and_none_is_made(section, seed):
    # Two cracks of five pixels in 800 nm, along either axis.
    damaged = Cracks(20, 400).apply(section, SeedTree(seed))
    assert sorted(damaged.volume.shape[1:]) == [200, 210]
    assert damaged.mask.sum() == 2 * 5 * 200
    intact = ~damaged.mask
    for before, after in (
        (section.read_image(), damaged.volume.read_image()),
        (section.segmentation(), damaged.volume.segmentation()),
    ):
        assert np.array_equal(np.sort(before.ravel()), np.sort(after[intact]))


def test_both_sides_are_what_they_were(section):
    damaged = Cracks(40, 800).apply(section, SeedTree(0))
    axis = 1 if damaged.volume.shape[1] == 210 else 2
    image, old = (
        np.moveaxis(one, axis, 2)[0] for one in (damaged.volume.read_image(), section.read_image())
    )
    mask = np.moveaxis(damaged.mask, axis, 2)[0]
    for row in range(200):
        [first, *_] = np.flatnonzero(mask[row])
        assert np.array_equal(image[row, :first], old[row, :first])
        assert np.array_equal(image[row, first + 10 :], old[row, first:])


def test_cracks_are_jagged_and_bright(section):
    damaged = Cracks(40, 800).apply(section, SeedTree(1))
    image = damaged.volume.read_image()
    assert image[damaged.mask].mean() > image[~damaged.mask].mean()
    edge = np.argmax(damaged.mask[0], axis=1 if damaged.volume.shape[2] == 210 else 0)
    assert len(np.unique(edge)) > 5


def test_cracks_far_apart_are_met_by_chance(section):
    # 800 nm of tissue between cracks 4,000 nm apart: one in five.
    shapes = [Cracks(40, 4000).apply(section, SeedTree(k)).volume.shape for k in range(60)]
    assert 4 < sum(shape != section.shape for shape in shapes) < 22


def test_cracks_thinner_than_a_voxel_are_refused(section):
    with pytest.raises(ConfigError) as caught:
        Cracks(1).apply(section, SeedTree(0))
    assert str(caught.value) == (
        "crack, width: expected a width of a voxel of 4 nm, or 0, found 1 nm. Choose a wider crack."
    )
