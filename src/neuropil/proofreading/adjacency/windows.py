"""Parts of a volume that are measured one by one, and add up to the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Three", "Window"]

Region = tuple[slice, slice, slice]
Three = tuple[int, int, int]
"""Numbers along z, y and x."""


@dataclass(frozen=True)
class Window:
    """A part of a volume that is measured by itself.

    Parameters
    ----------
    first : tuple of int
        Place of its first voxel in the volume.
    core : tuple of int
        Voxels along z, y and x that are counted, from the first one on. Those behind them are the
        partners of pairs that begin within the core.
    shape : tuple of int
        Shape of the volume.
    """

    first: Three
    core: Three
    shape: Three

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Self:
        """Return the window that shows all of a volume.

        Parameters
        ----------
        shape : tuple of int
            Shape of the volume.
        """
        nz, ny, nx = shape
        return cls((0, 0, 0), (nz, ny, nx), (nz, ny, nx))

    def pair(self, seen: tuple[int, ...], axis: int, distance: int) -> tuple[Region, Region]:
        """Return where pairs of voxels that begin in the core begin and where they end.

        Parameters
        ----------
        seen : tuple of int
            Shape of what the window shows.
        axis : int
            0 for z, 1 for y, 2 for x.
        distance : int
            Steps between the two voxels.
        """
        here, there = ([slice(0, n) for n in self.core] for _ in range(2))
        n = max(min(self.core[axis], seen[axis] - distance), 0)
        here[axis], there[axis] = slice(0, n), slice(distance, distance + n)
        return (here[0], here[1], here[2]), (there[0], there[1], there[2])

    def borders(self) -> npt.NDArray[np.bool_]:
        """Say which voxels of the core lie at the border of the volume."""
        at = np.zeros(self.core, bool)
        for axis in range(3):
            place = self.first[axis] + np.arange(self.core[axis])
            ends = (place == 0) | (place == self.shape[axis] - 1)
            at |= np.expand_dims(ends, [other for other in range(3) if other != axis])
        return at
