"""A small block of the fly's medulla that the program gala ships for its tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neuropil import formats
from neuropil.connectome import Volume, VoxelArray
from neuropil.contracts import Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert_boundaries", "convert_gala"]

_FOLDER = "gala_fibsem"
# The files do not state it.
_VOXEL = (10.0, 10.0, 10.0)
_SIZE_NOTE = (
    "The files state no voxel size; 10 nm along each axis is assumed, as in other images of the "
    "fly's medulla by focused ion beam."
)
_NOTES = (
    _SIZE_NOTE,
    "In the segmentation truth 0 stands for borders between bodies, 6.71 % of the voxels.",
)


def _read(path: Path, option: str) -> VoxelArray:
    chosen = {"image": "stack"} if option == "image" else {"segmentations": [f"stack:{option}"]}
    read = formats.read(path, kind=Volume, format="hdf5-volume", voxel_size=_VOXEL, **chosen)
    # Small, and needed whole: a file that stays open for it would gain nothing.
    return read.read_image() if option == "image" else read.segmentation()


def convert_gala(files: Mapping[str, Path], source: Source) -> Volume:
    """Read the image, the watershed and the true bodies of 50 sections of 100 x 200 voxels.

    Parameters
    ----------
    files : mapping of str to Path
        A file for each.
    source : Source
        Their origin.

    Returns
    -------
    Volume
        ``truth`` and ``watershed``, in memory.

    Raises
    ------
    IntegrityError
        When a published fact does not hold.
    """
    truth = np.asarray(_read(files[f"{_FOLDER}/train-gt.lzf.h5"], "truth"))
    watershed = np.asarray(_read(files[f"{_FOLDER}/train-ws.lzf.h5"], "watershed"))
    image = _read(files[f"{_FOLDER}/train-image.h5"], "image")
    volume = Volume(
        _VOXEL, image, {"truth": truth, "watershed": watershed}, "fly", source, notes=_NOTES
    )
    require_facts(
        {
            "50 sections of 100 x 200 voxels": volume.shape == (50, 100, 200),
            "bodies 0 to 87": (truth.min(), truth.max()) == (0, 87),
            "6.71 % borders": round(float((truth == 0).mean()), 4) == 0.0671,
            "supervoxels 1 to 203": (watershed.min(), watershed.max()) == (1, 203),
        },
        _FOLDER,
    )
    return volume


def convert_boundaries(files: Mapping[str, Path], source: Source) -> Volume:
    """Read the published probability of a boundary in the same block, as an image.

    Parameters
    ----------
    files : mapping of str to Path
        Its file.
    source : Source
        Its origin.

    Returns
    -------
    Volume
        An image of probabilities from 0 to 1, in memory.

    Raises
    ------
    IntegrityError
        When they are not from 0 to 1.
    """
    image = np.asarray(_read(files[f"{_FOLDER}/train-p1.lzf.h5"], "image"))
    require_facts(
        {
            "50 sections of 100 x 200 voxels": image.shape == (50, 100, 200),
            "probabilities from 0 to 1": (image.min(), image.max()) == (0, 1),
        },
        _FOLDER,
    )
    note = "The image holds the probability of a boundary of gala-fibsem, voxel by voxel."
    return Volume(_VOXEL, image, species="fly", source=source, notes=(note, _SIZE_NOTE))
