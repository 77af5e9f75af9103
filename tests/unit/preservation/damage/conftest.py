"""Planted tissue: profiles around random middles, with dark membranes and the grain of a camera."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from neuropil.connectome import Volume


def plant(shape, voxel_size, spacing, membrane, seed=0):
    """Make a volume; membranes this wide [nm] have label 0, or none where it is 0."""
    rng = np.random.default_rng(seed)
    extent = np.array(shape) * voxel_size
    middles = rng.uniform(0, extent, (max(3, int(np.prod(extent[1:] / spacing))), 3))
    places = np.stack(np.indices(shape), -1) * voxel_size
    distance, nearest = cKDTree(middles).query(places, 2)
    labels = (nearest[..., 0] + 1).astype(np.uint32)
    # Half the difference of the distances is about how far the border is.
    from_border = (distance[..., 1] - distance[..., 0]) / 2
    image = np.where(from_border < max(membrane, 20) / 2, 70.0, 150.0)
    image = gaussian_filter(image, [0, 1, 1]) + rng.normal(0, 12, shape)
    if membrane:
        labels[from_border < membrane / 2] = 0
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return Volume(voxel_size, image, {"truth": labels})


@pytest.fixture(scope="session")
def section():
    return plant((1, 200, 200), (50, 4, 4), 200, 24)


@pytest.fixture(scope="session")
def stack():
    return plant((10, 64, 64), (10, 10, 10), 220, 0, seed=1)
