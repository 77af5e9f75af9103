"""Lengths of neurite from bodies in planes, against lines that were drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.preservation.tracing.lengths import estimate_length


def volume(labels, voxel_size=(10.0, 10.0, 10.0)):
    return Volume(segmentations={"truth": labels}, voxel_size=voxel_size)


def test_lines_of_all_directions_have_their_length():
    rng = np.random.default_rng(0)
    labels, total = np.zeros((90, 90, 90), dtype=np.uint16), 0.0
    for label in range(1, 201):
        way = rng.standard_normal(3)
        way /= np.linalg.norm(way)
        length = 25.0
        start = rng.uniform(26, 64, 3)
        places = start + np.linspace(0, length, 100)[:, None] * way
        labels[tuple(places.astype(int).T)] = label
        total += length * 10e-6
    assert estimate_length(volume(labels)) == pytest.approx(total, rel=0.08)


def test_one_section_counts_its_bodies():
    labels = np.array([[[1, 1, 0], [2, 3, 3]]], dtype=np.uint8)
    # Three bodies in a section of 50 nm.
    assert estimate_length(volume(labels, (50.0, 4.0, 4.0))) == pytest.approx(2 * 3 * 50e-6)


def test_no_body_is_refused():
    with pytest.raises(InputError) as caught:
        estimate_length(volume(np.zeros((2, 3, 4), dtype=np.uint8)))
    assert str(caught.value) == (
        "segmentation 'truth': expected bodies, found label 0 everywhere. Bring a segmentation "
        "with a label for each body."
    )


def test_a_cube_of_fly_tissue_holds_less_than_half_a_millimetre(real_data: Path):
    assert real_data.is_dir()
    assert estimate_length(datasets.load("fib25", kind=Volume)) == pytest.approx(0.28, abs=0.01)
