"""Sections of tissue as a folder of pictures, one file a section."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, Source
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.volume_files.layers import OPTIONS, Layer, VolumeOptions, build_volume

__all__ = ["FORMAT", "list_pictures", "read_image_folder", "read_picture"]

_ENDINGS = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
# Grey of 8 and of 16 bits, whole numbers of 32 bits, and floats, as Pillow calls them.
_GREY = {"1", "L", "I;16", "I;16B", "I;16L", "I", "F"}
_COPY = "Copy it again, or write it again with the program that made it."


def list_pictures(folder: Path) -> list[Path]:
    """List the pictures of a folder by the numbers in their names, so that 2 comes before 10.

    Parameters
    ----------
    folder : Path
        Files that are no pictures, and hidden ones, are left out.
    """
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.suffix.lower() in _ENDINGS and not path.name.startswith(".") and path.is_file()
        ),
        key=lambda path: [
            (int(part), "") if part.isdigit() else (-1, part)
            for part in re.split(r"([0-9]+)", path.name)
        ],
    )


def read_picture(path: Path) -> npt.NDArray[Any]:
    """Read one grey picture.

    Parameters
    ----------
    path : Path
        PNG, TIFF or JPEG of grey values; of 8 or 16 bits, or floats.

    Returns
    -------
    (ny, nx) array
        As stored; nothing is scaled.

    Raises
    ------
    InputError
        When it is damaged, in colour, or holds several pages.
    """
    from PIL import Image, UnidentifiedImageError

    require_file(path)
    try:
        with Image.open(path) as picture:
            mode, pages = picture.mode, getattr(picture, "n_frames", 1)
            values = np.array(picture) if mode in _GREY and pages == 1 else None
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError) as error:
        raise InputError("expected a whole picture", where=str(path), repair=_COPY) from error
    if values is None:
        found = f"{pages} pages" if pages > 1 else f"colours ({mode})"
        raise InputError(
            f"expected one grey picture, found {found}",
            where=str(path),
            repair="Electron microscopes write grey values: save one channel as a grey picture, "
            "and a stack of pages as a file of its own.",
        )
    return values


def read_image_folder(
    path: Path, *, voxel_size: Sequence[float] | None = None, segmentation: str | None = None
) -> Volume:
    """Read a folder of pictures of one size, each of which is a section.

    Parameters
    ----------
    path : Path
        The folder; sections follow the numbers in their names.
    voxel_size : sequence of float, optional
        Edges of a voxel along z, y and x [nm], or one for all; pictures do not state them.
    segmentation : str, optional
        What the labels are called, where the pictures hold labels; an image when not given.

    Returns
    -------
    Volume
        In memory: the image, or one segmentation.

    Raises
    ------
    InputError
        When there is no picture, one is damaged, in colour or of another size or type than the
        first, or no voxel size is given.
    """
    paths = list_pictures(path)
    if not paths:
        raise InputError(
            f"expected pictures ({', '.join(_ENDINGS)}), found none",
            where=str(path),
            repair="Name the folder that holds the sections.",
        )
    sections = [read_picture(each) for each in paths]
    first = sections[0]
    for each, place in zip(sections, paths, strict=True):
        if each.shape != first.shape or each.dtype != first.dtype:
            raise InputError(
                f"expected {first.shape[0]} x {first.shape[1]} pixels of {first.dtype} as in "
                f"{paths[0].name}, found {each.shape[0]} x {each.shape[1]} of {each.dtype}",
                where=str(place),
                repair="Keep sections of one stack in a folder; tiles of other sizes go into "
                "folders of their own.",
            )
    options: VolumeOptions = {} if voxel_size is None else {"voxel_size": voxel_size}
    name = segmentation or "image"
    options |= {"segmentations": [name]} if segmentation else {"image": name}
    files = tuple(record for each in paths for record in describe_file(each).files)
    source = Source(name=path.name, files=files)
    return build_volume([Layer(name, np.stack(sections))], path, source, options)


def _sniff(path: Path) -> bool:
    return path.is_dir() and bool(list_pictures(path))


FORMAT = Format(
    name="image-folder",
    endings=(),
    description="Folder of grey pictures (PNG, TIFF, JPEG), one a section",
    sniff=_sniff,
    read=read_image_folder,
    holds=Volume,
    options={
        "voxel_size": OPTIONS["voxel_size"],
        "segmentation": "what the labels are called, where the pictures hold labels",
    },
)
