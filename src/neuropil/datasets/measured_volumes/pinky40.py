"""An automatic segmentation of mouse visual cortex, with its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert_pinky40"]

_FILE = "pinky40/pinky40_seg_256x256x512_32x32x40nm_uint16.npz"
_NAME = "automatic"
_NOTES = (
    "The segmentation was not proofread and has errors of its own; there is no image.",
    "Every second voxel along x and y was taken of the published array, and labels were "
    "renumbered from 1 in the order of the published ids.",
    "Voxels are 40 x 32 x 32 nm along z, y and x, after the description of the published array, "
    "16 x 16 x 40 nm along x, y and z; other descriptions of that array say 32 x 32 x 40.",
)


def convert_pinky40(files: Mapping[str, Path], source: Source) -> Volume:
    """Read the segmentation and turn its axes to z, y, x.

    Parameters
    ----------
    files : mapping of str to Path
        The archive.
    source : Source
        Its origin.

    Returns
    -------
    Volume
        The segmentation ``automatic`` of 512 sections of 256 x 256 voxels.

    Raises
    ------
    IntegrityError
        When a published fact does not hold.
    """
    read = formats.read(
        files[_FILE],
        kind=Volume,
        format="volume-arrays",
        axes="xyz",
        segmentations=[f"seg:{_NAME}"],
    )
    labels = read.segmentation()
    sizes = np.bincount(labels.ravel())
    require_facts(
        {
            "512 sections of 256 x 256 voxels": read.shape == (512, 256, 256),
            "voxels of 40 x 32 x 32 nm": read.voxel_size == (40, 32, 32),
            "2,511 labels": int((sizes[1:] > 0).sum()) == len(sizes) - 1 == 2511,
            "261,811 voxels without a label": int(sizes[0]) == 261_811,
        },
        _FILE,
    )
    return replace(read, species="mouse", source=source, provenance=(), notes=_NOTES)
