"""The generated block: what is planted is there, and the watershed errs as it should."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.sparse import coo_array

from neuropil import datasets
from neuropil.contracts import ConfigError, SeedTree
from neuropil.datasets import NeuriteDesign, plant_neurites

SMALL = NeuriteDesign(shape=(48, 64, 64))


@pytest.fixture(scope="module")
def block():
    return plant_neurites(SeedTree(0), SMALL)


def overlap(block) -> np.ndarray:
    truth, watershed = block.segmentation("truth"), block.segmentation("watershed")
    ones = np.ones(truth.size, dtype=np.int64)
    return coo_array((ones, (watershed.ravel(), truth.ravel()))).toarray()


def find_bits(counts: np.ndarray) -> tuple[float, float]:
    """Conditional entropies of watershed given truth and of truth given watershed."""
    joint = counts[counts > 0] / counts.sum()

    def entropy(sums: np.ndarray) -> float:
        shares = sums[sums > 0] / sums.sum()
        return float(-(shares * np.log2(shares)).sum())

    whole = float(-(joint * np.log2(joint)).sum())
    return whole - entropy(counts.sum(axis=0)), whole - entropy(counts.sum(axis=1))


def test_a_seed_gives_one_block(block):
    assert plant_neurites(SeedTree(0), SMALL).equals(block)
    assert not plant_neurites(SeedTree(1), SMALL).equals(block)


def test_every_neurite_is_one_piece_and_fills_the_block(block):
    truth = block.segmentation("truth")
    sizes = np.bincount(truth.ravel())
    assert sizes[0] == 0
    assert (sizes[1:] >= 60).all()
    for label, region in enumerate(ndimage.find_objects(truth.astype(np.int32)), start=1):
        assert ndimage.label(truth[region] == label)[1] == 1


def test_neurites_are_thick_and_thin_and_go_through_the_block():
    design = NeuriteDesign(shape=(64, 64, 64), missing=0)
    truth = plant_neurites(SeedTree(3), design).segmentation("truth")
    extents = [
        max(each.stop - each.start for each in region)
        for region in ndimage.find_objects(truth.astype(np.int32))
    ]
    sizes = np.sort(np.bincount(truth.ravel())[1:])
    assert max(extents) == 64
    assert np.median(extents) > 20
    assert sizes[-1] > 10 * sizes[len(sizes) // 4]


def test_membranes_are_dark_and_missing_sections_black(block):
    image, truth = block.read_image(), block.segmentation("truth")
    [missing] = np.flatnonzero((image == 0).all(axis=(1, 2)))
    assert (image == 0).sum() == image[0].size
    assert block.notes[1] == (f"Sections that are missing in the image and read 0: {missing}.")
    present = np.delete(np.arange(len(image)), missing)
    beside = truth[:, :, 1:] != truth[:, :, :-1]
    inside = ndimage.binary_erosion(~beside, iterations=2)
    assert image[:, :, 1:][present][beside[present]].mean() < 120
    assert image[:, :, 1:][present][inside[present]].mean() > 150


def test_the_watershed_splits_most_and_merges_some(block):
    counts = overlap(block)
    split, merge = find_bits(counts)
    assert split > 1.5
    assert 0.1 < merge < 0.8
    assert block.segmentation("watershed").min() == 1
    assert len(np.flatnonzero(counts.sum(axis=1))) > 2 * len(np.flatnonzero(counts.sum(axis=0)))
    ranked = np.sort(counts, axis=1)
    assert ((ranked[:, -2] >= 0.1 * counts.sum(axis=1)) & (ranked[:, -2] >= 100)).sum() >= 3


def test_depth_trades_splits_for_merges():
    bits = [
        find_bits(overlap(plant_neurites(SeedTree(1), NeuriteDesign(SMALL.shape, depth=depth))))
        for depth in (0.02, 0.05, 0.15)
    ]
    splits, merges = zip(*bits, strict=True)
    assert splits[0] > splits[1] > splits[2]
    assert merges[0] < merges[1] < merges[2]


def test_sections_may_be_thicker_than_pixels():
    design = NeuriteDesign(shape=(24, 64, 64), voxel_size=(40.0, 16.0, 16.0))
    block = plant_neurites(SeedTree(0), design)
    assert (block.shape, block.voxel_size) == ((24, 64, 64), (40, 16, 16))
    # As many sections as make a neurite isotropic: fewer voxels along z than along x.
    regions = ndimage.find_objects(block.segmentation("truth").astype(np.int32))
    longest = [np.array([each.stop - each.start for each in region]) for region in regions]
    assert np.mean([each[0] for each in longest]) < np.mean([each[2] for each in longest])


def test_the_dataset_is_the_block_of_seed_0():
    volume = datasets.load("synthetic-neurites")
    assert volume.source.synthetic
    assert (volume.shape, volume.voxel_size) == ((96, 96, 96), (16, 16, 16))
    split, merge = find_bits(overlap(volume))
    # About the scores of the published watershed of fib25, 2.38 and .33.
    assert split == pytest.approx(2.4, abs=0.4)
    assert merge == pytest.approx(0.33, abs=0.15)


def test_impossible_designs_are_refused():
    for settings, message in (
        ({"shape": (8, 64, 64)}, "shape: expected 16 or more voxels along each axis"),
        ({"radii": (200.0, 100.0)}, "radii: expected a smaller and a larger radius"),
        ({"missing": 0.5}, "missing: expected a share from 0 to 0.2, found 0.5"),
        ({"voxel_size": (0.0, 1.0, 1.0)}, "voxel_size: expected positive numbers"),
    ):
        with pytest.raises(ConfigError, match=message):
            NeuriteDesign(**settings)
