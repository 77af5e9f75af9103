"""Pairs of profiles across a gap, and what tells whether they belong to one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.models.gap_faces import HISTORY, SCALES, Face, spread_over_neighbours
from neuropil.proofreading.models.profiles import Profiles

__all__ = ["Gap", "describe_pairs", "list_pairs", "overlap_pairs"]

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# Far profiles that are weighed for each near one.
_NEIGHBOURS = 18


@dataclass(frozen=True, eq=False)
class Gap:
    """Two faces with nothing between them.

    Parameters
    ----------
    near, far : Face
        The last section before the gap, and the first one after it.
    depth : float
        Distance from one face to the other [nm].
    """

    near: Face
    far: Face
    depth: float

    @classmethod
    def read(cls, volume: Volume, near: int, far: int, segmentation: str | None = None) -> Self:
        """Read both faces, and up to sixteen sections behind each; nothing between them.

        Parameters
        ----------
        volume : Volume
            With a segmentation.
        near : int
            The section after the last one before the gap.
        far : int
            The first section after the gap.
        segmentation : str, optional
            Name of the segmentation; the only one when not given.

        Returns
        -------
        Gap
            The faces. Profiles are linked on either side alone.

        Raises
        ------
        InputError
            When the volume has no section on one side; name a gap inside it.
        """
        n_sections = volume.shape[0]
        if not 0 < near < far < n_sections:
            raise InputError(
                f"expected a gap with sections of 0 to {n_sections - 1} on both sides, found "
                f"sections {near} to {far - 1}",
                where="gap",
                repair="Name a gap inside the volume.",
            )
        sections = slice(max(0, near - 1 - HISTORY), near), slice(far, far + 1 + HISTORY)
        everywhere = slice(None)
        before, beyond = (
            Profiles.from_labels(volume.segmentation(segmentation, (part, everywhere, everywhere)))
            for part in sections
        )
        last = len(before.numbers) - 1
        return cls(
            Face.read(before, last, volume.voxel_size, upwards=False),
            Face.read(beyond, 0, volume.voxel_size, upwards=True),
            (far - near + 1) * volume.voxel_size[0],
        )

    def measure_distances(self, pairs: tuple[Integers, Integers], left: Floats) -> list[Floats]:
        """Measure what is left of a way, absolutely and in the sizes of the profiles.

        Parameters
        ----------
        pairs : tuple of (n,) array
            Near and far profiles.
        left : (n, 2) array
            Displacements [nm].

        Returns
        -------
        list of (n,) array
            Length [nm]; length in mean radii; length in deviations of the pixels of the profiles
            along its direction.
        """
        i, j = pairs
        length = np.sqrt((left**2).sum(axis=1))
        radius = (np.sqrt(self.near.area[i]) + np.sqrt(self.far.area[j])) / 2
        inverse = np.linalg.inv((self.near.spread[i] + self.far.spread[j]) / 2)
        return [length, length / radius, np.sqrt(np.einsum("ni,nij,nj->n", left, inverse, left))]


def list_pairs(gap: Gap) -> tuple[Integers, Integers]:
    """List the pairs that may belong together: the far profiles closest to where one should be.

    Parameters
    ----------
    gap : Gap
        The faces.

    Returns
    -------
    near, far : (n,) array
        Profiles of the pairs.
    """
    near, far = gap.near, gap.far
    expected = near.place + gap.depth * (near.motion[2] + near.around) / 2
    came_from = far.place - gap.depth * (far.motion[2] + far.around) / 2
    forward = np.linalg.norm(expected[:, None] - far.place, axis=2)
    backward = np.linalg.norm(near.place[:, None] - came_from, axis=2)
    radius = np.sqrt(far.area / np.pi) + np.sqrt(near.area / np.pi)[:, None]
    apart = (forward + backward) / 2 - radius
    n = min(_NEIGHBOURS, len(far.label))
    closest = np.argpartition(apart, n - 1, axis=1)[:, :n]
    return np.repeat(np.arange(len(near.label)), n), np.sort(closest, axis=1).ravel()


def describe_pairs(gap: Gap, pairs: tuple[Integers, Integers]) -> Floats:
    """Describe pairs by motion, overlap, shape and size.

    Parameters
    ----------
    gap : Gap
        The faces.
    pairs : tuple of (n,) array
        Near and far profiles.

    Returns
    -------
    (n, n_features) array
        Features that do not depend on the axes of the sections.
    """
    near, far = gap.near, gap.far
    i, j = pairs
    moved = far.place[j] - near.place[i]
    radius = (np.sqrt(near.area[i]) + np.sqrt(far.area[j])) / 2
    columns = [
        np.full(len(i), gap.depth),
        *_describe_motion(gap, pairs, moved, radius),
        *_describe_overlaps(gap, pairs),
        *_describe_sizes(gap, pairs),
        *_describe_shapes(gap, pairs, moved),
    ]
    return np.stack(columns, axis=1)


def _length(vectors: Floats) -> Floats:
    return np.sqrt((vectors**2).sum(axis=-1))


def _shifts(gap: Gap, pairs: tuple[Integers, Integers]) -> list[Floats]:
    """List the displacements that a pair should have, by each way of extrapolation."""
    near, far = gap.near, gap.far
    i, j = pairs
    around = (near.around[i] + far.around[j]) / 2
    shifts = [around]
    for scale in range(len(SCALES)):
        ahead, back = near.motion[scale][i], far.motion[scale][j]
        shifts += [ahead, back, (ahead + back) / 2]
    # Between what the profile did itself and what its neighbours do: a short history is noisy.
    shifts.append((near.motion[2][i] + far.motion[2][j] + 2 * around) / 4)
    return [gap.depth * shift for shift in shifts]


def _describe_motion(
    gap: Gap, pairs: tuple[Integers, Integers], moved: Floats, radius: Floats
) -> list[Floats]:
    near, far = gap.near, gap.far
    i, j = pairs
    spread = (near.spread[i] + far.spread[j]) / 2
    inverse = np.linalg.inv(spread)
    columns = [_length(moved), _length(moved) / radius, radius]
    for shift in _shifts(gap, pairs):
        left = moved - shift
        columns.append(_length(left))
        columns.append(np.sqrt(np.einsum("ni,nij,nj->n", left, inverse, left)))
    for one, other in (
        (near.motion[1][i], far.motion[1][j]),
        (near.motion[3][i], far.motion[3][j]),
    ):
        columns.append(_length(one - other))
        columns.append((one * other).sum(axis=1) / (_length(one) * _length(other) + 1e-3))
    for own in (near.motion[2][i], far.motion[2][j]):
        speed = _length(own)
        along = (moved * own).sum(axis=1) / (speed + 1e-3)
        across = moved[:, 0] * own[:, 1] - moved[:, 1] * own[:, 0]
        columns += [speed, along / gap.depth, np.abs(across) / (speed + 1e-3)]
    return columns


def _describe_overlaps(gap: Gap, pairs: tuple[Integers, Integers]) -> list[Floats]:
    """Count the pixels in common after shifts of the near or the far face."""
    near, far = gap.near, gap.far
    field = spread_over_neighbours(far.place, near.place, near.motion[2], np.ones(len(near.label)))
    both_ways = (far.around + field) / 2
    still = np.zeros_like(near.place)
    shared = [
        overlap_pairs(near, far, pairs, still),
        *(overlap_pairs(near, far, pairs, gap.depth * near.motion[s]) for s in (1, 2, 3)),
        overlap_pairs(near, far, pairs, gap.depth * near.around),
        overlap_pairs(near, far, pairs, gap.depth * (near.around + near.motion[2]) / 2),
        *(overlap_pairs(far, near, pairs[::-1], -gap.depth * far.motion[s]) for s in (1, 2, 3)),
        overlap_pairs(far, near, pairs[::-1], -gap.depth * both_ways),
        overlap_pairs(far, near, pairs[::-1], -gap.depth * (both_ways + far.motion[2]) / 2),
    ]
    one, other = near.area[pairs[0]], far.area[pairs[1]]
    ratios = [common / (one + other - common) for common in shared]
    smaller = np.minimum(one, other)
    return [
        *ratios,
        np.mean(ratios, axis=0),
        np.max(ratios, axis=0),
        *(c / smaller for c in shared[::4]),
    ]


def overlap_pairs(
    moving: Face, still: Face, pairs: tuple[Integers, Integers], shift: Floats
) -> Floats:
    """Return the area that profiles have in common once those of one face are shifted.

    Parameters
    ----------
    moving, still : Face
        The faces.
    pairs : tuple of (n,) array
        Profiles of the moving and of the still face.
    shift : (n_moving, 2) array
        Displacement of each moving profile [nm]; rounded to pixels.

    Returns
    -------
    (n,) array
        Area in common [square nm].
    """
    y, x = np.nonzero(moving.numbers >= 0)
    own = moving.numbers[y, x]
    step = np.rint(shift / moving.pixel).astype(int)[own]
    y, x = y + step[:, 0], x + step[:, 1]
    height, width = still.numbers.shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    met = still.numbers[y[inside], x[inside]]
    n = len(still.label)
    counts = np.bincount((own[inside] * n + met)[met >= 0], minlength=n * len(moving.label))
    return counts[pairs[0] * n + pairs[1]] * float(np.prod(moving.pixel))


def _describe_sizes(gap: Gap, pairs: tuple[Integers, Integers]) -> list[Floats]:
    near, far = gap.near, gap.far
    i, j = pairs
    area = np.log(near.area[i]), np.log(far.area[j])
    before, after = near.history[i], far.history[j]
    grown = area[0] + gap.depth * before[:, 3], area[1] - gap.depth * after[:, 3]
    return [
        *area,
        area[1] - area[0],
        np.abs(area[1] - area[0]),
        grown[0] - area[1],
        grown[1] - area[0],
        *before.T,
        *after.T,
        *(before - after).T,
        *near.whole[i].T,
        *far.whole[j].T,
        near.whole[i, 0] - far.whole[j, 0],
    ]


def _describe_shapes(gap: Gap, pairs: tuple[Integers, Integers], moved: Floats) -> list[Floats]:
    """Compare orientation and elongation, and say how the way lies to the long axes."""
    columns = []
    around = gap.depth * (gap.near.around[pairs[0]] + gap.far.around[pairs[1]]) / 2
    axes = []
    for face, row in zip((gap.near, gap.far), pairs, strict=True):
        values, vectors = np.linalg.eigh(face.spread)
        major = vectors[:, :, 1][row]
        left = moved - around
        columns += [
            np.log(values[:, 1] / values[:, 0])[row] / 2,
            np.abs((left * major).sum(axis=1)) / np.sqrt(values[:, 1])[row],
            np.abs(left[:, 0] * major[:, 1] - left[:, 1] * major[:, 0])
            / np.sqrt(values[:, 0])[row],
        ]
        axes.append(major)
        edge = np.minimum(face.place, np.array(face.numbers.shape) * face.pixel - face.place)
        columns.append(edge.min(axis=1)[row])
    columns.append(np.abs((axes[0] * axes[1]).sum(axis=1)))
    return columns
