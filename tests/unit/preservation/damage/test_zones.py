import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.texture import blur_sections
from neuropil.preservation.damage.zones import AmbiguousZones


@pytest.mark.parametrize("fraction", [0.05, 0.2, 1.0])
def test_the_area_is_exact(section, stack, fraction):
    for volume in (section, stack):
        mask = AmbiguousZones(fraction, 200).apply(volume, SeedTree(4)).mask
        assert mask.mean() == pytest.approx(fraction, abs=1 / mask.size)


def test_texture_alone_changes(section):
    damaged = AmbiguousZones(0.3, 300).apply(section, SeedTree(4))
    assert np.array_equal(damaged.volume.segmentation(), section.segmentation())


def test_zones_hold_no_membrane_and_little_texture(section):
    damaged = AmbiguousZones(0.3, 400).apply(section, SeedTree(4))
    # Beyond the soft edge of 40 nm.
    inside = blur_sections(damaged.mask.astype(float), 16, section.voxel_size) > 0.98
    before, after = section.read_image().astype(float), damaged.volume.read_image().astype(float)
    smooth = [blur_sections(one, 12, section.voxel_size)[inside] for one in (before, after)]
    assert smooth[1].std() < 0.3 * smooth[0].std()
    # Pale as cytoplasm, with the grain of the camera.
    assert smooth[1].mean() > np.percentile(smooth[0], 40)
    assert after[inside].std() > 8


def test_zones_begin_on_membranes(section):
    mask = AmbiguousZones(0.02, 200).apply(section, SeedTree(4)).mask
    assert (section.segmentation()[mask] == 0).any()
