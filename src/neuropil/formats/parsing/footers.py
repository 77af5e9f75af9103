"""The footer of a file that ends in one: its length, and the mark at both ends of the file."""

from __future__ import annotations

import struct
from pathlib import Path

__all__ = ["read_footer"]

_LENGTH = struct.Struct("<i")


def read_footer(path: Path, mark: bytes) -> tuple[bytes, int] | None:
    """Read the footer of a Parquet or Arrow file.

    Parameters
    ----------
    path : Path
        A file.
    mark : bytes
        What its first and last bytes must be.

    Returns
    -------
    footer : bytes
        The footer.
    start : int
        Where it begins.
        None in place of both where a mark is missing, or the length leads out of the file.
    """
    size = path.stat().st_size
    end = _LENGTH.size + len(mark)
    with path.open("rb") as handle:
        if handle.read(len(mark)) != mark or size < len(mark) + end:
            return None
        handle.seek(size - end)
        (length,) = _LENGTH.unpack(handle.read(_LENGTH.size))
        start = size - end - length
        if handle.read() != mark or length <= 0 or start < len(mark):
            return None
        handle.seek(start)
        return handle.read(length), start
