"""The one folder for what can be made or fetched again, and what may be believed there."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from neuropil.contracts.errors import OutputError
from neuropil.contracts.files import atomic_write

__all__ = ["cached_array", "is_private", "user_cache", "write_to_cache"]

_DIGEST = hashlib.sha256().digest_size


def user_cache() -> Path:
    """Return the cache folder: ``NEUROPIL_CACHE``, or the operating system's place for caches."""
    # Tests and shared machines give every user a cache of their own.
    named = os.environ.get("NEUROPIL_CACHE")
    # Without the author, whom only Windows puts into the path, as a folder that says nothing.
    return Path(named) if named else platformdirs.user_cache_path("neuropil", appauthor=False)


@contextmanager
def write_to_cache(path: Path) -> Iterator[Path]:
    """Yield a temporary path that takes its name in the cache when the block succeeds.

    Parameters
    ----------
    path : Path
        Final name of a file or of a new folder.

    Yields
    ------
    Path
        As :func:`~neuropil.contracts.atomic_write`.

    Raises
    ------
    OutputError
        When the cache cannot be written; the message names NEUROPIL_CACHE.
    """
    try:
        with atomic_write(path) as temporary:
            yield temporary
    except OutputError as error:
        raise OutputError(
            error.what,
            where=error.where,
            repair="Set NEUROPIL_CACHE to a folder that can be written and has space.",
        ) from error


def is_private(path: Path) -> bool:
    """Tell whether a file or folder is this user's own and nobody else may write it.

    Parameters
    ----------
    path : Path
        Something that exists.
    """
    # Windows keeps each user's cache apart by itself.
    if not hasattr(os, "getuid"):
        return True
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & stat.S_IWOTH


def cached_array(
    name: str, key: str, shape: tuple[int, ...], make: Callable[[], npt.NDArray[Any]]
) -> npt.NDArray[Any]:
    """Return an array of bytes from the cache, or make it and keep it there.

    Parameters
    ----------
    name : str
        Folder within the cache.
    key : str
        Everything that the array depends on; the version of the package is added.
    shape : tuple of int
        Shape that it has.
    make : callable
        Makes the array of uint8.

    Returns
    -------
    array of uint8
        The array. An entry that is damaged, or of another shape, is made anew.

    Raises
    ------
    OutputError
        When the cache cannot be written; the message names NEUROPIL_CACHE.
    """
    digest = hashlib.sha256(f"{version('neuropil')}\0{key}\0{shape}".encode()).hexdigest()
    path = user_cache() / name / f"{digest[:32]}.bits"
    found = _read_array(path, shape)
    if found is not None:
        return found
    array = make()
    with io.BytesIO() as buffer:
        np.save(buffer, array, allow_pickle=False)
        content = buffer.getvalue()
    with write_to_cache(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)
    return array


def _read_array(path: Path, shape: tuple[int, ...]) -> npt.NDArray[Any] | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    # A disk that was full or a crash leaves zeros, which would be trained on as images.
    if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        return None
    array: npt.NDArray[Any] = np.load(io.BytesIO(content[_DIGEST:]), allow_pickle=False)
    return array if array.shape == shape and array.dtype == np.uint8 else None
