"""A block of tubes whose ways are known."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume


def tubes(
    sections: int, tilt: float, *, spacing: int = 10, size: int = 120, seed: int = 0
) -> Volume:
    """Return tubes side by side that all tilt alike, a new row of labels in each half.

    Radii differ; tubes that meet cut into each other.
    """
    rng = np.random.default_rng(seed)
    grid = np.arange(spacing // 2, size, spacing)
    middles = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    middles = middles + rng.uniform(-1, 1, middles.shape)
    radii = rng.uniform(3.5, 4.5, len(middles))
    labels = np.zeros((sections, size, size), np.uint32)
    for z in range(sections):
        upper = z >= sections // 2
        at = middles + tilt * (z - sections / 2) + (3 if upper else 0)
        labels[z] = _draw(at, radii, size)
        labels[z][labels[z] > 0] += upper * len(middles)
    return Volume((40.0, 32.0, 32.0), segmentations={"tubes": labels}, species="mouse")


def _draw(middles: np.ndarray, radii: np.ndarray, size: int) -> np.ndarray:
    """Draw discs; of those that overlap the later ones lie on top."""
    y, x = np.indices((size, size))
    face = np.zeros((size, size), np.uint32)
    for label, ((cy, cx), radius) in enumerate(zip(middles, radii, strict=True), 1):
        face[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = label
    return face


@pytest.fixture(scope="session")
def straight() -> Volume:
    """Tubes along z, 144 in each half of 100 sections."""
    return tubes(100, 0.0)


@pytest.fixture(scope="session")
def tilted() -> Volume:
    """Tubes that move by half a pixel a section along y and x."""
    return tubes(120, 0.5)
