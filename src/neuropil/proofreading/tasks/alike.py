"""Pieces alike in size: so that size does not tell a continuation from a distractor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["choose_alike", "measure_outline"]

# Sum of the differences of logarithms of volume and extents up to which two pieces count as alike.
# At 1.2 a forest still tells the continuation from extents alone in 56 % of pairs.
_ALIKE = 1.0


def measure_outline(inside: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Count the voxels of a piece, and its extents.

    Parameters
    ----------
    inside : (nz, ny, nx) bool array
        The piece; it has at least one voxel.

    Returns
    -------
    voxels, z, y, x : int
        Number of voxels, and extents along the axes [voxels].
    """
    side, face = np.any(inside, axis=2), np.any(inside, axis=0)
    z, y, x = (
        int(np.ptp(np.flatnonzero(filled))) + 1
        for filled in (np.any(side, axis=1), np.any(side, axis=0), np.any(face, axis=0))
    )
    return int(np.count_nonzero(inside)), z, y, x


def choose_alike(
    base: int,
    pieces: Mapping[int, npt.NDArray[np.bool_]],
    ranks: tuple[int, int],
    options: int,
) -> tuple[int, ...] | None:
    """Choose the pieces most alike to one that give it the wanted ranks among them.

    Parameters
    ----------
    base : int
        Label of the one.
    pieces : mapping of int to (nz, ny, nx) bool array
        All pieces by label.
    ranks : tuple of int
        How many of the chosen are to be smaller in volume, and in extent along the face.
    options : int
        Number of pieces with the one.

    Returns
    -------
    tuple of int or None
        Labels of the others; None where too few are alike.
    """
    own = np.log(measure_outline(pieces[base]))
    left = {}
    for label, piece in pieces.items():
        # Extents take time: they are not measured where the volumes alone are too different.
        if label != base and abs(np.log(np.count_nonzero(piece)) - own[0]) <= _ALIKE:
            left[label] = np.log(measure_outline(piece)) - own
    chosen: list[int] = []
    for place in range(options - 1):
        sides = [-1 if place < ranks[0] else 1, -1 if options - 2 - place < ranks[1] else 1]
        alike = [
            (float(np.abs(one).sum()), label)
            for label, one in left.items()
            if min(one[0] * sides[0], (one[2] + one[3]) * sides[1]) >= 0
        ]
        nearest, label = min(alike, default=(np.inf, 0))
        if nearest > _ALIKE:
            return None
        chosen.append(label)
        del left[label]
    return tuple(chosen)
