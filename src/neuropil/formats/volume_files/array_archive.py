"""Volumes in one NumPy archive, or images in one bare NumPy array."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume, list_some
from neuropil.contracts import InputError, Source, atomic_write
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.array_names import OTHER_NOUNS, list_arrays
from neuropil.formats.parsing.numpy_files import count_axes, read_npy, read_npz
from neuropil.formats.volume_files.layers import OPTIONS, Layer, VolumeOptions, build_volume
from neuropil.formats.volume_files.voxel_sizes import find_stated_size

__all__ = ["FORMAT", "read_volume_archive", "write_volume_archive"]

_SIZE, _SPECIES, _AXES, _IMAGE = "voxel_size_nm", "species", "axes", "image"
_BARE = ".npy"


def read_volume_archive(path: Path, **options: Unpack[VolumeOptions]) -> Volume:
    """Read an archive of NumPy with an image, segmentations, or both, or one array.

    Parameters
    ----------
    path : Path
        ``.npz``: arrays of three axes; optional ``voxel_size_nm`` or ``resolution_nm`` with three
        numbers in the order of the axes, the text ``axes`` (zyx or xyz) and the text ``species``.
        ``.npy``: an image of three axes, whose voxel size an option states.
    **options : VolumeOptions
        How it is to be read.

    Returns
    -------
    Volume
        In memory.

    Raises
    ------
    InputError
        When it is damaged, unpacks to more than 4 GB, holds pickled objects, or it cannot be told
        what is what.
    ConfigError
        When an option names no array.
    """
    require_file(path)
    arrays = {_IMAGE: read_npy(path)} if path.suffix == _BARE else read_npz(path)
    axes = _read_text(arrays, _AXES, path)
    if axes in ("zyx", "xyz") and "axes" not in options:
        options["axes"] = "xyz" if axes == "xyz" else "zyx"
    facts = {name: array.tolist() for name, array in arrays.items() if array.size <= 3}
    size, note = find_stated_size(facts)
    layers = [Layer(name, array, size) for name, array in arrays.items() if array.ndim == 3]
    others = [name for name, array in arrays.items() if array.ndim != 3 and name not in facts]
    notes = [note] if note else []
    if others:
        notes.append(f"Arrays without three axes were left out: {list_some(others)}.")
    source = Source(path.name, files=describe_file(path).files, notes=tuple(notes))
    volume = build_volume(layers, path, source, options)
    return replace(volume, species=_read_text(arrays, _SPECIES, path))


def _read_text(arrays: Mapping[str, npt.NDArray[Any]], name: str, path: Path) -> str:
    """Read a text; empty where there is none."""
    if name not in arrays or arrays[name].ndim == 3:
        return ""
    array = arrays[name]
    if array.size != 1 or array.dtype.kind != "U":
        raise InputError(
            f"expected a text, found {array.dtype} of shape {array.shape}",
            where=f"{path}, array {name}",
            repair="Save it as np.array('...').",
        )
    return str(array.item())


def write_volume_archive(volume: Volume, path: Path) -> None:
    """Write a volume as one archive, read into memory.

    Voxel size and species are kept; source, notes and provenance are not.

    Parameters
    ----------
    volume : Volume
        What to write.
    path : Path
        Ends in ``.npz``.

    Raises
    ------
    InputError
        When a segmentation has a name that the archive needs for itself.
    OutputError
        When the place cannot be written.
    """
    for name in volume.segmentations:
        if name in (_IMAGE, _SIZE, _SPECIES, _AXES, *OTHER_NOUNS) or "/" in name:
            raise InputError(
                f"an archive cannot hold a segmentation named {name!r}",
                where=str(path),
                repair="Rename it, or write a Zarr folder.",
            )
    arrays: dict[str, Any] = {name: volume.segmentation(name) for name in volume.segmentations}
    if volume.image is not None:
        arrays[_IMAGE] = volume.read_image()
    arrays |= {_SIZE: np.array(volume.voxel_size), _AXES: np.array("zyx")}
    arrays[_SPECIES] = np.array(volume.species)
    with atomic_write(path) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(handle, **arrays)


def _sniff(path: Path) -> bool:
    if path.suffix == _BARE:
        return path.is_file() and count_axes(path) == 3
    # Damaged files too: the reader then says what is wrong with them.
    return path.is_file() and path.suffix == ".npz" and not OTHER_NOUNS & list_arrays(path)


FORMAT = Format(
    name="volume-arrays",
    endings=(".npz",),
    also_reads=(_BARE,),
    description=f".npz with {_IMAGE}, an array for each segmentation, and {_SIZE}; .npy: an image",
    sniff=_sniff,
    read=read_volume_archive,
    write=write_volume_archive,
    holds=Volume,
    options=OPTIONS,
)
