"""From the arrays of a file to a volume: what is the image, what are labels, how large a voxel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np

from neuropil.connectome import Volume, VoxelArray, list_some
from neuropil.contracts import ConfigError, InputError, Operation, Source, did_you_mean
from neuropil.formats.volume_files.stored_arrays import StoredArray, require_labels
from neuropil.formats.volume_files.voxel_sizes import Size, expand_size

__all__ = ["OPTIONS", "Layer", "VolumeOptions", "build_volume"]

# How programs name the brightness, the last part of a path in any case of letters.
_IMAGE_NAMES = ("image", "raw", "em", "grey", "gray", "grayscale", "greyscale", "intensity")
# Names that programs give to whatever they write.
_EMPTY_NAMES = ("data", "stack", "main", "volume", "array", "arr_0", "exported_data", "default")

OPTIONS: Mapping[str, str] = {
    "voxel_size": "edges of a voxel along z, y, x [nm], such as 40,16,16; or one for all",
    "axes": "zyx or xyz: order of the axes in the file",
    "image": "array that is the image",
    "segmentations": "arrays of labels, each NAME or NAME:NEW_NAME",
    "holds": "image or labels: the one kind that is read, whatever a single array is called",
}
"""Options of the readers of several arrays, with their meaning."""


class VolumeOptions(TypedDict, total=False):
    """How a file of arrays is to be read; every option may be left out.

    Parameters
    ----------
    voxel_size : sequence of float
        Edges of a voxel along z, y and x [nm], or one for all; goes before that of the file.
    axes : {"zyx", "xyz"}
        Order of the axes in the file; a volume has z, y, x.
    image : str
        Name of the array that is the image.
    segmentations : sequence of str
        Names of the arrays of labels, each as ``NAME`` or ``NAME:NEW_NAME``. Where an image or
        segmentations are named, other arrays are left out.
    holds : {"image", "labels"}
        The one kind of arrays that is read; a single array is taken as that kind whatever its name.
        Not asked for where arrays are named.
    """

    voxel_size: Sequence[float]
    axes: Literal["zyx", "xyz"]
    image: str
    segmentations: Sequence[str]
    holds: Literal["image", "labels"]


@dataclass(frozen=True)
class Layer:
    """An array of a file.

    Parameters
    ----------
    path : str
        Its name, with the groups that it lies in.
    array : array
        Three axes, in the order of the file.
    voxel_size : tuple of float, optional
        Edges of a voxel along the axes of the file [nm], where the file states them.
    name : str
        Short name; the last part of the path when not given.
    """

    path: str
    array: VoxelArray
    voxel_size: Size | None = None
    name: str = ""

    @property
    def short_name(self) -> str:
        """What it is called in a volume."""
        return self.name or self.path.rpartition("/")[2]


def build_volume(
    layers: Sequence[Layer],
    path: Path,
    source: Source,
    options: VolumeOptions,
) -> Volume:
    """Build a volume from the arrays of a file.

    Parameters
    ----------
    layers : sequence of Layer
        Its arrays of three axes.
    path : Path
        The file.
    source : Source
        Origin, with notes of what was left out.
    options : VolumeOptions
        How it is to be read.

    Returns
    -------
    Volume
        With axes z, y, x; notes say what was assumed.

    Raises
    ------
    InputError
        When there is no array of three axes, it cannot be told which is what, arrays differ in
        shape or size of voxels, labels are negative or no whole numbers, or no voxel size is
        known.
    ConfigError
        When an option names no array.
    """
    if not layers:
        raise InputError(
            "expected an array of three axes, found none",
            where=str(path),
            repair="Name a file with a stack of images or of labels.",
        )
    image, labels = _assign(layers, path, options)
    taken = [*([image] if image else []), *labels.values()]
    reverse = options.get("axes", "zyx") == "xyz"
    size, notes = _settle_size(taken, reverse, path, options)
    left_out = [each.path for each in layers if all(each is not one for one in taken)]
    if left_out:
        notes.append(f"Arrays that were left out: {list_some(left_out)}.")
    segmentations = {
        name: _turn(each, reverse, f"{path}, array {each.path}", labels=True)
        for name, each in labels.items()
    }
    notes += _note_no_background(segmentations)
    done = Operation("read_volume", {"file": path.name, "axes": options.get("axes", "zyx")})
    return Volume(
        size,
        None if image is None else _turn(image, reverse, str(path), labels=False),
        segmentations,
        source=source,
        provenance=(done,),
        notes=tuple(notes),
    )


def _assign(
    layers: Sequence[Layer], path: Path, options: VolumeOptions
) -> tuple[Layer | None, dict[str, Layer]]:
    """Tell the image from the segmentations, by the options or else by names."""
    if "image" in options or "segmentations" in options:
        named = [text.partition(":") for text in options.get("segmentations", ())]
        chosen = {new or _find(layers, old, path).short_name: old for old, _, new in named}
        if len(chosen) < len(named):
            raise ConfigError(
                "expected segmentations of different names, found one twice",
                where="segmentations",
                repair="Rename one of them as NAME:NEW_NAME.",
            )
        image = options.get("image")
        return (
            None if image is None else _find(layers, image, path),
            {name: _find(layers, old, path) for name, old in chosen.items()},
        )
    images = [each for each in layers if each.short_name.casefold() in _IMAGE_NAMES]
    others = [each for each in layers if each not in images]
    if "holds" in options:
        return _assign_one_kind(images, others, path, options["holds"])
    unclear = [each for each in others if each.short_name.casefold() in _EMPTY_NAMES]
    if len(images) > 1 or unclear:
        found = [each.path for each in (unclear or images)]
        raise InputError(
            f"expected one image, and labels that have a name; found {list_some(found)}",
            where=str(path),
            repair=f"Say what is what: image={found[0]}, or segmentations={found[0]}:truth.",
        )
    return (images[0] if images else None), _name_apart(others)


def _assign_one_kind(
    images: Sequence[Layer], others: Sequence[Layer], path: Path, kind: Literal["image", "labels"]
) -> tuple[Layer | None, dict[str, Layer]]:
    single = [*images, *others] if len(images) + len(others) == 1 else []
    if kind == "labels" and (others or single):
        return None, _name_apart(others or single)
    found = images or single
    if len(found) != 1:
        names = [each.path for each in (images or others)]
        raise InputError(
            f"expected one array of {kind}, found {list_some(names)}",
            where=str(path),
            repair=f"Say which: {'image' if kind == 'image' else 'segmentations'}={names[0]}.",
        )
    return found[0], {}


def _find(layers: Sequence[Layer], name: str, path: Path) -> Layer:
    wanted = name.strip("/")
    whole = [each for each in layers if each.path == wanted]
    found = whole or [each for each in layers if wanted in (each.short_name, each.name)]
    if len(found) != 1:
        names = [each.path for each in layers]
        what = "none" if not found else f"{len(found)} of that name"
        raise ConfigError(
            f"expected an array {name!r}, found {what}",
            where=str(path),
            repair=f"{did_you_mean(name, names)}Its arrays of three axes are: {list_some(names)}.",
        )
    return found[0]


def _name_apart(layers: Sequence[Layer]) -> dict[str, Layer]:
    """Name each by its short name, and by its whole path where two would be alike."""
    short = [each.short_name for each in layers]
    return {
        each.short_name if short.count(each.short_name) == 1 else each.path: each for each in layers
    }


def _settle_size(
    layers: Sequence[Layer], reverse: bool, path: Path, options: VolumeOptions
) -> tuple[Size, list[str]]:
    given = expand_size(options.get("voxel_size"))
    stated = {
        size[::-1] if reverse else size
        for size in (each.voxel_size for each in layers)
        if size is not None
    }
    if given is not None:
        differing = [size for size in stated if size != given]
        return given, [
            f"The file states voxels of {_spell(size)} nm along z, y, x; "
            f"{_spell(given)} nm was given and taken."
            for size in differing
        ]
    if len(stated) > 1:
        listed = " and ".join(f"{_spell(size)} nm" for size in sorted(stated))
        raise InputError(
            f"expected arrays of one voxel size, found {listed}",
            where=str(path),
            repair="Read them one by one, with segmentations=NAME or image=NAME.",
        )
    if not stated:
        raise InputError(
            "expected the size of a voxel, which the file does not state as three positive numbers",
            where=str(path),
            repair="Give its edges along z, y and x [nm] as voxel_size, such as "
            "voxel_size=40,16,16.",
        )
    return stated.pop(), []


def _spell(size: Iterable[float]) -> str:
    return " x ".join(f"{edge:g}" for edge in size)


def _turn(layer: Layer, reverse: bool, where: str, *, labels: bool) -> VoxelArray:
    """Bring the axes into the order z, y, x."""
    array: Any = layer.array
    whole = array.dtype.kind in "iu"
    if isinstance(array, StoredArray):
        return replace(array, reverse=reverse, labels=labels and whole)
    if labels and whole:
        require_labels(array, where)
    # In the order of the new axes: a mere view would be slow to read section by section.
    return np.ascontiguousarray(array.T) if reverse else array


def _note_no_background(segmentations: Mapping[str, VoxelArray]) -> list[str]:
    # What stays on disk is not read through for the sake of a note.
    held = {name: each for name, each in segmentations.items() if isinstance(each, np.ndarray)}
    return [
        f"The segmentation {name!r} has no background: no voxel is 0."
        for name, each in held.items()
        if each.size and each.dtype.kind in "iu" and each.min() > 0
    ]
