"""A watershed on landscapes of which the basins are known."""

import numpy as np
from skimage.segmentation import watershed as flood

from neuropil.datasets.planted_volumes.filling import part_pieces
from neuropil.datasets.planted_volumes.supervoxels import cut_basins


def valley(*heights: float) -> np.ndarray:
    """A landscape that changes along x alone, with 64 voxels across."""
    return np.broadcast_to(np.array(heights, dtype=np.float32), (8, 8, len(heights))).copy()


def test_basins_are_parted_by_ridges_that_are_high_enough():
    heights = valley(0.0, 0.5, 0.2, 1.0, 0.1)
    across = [len(np.unique(cut_basins(heights, depth))) for depth in (0.1, 0.4, 0.95)]
    # The ridge of 0.5 is 0.3 above the shallower basin, the ridge of 1.0 is 0.9 above.
    assert across == [3, 2, 1]


def test_a_flat_landscape_of_two_basins_is_cut_at_its_ridge():
    basins = cut_basins(valley(0.0, 0.4, 1.0, 0.5, 0.1), 0.2)
    assert basins[0, 0, 0] == basins[0, 0, 1] != basins[0, 0, 3] == basins[0, 0, 4]


def test_small_basins_join_their_neighbour_across_the_lowest_ridge():
    heights = np.full((8, 8, 8), 0.0, dtype=np.float32)
    heights += np.linspace(0, 0.01, 512, dtype=np.float32).reshape(8, 8, 8)
    heights[3:6, 3:6, 3:6] = 2.0
    heights[4, 4, 4] = 0.5
    assert len(np.unique(cut_basins(heights, 0.1))) == 1


def test_basins_are_those_of_another_watershed():
    rng = np.random.default_rng(0)
    from scipy import ndimage

    heights = ndimage.gaussian_filter(rng.standard_normal((24, 24, 24)), 2.5).astype(np.float32)
    mine = cut_basins(heights, 0.0)
    minima = np.zeros(heights.shape, dtype=np.int32)
    for label in np.unique(mine):
        lowest = np.argmin(np.where(mine == label, heights, np.inf))
        minima.flat[lowest] = label
    theirs = flood(heights, minima, connectivity=1)
    # Flooding and descending differ on slopes between two basins alone.
    assert (mine == theirs).mean() > 0.85


def test_pieces_are_counted_as_by_another_labelling():
    from skimage.measure import label

    labels = np.random.default_rng(1).integers(1, 4, (9, 10, 11))
    pieces = part_pieces(labels)
    other = label(labels, background=0, connectivity=1)
    pairs = np.unique(np.stack([pieces.ravel(), other.ravel()]), axis=1)
    assert pieces.max() == other.max() == pairs.shape[1]
