"""A small log of edits with the tissue it is about: made, not measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree, Source
from neuropil.proofreading.tasks.edits import Edit

__all__ = ["make_example_edits"]

# Neurites run along z in a square of 3 x 3; each is cut into four supervoxels.
_ROWS, _PIECES = 3, 4
_LENGTH, _PITCH, _RADIUS = 28, 20, 10
_VOXEL = (40.0, 40.0, 40.0)
# Thick enough to have 1,000 vertices a supervoxel, with a sway that leaves neighbours in touch.
_SWAY, _PERIOD = 2.0, 60.0

Labels = npt.NDArray[np.uint16]


@dataclass
class _Log:
    """A log that is being written: roots get their numbers in the order in which they arise."""

    labels: Labels
    edits: list[Edit] = field(default_factory=list)
    roots: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def root(self, labels: tuple[int, ...]) -> int:
        """Return the number of the object that these labels make up, new or known."""
        for number, own in self.roots.items():
            if own == labels:
                return number
        number = 1000 + len(self.roots)
        self.roots[number] = labels
        return number


def make_example_edits(seed: SeedTree) -> tuple[Volume, list[Edit]]:
    """Make neurites in pieces, and the edits that put them together.

    Each of nine neurites but the last begins glued to its neighbour and is cut off from it; each
    is then joined piece by piece.

    Parameters
    ----------
    seed : SeedTree
        How the neurites sway.

    Returns
    -------
    volume : Volume
        Segmentations ``truth`` (a label each neurite) and ``supervoxels`` (four labels each).
    edits : list of Edit
        In order of time.
    """
    truth, supervoxels = _grow(seed)
    log = _Log(supervoxels)
    for neurite in range(_ROWS**2):
        own = _pieces(neurite)
        # The next one in the row, or below the last one of a row; the very last has none.
        beside = neurite + (1 if neurite % _ROWS < _ROWS - 1 else _ROWS)
        if beside < _ROWS**2:
            _cut(log, (own[0],), (_pieces(beside)[0],), log.root(own))
        for length in range(1, _PIECES):
            _join(log, own[:length], (own[length],), log.root(own))
    volume = Volume(
        _VOXEL,
        segmentations={"truth": truth, "supervoxels": supervoxels},
        species="synthetic",
        source=Source(name="synthetic edits"),
    )
    return volume, log.edits


def _pieces(neurite: int) -> tuple[int, ...]:
    return tuple(neurite * _PIECES + k + 1 for k in range(_PIECES))


def _grow(seed: SeedTree) -> tuple[Labels, Labels]:
    rng = seed.child("neurites").generator()
    depth, width = _PIECES * _LENGTH, _ROWS * _PITCH
    z, y, x = np.indices((depth, width, width), dtype=float)
    truth = np.zeros((depth, width, width), dtype=np.uint16)
    nearest = np.full(truth.shape, np.inf)
    for neurite in range(_ROWS**2):
        row, column = divmod(neurite, _ROWS)
        phases = rng.uniform(0, 2 * np.pi, 2)
        wave = 2 * np.pi * z / _PERIOD
        off_y = y - (row + 0.5) * _PITCH - _SWAY * np.sin(wave + phases[0])
        off_x = x - (column + 0.5) * _PITCH - _SWAY * np.sin(wave + phases[1])
        distance = np.hypot(off_y, off_x)
        inside = distance < np.minimum(nearest, _RADIUS)
        truth[inside] = neurite + 1
        nearest[inside] = distance[inside]
    piece = (z // _LENGTH).astype(np.uint16)
    supervoxels = np.where(truth > 0, (truth - 1) * _PIECES + piece + 1, 0).astype(np.uint16)
    return truth, supervoxels


def _join(log: _Log, one: tuple[int, ...], two: tuple[int, ...], neuron: int) -> None:
    _write(log, [one, two], [(*one, *two)], neuron)


def _cut(log: _Log, one: tuple[int, ...], two: tuple[int, ...], neuron: int) -> None:
    _write(log, [(*one, *two)], [one, two], neuron)


def _write(
    log: _Log, before: list[tuple[int, ...]], after: list[tuple[int, ...]], neuron: int
) -> None:
    vertices = {some: _count_vertices(log.labels, some) for some in {*before, *after}}
    before, after = (sorted(some, key=lambda one: -vertices[one]) for some in (before, after))
    is_merge = len(before) > 1
    parts = before if is_merge else after
    place, gap = _interface(log.labels, *parts)
    nearby = [(int(label),) for label in _around(log.labels, place)]
    mentioned = {*before, *after, *nearby, log.roots[neuron]}
    labels = {log.root(some): some for some in sorted(mentioned)}
    log.edits.append(
        Edit(
            operation_id=len(log.edits) + 1,
            neuron_id=neuron,
            timestamp=1000 * (len(log.edits) + 1),
            is_merge=is_merge,
            before_root_ids=tuple(log.root(some) for some in before),
            after_root_ids=tuple(log.root(some) for some in after),
            before_vertex_counts=tuple(vertices[some] for some in before),
            after_vertex_counts=tuple(vertices[some] for some in after),
            interface_point=place,
            min_distance=gap,
            species="synthetic",
            nearby_root_ids=tuple(log.root(some) for some in nearby),
            smaller_extent=_extent(log.labels, parts[-1]),
            root_labels=labels,
        )
    )


def _count_vertices(labels: Labels, own: tuple[int, ...]) -> int:
    """Count the sides of voxels at the surface: marching cubes puts about one vertex on each."""
    inside = np.pad(np.isin(labels, own), 1)
    return sum(int((np.diff(inside.astype(np.int8), axis=axis) != 0).sum()) for axis in range(3))


def _interface(
    labels: Labels, one: tuple[int, ...], two: tuple[int, ...]
) -> tuple[tuple[float, float, float], float]:
    """Find where two objects come closest [nm], as the mean of all such pairs of voxels."""
    from scipy.spatial import KDTree

    places = [(np.argwhere(np.isin(labels, own)) + 0.5) * _VOXEL for own in (one, two)]
    distance, partner = KDTree(places[1]).query(places[0])
    nearest = distance <= distance.min() + 1e-6
    middle = (places[0][nearest].mean(axis=0) + places[1][partner[nearest]].mean(axis=0)) / 2
    z, y, x = middle.tolist()
    return (z, y, x), float(distance.min())


def _around(
    labels: Labels, place: tuple[float, float, float], window: float = 512.0
) -> npt.NDArray[np.uint16]:
    """List the labels in a window around a place [nm]."""
    region = tuple(
        slice(max(int((along - window) // voxel), 0), int((along + window) // voxel) + 1)
        for along, voxel in zip(place, _VOXEL, strict=True)
    )
    found = np.unique(labels[region])
    return found[found > 0]


def _extent(labels: Labels, own: tuple[int, ...]) -> tuple[float, float, float]:
    inside = np.argwhere(np.isin(labels, own))
    z, y, x = ((np.ptp(inside, axis=0) + 1) * _VOXEL).tolist()
    return z, y, x
