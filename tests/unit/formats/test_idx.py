"""IDX files: a folder of four, found by the registry, and what damaged ones say."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import ImageSet
from neuropil.contracts import InputError

STEMS = (
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
    "t10k-labels-idx1-ubyte"
)


def write_idx(path: Path, values: np.ndarray) -> None:
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    content = header + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four files, two of them compressed."""
    generator = np.random.default_rng(0)
    for stem, n in (("train", 6), ("t10k", 4)):
        write_idx(tmp_path / f"{stem}-images-idx3-ubyte.gz", generator.integers(0, 256, (n, 5, 5)))
        write_idx(tmp_path / f"{stem}-labels-idx1-ubyte", np.arange(n))
    return tmp_path


def test_a_folder_of_four_files_is_an_image_set(folder: Path) -> None:
    assert formats.sniff(folder, kind=ImageSet).name == "idx-folder"
    images = formats.read(folder, kind=ImageSet)
    assert images.train_labels.tolist() == list(range(6))
    assert images.shape == (5, 5)
    assert images.classes == tuple("0123456789")
    assert images.source.name == folder.name
    assert [file.name for file in images.source.files] == [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte",
    ]
    assert np.array_equal(formats.read_mnist_folder(folder).test_images, images.test_images)


def test_classes_are_named_as_an_option(folder: Path) -> None:
    images = formats.read(folder, kind=ImageSet, classes=list("abcdef"))
    assert images.classes == tuple("abcdef")
    with pytest.raises(InputError, match="expected labels from 0 to 1, found 0 to 5"):
        formats.read(folder, kind=ImageSet, classes=["a", "b"])


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError) as caught:
        formats.read(folder, kind=ImageSet)
    assert str(caught.value) == (
        f"{folder}: expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz. "
        f"Put the four files there: {STEMS}."
    )


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "images"
    write_idx(path, np.zeros((2, 3, 3)))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError) as caught:
        formats.read_idx(path)
    assert str(caught.value) == (
        f"{path}: expected an IDX header of bytes with 17 values, found type 0x08 and shape "
        "(2, 3, 3). Fetch it again."
    )
    compressed = gzip.compress(bytes(range(256)))
    broken = compressed[:12] + b"\xff" * (len(compressed) - 12)
    for content in (b"\x1f\x8bbroken", broken):
        path.write_bytes(content)
        with pytest.raises(InputError, match="expected a whole gzip file"):
            formats.read_idx(path)
