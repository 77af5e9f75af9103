"""A folder of many files as one entry in the origin of data."""

from __future__ import annotations

import hashlib
from pathlib import Path

from neuropil.contracts import FileRecord, sha256_of

__all__ = ["describe_folder"]

# Half a minute of hashing on a slow disk; volumes of terabytes are told by names and sizes.
_LARGEST_HASHED = 4 << 30


def describe_folder(path: Path) -> tuple[FileRecord, list[str]]:
    """Record a folder: a hash over the names and contents of its files, and their size.

    Parameters
    ----------
    path : Path
        An existing folder.

    Returns
    -------
    record : FileRecord
        Its SHA-256 is that of one line ``NAME SHA-256`` for each file, in order of the names.
    notes : list of str
        Says where the folder is so large that sizes were taken in place of contents.
    """
    files = sorted(each for each in path.rglob("*") if each.is_file())
    total = sum(each.stat().st_size for each in files)
    digest = hashlib.sha256()
    for each in files:
        content = sha256_of(each) if total <= _LARGEST_HASHED else str(each.stat().st_size)
        digest.update(f"{each.relative_to(path).as_posix()} {content}\n".encode())
    record = FileRecord(path.name, digest.hexdigest(), total)
    if total <= _LARGEST_HASHED:
        return record, []
    return record, [
        f"The folder has {total / 2**30:,.0f} GB: its SHA-256 is over names and sizes of its files."
    ]
