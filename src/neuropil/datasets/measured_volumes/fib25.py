"""A cube of the fly's medulla with true bodies and two automatic segmentations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert_fib25"]

_IMAGE = "fib25_training2/fib25_training2_image.npz"
_LABELS = "fib25_training2/fib25_training2_labels.npz"
_NOTES = (
    "The data were repacked and renumbered: bodies are numbered from 1 in the order of their "
    "published ids, and so are supervoxels of the watershed.",
    "The watershed is the published one after the mapping of its file, of 3,051 supervoxels; in "
    "print there is also the unmapped one of 3,337.",
    "The segmentation ffn is 0 where flood-filling networks found no object.",
)


def convert_fib25(files: Mapping[str, Path], source: Source) -> Volume:
    """Read the image and three segmentations, all of 250 voxels along each axis.

    Parameters
    ----------
    files : mapping of str to Path
        The archive of the image and that of the labels.
    source : Source
        Their origin.

    Returns
    -------
    Volume
        ``truth``, ``watershed`` and ``ffn`` on voxels of 10 nm.

    Raises
    ------
    IntegrityError
        When a published fact does not hold.
    """
    image = formats.read(files[_IMAGE], kind=Volume, format="volume-arrays")
    labels = formats.read(
        files[_LABELS],
        kind=Volume,
        format="volume-arrays",
        segmentations=["gt:truth", "watershed", "ffn"],
    )
    volume = Volume(
        labels.voxel_size,
        image.image,
        labels.segmentations,
        "fly",
        source,
        notes=_NOTES,
    )
    _require_published(volume)
    return volume


def _require_published(volume: Volume) -> None:
    brightness = volume.read_image()
    truth, watershed, ffn = map(volume.segmentation, ("truth", "watershed", "ffn"))
    require_facts(
        {
            "250 voxels of 10 nm along each axis": volume.shape == (250, 250, 250)
            and volume.voxel_size == (10, 10, 10),
            "brightness from 26 to 217": (brightness.min(), brightness.max()) == (26, 217),
            "mean brightness 130.03": round(float(brightness.mean()), 2) == 130.03,
            "525 bodies": len(np.unique(truth)) == 526 and truth.max() == 525,
            "250 voxels outside of bodies": int((truth == 0).sum()) == 250,
            "supervoxels 1 to 3,051": (watershed.min(), watershed.max()) == (1, 3051),
            "254 objects of ffn, 11.25 % outside": ffn.max() == 254
            and round(float((ffn == 0).mean()), 4) == 0.1125,
        },
        volume.source.name,
    )
