"""The bytes of a file, unpacked where gzip packed them, up to a size that is said."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from neuropil.contracts import InputError, require_regular_file

__all__ = ["LARGEST_UNPACKED", "is_gzip", "read_bytes"]

LARGEST_UNPACKED = 512 << 20
"""Most bytes of a picture or a skeleton: ten times the largest file of its kind. Not tuned."""

_GZIP_MAGIC = b"\x1f\x8b"
# A table of text shrinks to a tenth, one of zeros to a five-hundredth. What unpacks to more than
# this many times its size, and to more than fits beside other programs on a laptop, was made to
# fill the memory.
_MOST_TIMES = 200
_FREELY = 256 << 20
# Nothing is unpacked beyond this, whatever its ratio: it has to fit the memory twice.
_MOST = 4 << 30
_BLOCK = 1 << 20


def is_gzip(path: Path) -> bool:
    """Tell from the first two bytes whether a file is compressed.

    Browsers unpack downloads and keep ``.gz`` in their name, so that names do not tell.
    """
    return _read(path, len(_GZIP_MAGIC)) == _GZIP_MAGIC


def read_bytes(path: Path, size: int = -1, *, largest: int | None = None) -> bytes:
    """Read a file, unpacked where it is compressed with gzip.

    Parameters
    ----------
    path : Path
        A file.
    size : int
        Number of bytes after which to stop; -1 reads all.
    largest : int, optional
        Most bytes of a whole file of its kind, unpacked.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    InputError
        When it cannot be read, is truncated, or unpacks to more than 4 GiB, or to more than 256
        MiB and 200 times its size; unpack it with gunzip if you trust it. When it has more than
        ``largest`` bytes; name a smaller one.
    """
    require_regular_file(path)
    if not is_gzip(path):
        if largest is not None and path.stat().st_size > largest:
            raise _refuse_size(path, largest, "")
        return _read(path, size)
    try:
        with gzip.open(path) as handle:
            return handle.read(size) if size >= 0 else _unpack(handle, path, largest)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"expected a whole gzip file, found a damaged or truncated one of "
            f"{path.stat().st_size} bytes",
            where=str(path),
            repair="Copy or download it again.",
        ) from error


def _read(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(size)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(path), repair="Check its permissions."
        ) from error


def _refuse_size(path: Path, largest: int, unpacked: str) -> InputError:
    return InputError(
        f"expected at most {largest >> 20} MB{unpacked}, found more",
        where=str(path),
        repair="Name a smaller file.",
    )


def _unpack(handle: gzip.GzipFile, path: Path, largest: int | None) -> bytes:
    packed = path.stat().st_size
    limit = min(_MOST, max(_FREELY, _MOST_TIMES * packed))
    content = io.BytesIO()
    while block := handle.read(_BLOCK):
        if largest is not None and content.tell() + len(block) > largest:
            raise _refuse_size(path, largest, ", unpacked")
        if content.tell() + len(block) > limit:
            raise InputError(
                f"expected a file that unpacks to at most {limit >> 20} MiB, found one of "
                f"{packed} bytes that unpacks to more",
                where=str(path),
                repair="If you trust it, unpack it with gunzip and read the unpacked file.",
            )
        content.write(block)
    return content.getvalue()
