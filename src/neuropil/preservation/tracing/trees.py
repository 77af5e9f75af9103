"""Neurons as trees of stretches of neurite, on which breaks fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Skeleton, find_rows
from neuropil.contracts import InputError

__all__ = ["NeuriteTree"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MILLIMETRES = {"nm": 1e-6, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "mm": 1.0}


@dataclass(frozen=True, eq=False)
class NeuriteTree:
    """Points of neurons, each behind the point that it hangs on.

    Parameters
    ----------
    parents : (n,) array
        Row of the point on the way to the root, which comes before; -1 at a root.
    lengths : (n,) array
        Length of the way to it [mm]; 0 at a root.
    """

    parents: Integers
    lengths: Floats

    @classmethod
    def of(cls, skeleton: Skeleton) -> NeuriteTree:
        """Take the tree of a skeleton.

        Parameters
        ----------
        skeleton : Skeleton
            One or several trees, in nm, um or mm.

        Returns
        -------
        NeuriteTree
            Points in an order in which parents come first.

        Raises
        ------
        InputError
            When the unit is another one, or nothing has a length.
        """
        if skeleton.unit not in _MILLIMETRES:
            raise InputError(
                f"expected a skeleton in nm, um or mm, found {skeleton.unit!r}",
                where="skeleton",
                repair="Multiply its coordinates by the size of their unit.",
            )
        if not skeleton.length() > 0:
            raise InputError(
                "expected a skeleton with a length, found points without any distance",
                where="skeleton",
                repair="Bring a skeleton with at least one edge.",
            )
        points = skeleton.points
        rows = find_rows(points["parent"], points["id"]).fill_null(-1).to_numpy()
        above = rows.astype(np.int64)
        places = points.select("x", "y", "z").to_numpy() * _MILLIMETRES[skeleton.unit]
        steps = np.linalg.norm(places - places[above], axis=1)
        lengths = np.where(above < 0, 0.0, steps)
        order = np.argsort(_count_steps(above), kind="stable")
        rank = np.argsort(order)
        parents = np.where(above[order] < 0, -1, rank[above[order]])
        return cls(parents, lengths[order])

    @property
    def total_length(self) -> float:
        """Length of all stretches [mm]."""
        return float(self.lengths.sum())

    def depths(self) -> Floats:
        """Return the way from each point to its root [mm]."""
        depths = self.lengths.copy()
        for row, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                depths[row] += depths[parent]
        return depths

    def roots(self) -> Integers:
        """Return the row of the root of each point."""
        roots = np.arange(len(self.parents))
        for row, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                roots[row] = roots[parent]
        return roots

    def way(self, row: int) -> Integers:
        """List the rows from a point to its root, both among them."""
        rows, at = [], int(row)
        while at >= 0:
            rows.append(at)
            at = int(self.parents[at])
        return np.array(rows)

    def tips(self) -> Integers:
        """List the rows that nothing hangs on."""
        inner = np.unique(self.parents[self.parents >= 0])
        return np.setdiff1d(np.arange(len(self.parents)), inner)


def _count_steps(above: Integers) -> Integers:
    """Count the points between each point and its root."""
    steps, seen = (above >= 0).astype(np.int64), above.copy()
    # Pointer doubling: each round looks twice as far towards the root.
    while (seen >= 0).any():
        on = seen >= 0
        steps[on] += steps[seen[on]]
        seen[on] = seen[seen[on]]
    return steps
