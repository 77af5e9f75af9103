"""Damaged copies of training sections, for a detector that is to read through damage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.detector.marks import mark_membranes
from neuropil.preservation.detector.patches import TrainingSections

__all__ = ["Draw", "damage_training_sections"]

Draw = Callable[[SeedTree], Sequence[Damage]]
"""Draws the damages of one section from a seed."""

# Segmentation under which the marks move with the tissue.
_MARKS = "membrane marks"
# Most planes on either side that are averaged with a section of a block of cubes, as the training
# on undamaged sections does: a serial section of 50 nm shows five planes of 10 nm.
_BESIDE = 2


def damage_training_sections(
    volume: Volume, sections: Sequence[int], draw: Draw, seed: SeedTree
) -> TrainingSections:
    """Damage copies of sections in several ways; the marks of membranes move with the tissue.

    What is to be found stays what was there: a membrane that was erased is still marked.

    Parameters
    ----------
    volume : Volume
        Sound tissue with an image and the segmentation ``truth``.
    sections : sequence of int
        Which sections are copied; nothing else of the truth is used.
    draw : callable
        Returns the damages of a section, each of which makes one copy.
    seed : SeedTree
        Source of randomness.

    Returns
    -------
    TrainingSections
        One damaged copy after the other, mirrored where damage has made it smaller.

    Raises
    ------
    InputError
        When no section is named.
    """
    if not len(sections):
        raise InputError(
            "expected one section or more, found none",
            where="sections",
            repair="Name sections of sound tissue.",
        )
    low, high = int(min(sections)), int(max(sections)) + 1
    block = volume.crop((slice(low, high), slice(None), slice(None)))
    marks = mark_membranes(block.segmentation("truth"), volume.voxel_size)
    block = block.with_segmentation(_MARKS, marks.astype(np.uint8))
    cubic = volume.voxel_size[0] <= 2 * volume.voxel_size[2]
    images, found = [], []
    for place in sections:
        own = seed.child(int(place))
        reach = int(own.child("thickness").generator().integers(_BESIDE + 1)) if cubic else 0
        section = _average(block, int(place) - low, reach)
        for number, damage in enumerate(draw(own.child("doses"))):
            hurt = damage.apply(section, own.child(number)).volume
            images.append(_fit_frame(hurt.read_image()[0], block.shape[1:]))
            found.append(_fit_frame(hurt.segmentation(_MARKS)[0], block.shape[1:]))
    stacked = np.stack(images).astype(np.float32), np.stack(found).astype(np.float32)
    return TrainingSections(*stacked, solid=False)


def _average(block: Volume, place: int, reach: int) -> Volume:
    """Return one section, averaged with its neighbours on either side."""
    planes = slice(max(place - reach, 0), place + reach + 1)
    image = block.read_image((planes, slice(None), slice(None)))
    alone = block.crop((slice(place, place + 1), slice(None), slice(None)))
    return replace(alone, image=np.rint(image.mean(axis=0)).astype(image.dtype)[None])


def _fit_frame(values: npt.NDArray[np.generic], frame: tuple[int, ...]) -> npt.NDArray[np.generic]:
    """Mirror a section that has become smaller, and cut one that has become larger."""
    missing = [
        (0, max(wanted - found, 0)) for found, wanted in zip(values.shape, frame, strict=True)
    ]
    return np.pad(values, missing, mode="symmetric")[: frame[0], : frame[1]]
