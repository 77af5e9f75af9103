"""The contact graph of a segmentation: its objects, their contacts, and sums measured at both.

All that is kept are sums, so that what two joined objects share is known without another look at
the voxels: the sums are added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["ContactGraph", "SumLayout"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SumLayout:
    """Where each kind of sum stands in the rows of a table.

    Parameters
    ----------
    parts : tuple of (str, int)
        Names and numbers of columns, in order.
    """

    parts: tuple[tuple[str, int], ...]

    @property
    def width(self) -> int:
        """Number of columns of a row."""
        return sum(n for _, n in self.parts)

    def has(self, name: str) -> bool:
        """Tell whether there is a kind of sum.

        Parameters
        ----------
        name : str
            Its name.
        """
        return any(part == name for part, _ in self.parts)

    def find(self, name: str) -> slice:
        """Return the columns of one kind of sum.

        Parameters
        ----------
        name : str
            Its name.
        """
        first = 0
        for part, n in self.parts:
            if part == name:
                return slice(first, first + n)
            first += n
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class ContactGraph:
    """Objects of a segmentation and their contacts.

    Parameters
    ----------
    labels : (n,) integer array
        Label of each object, ascending.
    edges : (e, 2) integer array
        Rows of the objects that touch or come near each other, the lower one first; sorted, each
        pair once.
    object_sums : (n, k) array
        Sums over the voxels of each object.
    contact_sums : (e, m) array
        Sums over the pairs of voxels of each contact.
    object_layout, contact_layout : SumLayout
        What stands in which columns.
    """

    labels: npt.NDArray[np.integer[Any]]
    edges: Indices
    object_sums: Floats
    contact_sums: Floats
    object_layout: SumLayout
    contact_layout: SumLayout

    def of_objects(self, name: str) -> Floats:
        """Return one kind of sum of all objects.

        Parameters
        ----------
        name : str
            A name of the layout.

        Returns
        -------
        (n, c) array
            Its columns.
        """
        return self.object_sums[:, self.object_layout.find(name)]

    def of_contacts(self, name: str) -> Floats:
        """Return one kind of sum of all contacts.

        Parameters
        ----------
        name : str
            A name of the layout.

        Returns
        -------
        (e, c) array
            Its columns.
        """
        return self.contact_sums[:, self.contact_layout.find(name)]

    @property
    def touching(self) -> npt.NDArray[np.bool_]:
        """(e,) Whether objects share a face of a voxel; others only come near each other."""
        touch: npt.NDArray[np.bool_] = self.of_contacts("faces").sum(axis=1) > 0
        return touch

    def join(self, groups: Indices) -> Self:
        """Join objects; sums are added, and contacts within a group become part of its object.

        Parameters
        ----------
        groups : (n,) integer array
            Row of the object that stands for each object's group; those stand for themselves.

        Returns
        -------
        ContactGraph
            With one object for each group, which keeps the label of the one that stands for it.
        """
        kept, rows = np.unique(groups, return_inverse=True)
        objects = add_rows(self.object_sums, rows, len(kept))
        ends = np.sort(rows[self.edges], axis=1)
        inside = ends[:, 0] == ends[:, 1]
        self._take_inside(objects, ends[inside, 0], self.contact_sums[inside])
        keys = ends[~inside, 0] * len(kept) + ends[~inside, 1]
        pairs, which = np.unique(keys, return_inverse=True)
        return replace(
            self,
            labels=self.labels[kept],
            edges=np.stack([pairs // len(kept), pairs % len(kept)], axis=1),
            object_sums=objects,
            contact_sums=add_rows(self.contact_sums[~inside], which, len(pairs)),
        )

    def _take_inside(self, objects: Floats, rows: Indices, contacts: Floats) -> None:
        """Count pairs of voxels that were in contact as pairs within an object."""
        for name, n in self.object_layout.parts:
            if name.startswith("within-"):
                columns = self.contact_layout.find(name.removeprefix("within-"))
                objects[:, self.object_layout.find(name)] += add_rows(
                    contacts[:, columns], rows, len(objects)
                ).reshape(-1, n)


def add_rows(table: Floats, rows: Indices, n: int) -> Floats:
    """Add up the rows of a table that go to the same place.

    Parameters
    ----------
    table : (m, k) array
        Rows.
    rows : (m,) integer array
        Where each goes.
    n : int
        Number of places.

    Returns
    -------
    (n, k) array
        Sums.
    """
    from scipy.sparse import csr_array

    places = csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), (n, len(rows)))
    return np.asarray(places @ table)
