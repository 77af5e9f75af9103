"""Small pieces of tissue with planted objects that the tests of the room share."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import Source
from neuropil.proofreading import Item, Piece
from neuropil.proofreading.adjacency.marks import mark_boundaries
from neuropil.proofreading.adjacency.measuring import Evidence


@pytest.fixture(scope="session")
def block():
    """Three bars along x, y and z that touch, in voxels of 40 x 20 x 20 nm."""
    labels = np.zeros((50, 100, 100), dtype=np.uint16)
    labels[20:24, 40:48, 10:50] = 1
    labels[20:24, 40:48, 50:90] = 2
    labels[24:40, 40:48, 46:54] = 3
    image = np.full(labels.shape, 200, dtype=np.uint8)
    image[labels == 2] = 60
    return Volume(
        (40.0, 20.0, 20.0),
        image,
        {"planted": labels},
        species="mouse",
        source=Source(name="bars"),
    )


@pytest.fixture(scope="session")
def make_item():
    """Make an item of a task about the bars."""

    def make(task, *labels, answer="1", half_width=800.0, center=(900.0, 880.0, 1000.0), **more):
        shown = tuple(Piece((label,)) for label in labels)
        return Item(task, shown, center, half_width, answer, "bars", **more)

    return make


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
    numbers = np.unique(names, return_inverse=True)[1].reshape(bodies.shape) + 1
    # Small whole numbers, as published segmentations have: arithmetic on them must not overflow.
    return numbers.astype(np.uint16)


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


SIZE = 120
SPACING = 10


def tubes(sections: int, tilt: float) -> Volume:
    """Return tubes side by side that all tilt alike along y and x, other ones in each half.

    Radii differ; tubes that meet cut into each other.
    """
    rng = np.random.default_rng(0)
    # Beyond the borders too, so that no corner is empty once they have moved.
    beyond = int(abs(tilt) * sections / 2)
    grid = np.arange(SPACING // 2 - beyond, SIZE + beyond, SPACING)
    middles = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    middles = middles + rng.uniform(-1, 1, middles.shape)
    radii = rng.uniform(3.5, 4.5, len(middles))
    labels = np.zeros((sections, SIZE, SIZE), np.uint32)
    for z in range(sections):
        upper = z >= sections // 2
        labels[z] = _draw(middles + tilt * (z - sections / 2) + 3 * upper, radii)
        labels[z][labels[z] > 0] += upper * len(middles)
    return Volume((40.0, 32.0, 32.0), segmentations={"tubes": labels}, species="mouse")


def _draw(middles: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Draw discs; of those that overlap the later ones lie on top."""
    face = np.zeros((SIZE, SIZE), np.uint32)
    inside = (middles > -5).all(axis=1) & (middles < SIZE + 5).all(axis=1)
    for number in np.flatnonzero(inside):
        middle, radius = middles[number], radii[number]
        low = np.clip(np.floor(middle - radius).astype(int), 0, SIZE)
        high = np.clip(np.ceil(middle + radius).astype(int) + 1, 0, SIZE)
        window = (slice(low[0], high[0]), slice(low[1], high[1]))
        y, x = np.ogrid[window]
        face[window][(y - middle[0]) ** 2 + (x - middle[1]) ** 2 <= radius**2] = number + 1
    return face


@pytest.fixture(scope="session")
def straight() -> Volume:
    """Tubes along z, 144 in each half of 100 sections."""
    return tubes(100, 0.0)


@pytest.fixture(scope="session")
def tilted() -> Volume:
    """Tubes that move by 0.7 pixels a section along y and x.

    Beyond twelve missing sections each is 9 pixels further, where another stood before.
    """
    return tubes(110, 0.7)
