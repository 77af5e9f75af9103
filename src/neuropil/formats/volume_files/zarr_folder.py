"""Volumes in Zarr folders, versions 2 and 3, read where they are sliced."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, Operation, OutputError, Source, atomic_write
from neuropil.formats.format import Format, require_file
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.parsing.origins import read_origin
from neuropil.formats.volume_files.folder_hashes import describe_folder
from neuropil.formats.volume_files.layers import OPTIONS, Layer, VolumeOptions, build_volume
from neuropil.formats.volume_files.ome_metadata import describe_layers, find_pyramids
from neuropil.formats.volume_files.stored_arrays import Index, StoredArray
from neuropil.formats.volume_files.voxel_sizes import find_stated_size
from neuropil.formats.volume_files.zarr_codecs import require_plain, require_whole_chunks

__all__ = ["FORMAT", "read_zarr_folder", "write_zarr_folder"]

_MARKS = ("zarr.json", ".zgroup", ".zarray", ".zattrs")
_COPY = "Copy it again, or write it again with the program that made it."
# The group for segmentations, and the key of what only this package writes.
_LABELS, _OWN = "segmentations", "neuropil"
_DEEPEST = 6
_MOST_CHUNKS = 1 << 20
# Edge of a chunk [voxels]: 2 MB of 64-bit labels, a common compromise of files and reading.
_CHUNK = 64


def read_zarr_folder(path: Path, **options: Unpack[VolumeOptions]) -> Volume:
    """Read a Zarr array, or a group with an image and segmentations; needs ``neuropil[em]``.

    Parameters
    ----------
    path : Path
        Folder of version 2 or 3. Of the images of OME-NGFF the finest resolution is read.
    **options : VolumeOptions
        How it is to be read.

    Returns
    -------
    Volume
        Its arrays stay on disk until they are sliced.

    Raises
    ------
    InputError
        When it is damaged, has an unknown codec, or it cannot be told what is what.
    ConfigError
        When an option names no array.
    MissingDependencyError
        When zarr is not installed.
    """
    require_file(path)
    with _named_faults(path):
        node = _open(path)
        found: list[str] = []
        is_group = hasattr(node, "members")
        layers = list(_walk(node, "", path, found)) if is_group else [_lone(node, path, found)]
        own = node.attrs.asdict().get(_OWN) if is_group else None
        origin = None if own is None else _read_own(own)
    record, more = describe_folder(path)
    notes = tuple(dict.fromkeys([*found, *more]))
    if origin is None:
        return build_volume(layers, path, Source(path.name, files=(record,), notes=notes), options)
    source = replace(origin.source, files=(*origin.source.files, record))
    volume = build_volume(layers, path, source, options)
    return replace(
        volume,
        species=origin.species,
        provenance=(*origin.provenance, *volume.provenance),
        notes=(*origin.notes, *notes, *volume.notes),
    )


@dataclass(frozen=True)
class _Own:
    """What this package writes and no other program does."""

    species: str
    source: Source
    provenance: tuple[Operation, ...]
    notes: tuple[str, ...]


def _read_own(record: Any) -> _Own:  # noqa: ANN401 - any JSON value
    origin = read_origin({"units": {}, "space": None, **record})
    notes = record["notes"]
    if not isinstance(record["species"], str) or not isinstance(notes, list):
        raise TypeError("species")
    if not all(isinstance(each, str) for each in notes):
        raise TypeError("notes")
    return _Own(record["species"], origin.source, origin.provenance, tuple(notes))


@contextmanager
def _named_faults(path: Path) -> Iterator[None]:
    try:
        # Zarr warns of files in the folder that are not its own.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (InputError, ImportError):
        raise
    # What zarr raises for damaged metadata is not documented.
    except Exception as error:
        raise InputError(
            f"expected a whole Zarr folder, found a damaged one ({type(error).__name__})",
            where=str(path),
            repair=_COPY,
        ) from error


def _open(path: Path, name: str = "") -> Any:  # noqa: ANN401 - objects of an untyped library
    zarr = import_extra("zarr", "em", path)
    store = zarr.storage.LocalStore(path, read_only=True)
    # What is in the folder, and not what a summary of it says.
    return zarr.open(store, path=name, mode="r", use_consolidated=False)


def _fetch(path: Path, name: str, index: Index) -> npt.NDArray[Any]:
    # Opened anew, so that an array of a volume can go to another process.
    array = _open(path, name)
    require_whole_chunks(array, path / name, index)
    return np.asarray(array[index])


def _lone(array: Any, path: Path, notes: list[str]) -> Layer:  # noqa: ANN401
    found = _layer(array, "", path, notes)
    if found is None:
        raise InputError(
            f"expected an array of three axes, found one of shape {array.shape}",
            where=str(path),
            repair="Name a folder with a stack of images or of labels.",
        )
    return Layer(path.stem, found.array, found.voxel_size)


def _walk(group: Any, place: str, path: Path, notes: list[str]) -> Iterator[Layer]:  # noqa: ANN401
    """Find the arrays of a group and of the groups in it; of pyramids the finest alone."""
    attributes = group.attrs.asdict()
    pyramids = find_pyramids(attributes)
    sizes = {each.paths[0]: each.voxel_size for each in pyramids}
    coarser = {name for each in pyramids for name in each.paths[1:]}
    of_group, note = find_stated_size(attributes)
    for name in sorted(group.array_keys()):
        found = None if name in coarser else _layer(group[name], _join(place, name), path, notes)
        if found is None:
            continue
        size = found.voxel_size or sizes.get(name) or of_group
        if note and size is of_group:
            notes.append(note)
        # Paths such as 0 and s0 are no names: the group has one, but for the image at the root.
        bare = name in sizes and name.lstrip("s").isdecimal()
        label = (place.rpartition("/")[2] or "image") if bare else ""
        yield Layer(found.path, found.array, size, label)
    if place.count("/") < _DEEPEST:
        for name in sorted(group.group_keys()):
            yield from _walk(group[name], _join(place, name), path, notes)


def _join(place: str, name: str) -> str:
    return f"{place}/{name}".strip("/")


def _layer(array: Any, place: str, path: Path, notes: list[str]) -> Layer | None:  # noqa: ANN401
    shape = tuple(array.shape)
    if len(shape) < 3 or set(shape[:-3]) - {1}:
        notes.append(f"The array {place or path.name} was left out: its shape is {shape}.")
        return None
    where = f"{path}, array {place}" if place else str(path)
    require_plain(array, where)
    size, note = find_stated_size(array.attrs.asdict())
    notes += [note] if note else []
    if array.nchunks <= _MOST_CHUNKS and (absent := array.nchunks - array.nchunks_initialized):
        notes.append(
            f"Of {array.nchunks} chunks of {place or path.name} {absent} are not there; they are "
            f"read as {array.fill_value or 0}."
        )
    fetch = partial(_fetch, path, place)
    return Layer(place, StoredArray(fetch, shape, np.dtype(array.dtype), where), size)


def write_zarr_folder(volume: Volume, path: Path) -> None:
    """Write a volume as a Zarr group of version 3, with metadata of OME-NGFF 0.5.

    Parameters
    ----------
    volume : Volume
        What to write: ``image``, and ``segmentations/NAME``; read and written in blocks.
    path : Path
        Name of a folder that does not exist yet.

    Raises
    ------
    OutputError
        When it exists or the place cannot be written.
    MissingDependencyError
        When zarr is not installed.
    """
    zarr = import_extra("zarr", "em", path)
    # A folder is never replaced: it may hold files that are not ours.
    if path.exists():
        raise OutputError(
            "cannot write: there is a file or folder of that name",
            where=str(path),
            repair="Choose another name, or remove it first.",
        )
    with atomic_write(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = zarr.create_group(zarr.storage.LocalStore(temporary), zarr_format=3)
        own = {
            "format": "neuropil volume",
            "format_version": 1,
            "species": volume.species,
            "source": volume.source.to_json(),
            "notes": list(volume.notes),
            "provenance": [each.to_json() for each in volume.provenance],
        }
        # By way of JSON, so that what zarr writes is what a reader gets back.
        root.attrs[_OWN] = json.loads(json.dumps(own))
        if volume.image is not None:
            root.attrs["ome"] = describe_layers(["image"], volume.voxel_size)
            _write_array(root, "image", volume, volume.image.dtype, volume.read_image)
        if volume.segmentations:
            group = root.create_group(_LABELS)
            group.attrs["ome"] = describe_layers(volume.segmentations, volume.voxel_size)
            for name, labels in volume.segmentations.items():
                _write_array(group, name, volume, labels.dtype, partial(volume.segmentation, name))


def _write_array(
    group: Any,  # noqa: ANN401
    name: str,
    volume: Volume,
    dtype: np.dtype[Any],
    read: Callable[[tuple[slice, slice, slice]], npt.NDArray[Any]],
) -> None:
    from zarr.codecs import ZstdCodec

    array = group.create_array(
        name,
        shape=volume.shape,
        dtype=dtype,
        chunks=tuple(min(_CHUNK, n) for n in volume.shape),
        # With a checksum in each chunk: a damaged one is refused and gives no wrong labels.
        compressors=ZstdCodec(level=3, checksum=True),
        # Chunks of zeros too, or a folder that lost some could not be told from this one.
        config={"write_empty_chunks": True},
        dimension_names=("z", "y", "x"),
    )
    for block in volume.blocks(2 * _CHUNK):
        array[block.core] = read(block.core)


FORMAT = Format(
    name="zarr-volume",
    endings=(".zarr",),
    description="Zarr folder, version 2 or 3, with an image and segmentations; OME-NGFF",
    sniff=lambda path: path.is_dir() and any((path / mark).is_file() for mark in _MARKS),
    read=read_zarr_folder,
    write=write_zarr_folder,
    holds=Volume,
    options=OPTIONS,
)
