"""Where HDF5 keeps texts of any length: its global heaps, which the library trusts.

The HDF5 library follows the sizes in a heap without a look at where they lead. In a damaged heap it
may go round for ever, in compiled code that nothing interrupts; so every heap is walked first.

References
----------
The HDF5 File Format Specification, version 3.0, section III.E, "Disk Format: Level 1E - Global
Heap".
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

__all__ = ["has_whole_heaps"]

# Signature, version and three bytes that are 0: no text looks like that.
_MARK = b"GCOL\x01\x00\x00\x00"
_COLLECTION = struct.Struct("<8sQ")
# Number, count of references and size [bytes] of an object.
_OBJECT = struct.Struct("<HH4xQ")
_ALIGNED = 8


def has_whole_heaps(path: Path) -> bool:
    """Tell whether the objects of every global heap of a file end within it.

    Parameters
    ----------
    path : Path
        An HDF5 file whose sizes have eight bytes, as those of every usual writer have.

    Returns
    -------
    bool
        False where a heap is damaged; True where there is none.
    """
    if not path.stat().st_size:
        return True
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = content.find(_MARK)
        while place >= 0:
            if not _is_whole(content, place):
                return False
            place = content.find(_MARK, place + len(_MARK))
    return True


def _is_whole(content: mmap.mmap, start: int) -> bool:
    if start + _COLLECTION.size > len(content):
        return False
    _, size = _COLLECTION.unpack_from(content, start)
    end = start + size
    if end > len(content):
        return False
    place = start + _COLLECTION.size
    while place + _OBJECT.size <= end:
        number, _, length = _OBJECT.unpack_from(content, place)
        if not number:
            # The free space at the end, whose size counts its own head.
            return bool(length >= _OBJECT.size and place + length <= end)
        place += _OBJECT.size + -(-length // _ALIGNED) * _ALIGNED
    return place <= end
