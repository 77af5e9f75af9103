from dataclasses import replace

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.damage.membranes import measure_depth
from neuropil.preservation.damage.shrinkage import Shrinkage


@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("factor", [0.5, 0.73])
def test_edges_shrink_by_the_cube_root(section, stack, factor, collapse):
    for volume in (section, stack):
        damaged = Shrinkage(factor, collapse).apply(volume, SeedTree(0))
        expected = [max(1, round(n * factor ** (1 / 3))) for n in volume.shape]
        assert list(damaged.volume.shape) == expected
        assert damaged.mask.all()
        assert damaged.volume.voxel_size == volume.voxel_size


def test_resampling_alone_keeps_every_label_and_its_share(section):
    after = Shrinkage(0.5, ecs_collapse=False).apply(section, SeedTree(0)).volume
    names, before = np.unique(section.segmentation(), return_counts=True)
    found, now = np.unique(after.segmentation(), return_counts=True)
    large = before > 200
    assert set(names[large]) <= set(found)
    shares = now[np.searchsorted(found, names[large])] / now.sum()
    assert np.allclose(shares, before[large] / before.sum(), rtol=0.1)


def layers(width):
    """Two wide profiles with a thin one between them."""
    labels = np.zeros((1, 200, 240), np.uint8)
    labels[..., :95] = 1
    labels[..., 101 : 101 + width] = 2
    labels[..., 107 + width :] = 3
    image = np.where(labels > 0, 150, 70).astype(np.uint8)
    return Volume((50, 4, 4), image, {"truth": labels})


@pytest.mark.parametrize("width", [8, 12, 18])
def test_collapse_presses_membranes_together_below_10_nm(width):
    volume = layers(width)
    after = Shrinkage(0.5).apply(volume, SeedTree(0)).volume.segmentation()[0]
    thin = (after == 2).sum(axis=1)
    assert np.median(thin) * 4 < 10
    # The wide ones take what the thin one gave up, and no more.
    alone = Shrinkage(0.5, ecs_collapse=False).apply(volume, SeedTree(0)).volume.segmentation()[0]
    assert (after == 1).sum() == pytest.approx((alone == 1).sum(), rel=0.12)
    assert np.median((alone == 2).sum(axis=1)) * 4 > 20


def test_less_shrinkage_leaves_spaces_that_more_collapses():
    # 48 nm collapse when more than three tenths of the volume are lost.
    thin = [
        np.median(
            (Shrinkage(factor).apply(layers(12), SeedTree(0)).volume.segmentation()[0] == 2).sum(1)
        )
        for factor in (0.9, 0.8, 0.6)
    ]
    assert min(thin[:2]) * 4 > 35
    assert thin[2] * 4 < 10


def test_wide_spaces_stay_wide():
    after = Shrinkage(0.5).apply(layers(40), SeedTree(0)).volume.segmentation()[0]
    assert np.median((after == 2).sum(axis=1)) * 4 > 115


def test_what_is_left_is_darker(section):
    image = section.read_image().copy()
    # Bare resin, so that there is something brighter than tissue.
    image[0, :40, :40] = 230
    volume = replace(section, image=image)
    levels = {}
    for factor in (0.99, 0.7, 0.5):
        after = Shrinkage(factor).apply(volume, SeedTree(0)).volume
        inside = measure_depth(after.segmentation() > 0, after.voxel_size) > 16
        levels[factor] = np.median(after.read_image()[inside])
    # Cytoplasm passes half of the range from 70 to 230, and at half the volume a quarter.
    assert levels[0.99] == pytest.approx(150, abs=3)
    assert levels[0.7] == pytest.approx(70 + 160 * 0.5 ** (1 / 0.7), abs=8)
    assert levels[0.5] == pytest.approx(70 + 160 * 0.25, abs=8)


def test_stacks_lose_sections(stack):
    after = Shrinkage(0.5, ecs_collapse=False).apply(stack, SeedTree(0)).volume
    assert after.shape[0] == 8
