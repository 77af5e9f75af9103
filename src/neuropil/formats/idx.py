"""IDX files: arrays of bytes, four of which in a folder are labelled images, as of MNIST."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neuropil.connectome import ImageSet
from neuropil.contracts import InputError, Source
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.packed_bytes import LARGEST_UNPACKED, read_bytes

__all__ = ["DIGITS", "FORMAT", "read_idx", "read_mnist_files", "read_mnist_folder"]

DIGITS = tuple(str(digit) for digit in range(10))
"""Names of the classes of MNIST."""

# Number of the type "unsigned byte" in the header of an IDX file.
_IDX_UINT8 = 0x08
# Names of MNIST, which sets of its form have kept: only they tell training from test.
_STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def read_idx(path: Path | str) -> npt.NDArray[np.uint8]:
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
        content = read_bytes(path, largest=LARGEST_UNPACKED)
        # IDX is big-endian: two zero bytes, the type, the number of dimensions, then each as 32
        # bits.
        zero, kind, dimensions = struct.unpack(">HBB", content[:4])
        shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    except (OSError, struct.error) as error:
        raise InputError(
            f"not a readable IDX file ({error})", where=str(path), repair="Fetch it again."
        ) from error
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    # The length is held against the header: a file that was cut short still has a valid one.
    if zero != 0 or kind != _IDX_UINT8 or values.size != math.prod(shape):
        raise InputError(
            f"expected an IDX header of bytes with {values.size} values, found type {kind:#04x} "
            f"and shape {shape}",
            where=str(path),
            repair="Fetch it again.",
        )
    return values.reshape(shape)


def read_mnist_files(
    files: Mapping[str, Path], source: Source, classes: Sequence[str] = DIGITS
) -> ImageSet:
    """Read four IDX files, told apart by the names that those of MNIST have.

    Parameters
    ----------
    files : mapping of str to Path
        Path of each file by its published name, with or without folders and ``.gz``.
    source : Source
        Recorded as their origin.
    classes : sequence of str
        Names of the classes, in the order of the labels.

    Returns
    -------
    ImageSet
        Training and test images with their labels.

    Raises
    ------
    InputError
        When a file is damaged, or images and labels do not fit.
    """
    by_stem = {Path(name).name.removesuffix(".gz"): path for name, path in files.items()}
    images, labels, test_images, test_labels = (read_idx(by_stem[stem]) for stem in _STEMS)
    return ImageSet(
        images,
        # Bytes wrap round at 256 in sums and differences.
        labels.astype(np.int64),
        test_images,
        test_labels.astype(np.int64),
        tuple(classes),
        source,
    )


def read_mnist_folder(path: Path | str, *, classes: Sequence[str] = DIGITS) -> ImageSet:
    """Read a folder with four IDX files that are named as those of MNIST, such as Fashion-MNIST.

    Parameters
    ----------
    path : Path or str
        Folder with ``train-images-idx3-ubyte`` and the other three, with or without ``.gz``.
    classes : sequence of str
        Names of the classes, in the order of the labels.

    Returns
    -------
    ImageSet
        Its source records the four files.

    Raises
    ------
    InputError
        When one of the four is missing or damaged.
    """
    folder = Path(path)
    found: dict[str, Path] = {}
    for stem in _STEMS:
        file = _find(folder, stem)
        if file is None:
            raise InputError(
                f"expected {stem} or {stem}.gz",
                where=str(folder),
                repair=f"Put the four files there: {', '.join(_STEMS)}.",
            )
        found[stem] = file
    records = tuple(record for file in found.values() for record in describe_file(file).files)
    return read_mnist_files(found, Source(folder.name, files=records), classes)


def _find(folder: Path, stem: str) -> Path | None:
    # Compressed first, as they are published.
    choices = (folder / f"{stem}.gz", folder / stem)
    return next((choice for choice in choices if choice.is_file()), None)


FORMAT = Format(
    name="idx-folder",
    endings=(),
    description="folder with the four IDX files of MNIST, or of a set that has its form",
    # One of the four is enough: the reader then names those that are missing.
    sniff=lambda path: any(_find(path, stem) for stem in _STEMS),
    read=read_mnist_folder,
    holds=ImageSet,
    options={"classes": "names of the classes, in the order of the labels"},
)
