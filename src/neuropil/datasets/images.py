"""Labelled images: the noun, and readers of the files in which classification tasks come."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, Source

__all__ = [
    "ImageSet",
    "convert_digits",
    "convert_fashion_mnist",
    "convert_mnist",
    "read_idx",
    "read_mnist_folder",
]

Bytes = npt.NDArray[np.uint8]

_IDX_UINT8 = 0x08
_MNIST_STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_DIGITS = tuple(str(digit) for digit in range(10))
_GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@dataclass(frozen=True)
class ImageSet:
    """Images with labels, split into what may be learned from and what is tested once.

    Parameters
    ----------
    train_images : (n, height, width) or (n, height, width, channels) uint8 array
        Brightness from 0 to ``white``.
    train_labels : (n,) int array
        Position of the class in ``classes``.
    test_images : (m, height, width) or (m, height, width, channels) uint8 array
        As the training images.
    test_labels : (m,) int array
        As the training labels.
    classes : tuple of str
        Names of the classes.
    source : Source
        Where the images came from.
    white : int
        Largest brightness.
    lossy : bool
        Whether the images went through lossy compression, so that numbers measured on them do
        not compare with those of the original.

    Raises
    ------
    InputError
        When images and labels differ in number, shape or range; mend the files.
    """

    train_images: Bytes
    train_labels: npt.NDArray[np.int64]
    test_images: Bytes
    test_labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    source: Source
    white: int = 255
    lossy: bool = False

    def __post_init__(self) -> None:
        for name in ("train", "test"):
            images, labels = getattr(self, f"{name}_images"), getattr(self, f"{name}_labels")
            _check_part(f"{self.source.name}, {name}", images, labels, len(self.classes))
            images.flags.writeable = labels.flags.writeable = False
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise InputError(
                f"expected test images of shape {self.train_images.shape[1:]}, "
                f"found {self.test_images.shape[1:]}",
                where=self.source.name,
                repair="Bring training and test images of one size.",
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return self.train_images.shape[1:]


def _check_part(where: str, images: Bytes, labels: npt.NDArray[np.int64], classes: int) -> None:
    if images.ndim not in (3, 4) or images.dtype != np.uint8:
        raise InputError(
            f"expected uint8 images of shape (n, height, width) or (n, height, width, channels), "
            f"found {images.dtype} of shape {images.shape}",
            where=where,
            repair="Bring images of that kind.",
        )
    if labels.shape != images.shape[:1]:
        raise InputError(
            f"expected {len(images)} labels, found {labels.shape}",
            where=where,
            repair="Bring the labels that belong to the images.",
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise InputError(
            f"expected labels from 0 to {classes - 1}, found {labels.min()} to {labels.max()}",
            where=where,
            repair="Bring the labels that belong to the classes.",
        )


def read_idx(path: Path | str) -> Bytes:
    """Read an IDX file of bytes, compressed with gzip or not.

    Parameters
    ----------
    path : Path or str
        The file.

    Returns
    -------
    uint8 array
        Of the shape that the header names.

    Raises
    ------
    InputError
        When the header is not that of bytes, or the length differs from the header's.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        zero, kind, dimensions = struct.unpack(">HBB", content[:4])
        shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    except (OSError, EOFError, struct.error, zlib.error) as error:
        raise InputError(
            f"not a readable IDX file ({error})", where=str(path), repair="Fetch it again."
        ) from error
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if zero != 0 or kind != _IDX_UINT8 or values.size != np.prod(shape):
        raise InputError(
            f"expected an IDX header of bytes with {values.size} values, found type {kind:#04x} "
            f"and shape {shape}",
            where=str(path),
            repair="Fetch it again.",
        )
    return values.reshape(shape)


def convert_mnist(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Read the four IDX files of MNIST, or of a set that has its form.

    Parameters
    ----------
    files : mapping of str to Path
        Four files; those of training and test, images and labels, are told by their names.
    source : Source
        Recorded as their origin.
    """
    return _read_four(files, source, _DIGITS)


def convert_fashion_mnist(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Read the four IDX files of Fashion-MNIST.

    Parameters
    ----------
    files : mapping of str to Path
        Four files, named as those of MNIST.
    source : Source
        Recorded as their origin.
    """
    return _read_four(files, source, _GARMENTS)


def _read_four(files: Mapping[str, Path], source: Source, classes: tuple[str, ...]) -> ImageSet:
    by_stem = {Path(name).name.removesuffix(".gz"): path for name, path in files.items()}
    parts = [read_idx(by_stem[stem]) for stem in _MNIST_STEMS]
    return ImageSet(
        parts[0],
        parts[1].astype(np.int64),
        parts[2],
        parts[3].astype(np.int64),
        classes,
        source,
    )


def read_mnist_folder(folder: Path | str) -> ImageSet:
    """Read a folder with four IDX files that are named as those of MNIST, such as Fashion-MNIST.

    Parameters
    ----------
    folder : Path or str
        Folder with ``train-images-idx3-ubyte`` and the other three, with or without ``.gz``.

    Raises
    ------
    InputError
        When one of the four is missing.
    """
    folder = Path(folder)
    found: dict[str, Path] = {}
    for stem in _MNIST_STEMS:
        choices = [folder / name for name in (f"{stem}.gz", stem)]
        path = next((choice for choice in choices if choice.is_file()), None)
        if path is None:
            raise InputError(
                f"expected {stem} or {stem}.gz",
                where=str(folder),
                repair=f"Put the four files there: {', '.join(_MNIST_STEMS)}.",
            )
        found[stem] = path
    return convert_mnist(found, Source(folder.name))


def convert_digits(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Take the handwritten digits that scikit-learn ships; every fifth image is for the test.

    Parameters
    ----------
    files : mapping of str to Path
        Empty.
    source : Source
        Recorded as their origin.
    """
    from sklearn.datasets import load_digits

    del files
    bunch = load_digits()
    images, labels = bunch.images.astype(np.uint8), bunch.target.astype(np.int64)
    test = np.arange(len(labels)) % 5 == 4
    names = tuple(str(name) for name in bunch.target_names)
    return ImageSet(
        images[~test], labels[~test], images[test], labels[test], names, source, white=16
    )
