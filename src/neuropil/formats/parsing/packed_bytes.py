"""The bytes of a file, unpacked where gzip packed them, up to a size that is said."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from neuropil.contracts import InputError, require_regular_file

__all__ = ["LARGEST_UNPACKED", "read_unpacked"]

LARGEST_UNPACKED = 512 << 20
"""Most bytes that a file unpacks to: ten times the largest file of its kind. Not tuned."""

_GZIP_MAGIC = b"\x1f\x8b"


def read_unpacked(path: Path, largest: int = LARGEST_UNPACKED) -> bytes:
    """Read a file, compressed with gzip or not.

    Parameters
    ----------
    path : Path
        The file. Its first bytes tell whether it is compressed: browsers unpack such files and
        keep the name, or the other way round.
    largest : int
        Most bytes that are read.

    Returns
    -------
    bytes
        Its content, unpacked.

    Raises
    ------
    InputError
        When it is no file, is truncated, or unpacks to more than ``largest`` bytes.
    """
    require_regular_file(path)
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        try:
            # One more than allowed: a few kilobytes can unpack to gigabytes.
            content = (gzip.GzipFile(fileobj=file) if packed else file).read(largest + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"expected a whole gzip file, found a damaged or truncated one of "
                f"{path.stat().st_size} bytes",
                where=str(path),
                repair="Copy it again.",
            ) from error
    if len(content) > largest:
        raise InputError(
            f"expected at most {largest >> 20} MB{', unpacked' if packed else ''}, found more",
            where=str(path),
            repair="Name a smaller file.",
        )
    return content
