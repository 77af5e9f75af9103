"""A block of tubes whose ways are known."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume

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
