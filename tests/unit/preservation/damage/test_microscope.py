import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.imaging import Blur, Contrast, Noise
from neuropil.preservation.damage.myelin import MyelinDecompaction
from neuropil.preservation.damage.sections import DoubledSections, LostSections
from neuropil.preservation.damage.staining import StainGradient

SEED = SeedTree(3)


@pytest.fixture
def real_valued(section):
    image = section.read_image().astype(np.float64)
    return Volume(section.voxel_size, image, {"truth": section.segmentation()})


def test_blur_is_a_gaussian_in_the_section(real_valued):
    ours = Blur(10).apply(real_valued, SEED).volume.read_image()
    assert np.allclose(ours, gaussian_filter(real_valued.read_image(), [0, 2.5, 2.5]))


@pytest.mark.parametrize("snr", [0.5, 2, 10])
def test_noise_has_the_ratio_that_was_asked_for(real_valued, snr):
    image = real_valued.read_image()
    added = Noise(snr).apply(real_valued, SEED).volume.read_image() - image
    assert image.std() / added.std() == pytest.approx(snr, rel=0.02)
    assert abs(added.mean()) < 4 * added.std() / 200


def test_contrast_is_scaled_around_the_mean(real_valued):
    before = real_valued.read_image()
    after = Contrast(0.4).apply(real_valued, SEED).volume.read_image()
    assert after.mean() == pytest.approx(before.mean())
    assert after.std() == pytest.approx(0.4 * before.std())


def test_whole_numbers_are_rounded_and_clipped(section):
    image = Noise(0.3).apply(section, SEED).volume.read_image()
    assert image.dtype == np.uint8
    assert image.min() == 0
    assert image.max() == 255


def test_lost_sections_are_black_and_keep_their_truth(stack):
    damaged = LostSections(0.3).apply(stack, SEED)
    lost = np.flatnonzero(damaged.mask.all(axis=(1, 2)))
    assert len(lost) == 3
    assert not damaged.volume.read_image()[lost].any()
    assert np.array_equal(damaged.volume.segmentation(), stack.segmentation())


def test_doubled_sections_show_the_one_before(stack):
    damaged = DoubledSections(0.4).apply(stack, SEED)
    doubled = np.flatnonzero(damaged.mask.all(axis=(1, 2)))
    assert len(doubled) == 4
    assert 0 not in doubled
    for z in doubled:
        assert np.array_equal(damaged.volume.read_image()[z], stack.read_image()[z - 1])


def test_one_section_cannot_be_doubled(section):
    with pytest.raises(InputError) as caught:
        DoubledSections(0.5).apply(section, SEED)
    assert str(caught.value) == (
        "doubled: expected two sections or more, one of which can be doubled, found one. "
        "Bring a stack, or leave this damage out."
    )


def test_stain_fades_from_one_corner_to_the_other(section):
    after = StainGradient(0.8).apply(section, SEED).volume.read_image()[0].astype(float)
    quarters = [
        after[rows, columns].std()
        for rows in (slice(0, 60), slice(140, 200))
        for columns in (slice(0, 60), slice(140, 200))
    ]
    assert max(quarters) > 2 * min(quarters)
    before = section.read_image()[0].astype(float)
    assert max(quarters) > 0.75 * before.std()


@pytest.fixture
def sheathed():
    y, x = np.indices((200, 200))
    radius = np.hypot(y - 100, x - 100) * 4
    myelin = ((radius > 200) & (radius < 360)).astype(np.uint8)
    image = np.where(myelin, 50, 150) + np.random.default_rng(0).normal(0, 6, myelin.shape)
    image = np.clip(image, 0, 255).astype(np.uint8)
    return Volume((50, 4, 4), image[None], {"myelin": myelin[None]})


@pytest.mark.parametrize("fraction", [0.2, 0.7, 1])
def test_myelin_comes_apart_in_its_share_of_the_sheath(sheathed, fraction):
    damaged = MyelinDecompaction(fraction).apply(sheathed, SEED)
    myelin = sheathed.segmentation() > 0
    assert not (damaged.mask & ~myelin).any()
    assert damaged.mask.sum() == pytest.approx(fraction * myelin.sum(), abs=1)


def test_clefts_run_along_the_sheath(sheathed):
    image = MyelinDecompaction(1).apply(sheathed, SEED).volume.read_image()[0]
    # Along a radius of 160 nm, counted from both surfaces: two clefts, and lamellae between.
    row = image[98:103, 150:190].mean(axis=0) > 100
    assert np.count_nonzero(np.diff(row.astype(int)) == 1) == 4
    ring = np.hypot(*(np.indices((200, 200)) - 100)) * 4
    assert image[(ring > 218) & (ring < 222)].min() > 90


def test_tissue_without_myelin_is_refused(section):
    with pytest.raises(InputError) as caught:
        MyelinDecompaction(0.5).apply(section, SEED)
    assert str(caught.value) == (
        "myelin: expected a segmentation 'myelin' that marks sheaths, found none. "
        "Add it with volume.with_segmentation('myelin', labels), or leave this damage out: "
        "the tissue of flies has no myelin."
    )
