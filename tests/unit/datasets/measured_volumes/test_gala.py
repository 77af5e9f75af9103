"""The block that gala ships: published facts."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.measured_volumes.gala import convert_boundaries, convert_gala


def test_the_published_facts_hold(real_data: Path) -> None:
    assert real_data.is_dir()
    volume = datasets.load("gala-fibsem", kind=Volume)
    assert (volume.shape, volume.voxel_size) == ((50, 100, 200), (10, 10, 10))
    truth, watershed = volume.segmentation("truth"), volume.segmentation("watershed")
    assert (truth.min(), truth.max(), watershed.min(), watershed.max()) == (0, 87, 1, 203)
    assert len(np.unique(watershed)) == 203
    assert (truth == 0).mean() == pytest.approx(0.0671, abs=5e-5)
    assert volume.notes[0].startswith("The files state no voxel size; 10 nm")


def test_boundaries_are_probabilities_of_the_same_block(real_data: Path) -> None:
    assert real_data.is_dir()
    probability = datasets.load("gala-fibsem-boundaries", kind=Volume).read_image()
    assert (probability.shape, probability.min(), probability.max()) == ((50, 100, 200), 0, 1)
    # Where truth has a border, boundaries were found.
    border = datasets.load("gala-fibsem").segmentation("truth") == 0
    assert probability[border].mean() > 0.8
    assert probability[~border].mean() < 0.4


def test_other_data_are_refused(tmp_path: Path) -> None:
    files = {}
    for name in ("train-image.h5", "train-gt.lzf.h5", "train-ws.lzf.h5", "train-p1.lzf.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file["stack"] = np.full((2, 3, 4), 2, dtype="u1")
        files[f"gala_fibsem/{name}"] = tmp_path / name
    with pytest.raises(IntegrityError, match="these facts do not hold: 50 sections"):
        convert_gala(files, Source("gala-fibsem"))
    with pytest.raises(IntegrityError, match="probabilities from 0 to 1"):
        convert_boundaries(files, Source("gala-fibsem-boundaries"))
