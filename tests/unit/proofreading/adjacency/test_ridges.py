"""Dark sheets are ridges, and lie between voxels on both sides of them."""

from itertools import combinations_with_replacement

import numpy as np
from scipy.ndimage import gaussian_filter

from neuropil.proofreading.adjacency.marks import far_channel
from neuropil.proofreading.adjacency.ridges import _largest_curvature, find_ridges


def test_a_dark_sheet_is_a_ridge_and_separates():
    image = np.full((20, 24, 40), 180.0)
    image[:, :, 19:22] = 60
    maps = find_ridges(image)
    assert maps[0, 10, 12].argmax() == 20
    assert maps[0, 10, 12, 5] < 100 < maps[0, 10, 12, 20]
    far = maps[far_channel(4, 2), 10, 12]
    # From 16 the way to the voxel four steps on reaches the sheet's middle, from 15 it does not.
    assert far[16:21].min() == maps[0, 10, 12, 20]
    assert far[15] < far[16]
    # Ways along the sheet, away from it, meet none.
    assert maps[far_channel(10, 0), 4, 12, 5] < 100


def test_curvature_is_the_largest_eigenvalue():
    image = np.random.default_rng(0).normal(size=(9, 10, 11)).astype(np.float32) * 50
    found = _largest_curvature(image)
    matrix = np.empty((*image.shape, 3, 3))
    for i, j in combinations_with_replacement(range(3), 2):
        order = np.bincount([i, j], minlength=3)
        value = gaussian_filter(image, 1.5, order=order, mode="nearest")
        matrix[..., i, j] = matrix[..., j, i] = value
    np.testing.assert_allclose(found, np.linalg.eigvalsh(matrix)[..., -1], rtol=1e-3, atol=1e-3)
