"""Volumes in HDF5 files, read where they are sliced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume, list_some
from neuropil.contracts import InputError, Source, atomic_write
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.parsing.hdf5_tables import Group, holds_voxels, is_hdf5, open_hdf5
from neuropil.formats.volume_files.layers import OPTIONS, Layer, VolumeOptions, build_volume
from neuropil.formats.volume_files.stored_arrays import Index, StoredArray
from neuropil.formats.volume_files.voxel_sizes import find_stated_size

__all__ = ["FORMAT", "read_hdf5_volume", "write_hdf5_volume"]

_LABELS, _IMAGE, _SPECIES = "segmentations", "image", "species"
_DEEPEST = 6
# Edge of a chunk [voxels], as in Zarr folders.
_CHUNK = 64
# Attributes that may state the size of a voxel.
_ATTRIBUTES = (
    *("voxel_size_nm", "resolution_nm", "voxel_size", "resolution", "pixelResolution"),
    *("element_size_um", "unit", "units"),
)


def read_hdf5_volume(path: Path, **options: Unpack[VolumeOptions]) -> Volume:
    """Read an HDF5 file with an image, segmentations, or both; needs ``neuropil[em]``.

    Parameters
    ----------
    path : Path
        Datasets of three axes in any groups; sizes of voxels in attributes such as ``resolution``.
    **options : VolumeOptions
        How it is to be read.

    Returns
    -------
    Volume
        Its arrays stay in the file until they are sliced.

    Raises
    ------
    InputError
        When it is damaged, refers to other files, or it cannot be told what is what.
    ConfigError
        When an option names no dataset.
    MissingDependencyError
        When h5py is not installed.
    """
    require_file(path)
    notes: list[str] = []
    with open_hdf5(path) as root:
        species = root.attribute(_SPECIES)
        layers = list(_walk(root, "", notes))
    source = Source(path.name, files=describe_file(path).files, notes=tuple(dict.fromkeys(notes)))
    volume = build_volume(layers, path, source, options)
    return replace(volume, species=species if isinstance(species, str) else "")


def _walk(group: Group, place: str, notes: list[str]) -> Iterator[Layer]:
    of_group, note = find_stated_size(_read_attributes(group, None))
    left_out = []
    for name in group.datasets():
        full = f"{place}/{name}".strip("/")
        dataset = group.open_array(name)
        shape = tuple(dataset.shape or ())
        if len(shape) < 3 or set(shape[:-3]) - {1} or dataset.dtype.kind not in "biuf":
            left_out.append(full)
            continue
        size, own_note = find_stated_size(_read_attributes(group, name))
        said = own_note if size else note
        notes += [said] if said else []
        notes += _note_absent(dataset, full)
        where = f"{group.path}, /{full}"
        fetch = partial(_fetch, group.path, full)
        stored = StoredArray(fetch, shape, np.dtype(dataset.dtype), where)
        yield Layer(full, stored, size or of_group)
    if left_out:
        notes.append(f"Datasets without three axes were left out: {list_some(left_out)}.")
    if place.count("/") < _DEEPEST:
        for name in group.groups():
            yield from _walk(group.child(name), f"{place}/{name}".strip("/"), notes)


def _read_attributes(group: Group, dataset: str | None) -> dict[str, object]:
    found = {name: group.attribute(name, dataset) for name in _ATTRIBUTES}
    return {name: value for name, value in found.items() if value is not None}


def _note_absent(dataset: Any, name: str) -> list[str]:  # noqa: ANN401
    """Say in a note where chunks were never written: a copy may have lost them."""
    if dataset.chunks is None:
        return []
    edges = zip(dataset.shape, dataset.chunks, strict=True)
    expected = int(np.prod([-(-n // edge) for n, edge in edges], dtype=float))
    absent = expected - dataset.id.get_num_chunks()
    if absent <= 0:
        return []
    return [
        f"Of {expected} chunks of {name} {absent} are not there; they are read as "
        f"{dataset.fillvalue}."
    ]


def _fetch(path: Path, name: str, index: Index) -> npt.NDArray[Any]:
    # Opened anew, so that no file stays open and an array can go to another process.
    with open_hdf5(path) as root:
        return np.asarray(root.open_array(name)[index])


def write_hdf5_volume(volume: Volume, path: Path) -> None:
    """Write a volume as one HDF5 file: ``image`` and ``segmentations/NAME``, in blocks.

    Voxel size and species are kept; source, notes and provenance are not.

    Parameters
    ----------
    volume : Volume
        What to write.
    path : Path
        Ends in ``.h5`` or ``.hdf5``.

    Raises
    ------
    InputError
        When a segmentation has a name that HDF5 cannot hold.
    OutputError
        When the place cannot be written.
    MissingDependencyError
        When h5py is not installed.
    """
    h5py = import_extra("h5py", "em", path)
    for name in volume.segmentations:
        if "/" in name or name in ("", ".") or "\0" in name:
            raise InputError(
                f"an HDF5 file cannot hold a segmentation named {name!r}",
                where=str(path),
                repair="Rename it.",
            )
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        if volume.species:
            file.attrs[_SPECIES] = _spell(volume.species)
        if volume.image is not None:
            _write_array(file, _IMAGE, volume, volume.image.dtype, volume.read_image)
        for name, labels in volume.segmentations.items():
            place = f"{_LABELS}/{name}"
            _write_array(file, place, volume, labels.dtype, partial(volume.segmentation, name))


def _spell(text: str) -> np.bytes_:
    # Of fixed length: texts of variable length lie elsewhere in the file, where damage to them is
    # hard to tell.
    return np.bytes_(text.encode())


def _write_array(
    file: Any,  # noqa: ANN401
    place: str,
    volume: Volume,
    dtype: np.dtype[Any],
    read: Callable[[tuple[slice, slice, slice]], npt.NDArray[Any]],
) -> None:
    dataset = file.create_dataset(
        place,
        volume.shape,
        dtype,
        chunks=tuple(min(_CHUNK, n) for n in volume.shape),
        compression="gzip",
        # A damaged chunk is refused by its checksum and gives no wrong labels.
        fletcher32=True,
    )
    dataset.attrs["resolution"] = volume.voxel_size
    dataset.attrs["unit"] = _spell("nm")
    for block in volume.blocks(2 * _CHUNK):
        dataset[block.core] = read(block.core)


FORMAT = Format(
    name="hdf5-volume",
    endings=(".h5", ".hdf5"),
    description="HDF5 file with an image and segmentations",
    # Damaged files too: the reader then says what is wrong with them.
    sniff=lambda path: is_hdf5(path) and holds_voxels(path) is not False,
    read=read_hdf5_volume,
    write=write_hdf5_volume,
    holds=Volume,
    options=OPTIONS,
)
