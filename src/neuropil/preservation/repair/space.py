"""Open the space between cells again, where swelling or shrinkage has closed it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, Operation, SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.tissue import Tissue
from neuropil.preservation.damage.warping import FINE, Move, find_targets, pull

__all__ = ["restore_space"]

# A membrane with its cleft is widened to four times its width at most: beyond, nothing but
# stretched grain is seen.
_MOST = 3.0


def restore_space(
    volume: Volume,
    probability: npt.NDArray[np.floating[Any]],
    gain: float,
    seed: SeedTree,
) -> Volume:
    """Move membranes apart, section by section, so that what lies between cells takes more room.

    Each place gets the area 1 + ``gain`` times the probability of a membrane there, and the frame
    grows by as much, so that cells keep their areas and shapes nearly. Nothing is added that the
    image does not hold: a space that has collapsed below a pixel is opened, and stays empty.

    Parameters
    ----------
    volume : Volume
        Tissue with an image; its segmentations move with it.
    probability : (nz, ny, nx) array
        Probability of a membrane at each voxel, in [0, 1].
    gain : float
        What membranes gain of their area, 0 to 3. Swelling to the end takes .4 of it away, which
        a gain of .67 gives back.
    seed : SeedTree
        Source of the grain where the image is stretched.

    Returns
    -------
    Volume
        On a larger grid, with voxels of the same size.

    Raises
    ------
    InputError
        When the gain is out of range, or the probabilities have another shape.
    """
    if not 0 <= gain <= _MOST:
        raise InputError(
            f"expected a gain from 0 to {_MOST:g}, found {gain:g}",
            where="restore_space",
            repair="State by what share of their area membranes are to grow.",
        )
    if probability.shape != volume.shape:
        raise InputError(
            f"expected probabilities of the shape {volume.shape}, found {probability.shape}",
            where=volume.source.name,
            repair="Predict them from this very volume.",
        )
    if gain == 0:
        return volume
    tissue = Tissue.of(volume)
    # Where the truth is known it moves too, but nothing is read from it.
    grain = Grain.of(replace(tissue, labels={}))
    area = 1 + gain * np.asarray(probability, np.float64)
    growth = float(area.mean()) ** 0.5
    frame = round(volume.shape[1] * growth), round(volume.shape[2] * growth)
    places = np.stack([find_targets(one, frame, FINE) for one in area])
    move = Move(places, np.arange(len(area)), volume.voxel_size)
    opened = pull(tissue, grain, move, seed.child("texture").generator())
    return opened.to_volume(volume, Operation("restore space", {"gain": gain, "seed": seed.root}))
