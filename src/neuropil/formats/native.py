"""The connectome folder: two Parquet tables and a JSON file; keeps everything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuropil.connectome import Connectome, TableError
from neuropil.contracts import (
    InputError,
    OutputError,
    atomic_write,
    read_record,
    write_json,
)
from neuropil.formats.format import Format, require_file
from neuropil.formats.parsing.columnar import read_parquet
from neuropil.formats.parsing.origins import read_origin

__all__ = ["FORMAT", "FORMAT_VERSION", "read_folder", "write_folder"]

FORMAT_VERSION = 1

_METADATA = "connectome.json"
_NAME = "neuropil connectome"
_REPAIR = "Copy it again, or write the folder again."
_KEYS = ("units", "space", "source", "provenance")


def read_folder(path: Path) -> Connectome:
    """Read a connectome folder.

    Parameters
    ----------
    path : Path
        Folder with ``nodes.parquet``, ``edges.parquet`` and ``connectome.json``.

    Returns
    -------
    Connectome
        As it was written, with source and provenance.

    Raises
    ------
    VersionError
        When a newer version of the package wrote it; upgrade.
    InputError
        When a file is missing, damaged or breaks a rule of the connectome.
    """
    require_file(path)
    metadata = _read_metadata(path / _METADATA)
    try:
        origin = read_origin(metadata)
        return Connectome(
            nodes=read_parquet(path / "nodes.parquet", _REPAIR),
            edges=read_parquet(path / "edges.parquet", _REPAIR),
            units=origin.units,
            space=origin.space,
            source=origin.source,
            provenance=origin.provenance,
            directed=origin.directed,
        )
    # A damaged table is named with the folder, not as if the caller had passed frames.
    except TableError as error:
        raise InputError(error.what, where=f"{path}, {error.where}", repair=error.repair) from error
    # JSON of the right keys may still hold values of other kinds.
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"cannot be understood ({type(error).__name__}: {error})",
            where=str(path / _METADATA),
            repair="See docs/formats/connectome-folder.md for its keys.",
        ) from error


def _read_metadata(path: Path) -> Mapping[str, Any]:
    require_file(path)
    metadata = read_record(path, _NAME, FORMAT_VERSION)
    missing = [key for key in _KEYS if key not in metadata]
    if missing:
        raise InputError(
            f"expected the keys {', '.join(_KEYS)}, found no {', '.join(missing)}",
            where=str(path),
            repair="See docs/formats/connectome-folder.md for their meaning.",
        )
    return metadata


def write_folder(connectome: Connectome, path: Path) -> None:
    """Write a connectome folder.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Name of a folder that does not exist yet.

    Raises
    ------
    OutputError
        When it exists or the place cannot be written.
    """
    # A folder is never replaced: it may hold files that are not ours.
    if path.exists():
        raise OutputError(
            "cannot write: there is a file or folder of that name",
            where=str(path),
            repair="Choose another name, or remove it first.",
        )
    with atomic_write(path) as temporary:
        temporary.mkdir()
        # The tables keep types, nulls and order by themselves; JSON has only what Parquet has no
        # place for.
        connectome.nodes.write_parquet(temporary / "nodes.parquet")
        connectome.edges.write_parquet(temporary / "edges.parquet")
        metadata = {
            "format": _NAME,
            "format_version": FORMAT_VERSION,
            "units": dict(connectome.units),
            "space": connectome.space,
            "directed": connectome.directed,
            "source": connectome.source.to_json(),
            "provenance": [operation.to_json() for operation in connectome.provenance],
        }
        write_json(temporary / _METADATA, metadata)


FORMAT = Format(
    name="connectome-folder",
    endings=(),
    description="folder with nodes.parquet, edges.parquet and connectome.json; keeps everything",
    sniff=lambda path: (path / _METADATA).is_file(),
    read=read_folder,
    write=write_folder,
)
