"""Options and files of the commands that write segmentations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from neuropil.connectome import Volume, VoxelArray
    from neuropil.contracts import Operation

__all__ = [
    "FORCE",
    "LABELS_ARRAY",
    "VOXEL_SIZE",
    "parse_voxel_size",
    "require_format",
    "require_free",
    "with_labels",
    "write_volume",
]

LABELS_ARRAY = Annotated[
    str | None,
    typer.Option(
        "--labels-array", help="Name of the labels in their file.", show_default="the only ones"
    ),
]
VOXEL_SIZE = Annotated[
    str | None,
    typer.Option(
        "--voxel-size",
        help="Edges of a voxel along z, y and x in nm, such as 40x4x4.",
        show_default="what the files state",
    ),
]
FORCE = Annotated[
    bool | None,
    typer.Option("--force", help="Replace files of the names of the output.", show_default=False),
]


def parse_voxel_size(text: str | None) -> tuple[float, float, float] | None:
    """Read the edges of a voxel.

    Parameters
    ----------
    text : str or None
        Such as ``40x4x4``, ``40,4,4``, or ``10`` for all three.

    Returns
    -------
    tuple of float or None
        Along z, y and x [nm].

    Raises
    ------
    ConfigError
        When they are not one or three positive numbers, or stand in the order x, y, z.

    Examples
    --------
    >>> parse_voxel_size("40x4x4"), parse_voxel_size("10")
    ((40.0, 4.0, 4.0), (10.0, 10.0, 10.0))
    """
    from neuropil.contracts import ConfigError

    if text is None:
        return None
    parts = text.replace(",", "x").split("x")
    try:
        edges = [float(part) for part in parts]
    except ValueError:
        edges = []
    edges = edges * 3 if len(edges) == 1 else edges
    if len(edges) != 3 or not all(0 < edge < float("inf") for edge in edges):
        raise ConfigError(
            f"expected one or three positive numbers [nm], found {text!r}",
            where="--voxel-size",
            repair="Give the edges along z, y and x, such as 40x4x4.",
        )
    z, y, x = edges
    # Sections are cut across z: nobody images with other steps along x than along y.
    if z == y != x:
        raise ConfigError(
            f"expected edges along z, y and x, found {text}, which looks like x, y and z",
            where="--voxel-size",
            repair=f"Write {x:g}x{y:g}x{z:g}: the thickness of the sections first.",
        )
    return z, y, x


def require_free(path: Path, force: bool, sources: Iterable[Path | str | None]) -> None:
    """Refuse to write over something, before work is done.

    Parameters
    ----------
    path : Path
        What will be written.
    force : bool
        Whether a file, or a Zarr folder, of that name may be replaced.
    sources : iterable of Path or str
        What is read, which is never replaced; None is passed over.

    Raises
    ------
    ConfigError
        When it is one of the sources.
    OutputError
        When there is something of that name that may not be replaced.
    """
    from neuropil.contracts import ConfigError, OutputError

    if any(source and Path(source).resolve() == path.resolve() for source in sources):
        raise ConfigError(
            "expected another name than that of what is read",
            where=str(path),
            repair="Choose another --out.",
        )
    if path.exists() and not force:
        raise OutputError(
            "there is a file or folder of that name",
            where=str(path),
            repair="Choose another name, or add --force to lose what is there.",
        )
    if path.is_dir() and not _is_zarr(path):
        raise OutputError(
            "expected a Zarr folder, or none, found another folder",
            where=str(path),
            repair="Choose another name; it is not replaced.",
        )


def require_format(path: Path) -> None:
    """Refuse a name in no format of segmentations, before work is done.

    Parameters
    ----------
    path : Path
        What will be written.

    Raises
    ------
    ConfigError
        When no format that can be written has its ending.
    """
    from neuropil import formats
    from neuropil.connectome import Volume

    formats.choose_written(path, kind=Volume)


def _is_zarr(path: Path) -> bool:
    from neuropil import formats
    from neuropil.connectome import Volume
    from neuropil.contracts import InputError

    try:
        return formats.sniff(path, kind=Volume).name == "zarr-volume"
    except InputError:
        return False


def with_labels(volume: Volume, name: str, labels: VoxelArray, done: Operation) -> Volume:
    """Return the segmentation alone, with other labels.

    Parameters
    ----------
    volume : Volume
        Where it comes from.
    name : str
        Its name, which it keeps.
    labels : (nz, ny, nx) integer array
        Labels.
    done : Operation
        What was done.
    """
    steps: tuple[Any, ...] = (*volume.provenance, done)
    return replace(volume, image=None, segmentations={name: labels}, provenance=steps)


def write_volume(volume: Volume, path: Path) -> None:
    """Write a volume in the format of the name's ending, whole or not at all.

    Parameters
    ----------
    volume : Volume
        What to write; in blocks, where the format has them.
    path : Path
        A name that :func:`require_free` let pass; what has it is replaced.
    """
    from neuropil import formats

    if not path.is_dir():
        formats.write(volume, path)
        return
    # A folder cannot take the place of another: the old one is moved away when the new is whole.
    with TemporaryDirectory(prefix=".", dir=path.parent) as place:
        fresh, old = Path(place) / path.name, Path(place) / "old"
        formats.write(volume, fresh)
        path.rename(old)
        fresh.rename(path)
