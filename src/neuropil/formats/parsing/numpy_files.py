"""NumPy's files, of which every byte is accounted for; nothing is unpickled."""

from __future__ import annotations

import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, require_regular_file

__all__ = ["count_axes", "read_npy", "read_npz"]

Arrays = dict[str, npt.NDArray[Any]]

_ENDING = ".npy"
# Numbers, truth values and text; the others are objects, records and times.
_KINDS = "biufUS"
# The two ways in which NumPy writes archives; others can pack gigabytes into a few bytes.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# A matrix of 23,000 neurons: what fits a large machine. Not tuned.
_LARGEST = 4 << 30
# What NumPy and zipfile raise for a damaged file is not documented; all of it is named in one way.
_DAMAGE = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, SyntaxError),
    *(OverflowError, RecursionError, MemoryError, struct.error, tokenize.TokenError),
)


def read_npy(path: Path) -> npt.NDArray[Any]:
    """Read an ``.npy`` file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ndarray
        Its array, of numbers, truth values or text.

    Raises
    ------
    InputError
        When it is truncated, has bytes beyond its array, or holds pickled objects.
    """
    require_regular_file(path)
    try:
        with path.open("rb") as handle:
            return _read_array(handle, path.stat().st_size, str(path))
    except InputError:
        raise
    except _DAMAGE as error:
        raise _damaged(path) from error


def count_axes(path: Path) -> int | None:
    """Count the axes of the array in an ``.npy`` file, from its header alone.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    int or None
        None where the header cannot be read.
    """
    try:
        with path.open("rb") as handle, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return len(_read_header(handle)[0])
    except _DAMAGE:
        return None


def read_npz(path: Path) -> Arrays:
    """Read an ``.npz`` file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to ndarray
        Its arrays, of numbers, truth values or text.

    Raises
    ------
    InputError
        When it is damaged, has an array twice, unpacks to more than 4 GB or holds pickled objects.
    """
    require_regular_file(path)
    try:
        with path.open("rb") as handle, zipfile.ZipFile(handle) as archive:
            members = archive.infolist()
            _check_members(members, path)
            arrays = {}
            for member in members:
                name = member.filename.removesuffix(_ENDING)
                with archive.open(member) as packed:
                    arrays[name] = _read_array(packed, member.file_size, f"{path}, array {name}")
                    # The checksum is compared at the end, which reading the array need not reach.
                    packed.read(1)
            return arrays
    except InputError:
        raise
    except _DAMAGE as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> InputError:
    return InputError(
        f"expected a whole NumPy file, found a damaged or truncated one of "
        f"{path.stat().st_size} bytes",
        where=str(path),
        repair="Copy or save it again.",
    )


def _check_members(members: list[zipfile.ZipInfo], path: Path) -> None:
    names = [member.filename for member in members]
    twice = next((name for name in names if names.count(name) > 1), None) if names else None
    packed = [member for member in members if member.compress_type not in _PACKED]
    size = sum(member.file_size for member in members)
    if twice:
        what, repair = f"each array once, found {twice!r} again", "Save it again with np.savez."
    elif packed:
        what = f"arrays packed as NumPy does, found {packed[0].filename!r} packed otherwise"
        repair = "Save it again with np.savez_compressed."
    elif size > _LARGEST:
        what = f"arrays of at most {_LARGEST >> 30} GB, found {size / 2**30:,.1f} GB"
        repair = "Save the arrays that are needed alone."
    else:
        return
    raise InputError(f"expected {what}", where=str(path), repair=repair)


def _read_array(handle: IO[bytes], size: int, where: str) -> npt.NDArray[Any]:
    """Read one array that must fill a file of ``size`` bytes."""
    # NumPy warns of a header that it can read all the same, as Python 2 wrote it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return _read_values(handle, size, where)


def _read_values(handle: IO[bytes], size: int, where: str) -> npt.NDArray[Any]:
    shape, dtype, start = _read_header(handle)
    if dtype.hasobject:
        raise InputError(
            "expected numbers and text, found pickled objects",
            where=where,
            repair="Save plain arrays.",
        )
    if dtype.kind not in _KINDS:
        raise InputError(
            f"expected numbers and text, found {dtype}", where=where, repair="Save plain arrays."
        )
    # Before anything is allocated: a damaged shape must not ask for petabytes.
    expected = start + math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or expected > size:
        raise EOFError(expected)
    if expected < size:
        raise InputError(
            f"expected {expected} bytes for {dtype} of shape {shape}, found {size}",
            where=where,
            repair="It has other bytes in it: copy or save it again.",
        )
    handle.seek(0)
    return np.asarray(np.lib.format.read_array(handle, allow_pickle=False))


def _read_header(handle: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Read the shape and the type of an array, and where its values begin."""
    version = np.lib.format.read_magic(handle)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(handle)
    # Versions 2 and 3 differ in the encoding of the names of fields, which plain arrays lack.
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(handle)
    else:
        raise ValueError(version)
    return shape, dtype, handle.tell()
