"""Spin nulls: the regions of each hemisphere are rotated on a sphere and take each other's values.

The right hemisphere moves as the mirror image of the left, so that homologous regions stay
together as far as the parcels allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from neuropil.contracts import Advance, ConfigError, InputError
from neuropil.measures.maps.reassignment import assign_hungarian, assign_vasa
from neuropil.measures.maps.spatial_nulls import SpatialNull, check_map, name_regions
from neuropil.measures.maps.sphere_points import draw_rotations, project_to_sphere

__all__ = ["Reassignment", "SpinGroup", "SpinNull", "Spins", "build_spin_groups"]

Reassignment = Literal["vasa", "hungarian"]

_MIRROR = np.diag([-1.0, 1.0, 1.0])
_ENTRIES = 4_000_000  # distances that are held at a time, 32 MB; not tuned


@dataclass(frozen=True, eq=False)
class SpinGroup:
    """Regions that take each other's values, and no others'.

    Parameters
    ----------
    name : str
        Such as ``cortex L``.
    members : (m,) int array
        Their place among all regions.
    points : (m, 3) array
        Points that are rotated around the origin.
    mirrored : bool
        True in the right hemisphere.
    radius : float
        Typical distance of the points from the origin; costs are divided by it.
    """

    name: str
    members: np.ndarray
    points: np.ndarray
    mirrored: bool = False
    radius: float = 1.0


@dataclass(frozen=True, eq=False)
class Spins:
    """Drawn spins.

    Parameters
    ----------
    permutations : (n_spins, n) int array
        Region a takes the values of region ``permutations[s, a]``.
    cost : (n_spins,) array
        Sum over regions of the distance between a region and where the values came from after
        the rotation, in radii.
    distinct : dict of str to int
        Number of different permutations of each group among the spins.
    """

    permutations: np.ndarray
    cost: np.ndarray
    distinct: dict[str, int]

    def __len__(self) -> int:
        return len(self.permutations)


@dataclass(frozen=True, eq=False)
class SpinNull(SpatialNull):
    """Rotate the regions of each group and give every region the values of another.

    Parameters
    ----------
    groups : tuple of SpinGroup
        Regions that are spun; those in no group stay.
    n_regions : int
        Number of all regions.
    reassignment : {"vasa", "hungarian"}
        How rotated points find their regions.
    points : str
        What the points are, such as ``sphere`` or ``pseudo-sphere``; kept with every result.

    References
    ----------
    Alexander-Bloch et al. 2018, NeuroImage 178:540, for spins. Vasa et al. 2018, Cereb. Cortex
    28:281, for spins of parcels without repetition.
    """

    groups: tuple[SpinGroup, ...]
    n_regions: int
    reassignment: Reassignment = "vasa"
    points: str = "pseudo-sphere"

    def __post_init__(self) -> None:
        if self.reassignment not in get_args(Reassignment):
            raise ConfigError(
                f"expected vasa or hungarian, found {self.reassignment!r}",
                where="SpinNull",
                repair="Choose one of them.",
            )
        for group in self.groups:
            _check_points(group)
        members = np.concatenate([group.members for group in self.groups])
        if np.unique(members).size != members.size:
            raise InputError(
                "expected each region in one group at most, found one in several",
                where="SpinNull",
                repair="Give every region to one hemisphere.",
            )

    @property
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""
        return f"spins ({self.points}, {self.reassignment}); smoothness in space kept, place not"

    def draw(self, n_spins: int, rng: np.random.Generator, advance: Advance | None = None) -> Spins:
        """Draw spins.

        Parameters
        ----------
        n_spins : int
            Their number.
        rng : numpy.random.Generator
            Source of every draw.
        advance : Advance, optional
            Told after each group's batch, in spins; the total is spins times groups.

        Returns
        -------
        Spins
            Permutations and their costs.
        """
        return self.spin(draw_rotations(n_spins, rng), advance)

    def spin(self, rotations: np.ndarray, advance: Advance | None = None) -> Spins:
        """Apply given rotations.

        Parameters
        ----------
        rotations : (n_spins, 3, 3) array
            Rotation of the left hemisphere; the right one moves as its mirror image.
        advance : Advance, optional
            As in :meth:`draw`.

        Returns
        -------
        Spins
            Permutations and their costs.
        """
        n_spins = len(rotations)
        permutations = np.tile(np.arange(self.n_regions), (n_spins, 1))
        cost = np.zeros(n_spins)
        distinct = {}
        for group in self.groups:
            # Mirrored, turned and mirrored back: homologous regions move alike.
            turned = _MIRROR @ rotations @ _MIRROR if group.mirrored else rotations
            step = max(1, _ENTRIES // group.members.size**2)
            for start in range(0, n_spins, step):
                batch = slice(start, min(start + step, n_spins))
                chosen, costs = self._assign(group, turned[batch])
                permutations[batch, group.members] = group.members[chosen]
                cost[batch] += costs
                if advance is not None:
                    advance(len(chosen))
            distinct[group.name] = len(np.unique(permutations[:, group.members], axis=0))
        return Spins(permutations, cost, distinct)

    def _assign(self, group: SpinGroup, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        points = group.points
        rotated = points @ rotations.transpose(0, 2, 1)
        length = (points**2).sum(axis=1)
        # Expanded, one matrix product gives all distances; differences would take three times the
        # memory.
        squared = length[:, None] + length - 2 * points @ rotated.transpose(0, 2, 1)
        if self.reassignment == "vasa":
            chosen = assign_vasa(squared)
        else:
            # A sum needs the distances themselves; rounding can leave a square just below 0.
            chosen = assign_hungarian(np.sqrt(np.maximum(squared, 0)))
        came_from = np.take_along_axis(rotated, chosen[:, :, None], axis=1)
        costs = np.linalg.norm(points - came_from, axis=2).sum(axis=1) / group.radius
        return chosen, costs

    def surrogates(self, values: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
        """Draw spins and give every region the values that they bring to it."""
        array = check_map(values, self.n_regions, "SpinNull")
        return array[self.draw(n_draws, rng).permutations]


def _check_points(group: SpinGroup) -> None:
    """Refuse points that cannot be rotated: a distance to NaN is no distance."""
    points = np.asarray(group.points, dtype=float)
    if points.shape != (group.members.size, 3):
        raise InputError(
            f"expected one point of 3 coordinates for each of {group.members.size} regions, found "
            f"shape {points.shape}",
            where=f"SpinNull, group {group.name!r}",
            repair="Give a point for each member.",
        )
    wrong = group.members[~np.isfinite(points).all(axis=1)]
    if wrong.size:
        raise InputError(
            f"expected finite points, found none for {name_regions(wrong)}",
            where=f"SpinNull, group {group.name!r}",
            repair="Give these regions a place, or leave them out of the null model.",
        )


def build_spin_groups(
    coordinates: np.ndarray,
    sides: np.ndarray,
    cortical: np.ndarray,
    sphere: np.ndarray | None = None,
    *,
    subcortex: Literal["spun", "fixed"] = "spun",
    names: Sequence[str] | None = None,
) -> tuple[SpinGroup, ...]:
    """Sort regions into hemispheres, cortex and subcortex, each with points to rotate.

    Parameters
    ----------
    coordinates : (n, 3) array
        Centroids [mm], x to the right.
    sides : (n,) array of str
        ``L`` or ``R``. A subcortical region may have none, an empty text, if the subcortex is
        fixed: it stays in its place.
    cortical : (n,) bool array
        True for cortex.
    sphere : (n, 3) array, optional
        Points of the cortical regions on a spherical surface, x to the right; without them
        they are projected from the centroids. Rows of other regions are not used.
    subcortex : {"spun", "fixed"}
        Whether subcortical regions are rotated around the middle of their hemisphere's.
    names : sequence of str, optional
        Names of the regions for messages; their places when not given.

    Returns
    -------
    tuple of SpinGroup
        Up to four groups.

    Raises
    ------
    InputError
        When a hemisphere is neither L nor R, a region that is spun has no hemisphere or no finite
        point, or there is no cortex; the message names the regions.
    """
    spun = np.asarray(cortical, dtype=bool) | (subcortex == "spun")
    _check_sides(np.asarray(sides).astype(str), np.asarray(cortical, dtype=bool), spun, names)
    _check_places(coordinates, sphere, cortical, spun, names)
    groups = []
    for side in ("L", "R"):
        members = np.flatnonzero((sides == side) & cortical)
        if members.size:
            given = (
                sphere[members] if sphere is not None else project_to_sphere(coordinates[members])
            )
            groups.append(SpinGroup(f"cortex {side}", members, given, side == "R"))
    for side in ("L", "R") if subcortex == "spun" else ():
        members = np.flatnonzero((sides == side) & ~cortical)
        # A single region could only take its own values.
        if members.size > 1:
            points = coordinates[members] - coordinates[members].mean(axis=0)
            radius = float(np.linalg.norm(points, axis=1).mean())
            groups.append(SpinGroup(f"subcortex {side}", members, points, side == "R", radius))
    return tuple(groups)


def _check_sides(
    sides: np.ndarray, cortical: np.ndarray, spun: np.ndarray, names: Sequence[str] | None
) -> None:
    unknown = np.flatnonzero(~np.isin(sides, ["L", "R", ""]))
    if unknown.size:
        raise InputError(
            f"expected the hemisphere L or R, found {str(sides[unknown[0]])!r} for "
            f"{name_regions(unknown, names)}",
            where="build_spin_groups",
            repair="Write L for the left and R for the right hemisphere.",
        )
    if not (sides[cortical] != "").any():
        raise InputError(
            "expected cortical regions with a side L or R, found none",
            where="build_spin_groups",
            repair="Name the hemisphere of each region.",
        )
    # Left in place, such a region would keep its own values and be no null.
    without = np.flatnonzero((sides == "") & spun)
    if without.size:
        raise InputError(
            f"expected a hemisphere for each region that is spun, found none for "
            f"{name_regions(without, names)}",
            where="build_spin_groups",
            repair="Name their hemisphere, leave them out, or keep the subcortex in place with "
            "subcortex='fixed' if they belong to it.",
        )


def _check_places(
    coordinates: np.ndarray,
    sphere: np.ndarray | None,
    cortical: np.ndarray,
    spun: np.ndarray,
    names: Sequence[str] | None,
) -> None:
    points = np.array(coordinates, dtype=float)
    if sphere is not None:
        points[cortical] = sphere[cortical]
    without = np.flatnonzero(~np.isfinite(points).all(axis=1) & spun)
    if without.size:
        raise InputError(
            f"expected a finite point for each region that is spun, found none for "
            f"{name_regions(without, names)}",
            where="build_spin_groups",
            repair="Give these regions a place, or leave them out.",
        )
