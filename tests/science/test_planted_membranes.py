"""Membranes that were planted are found in tissue that was never seen, and nothing is without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import compute_roc_area
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.marks import mark_membranes
from neuropil.preservation.detector.plan import DetectorPlan

PLAN = DetectorPlan(pixel_size=16.0, widths=(8,), steps=100, batch=2, edge=48, rate=1e-2)


def _area_on_unseen(volume: Volume) -> float:
    detector = MembraneDetector(PLAN).fit(volume, sections=range(40), seed=SeedTree(0))
    unseen = volume.crop((slice(60, 66), slice(None), slice(None)))
    truth = mark_membranes(unseen.segmentation("truth"), unseen.voxel_size)
    return compute_roc_area(truth.ravel(), detector.predict(unseen).ravel())


@pytest.fixture(scope="module")
def neurites() -> Volume:
    return datasets.load("synthetic-neurites", kind=Volume)


def test_planted_membranes_are_found(neurites: Volume) -> None:
    assert _area_on_unseen(neurites) > 0.9


def test_from_noise_nothing_is_learnt(neurites: Volume) -> None:
    noise = SeedTree(1).generator().integers(0, 255, neurites.shape).astype(np.uint8)
    assert abs(_area_on_unseen(replace(neurites, image=noise)) - 0.5) < 0.03
