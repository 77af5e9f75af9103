"""CIFAR-10, as it was published and as JPEG files: readers of both."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neuropil.connectome import ImageSet
from neuropil.contracts import IntegrityError, Source

__all__ = ["convert_cifar10", "convert_cifar10_jpeg"]

Bytes = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_TRAINING = tuple(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6))
_TEST = "cifar-10-batches-bin/test_batch.bin"
_IMAGES = 10_000  # of each batch
_RECORD = 1 + 3 * 32 * 32  # a label, and the planes of red, green and blue [bytes]


def convert_cifar10(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Read CIFAR-10 from its archive of binary batches; nothing is unpacked to the disk.

    Parameters
    ----------
    files : mapping of str to Path
        The archive alone.
    source : Source
        Recorded as their origin.

    Raises
    ------
    IntegrityError
        When the archive lacks a batch, or a batch has another length or labels of no class;
        fetch the archive again.
    """
    (path,) = files.values()
    batches = _read_archive(path)
    missing = [name for name in (*_TRAINING, _TEST) if name not in batches]
    if missing:
        raise _damaged(f"expected the batch {missing[0]}, found {len(batches)} of 6", path)
    images, labels = zip(*(batches[name] for name in _TRAINING), strict=True)
    return ImageSet(
        np.concatenate(images), np.concatenate(labels), *batches[_TEST], _CLASSES, source
    )


def _read_archive(path: Path) -> dict[str, tuple[Bytes, Labels]]:
    """Read the batches by their exact names, in one pass; no other name is looked at."""
    batches: dict[str, tuple[Bytes, Labels]] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            # In one pass: asked for by name, each file would unpack the archive again from its
            # start.
            for entry in archive:
                if entry.name in (*_TRAINING, _TEST):
                    batches[entry.name] = _read_batch(archive, entry, path)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise _damaged(f"not a readable archive ({error})", path) from error
    return batches


def _read_batch(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path
) -> tuple[Bytes, Labels]:
    where = f"{path}, {entry.name}"
    # The size is looked at before the content, so that no archive can fill the memory.
    wanted = entry.isfile() and entry.size == _IMAGES * _RECORD
    content = archive.extractfile(entry) if wanted else None
    if content is None:
        raise _damaged(
            f"expected a file of {_IMAGES:,} records of {_RECORD:,} bytes, found {entry.size:,} "
            "bytes",
            where,
        )
    records = np.frombuffer(content.read(), np.uint8).reshape(_IMAGES, _RECORD)
    labels = records[:, 0].astype(np.int64)
    # Bytes go up to 255; records that are shifted by one show here.
    if labels.max() >= len(_CLASSES):
        record = int(np.argmax(labels >= len(_CLASSES)))
        raise _damaged(
            f"expected labels from 0 to 9, found {labels[record]} in record {record}", where
        )
    planes = records[:, 1:].reshape(_IMAGES, 3, 32, 32)
    # Channels last, as all images here; copied, so that every later pass reads the bytes in order.
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels


def _damaged(what: str, where: Path | str) -> IntegrityError:
    return IntegrityError(what, where=str(where), repair="Fetch the archive again.")


def convert_cifar10_jpeg(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Decode the copy of CIFAR-10 that went through JPEG.

    Parameters
    ----------
    files : mapping of str to Path
        Two NumPy archives, of training and test images.
    source : Source
        Recorded as their origin.

    Raises
    ------
    IntegrityError
        When an image is not a JPEG file of 32 by 32 pixels.
    """
    by_name = {Path(name).stem: path for name, path in files.items()}
    train = _decode_jpegs(by_name["cifar10_jpeg_train"])
    test = _decode_jpegs(by_name["cifar10_jpeg_test"])
    return ImageSet(*train, *test, _CLASSES, source, lossy=True)


def _decode_jpegs(path: Path) -> tuple[Bytes, Labels]:
    # Imported here: only this one dataset has pictures to decode.
    from PIL import Image, UnidentifiedImageError

    # Unpickling runs code of whoever wrote the file.
    with np.load(path, allow_pickle=False) as archive:
        blob, lengths, labels = (archive[name] for name in ("blob", "lens", "labels"))
    ends = np.cumsum(lengths)
    images = np.empty((len(lengths), 32, 32, 3), np.uint8)
    content = blob.tobytes()
    for row, (start, end) in enumerate(zip(ends - lengths, ends, strict=True)):
        try:
            # JPEG alone: no other decoder should see bytes that are damaged or made to break it.
            with Image.open(io.BytesIO(content[start:end]), formats=["JPEG"]) as image:
                images[row] = np.asarray(image.convert("RGB"))
        except (UnidentifiedImageError, OSError, ValueError) as error:
            raise IntegrityError(
                f"image {row} is not a JPEG file of 32 by 32 pixels ({error})",
                where=str(path),
                repair="Fetch the file again.",
            ) from error
    return images, labels.astype(np.int64)
