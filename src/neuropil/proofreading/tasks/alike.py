"""Pieces alike in size: so that size does not tell a continuation from a distractor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["choose_alike", "find_alike_volumes", "measure_outline"]

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


def find_alike_volumes(base: int, volumes: Mapping[int, int]) -> list[int]:
    """List the pieces that are not too different from one in volume alone.

    Parameters
    ----------
    base : int
        Label of the one.
    volumes : mapping of int to int
        Volume of each piece by label [voxels].

    Returns
    -------
    list of int
        Labels in the order of the volumes, the one among them; none where it has no volume.
    """
    if base not in volumes:
        return []
    own = np.log(volumes[base])
    return [label for label, one in volumes.items() if abs(np.log(one) - own) <= _ALIKE]


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
    left = {
        label: np.log(measure_outline(piece)) - own
        for label, piece in pieces.items()
        if label != base
    }
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
