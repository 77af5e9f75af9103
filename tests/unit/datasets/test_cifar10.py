"""CIFAR-10 from an archive of the published form, and what damaged archives say."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from neuropil.connectome import ImageSet
from neuropil.contracts import DataUnavailableError, IntegrityError, Source
from neuropil.datasets import REGISTRY, info, load
from neuropil.datasets.cifar10 import convert_cifar10

BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
SIZE = 30_730_000
SOURCE = Source("cifar10")


def write_archive(path, members):
    """Write members in their order; the folder and a text come first, as published."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        folder = tarfile.TarInfo("cifar-10-batches-bin")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in (("../outside", b"no"), *members):
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def make_batch(number):
    """Return a batch whose label and pixels tell the batch, the record, the plane and the place."""
    records = np.zeros((10_000, 3_073), np.uint8)
    records[:, 0] = np.arange(10_000) % 10
    planes = records[:, 1:].reshape(10_000, 3, 32, 32)
    planes[:, 0, :, 0] = np.arange(32)
    planes[:, 1, 0, :] = 100 + np.arange(32)
    planes[:, 2] = number
    planes[:, 2, 31, 30] = np.arange(10_000) % 251
    return records.tobytes()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A mirror with an archive of the published form, its batches in another order."""
    path = tmp_path_factory.mktemp("mirror") / "logic" / "cifar10" / "cifar-10-binary.tar.gz"
    members = [(name, make_batch(number)) for number, name in enumerate(BATCHES)]
    return write_archive(path, members[::-1])


def test_records_become_images_in_the_order_of_the_batches(archive, monkeypatch):
    content = archive.read_bytes()
    dataset = info("cifar10")
    digest = hashlib.sha256(content).hexdigest()
    file = replace(dataset.files[0], sha256=digest, size=len(content))
    monkeypatch.setitem(REGISTRY, "cifar10", replace(dataset, files=(file,)))
    monkeypatch.setenv("NEUROPIL_DATA", str(archive.parents[2]))
    images = load("cifar10", kind=ImageSet)
    assert images.train_images.shape == (50_000, 32, 32, 3)
    assert images.test_images.shape == (10_000, 32, 32, 3)
    assert not images.lossy
    assert images.classes[:3] == ("airplane", "automobile", "bird")
    assert np.bincount(images.train_labels).tolist() == [5000] * 10
    assert images.test_labels[:12].tolist() == [*range(10), 0, 1]
    image = images.train_images[20_007]
    assert image[:, 0, 0].tolist() == list(range(32))
    assert image[0, :, 1].tolist() == list(range(100, 132))
    assert image[31, 30, 2] == 7
    assert images.train_images[::10_000, 5, 5, 2].tolist() == [0, 1, 2, 3, 4]
    assert (images.test_images[:, 5, 5, 2] == 5).all()
    assert [file.sha256 for file in images.source.files] == [digest]


def test_other_bytes_than_the_registered_ones_are_refused(archive, monkeypatch):
    monkeypatch.setenv("NEUROPIL_DATA", str(archive.parents[2]))
    with pytest.raises(IntegrityError) as caught:
        load("cifar10", kind=ImageSet)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert str(caught.value) == (
        f"{archive}: expected SHA-256 "
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd, "
        f"found {digest}. Replace this file of the mirror, or unset NEUROPIL_DATA."
    )


def test_without_the_archive_the_command_is_named(monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    with pytest.raises(DataUnavailableError, match="run `neuropil data get cifar10` with a conn"):
        load("cifar10", kind=ImageSet)


def _label(value):
    content = bytearray(make_batch(0))
    content[3_073 * 3] = value
    return bytes(content)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            [("data_batch_1.bin", bytes(SIZE - 1))],
            ", cifar-10-batches-bin/data_batch_1.bin: expected a file of 10,000 records of 3,073 "
            "bytes, found 30,729,999 bytes. Fetch the archive again.",
        ),
        (
            [("test_batch.bin", _label(10))],
            ", cifar-10-batches-bin/test_batch.bin: expected labels from 0 to 9, found 10 in "
            "record 3. Fetch the archive again.",
        ),
        (
            [("data_batch_1.bin", bytes(SIZE)), ("data_batch_2", bytes(SIZE))],
            ": expected the batch cifar-10-batches-bin/data_batch_2.bin, found 1 of 6. Fetch the "
            "archive again.",
        ),
    ],
    ids=["length", "label", "missing"],
)
def test_damaged_archives_are_named(members, message, tmp_path):
    path = write_archive(tmp_path / "archive.tar.gz", members)
    with pytest.raises(IntegrityError) as caught:
        convert_cifar10({"archive": path}, SOURCE)
    assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_broken_archive_is_named(archive, tmp_path, share):
    path = tmp_path / "archive.tar.gz"
    content = archive.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(IntegrityError, match=r"not a readable archive|expected the batch"):
        convert_cifar10({"archive": path}, SOURCE)
    path.write_bytes(b"not an archive")
    with pytest.raises(IntegrityError, match="not a readable archive") as caught:
        convert_cifar10({"archive": path}, SOURCE)
    assert str(caught.value).startswith(f"{path}: ")
