"""Small pieces of tissue with planted bodies, cut into too many objects."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.proofreading.adjacency.marks import mark_boundaries
from neuropil.proofreading.adjacency.measuring import Evidence


def grow_bodies(shape, n, rng):
    """Give each voxel to the nearest of n random points."""
    points = rng.uniform(0, 1, (n, 3)) * np.array(shape)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    distance = ((grid[..., None, :] - points) ** 2).sum(axis=-1)
    return 1 + distance.argmin(axis=-1)


def cut_bodies(bodies, n, rng):
    """Cut the bodies into pieces; each piece lies in one body."""
    pieces = grow_bodies(bodies.shape, n, rng)
    names = bodies * 10_000 + pieces
    return np.unique(names, return_inverse=True)[1].reshape(bodies.shape) + 1


def show_bodies(bodies, rng):
    """Return an image with dark boundaries, and maps that say where they are, with some noise."""
    marks = mark_boundaries(bodies)
    image = 160.0 - 90 * (marks[0] == 1) + rng.normal(0, 8, bodies.shape)
    maps = np.clip(np.where(marks == 1, 200.0, 40) + rng.normal(0, 20, marks.shape), 0, 255)
    return np.clip(image, 0, 255).astype(np.uint8), maps.astype(np.uint8)


def build_tissue(shape=(36, 40, 44), bodies=9, pieces=60, seed=0):
    """Return a volume with truth and pieces, and the evidence that goes with it."""
    rng = np.random.default_rng(seed)
    truth = grow_bodies(shape, bodies, rng)
    image, maps = show_bodies(truth, rng)
    labels = cut_bodies(truth, pieces, rng)
    volume = Volume((10, 10, 10), image=image, segmentations={"truth": truth, "pieces": labels})
    return volume, Evidence.of(image, maps)


@pytest.fixture(scope="session")
def tissue():
    """A volume with ``truth`` and ``pieces``, and its evidence."""
    return build_tissue()


@pytest.fixture(scope="session")
def other_tissue():
    """Another piece of tissue, made in the same way."""
    return build_tissue(seed=1)


@pytest.fixture(scope="session")
def make_tissue():
    """The function that makes such tissue."""
    return build_tissue
