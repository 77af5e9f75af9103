"""Moves of tissue in the plane of the section that give every place the area it should have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.fft import dctn, idctn
from scipy.ndimage import map_coordinates

from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.tissue import Floats, Size, Tissue

__all__ = [
    "COARSE",
    "FINE",
    "GENTLE",
    "Grid",
    "Move",
    "Places",
    "find_sources",
    "find_targets",
    "pull",
]

Places = npt.NDArray[np.floating]

# Least area, as a share of the mean, that a place is given: a flow cannot close a place wholly.
_LEAST = 0.02


# Source pixels to one pixel between which old grain gives way to new. Stretched beyond double it
# shows as hair; squeezed beyond double it shows as moire. At half the volume, without collapse,
# edges take 1.26.
_STRETCHED, _SQUEEZED = (0.9, 0.5), (1.4, 2.0)


@dataclass(frozen=True)
class Grid:
    """How finely a flow is followed.

    Parameters
    ----------
    nodes : int
        Most nodes along the longer edge of a frame.
    steps : int
        Steps of the flow; they shorten towards its beginning, where it is fastest in thin places.
    """

    nodes: int
    steps: int

    def step(self, shape: tuple[int, ...]) -> int:
        """Return how many pixels of a frame one node stands for."""
        return max(1, -(-max(shape) // self.nodes))


# Holes are wide and fully emptied: many steps. Swelling changes areas by a factor of two: few.
# Collapsing spaces are as narrow as 6 pixels of ISBI 2012, which a grid of every second pixel
# leaves 14 nm open, one of every pixel 4 nm. Each takes about a tenth of a second in a section
# of 512 pixels.
COARSE, GENTLE, FINE = Grid(256, 8), Grid(256, 4), Grid(512, 4)
"""Grids for wide places that are emptied, for changes that are small, and for narrow places."""


@dataclass(frozen=True, eq=False)
class _Flow:
    """A steady current of mass, and the density it starts from.

    Parameters
    ----------
    current : (2, gy, gx) array
        Current along y and x, in nodes per unit of time.
    density : (gy, gx) array
        Density at time 0, of mean 1; at time 1 it is 1 everywhere.
    """

    current: Floats
    density: Floats

    def velocity(self, places: Floats, time: float) -> Floats:
        """Return the velocity of the mass at some places [nodes per unit of time]."""
        down, right, density = (_interpolate(one, places) for one in (*self.current, self.density))
        return np.stack([down, right]) / ((1 - time) * density + time)

    def trace(self, steps: int, backwards: bool) -> Floats:
        """Follow the nodes through the flow: where they end, or where they came from [nodes]."""
        # Squares of even steps: short ones where the flow is young.
        times = np.linspace(0, 1, steps + 1) ** 2
        if backwards:
            times = times[::-1]
        places = np.indices(self.density.shape, np.float32)
        # On the nodes themselves nothing has to be interpolated.
        speed = self.current / ((1 - times[0]) * self.density + times[0])
        for k, (begin, end) in enumerate(pairwise(times)):
            start = self.velocity(places, begin) if k else speed
            half = self.velocity(places + (end - begin) / 2 * start, (begin + end) / 2)
            places = places + (end - begin) * half
        return places


def _solve(density: Floats) -> _Flow:
    """Find the current that evens out a density without crossing the frame.

    Notes
    -----
    With J = grad(phi) and laplace(phi) = density - 1, the mass of density
    (1 - t) density + t is moved by the velocity J over that density [1]_.

    References
    ----------
    .. [1] Moser, On the volume elements on a manifold, Trans Am Math Soc 120, 1965; Gastner, Seguy,
       More, Fast flow-based algorithm for creating density-equalizing map projections, PNAS 115,
       2018.
    """
    density = np.maximum(density / density.mean(), _LEAST)
    density /= density.mean()
    waves = [2 * np.cos(np.pi * np.arange(n) / n) - 2 for n in density.shape]
    laplacian = waves[0][:, None] + waves[1]
    laplacian[0, 0] = 1
    spectrum = dctn(density - 1) / laplacian
    spectrum[0, 0] = 0
    potential = np.pad(idctn(spectrum), 1, mode="edge")
    down = (potential[2:, 1:-1] - potential[:-2, 1:-1]) / 2
    right = (potential[1:-1, 2:] - potential[1:-1, :-2]) / 2
    return _Flow(np.stack([down, right]).astype(np.float32), density.astype(np.float32))


def _coarsen(area: Floats, step: int) -> Floats:
    """Average an area density over the nodes of the grid."""
    if step == 1:
        return area
    pads = [(0, -n % step) for n in area.shape]
    padded = np.pad(area, pads, mode="edge")
    ny, nx = (n // step for n in padded.shape)
    return np.asarray(padded.reshape(ny, step, nx, step).mean(axis=(1, 3)))


def _refine(nodes: Floats, shape: tuple[int, int], step: int) -> Places:
    """Bring places of nodes to every pixel of the same frame [pixels]."""
    if step == 1:
        return nodes
    shifts = step * (nodes - np.indices(nodes.shape[1:], np.float32))
    rows, columns = ((np.arange(n, dtype=np.float32) + 0.5) / step - 0.5 for n in shape)
    where = np.meshgrid(rows, columns, indexing="ij")
    moved = [_interpolate(one, where) for one in shifts]
    return np.stack(moved) + np.indices(shape, np.float32)


def _interpolate(values: Floats, places: Floats | Sequence[Floats]) -> Floats:
    return np.asarray(map_coordinates(values, places, order=1, mode="nearest", prefilter=False))


def find_sources(area: Floats, into: tuple[int, int]) -> Places:
    """Find where each pixel comes from, given the area that it takes away there.

    Parameters
    ----------
    area : (ny, nx) array
        How much area of the tissue before each pixel after the move shows; only ratios count. A
        void shows none.
    into : tuple of int
        Pixels along y and x of the frame before the move.

    Returns
    -------
    (2, ny, nx) array
        Place before the move of each pixel after it, along y and x [pixels].
    """
    shape, step = (area.shape[0], area.shape[1]), COARSE.step(area.shape)
    nodes = _solve(_coarsen(area, step)).trace(COARSE.steps, backwards=False)
    return _rescale(_refine(nodes, shape, step), shape, into)


def _rescale(places: Places, frame: tuple[int, int], into: tuple[int, int]) -> Places:
    """Bring places in one frame to another that covers the same tissue [pixels]."""
    scaled = [
        np.clip((one + 0.5) * (m / n) - 0.5, 0, m - 1)
        for one, n, m in zip(places, frame, into, strict=True)
    ]
    return np.stack(scaled)


def find_targets(area: Floats, shape: tuple[int, ...], grid: Grid) -> Places:
    """Find where each pixel of a new frame comes from, given the area that tissue is to have.

    Parameters
    ----------
    area : (my, mx) array
        Area that each pixel before the move is to have after it; only ratios count.
    shape : tuple of int
        Pixels along y and x of the frame after the move.
    grid : Grid
        How finely the flow is followed.

    Returns
    -------
    (2, ny, nx) array
        Place before the move of each pixel after it, along y and x [pixels].
    """
    before, step = (area.shape[0], area.shape[1]), grid.step(area.shape)
    nodes = _solve(_coarsen(area, step)).trace(grid.steps, backwards=True)
    places = _rescale(_refine(nodes, before, step), before, before)
    if shape == before:
        return places
    rows, columns = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip(shape, before, strict=True))
    where = np.meshgrid(rows, columns, indexing="ij")
    return np.stack([_interpolate(one, where) for one in places])


@dataclass(frozen=True, eq=False)
class Move:
    """Where every voxel of a new grid comes from.

    Parameters
    ----------
    places : (nz, 2, ny, nx) array
        Place before the move, along y and x [pixels].
    sections : (nz,) integer array
        Section before the move.
    voxel_size : tuple of float
        Edges of a voxel after the move along z, y and x [nm].
    """

    places: Places
    sections: npt.NDArray[np.int64]
    voxel_size: Size


def pull(tissue: Tissue, grain: Grain, move: Move, rng: np.random.Generator) -> Tissue:
    """Move tissue: every voxel takes what was at its source.

    Parameters
    ----------
    tissue : Tissue
        Before the move.
    grain : Grain
        Of the tissue before the move.
    move : Move
        The sources.
    rng : numpy.random.Generator
        Where the draws of new grain come from.

    Returns
    -------
    Tissue
        Brightness interpolated by cubic splines within the section, labels of the nearest voxel.
        Where tissue is stretched or squeezed, its grain is replaced by grain from elsewhere: it
        belongs to the microscope, which looks at the tissue after it moved.
    """
    pairs = list(zip(move.sections, move.places, strict=True))
    image = np.stack([_sample(tissue.image[z], at, order=3) for z, at in pairs])
    strained = np.stack([_weigh_strain(at) for at in move.places])
    fresh = strained > 0
    if fresh.any():
        where = [
            np.stack([one[inside] for one in at])
            for at, inside in zip(move.places, fresh, strict=True)
        ]
        parts = zip(move.sections, where, strict=True)
        soft = np.concatenate([_sample(grain.smooth[z], at, order=1) for z, at in parts])
        soft += grain.lend(fresh, rng, move.sections)
        image[fresh] += strained[fresh] * (soft - image[fresh])
    nearest = np.rint(move.places).astype(np.int64)
    labels = {
        name: np.stack([one[z][tuple(at)] for z, at in zip(move.sections, nearest, strict=True)])
        for name, one in tissue.labels.items()
    }
    return Tissue(image, labels, move.voxel_size)


def _sample(section: Floats, places: Places, order: int) -> Floats:
    return np.asarray(map_coordinates(section, places, order=order, mode="mirror"))


def _weigh_strain(places: Places) -> Floats:
    """Weigh pixels by how much the tissue is strained there, from 0 to 1."""
    (down_y, down_x), (right_y, right_x) = (np.gradient(one) for one in places)
    # Singular values of the Jacobian: the longest and the shortest way in the source that one
    # pixel takes.
    square = down_y**2 + down_x**2 + right_y**2 + right_x**2
    determinant = 2 * np.abs(down_y * right_x - down_x * right_y)
    outer, inner = np.sqrt(square + determinant), np.sqrt(np.maximum(square - determinant, 0))
    longest, shortest = (outer + inner) / 2, (outer - inner) / 2
    stretched = (_STRETCHED[0] - shortest) / (_STRETCHED[0] - _STRETCHED[1])
    squeezed = (longest - _SQUEEZED[0]) / (_SQUEEZED[1] - _SQUEEZED[0])
    return np.asarray(np.clip(np.maximum(stretched, squeezed), 0, 1))
