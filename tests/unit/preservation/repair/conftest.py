"""Walls of cells with and without gaps, as images and as probabilities of a membrane."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree

# Walls lie 400 nm apart, in pixels of 10 nm; gaps of 120 nm lie in the middle between two forks.
EDGE, APART, GAP = 200, 40, 12


def draw_walls(gaps: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw a square grid of walls three pixels thick; return walls, and where some are missing."""
    walls = np.zeros((EDGE, EDGE), bool)
    for place in range(APART, EDGE, APART):
        walls[place - 1 : place + 2] = True
        walls[:, place - 1 : place + 2] = True
    missing = np.zeros_like(walls)
    if gaps:
        for row, column in ((80, 100), (120, 60), (160, 100), (40, 140)):
            missing[row - 2 : row + 3, column - GAP // 2 : column + GAP // 2] = True
    return walls & ~missing, walls & missing


def make_tissue(gaps: bool) -> tuple[Volume, np.ndarray]:
    """Return a section of cells with its truth, and the probability of a membrane in it."""
    walls, _ = draw_walls(gaps)
    rng = SeedTree(0).generator()
    brightness = 150 - 80 * gaussian_filter(walls.astype(float), 0.7)
    brightness += 8 * rng.standard_normal(walls.shape)
    places = np.arange(EDGE) // APART
    truth = (places[:, None] * (EDGE // APART) + places + 1).astype(np.int32)
    image = np.clip(brightness, 0, 255).astype(np.uint8)
    volume = Volume((50.0, 10.0, 10.0), image[None], {"truth": truth[None]})
    probability = np.clip(gaussian_filter(walls.astype(np.float32), 0.7), 0, 0.98)
    return volume, probability[None]


@pytest.fixture(scope="session")
def damaged():
    """A section with four gaps, and its probability."""
    return make_tissue(True)


@pytest.fixture(scope="session")
def sound():
    """The same without gaps."""
    return make_tissue(False)


@pytest.fixture(scope="session")
def missing() -> np.ndarray:
    """Where walls are missing."""
    return draw_walls(True)[1]
