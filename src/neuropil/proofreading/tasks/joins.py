"""Where two objects of a segmentation could be joined, and where single ones branch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.tasks.branches import count_arms, find_middles
from neuropil.proofreading.tasks.interfaces import Contact, close_background, find_contacts

__all__ = ["HalfOfJoins", "Joins", "Kind", "MergePlan"]

Labels = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Size = tuple[float, float, float]

Kind = Literal["joined", "single"]
"""Two objects that are one where they touch, or an object that is one by itself."""

_FEWEST_ARMS = 3
# More arms than these has a sheet that fills its surroundings, and no branch.
_MOST_ARMS = 5


@dataclass(frozen=True)
class MergePlan:
    """Which pairs of a joined object and a single one are made.

    Parameters
    ----------
    pairs : int
        How many each part gets at most.
    half_width : float
        Half the edge of the box [nm].
    jitter : float
        How far the box may be moved off the contact and off the branch along each axis [nm].
    margin : float
        Least distance of a box's middle to the section between the parts [nm]; the half width
        where not given, so that boxes of two parts share no voxel.
    areas : tuple of float
        Least and largest area of the contact [um2].
    fewest_voxels : int
        Voxels that a label has at least.
    uses : int
        Times that one label is shown as a single object, or joined, at most.
    mismatch : float
        Largest mismatch of the sizes within a pair, see
        :func:`~neuropil.proofreading.tasks.matching.measure_mismatch`.
    tries : int
        Boxes that are tried in each part.
    """

    pairs: int = 500
    half_width: float = 2048.0
    jitter: float = 1000.0
    margin: float | None = None
    areas: tuple[float, float] = (0.05, 1.0)
    fewest_voxels: int = 10_000
    uses: int = 10
    mismatch: float = 1.0
    tries: int = 20_000


@dataclass(frozen=True, eq=False)
class Joins:
    """Contacts and middles of a segmentation, of which pairs are made.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation, its background closed.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    contacts : tuple of Contact
        Where two objects touch once.
    middles : (n, 3) integer array
        Voxels in the middle of objects.
    depths : (n,) array
        Their distance to the surface [nm].
    upper : (n_labels,) bool array
        Whether most of a label lies in the upper half of the sections.
    volumes : (n_labels,) integer array
        Voxels of each label.
    """

    labels: Labels
    voxel_size: Size
    contacts: tuple[Contact, ...]
    middles: npt.NDArray[np.int64]
    depths: Floats
    upper: npt.NDArray[np.bool_]
    volumes: npt.NDArray[np.int64] = field(repr=False)

    @classmethod
    def find(cls, labels: Labels, voxel_size: Size, plan: MergePlan) -> Joins:
        """Find the contacts and middles of a segmentation.

        Parameters
        ----------
        labels : (nz, ny, nx) integer array
            Segmentation; 0 is background.
        voxel_size : tuple of float
            Edges of a voxel [nm].
        plan : MergePlan
            Which objects and contacts count.

        Returns
        -------
        Joins
            Those of the whole segmentation.
        """
        closed = close_background(labels)
        volumes = np.bincount(closed.reshape(-1))
        chosen = volumes >= plan.fewest_voxels
        chosen[0] = False
        half = np.bincount(closed[: len(closed) // 2].reshape(-1), minlength=len(volumes))
        contacts = tuple(find_contacts(closed, voxel_size, chosen, plan.areas))
        middles, depths = find_middles(closed, voxel_size)
        of = chosen[closed[tuple(middles.T)]]
        upper = 2 * half < volumes
        return cls(closed, voxel_size, contacts, middles[of], depths[of], upper, volumes)

    def half(self, upper: bool) -> HalfOfJoins:
        """Return what lies in one half of the sections.

        Parameters
        ----------
        upper : bool
            Whether in the upper one.
        """
        return HalfOfJoins(self, upper)


class HalfOfJoins:
    """Contacts and middles of objects that lie in one half of the sections for the most part.

    Parameters
    ----------
    joins : Joins
        Of the whole segmentation.
    upper : bool
        Whether the upper half is meant.
    """

    def __init__(self, joins: Joins, upper: bool) -> None:
        self.joins, self.upper = joins, upper
        self.size = np.asarray(joins.voxel_size)
        owner = joins.labels[tuple(joins.middles.T)]
        here = np.flatnonzero(joins.upper[owner] == upper)
        self.middles = (joins.middles[here] + 0.5) * self.size
        self.depths, self.owner = joins.depths[here], owner[here].astype(np.int64)
        self.contacts = [c for c in joins.contacts if (joins.upper[[*c.labels]] == upper).all()]
        self.sheets = np.array([c.place for c in self.contacts]).reshape(-1, 3)
        self._arms: dict[tuple[Kind, int], int] = {}

    @property
    def border(self) -> float:
        """Place along z where the halves meet [nm]."""
        return float(len(self.joins.labels) // 2 * self.size[0])

    def places(self, kind: Kind) -> Floats:
        """Return where objects are joined, or the middles of single ones.

        Parameters
        ----------
        kind : {"joined", "single"}
            Which.

        Returns
        -------
        (n, 3) array
            Along z, y, x [nm].
        """
        return self.sheets if kind == "joined" else self.middles

    def piece(self, kind: Kind, index: int) -> tuple[int, ...]:
        """Return the labels of an object.

        Parameters
        ----------
        kind : {"joined", "single"}
            Which list it is of.
        index : int
            Its place in that list.
        """
        return self.contacts[index].labels if kind == "joined" else (int(self.owner[index]),)

    def count_arms(self, kind: Kind, index: int) -> int:
        """Count the arms at the contact of a joined object, or at a middle of a single one.

        Parameters
        ----------
        kind : {"joined", "single"}
            Which list it is of.
        index : int
            Its place in that list.
        """
        if (kind, index) not in self._arms:
            if kind == "joined":
                depth = 1e3 * float(np.sqrt(self.contacts[index].area / np.pi))
            else:
                depth = float(self.depths[index])
            labels, size = self.joins.labels, self.joins.voxel_size
            place = self.places(kind)[index]
            self._arms[kind, index] = count_arms(
                labels, size, self.piece(kind, index), place, depth
            )
        return self._arms[kind, index]

    def branches(self, kind: Kind, index: int) -> bool:
        """Tell whether three to five arms leave the place, as :meth:`count_arms` counts them.

        Parameters
        ----------
        kind : {"joined", "single"}
            Which list it is of.
        index : int
            Its place in that list.
        """
        return _FEWEST_ARMS <= self.count_arms(kind, index) <= _MOST_ARMS
