"""The contact graph of a segmentation: its objects, their contacts, and sums measured at both.

All that is kept are sums, so that what two joined objects share is known without another look at
the voxels: the sums are added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["ContactGraph", "GraphTally", "SumLayout"]

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


class GraphTally:
    """Adds up the graphs of parts of a volume, in which labels mean the same.

    Memory grows with the contacts that differ, and not with the parts.
    """

    def __init__(self) -> None:
        self._parts: list[ContactGraph] = []
        self._limit = 0

    def add(self, graph: ContactGraph) -> None:
        """Add the graph of a part.

        Parameters
        ----------
        graph : ContactGraph
            Its sums are over the voxels, and pairs of voxels, that the part answers for.
        """
        self._parts.append(graph)
        held = sum(len(part.edges) for part in self._parts)
        # Seldom, or adding up would take the square of the number of parts.
        if held > self._limit:
            self._limit = 2 * len(self.total().edges)

    def total(self) -> ContactGraph:
        """Return the graph of all parts together."""
        if len(self._parts) > 1:
            self._parts = [_unite(self._parts)]
        return self._parts[0]


def _unite(parts: list[ContactGraph]) -> ContactGraph:
    labels, rows = np.unique(np.concatenate([part.labels for part in parts]), return_inverse=True)
    ends = np.cumsum([len(part.labels) for part in parts])[:-1]
    n = len(labels)
    edges = [own[part.edges] for own, part in zip(np.split(rows, ends), parts, strict=True)]
    # Labels of each part ascend, so that the lower row of a pair stays the lower one.
    keys, places = np.unique(
        np.concatenate([pairs[:, 0] * n + pairs[:, 1] for pairs in edges]), return_inverse=True
    )
    return replace(
        parts[0],
        labels=labels,
        edges=np.stack(np.divmod(keys, max(n, 1)), axis=1),
        object_sums=add_rows(np.concatenate([part.object_sums for part in parts]), rows, n),
        contact_sums=add_rows(
            np.concatenate([part.contact_sums for part in parts]), places, len(keys)
        ),
    )


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
