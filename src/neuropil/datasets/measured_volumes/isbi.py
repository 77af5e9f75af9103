"""Thirty sections of a fly larva's nerve cord with membranes drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy import ndimage

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert_isbi", "label_cells"]

_VOXEL_SIZE = (50.0, 4.0, 4.0)
_SECTIONS = 30
_NOTES = (
    "Membranes were drawn by hand in each section. The segmentation truth numbers what they "
    "enclose, section by section: a neurite has another number in each; 0 is membrane.",
    "For research and evaluation: the terms of the challenge are not restated where the files are "
    "published. Nothing that was learnt from them is part of this package.",
)


def convert_isbi(files: Mapping[str, Path], source: Source) -> Volume:
    """Read the image, and number what the drawn membranes enclose.

    Parameters
    ----------
    files : mapping of str to Path
        Thirty sections and thirty drawings.
    source : Source
        Their origin.

    Returns
    -------
    Volume
        Image and ``truth`` of 30 x 512 x 512 voxels of 50 x 4 x 4 nm.

    Raises
    ------
    IntegrityError
        When a published fact does not hold.
    """
    image, drawn = (
        np.stack(
            [
                formats.read_picture(files[f"isbi2012/{kind}/{place}.png"])
                for place in range(_SECTIONS)
            ]
        )
        for kind in ("image", "label")
    )
    require_facts(
        {
            "30 sections of 512 x 512 pixels": image.shape == drawn.shape == (30, 512, 512),
            "mean brightness 126.16": round(float(image.mean()), 2) == 126.16,
            "drawings of 0 and 255 alone": set(np.unique(drawn).tolist()) == {0, 255},
            "21.96 % membrane": round(float((drawn == 0).mean()), 4) == 0.2196,
        },
        source.name,
    )
    return Volume(
        _VOXEL_SIZE, image, {"truth": label_cells(drawn > 0)}, "fly larva", source, notes=_NOTES
    )


def label_cells(inside: np.ndarray) -> np.ndarray:
    """Label the connected parts of each section, from 1; no number is in two sections.

    Parameters
    ----------
    inside : (nz, ny, nx) bool array
        What is no membrane. Pixels are connected by their edges.

    Returns
    -------
    (nz, ny, nx) int32 array
        Numbers; 0 is membrane.
    """
    # Neighbours in the plane alone.
    flat = np.zeros((3, 3, 3), dtype=bool)
    flat[1] = ndimage.generate_binary_structure(2, 1)
    labels, _ = ndimage.label(inside, flat)
    return np.asarray(labels, dtype=np.int32)
