"""The cube of the medulla: published facts, and equality with the original files."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from neuropil import datasets, formats
from neuropil.connectome import Volume
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.measured_volumes.fib25 import convert_fib25

FOLDER = "fib25_training2"


@pytest.fixture
def volume(real_data: Path) -> Volume:
    assert real_data.is_dir()
    return datasets.load("fib25", kind=Volume)


@pytest.fixture
def originals(real_data: Path) -> Path:
    folder = real_data / "em" / "raw"
    if not folder.is_dir():
        pytest.skip("the mirror has no original files")
    return folder


def test_the_published_facts_hold(volume):
    assert (volume.shape, volume.voxel_size) == ((250, 250, 250), (10, 10, 10))
    assert (volume.species, list(volume.segmentations)) == ("fly", ["truth", "watershed", "ffn"])
    image = volume.read_image()
    assert (image.dtype, image.min(), image.max()) == (np.uint8, 26, 217)
    assert image.mean() == pytest.approx(130.03, abs=0.005)
    assert image.std() == pytest.approx(33.45, abs=0.005)
    counts = {name: np.bincount(volume.segmentation(name).ravel()) for name in volume.segmentations}
    assert (len(counts["truth"]), counts["truth"][0]) == (526, 250)
    assert (len(counts["watershed"]), counts["watershed"][0]) == (3052, 0)
    assert (len(counts["ffn"]), (counts["ffn"][1:] > 0).all()) == (255, True)
    assert counts["ffn"][0] / 250**3 == pytest.approx(0.1125, abs=5e-5)
    assert any("renumbered" in note for note in volume.notes)
    assert [each.key for each in volume.source.citations] == ["parag2015", "januszewski2018"]


def test_sections_are_the_published_pictures(volume, originals):
    for section, number in ((0, 2600), (124, 2724), (249, 2849)):
        picture = originals / "neuroproof_training_sample2" / f"iso.{number}.png"
        np.testing.assert_array_equal(volume.read_image()[section], np.asarray(Image.open(picture)))


@pytest.mark.parametrize(
    ("name", "file", "ids"),
    [
        ("truth", "groundtruth.h5.gz", "gt_ids"),
        ("watershed", "oversegmented_stack_labels.h5.gz", "ws_ids"),
    ],
)
def test_labels_are_those_of_the_original_files(volume, originals, tmp_path, name, file, ids):
    unpacked = tmp_path / "labels.h5"
    packed = originals / "neuroproof_training_sample2" / file
    unpacked.write_bytes(gzip.decompress(packed.read_bytes()))
    with h5py.File(unpacked) as opened:
        stack, pairs = opened["stack"][...], opened["transforms"][...]
    bodies = np.zeros(int(max(stack.max(), pairs[:, 0].max())) + 1, dtype=np.int64)
    bodies[pairs[:, 0].astype(np.int64)] = pairs[:, 1]
    archive = originals.parent / FOLDER / "fib25_training2_labels.npz"
    with np.load(archive, allow_pickle=False) as labels:
        names = labels[ids]
    # Bodies are numbered from 0, which is that of the background; supervoxels from 1.
    places = volume.segmentation(name).astype(np.int64) - (0 if name == "truth" else 1)
    np.testing.assert_array_equal(names[places], bodies[stack.astype(np.int64)])
    if name == "watershed":
        assert len(np.unique(stack)) == 3337


def test_ffn_is_the_published_segmentation(volume, originals):
    with np.load(originals / "ffn" / "sample-training2.npz", allow_pickle=False) as published:
        np.testing.assert_array_equal(volume.segmentation("ffn"), published["segmentation"])


def test_other_data_are_refused(tmp_path):
    values = np.zeros((4, 4, 4), dtype="u1")
    files = {}
    for name, arrays in (
        ("image", {"image": values}),
        ("labels", {"gt": values, "watershed": values, "ffn": values}),
    ):
        path = tmp_path / f"{name}.npz"
        np.savez(path, voxel_size_nm=[10, 10, 10], **arrays)
        files[f"{FOLDER}/fib25_training2_{name}.npz"] = path
        assert formats.sniff(path, kind=Volume).name == "volume-arrays"
    with pytest.raises(IntegrityError, match="these facts do not hold: 250 voxels of 10 nm"):
        convert_fib25(files, Source("fib25"))
