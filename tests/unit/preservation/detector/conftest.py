"""Tissue of cells with drawn membranes, and a detector that was trained on it for a second."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.plan import DetectorPlan

TINY = DetectorPlan(pixel_size=10.0, widths=(8,), steps=120, batch=2, edge=48, rate=1e-2)


def draw_cells(seed: int, n: int, edge: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sections of cells around random points: dark walls two to four pixels wide, noise."""
    rng = SeedTree(seed).generator()
    places = np.stack(np.mgrid[:edge, :edge], axis=-1).reshape(-1, 2)
    images, labels = [], []
    for section in range(n):
        points = rng.uniform(0, edge, (edge * edge // 300, 2))
        distance, cell = cKDTree(points).query(places, 2)
        wall = distance[:, 1] - distance[:, 0] < 3.0
        truth = np.where(wall, 0, cell[:, 0] + 1 + section * 1000).reshape(edge, edge)
        brightness = np.where(truth == 0, 60, 150) + 15 * rng.standard_normal((edge, edge))
        images.append(np.clip(brightness, 0, 255).astype(np.uint8))
        labels.append(truth)
    return np.stack(images), np.stack(labels).astype(np.int32)


@pytest.fixture(scope="session")
def cells() -> Volume:
    """Six serial sections of 96 x 96 pixels of 10 nm."""
    image, truth = draw_cells(0, 6, 96)
    return Volume((50.0, 10.0, 10.0), image, {"truth": truth})


@pytest.fixture(scope="session")
def detector(cells: Volume) -> MembraneDetector:
    """Trained on the first four sections."""
    return MembraneDetector(TINY).fit(cells, sections=range(5), seed=SeedTree(1))
