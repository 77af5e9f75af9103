"""The segmentation of mouse cortex: published counts, axes and voxel size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.measured_volumes.pinky40 import convert_pinky40

FILE = "pinky40/pinky40_seg_256x256x512_32x32x40nm_uint16.npz"


@pytest.fixture
def volume(real_data: Path) -> Volume:
    assert real_data.is_dir()
    return datasets.load("pinky40", kind=Volume)


def test_the_published_counts_hold(volume, real_data):
    assert (volume.shape, volume.voxel_size) == ((512, 256, 256), (40, 32, 32))
    assert volume.extent == (20_480, 8_192, 8_192)
    assert (volume.species, volume.image) == ("mouse", None)
    labels = volume.segmentation("automatic")
    sizes = np.bincount(labels.ravel())
    assert len(sizes) == 2512
    assert (sizes > 0).all()
    assert sizes[0] == 261_811
    # About a quarter of 36,827,776, which was published for the whole array.
    assert sizes.max() == 9_218_506
    with np.load(real_data / "em" / FILE, allow_pickle=False) as archive:
        assert archive["seg"].shape == (256, 256, 512)
        np.testing.assert_array_equal(labels[7, 100], archive["seg"][:, 100, 7])
        assert (np.diff(archive["label_ids"].astype(np.int64)) > 0).all()


def test_the_voxel_size_follows_the_published_description(volume, real_data):
    info = json.loads((real_data / "em" / "raw" / "pinky40_16_16_40" / "info").read_text())
    [scale] = [each for each in info["scales"] if each["key"] == "16_16_40"]
    x, y, z = scale["resolution"]
    assert volume.voxel_size == (z, 2 * y, 2 * x)
    assert tuple(np.array(volume.shape)[::-1] * [2, 2, 1]) == tuple(scale["size"])


def test_other_data_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, seg=np.ones((2, 3, 4), "u2"), resolution_nm=[32, 32, 40])
    with pytest.raises(IntegrityError, match="facts do not hold: 512 sections of 256 x 256"):
        convert_pinky40({FILE: path}, Source("pinky40"))
