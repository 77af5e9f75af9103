import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.preservation.damage.ice import Ice


@pytest.mark.parametrize("fraction", [0.05, 0.2, 0.4])
def test_displaced_tissue_keeps_its_area_to_the_voxel(section, stack, fraction):
    for volume in (section, stack):
        damaged = Ice(fraction, 150).apply(volume, SeedTree(0))
        assert np.count_nonzero(~damaged.mask) == np.prod(volume.shape)
        assert damaged.mask.mean() == pytest.approx(fraction, abs=0.01)


@pytest.mark.parametrize("fraction", [0.1, 0.3])
def test_every_profile_keeps_its_area(section, fraction):
    damaged = Ice(fraction, 200).apply(section, SeedTree(6))
    before, after = section.segmentation("truth"), damaged.volume.segmentation("truth")
    names, areas = np.unique(before, return_counts=True)
    now = np.array([(after[~damaged.mask] == name).sum() for name in names])
    assert now.sum() == areas.sum()
    large = areas > 600
    # Profiles in which a nucleus lies lose what is under it, and others share that.
    assert np.median(np.abs(now / areas - 1)[large]) < 0.02
    assert np.abs(now / areas - 1)[large].max() < 0.2


def test_erased_tissue_is_lost(section):
    damaged = Ice(0.2, 200, "erase").apply(section, SeedTree(0))
    assert damaged.volume.shape == section.shape
    assert damaged.mask.mean() == pytest.approx(0.2, abs=1e-4)
    assert not damaged.volume.segmentation()[damaged.mask].any()


@pytest.mark.parametrize("mode", ["displace", "erase"])
def test_ice_is_bright_and_has_label_0(section, mode):
    damaged = Ice(0.2, 200, mode).apply(section, SeedTree(1))
    image = damaged.volume.read_image()
    assert image[damaged.mask].mean() > np.percentile(section.read_image(), 75)
    assert not damaged.volume.segmentation()[damaged.mask].any()


def test_unknown_modes_are_refused():
    with pytest.raises(ConfigError) as caught:
        Ice(0.1, mode="melt")
    assert str(caught.value) == (
        "ice, mode: expected displace or erase, found 'melt'. Choose one of them."
    )
