"""Probabilities in a block of cubes, from sections along all three axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.marks import find_fine_axes

__all__ = ["predict_block"]


Floats = npt.NDArray[np.float32]

# Steps along y and x of a section and whether these change places: the section as it is, turned by
# half, and turned by a quarter either way.
_AS_IT_IS = ((1, 1, False),)
_FOUR_TURNS = (*_AS_IT_IS, (-1, -1, False), (-1, 1, True), (1, -1, True))


def predict_block(detector: MembraneDetector, volume: Volume, *, turned: bool = False) -> Floats:
    """Predict the probability of a membrane from sections along z, y and x.

    A membrane that lies flat in one section is cut across by those of another axis. The mean of
    the three logits is calibrated.

    Parameters
    ----------
    detector : MembraneDetector
        A trained detector.
    volume : Volume
        Tissue with an image and voxels that are cubes.
    turned : bool
        Whether each section is read four times, turned by quarters, and the mean is taken. It takes
        four times as long, and the threshold at which segments are joined matters less.

    Returns
    -------
    (nz, ny, nx) float32 array
        Probabilities.

    Raises
    ------
    InputError
        When voxels are no cubes; predict section by section.
    """
    if len(find_fine_axes(volume.voxel_size)) < 3:
        edges = " x ".join(f"{edge:g}" for edge in volume.voxel_size)
        raise InputError(
            f"expected voxels that are cubes, found {edges} nm",
            where=volume.source.name,
            repair="Predict serial sections one by one: detector.predict(volume).",
        )
    image = volume.read_image()
    turns = _FOUR_TURNS if turned else _AS_IT_IS
    total = np.zeros(image.shape, np.float32)
    for axis in range(3):
        order = [axis, *(other for other in range(3) if other != axis)]
        z, y, x = (volume.voxel_size[each] for each in order)
        for turn in turns:
            seen = Volume((z, y, x) if not turn[2] else (z, x, y), _turn(image, order, turn))
            total += _turn_back(detector.predict_logits(seen), order, turn)
    return detector.calibration_.apply(total / (3 * len(turns)))


def _turn(
    block: npt.NDArray[Any], order: list[int], turn: tuple[int, int, bool]
) -> npt.NDArray[Any]:
    dy, dx, swapped = turn
    sections = block.transpose(order)[:, ::dy, ::dx]
    return sections.transpose(0, 2, 1) if swapped else sections


def _turn_back(sections: Floats, order: list[int], turn: tuple[int, int, bool]) -> Floats:
    dy, dx, swapped = turn
    upright = sections.transpose(0, 2, 1) if swapped else sections
    return upright[:, ::dy, ::dx].transpose(np.argsort(order))
