"""The layout of an Arrow file: whether its parts lie where its footer says.

An Arrow file has no checksum. A byte that is lost or added on the way shifts all numbers behind it,
and they are then read as other numbers; so the marks between the parts are looked at first.

References
----------
The Arrow columnar format, "IPC file format" and File.fbs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from neuropil.formats.parsing.footers import read_footer

__all__ = ["has_arrow_layout"]

_MAGIC = b"ARROW1"
# Before every message and before the footer; files of before 2019 have none.
_MARK = b"\xff\xff\xff\xff"
# The fields of a footer that list its parts: dictionaries, record batches.
_LISTS = (2, 3)
_BLOCK = struct.Struct("<qi4xq")


def has_arrow_layout(path: Path) -> bool:
    """Tell whether the parts of an Arrow file lie where its footer says.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    bool
        False where it is cut short, or bytes were lost or added.
    """
    found = read_footer(path, _MAGIC)
    if found is None:
        return False
    footer, start = found
    try:
        blocks = list(_list_blocks(footer))
    # The footer is a FlatBuffer, whose offsets lead out of it where it is damaged.
    except struct.error:
        return False
    with path.open("rb") as handle:
        return all(_is_whole(handle, block, start) for block in blocks)


def _list_blocks(footer: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield offset, length of the metadata and length of the body [bytes] of each part."""
    (table,) = struct.unpack_from("<I", footer, 0)
    vtable = table - struct.unpack_from("<i", footer, table)[0]
    # Python would take a negative offset as one from the end.
    if vtable < 0:
        raise struct.error("offset before the footer")
    (size,) = struct.unpack_from("<H", footer, vtable)
    for field in _LISTS:
        entry = 4 + 2 * field
        offset = struct.unpack_from("<H", footer, vtable + entry)[0] if entry < size else 0
        if offset:
            place = table + offset
            vector = place + struct.unpack_from("<I", footer, place)[0]
            (count,) = struct.unpack_from("<I", footer, vector)
            for each in range(count):
                yield _BLOCK.unpack_from(footer, vector + 4 + each * _BLOCK.size)


def _is_whole(handle: BinaryIO, block: tuple[int, int, int], limit: int) -> bool:
    offset, metadata, body = block
    end = offset + metadata + body
    if offset < len(_MAGIC) or metadata < len(_MARK) or body < 0 or end > limit:
        return False
    handle.seek(offset)
    first = handle.read(len(_MARK))
    if first != _MARK:
        return bool(struct.unpack("<i", first)[0] == metadata - len(first))
    # Behind the part stands the next one, or the mark of the end.
    handle.seek(end)
    return handle.read(len(_MARK)) == _MARK
