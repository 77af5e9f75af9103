"""Datasets of images: published sums of the real files, and what is said of other bytes."""

from __future__ import annotations

import gzip
import hashlib
import struct
from dataclasses import replace

import numpy as np
import pytest

from neuropil.connectome import ImageSet
from neuropil.contracts import (
    DataUnavailableError,
    IntegrityError,
)
from neuropil.datasets import REGISTRY, info, load, plant_circuit


def write_idx(path, values):
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    content = header + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.usefixtures("real_data")
def test_mnist_has_the_published_sums_and_counts():
    images = load("mnist", kind=ImageSet)
    assert images.train_images.shape == (60_000, 28, 28)
    assert int(images.train_images.sum(dtype=np.int64)) == 1_567_298_545
    assert int(images.test_images.sum(dtype=np.int64)) == 264_923_200
    assert np.bincount(images.train_labels).tolist() == [
        *(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    ]
    assert np.bincount(images.test_labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]
    assert (images.test_images >= 64).mean() == pytest.approx(0.1582, abs=5e-5)
    assert not images.lossy


@pytest.mark.slow
@pytest.mark.usefixtures("real_data")
def test_the_lossy_copy_of_cifar10_decodes_to_its_means():
    images = load("cifar10-jpeg", kind=ImageSet)
    assert images.lossy
    assert images.shape == (32, 32, 3)
    assert np.bincount(images.train_labels).tolist() == [5000] * 10
    for part, mean in (
        (images.train_images, (0.4913, 0.4821, 0.4465)),
        (images.test_images, (0.4941, 0.4851, 0.4504)),
    ):
        np.testing.assert_allclose(part.mean(axis=(0, 1, 2)) / 255, mean, atol=1e-4)


def test_digits_need_no_file():
    images = load("digits", kind=ImageSet)
    assert images.shape == (8, 8)
    assert (len(images.train_labels), len(images.test_labels)) == (1438, 359)
    assert images.white == images.train_images.max() == 16
    assert not images.source.synthetic


def test_mnist_without_its_files_names_the_substitute(monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    with pytest.raises(DataUnavailableError) as caught:
        load("mnist", kind=ImageSet)
    assert "NEUROPIL_OFFLINE forbids the download. Set NEUROPIL_DATA" in str(caught.value)
    assert str(caught.value).endswith("or use the dataset digits.")


def test_the_planted_circuit_makes_no_error():
    images, gates = plant_circuit(3)
    bits = images.test_images.reshape(len(images.test_images), -1) > 0
    counts = gates.count(bits)
    assert np.array_equal(counts.argmax(axis=1), images.test_labels)
    assert (np.sort(counts, axis=1)[:, -1] > np.sort(counts, axis=1)[:, -2]).all()
    assert images.source.synthetic
    again, _ = plant_circuit(3)
    assert np.array_equal(again.train_images, images.train_images)


@pytest.fixture
def garments(tmp_path, monkeypatch):
    """A mirror with four generated files under the names of Fashion-MNIST."""
    folder = tmp_path / "logic" / "fashion-mnist"
    folder.mkdir(parents=True)
    for stem, n in (("train", 20), ("t10k", 10)):
        images = np.arange(n)[:, None, None] + np.zeros((n, 28, 28))
        write_idx(folder / f"{stem}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{stem}-labels-idx1-ubyte.gz", np.arange(n) % 10)
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    return folder


def test_fashion_mnist_is_found_in_a_mirror_by_its_names(garments, monkeypatch):
    dataset = info("fashion-mnist")
    files = []
    for file in dataset.files:
        content = (garments.parent / file.name).read_bytes()
        files.append(replace(file, sha256=hashlib.sha256(content).hexdigest(), size=len(content)))
    monkeypatch.setitem(REGISTRY, "fashion-mnist", replace(dataset, files=tuple(files)))
    images = load("fashion-mnist", kind=ImageSet)
    assert images.train_images.shape == (20, 28, 28)
    assert images.train_images[:, 3, 4].tolist() == list(range(20))
    assert images.test_labels.tolist() == list(range(10))
    assert [images.classes[each] for each in (0, 5, 9)] == ["T-shirt/top", "Sandal", "Ankle boot"]
    assert not images.lossy
    assert [file.sha256 for file in images.source.files] == [file.sha256 for file in files]


def test_other_bytes_than_those_of_fashion_mnist_are_refused(garments):
    with pytest.raises(IntegrityError) as caught:
        load("fashion-mnist", kind=ImageSet)
    path = garments / "train-images-idx3-ubyte.gz"
    assert str(caught.value) == (
        f"{path}: expected SHA-256 "
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84, "
        f"found {hashlib.sha256(path.read_bytes()).hexdigest()}. "
        "Replace this file of the mirror, or unset NEUROPIL_DATA."
    )
