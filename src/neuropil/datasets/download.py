"""One file over the network: resumed where it broke off, kept only when its bytes are right."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pooch

from neuropil.contracts import (
    Advance,
    IntegrityError,
    OutputError,
    Progress,
    atomic_write,
    sha256_of,
)
from neuropil.datasets.spec import RemoteFile

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["CONNECT_TIMEOUT", "TIMEOUT", "NoAnswerError", "download"]

TIMEOUT = 20.0
"""Longest wait for a server's next bytes [s]."""

CONNECT_TIMEOUT = 5.0
"""Longest wait for a server to accept a connection [s], so that there is little where none is."""


class NoAnswerError(Exception):
    """No address of a file answered; the text lists each with its reason."""


class _TooLongError(Exception):
    """The server sent more bytes than were published."""


class _BoundedFile:
    """A binary file that counts what it is given and ends a transfer that is too long."""

    def __init__(self, handle: BinaryIO, room: int, advance: Advance) -> None:
        self._handle = handle
        self._room = room
        self._advance = advance

    def write(self, block: bytes) -> None:
        """Append a block; one that goes too far is kept, so that the checksum fails."""
        try:
            self._handle.write(block)
        except OSError as error:
            raise OutputError(
                f"cannot store the download: {error.strerror or error}",
                where=self._handle.name,
                repair="Free space there, or set NEUROPIL_CACHE to another folder.",
            ) from error
        self._room -= len(block)
        if self._room < 0:
            raise _TooLongError
        self._advance(len(block))

    def flush(self) -> None:
        """Pass the bytes on to the system."""
        self._handle.flush()


def download(file: RemoteFile, target: Path, progress: Progress) -> None:
    """Bring a file to ``target``, trying each of its addresses once.

    A broken transfer leaves its bytes beside the target and the next call goes on from
    there. Bytes that are not the published ones are removed. Of several processes that want the
    same file, one brings it and the others wait for it.

    Parameters
    ----------
    file : RemoteFile
        What to bring.
    target : Path
        Final name; missing folders are made.
    progress : Progress
        Told about each block [bytes].

    Raises
    ------
    IntegrityError
        When what came are not the published bytes; they have been removed.
    NoAnswerError
        When no address answered.
    OutputError
        When the folder cannot be written.
    """
    with _sole_partial_file(target) as part:
        # Another process may have brought it while this one waited.
        if target.is_file() and sha256_of(target) == file.sha256:
            part.unlink()
            return
        _bring_to(part, file, progress)
        with atomic_write(target) as temporary:
            # Moved and not copied, and only now under the final name: what has that name was
            # checked.
            part.replace(temporary)


def _bring_to(part: Path, file: RemoteFile, progress: Progress) -> None:
    """Fill the partial file with the published bytes, or remove wrong ones and say why."""
    failures: list[str] = []
    refused: str | None = None
    # Each address once: a server that fails is not pressed, and the next one may be a mirror.
    for url in file.urls:
        try:
            _transfer_or_restart(url, file, part, progress)
        # A full disk is an OSError too, and must not pass for a server that does not answer.
        except OutputError:
            raise
        except OSError as error:
            failures.append(f"{url} ({_reason(error)})")
            continue
        found = sha256_of(part)
        if found == file.sha256:
            return
        # Kept, wrong bytes would be the start of the next attempt, which could then never succeed.
        # Emptied and not removed: the next address goes on in the same file, which this process
        # holds.
        part.write_bytes(b"")
        refused = f"{url} sent bytes with SHA-256 {found}, expected {file.sha256}"
    if not part.stat().st_size:
        part.unlink()
    if refused:
        raise IntegrityError(
            f"{refused}; they were removed",
            where=file.name,
            repair="Try again later; if it persists, report the address.",
        )
    raise NoAnswerError(", ".join(failures))


def _reason(error: OSError) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"HTTP {status}" if status else type(error).__name__


@contextmanager
def _sole_partial_file(target: Path) -> Iterator[Path]:
    """Yield the partial file of a target, which no other process writes meanwhile.

    Another process that wants the same file waits here until this one is done.
    """
    part = target.with_name(f"{target.name}.partial")
    # Where the system has no such locks, each process has a file of its own, and none is resumed.
    if fcntl is None:
        part = part.with_name(f"{part.name}.{secrets.token_hex(4)}")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        handle = _lock(part)
    except OSError as error:
        raise OutputError(
            f"cannot store a download: {error.strerror or error}",
            where=str(part.parent),
            repair="Set NEUROPIL_CACHE to a folder that can be written.",
        ) from error
    # The lock ends with the file, also when the process is killed.
    with handle:
        yield part


def _lock(part: Path) -> BinaryIO:
    while True:
        handle = part.open("ab")
        if fcntl is None:
            return handle
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Whoever had it before may have renamed or removed it: then it is another file by now.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle.fileno()), part.stat()):
                return handle
        handle.close()


def _transfer_or_restart(url: str, file: RemoteFile, part: Path, progress: Progress) -> None:
    """Go on from what is there; start again when that does not give the published bytes."""
    start = part.stat().st_size
    # A server may ignore the range, and the file may have been another; the checksum tells both.
    if 0 < start < file.size:
        _transfer(url, file, part, progress)
        if sha256_of(part) == file.sha256:
            return
    # A transfer that was killed after its last byte needs no second one.
    if start != file.size or sha256_of(part) != file.sha256:
        part.write_bytes(b"")
        _transfer(url, file, part, progress)


def _transfer(url: str, file: RemoteFile, part: Path, progress: Progress) -> None:
    start = part.stat().st_size
    # Compressed answers would make the byte range and the length those of other bytes.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    fetch = pooch.HTTPDownloader(timeout=(CONNECT_TIMEOUT, TIMEOUT), headers=headers)
    # Appended: pooch is given an open file, and so leaves what is there.
    with part.open("ab") as handle, progress.track(file.name, file.size) as advance:
        advance(start)
        try:
            fetch(url, _BoundedFile(handle, file.size - start, advance), None)
        # The bytes that were kept make the checksum fail, which names the address.
        except _TooLongError:
            return
