"""Places in tissue of a given size, grown one after another until they cover an exact share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.preservation.damage.texture import draw_field
from neuropil.preservation.damage.tissue import Floats, Mask, Size

__all__ = ["Blobs", "Polygons", "Shapes", "cover"]

Window = tuple[slice, slice, slice]
Centre = npt.NDArray[np.float64]
Gauge = Callable[[Window, tuple[Floats, Floats, Floats]], Floats]

# Sizes differ by a quarter around the one that was asked for, as profiles of one tissue do.
_SPREAD = 0.25
# How often a place may be refused because it touches another, before overlap is allowed: a
# plane that is half full refuses nearly every place.
_PATIENCE = 30
# Radius, in units of the nominal one, within which a shape surely ends.
_LARGEST = 2.2


@dataclass(frozen=True)
class Blobs:
    """Rounded places with an uneven edge.

    Parameters
    ----------
    size : float
        Typical diameter [nm].
    roughness : float
        How far the edge deviates, as a share of the radius.
    wall : float
        Least distance between two of them, while there is room [nm]; at 0 they may overlap.
    """

    size: float
    roughness: float = 0.28
    wall: float = 0.0

    def prepare(
        self, shape: tuple[int, ...], voxel_size: Size, rng: np.random.Generator
    ) -> Callable[[float], Gauge]:
        """Return what makes the gauge of a blob of a given radius: below 1 inside."""
        # Waves of a third of the size make lobes, and neither hair nor an ellipse.
        field = draw_field(shape, voxel_size, self.size / 6, rng)
        edge = 1 + self.roughness * np.clip(field, -1.5, 1.5)

        def of_radius(radius: float) -> Gauge:
            def gauge(window: Window, away: tuple[Floats, Floats, Floats]) -> Floats:
                z, y, x = away
                return np.sqrt(z**2 + y**2 + x**2) / (radius * edge[window])

            return gauge

        return of_radius


@dataclass(frozen=True)
class Polygons:
    """Convex places with flat faces and sharp edges: polygons, or polyhedra.

    Parameters
    ----------
    size : float
        Typical diameter [nm].
    wall : float
        Least distance between two of them, while there is room [nm].
    """

    size: float
    wall: float

    def prepare(
        self, shape: tuple[int, ...], voxel_size: Size, rng: np.random.Generator
    ) -> Callable[[float], Gauge]:
        """Return what makes the gauge of a polygon of a given radius: below 1 inside."""
        del voxel_size
        flat = shape[0] == 1

        def of_radius(radius: float) -> Gauge:
            normals = _draw_normals(flat, rng)
            # Faces at unequal distances: crystals are not regular.
            reaches = radius * rng.uniform(0.7, 1.15, len(normals))
            # So that area, or volume, is that of the nominal disc, or ball: measured on 150 shapes.
            reaches *= 1.03

            def gauge(window: Window, away: tuple[Floats, Floats, Floats]) -> Floats:
                del window
                z, y, x = away
                faces = (
                    (n[0] * z + n[1] * y + n[2] * x) / reach
                    for n, reach in zip(normals, reaches, strict=True)
                )
                largest = next(faces)
                for face in faces:
                    largest = np.maximum(largest, face)
                return np.asarray(largest)

            return gauge

        return of_radius


Shapes = Blobs | Polygons


def _draw_normals(flat: bool, rng: np.random.Generator) -> Floats:
    """Draw directions of faces that close a shape: about six around, fourteen in space."""
    if flat:
        number = int(rng.integers(5, 8))
        # Jitter of less than half a step keeps the shape closed.
        turns = (np.arange(number) + rng.uniform(-0.3, 0.3, number)) * 2 * np.pi / number
        turns += rng.uniform(0, 2 * np.pi)
        return np.stack([np.zeros(number), np.sin(turns), np.cos(turns)], axis=1)
    height = np.linspace(-0.93, 0.93, 14)
    # Steps of the golden angle spread directions evenly over a sphere.
    turns = np.arange(14) * np.pi * (3 - np.sqrt(5)) + rng.uniform(0, 2 * np.pi)
    ring = np.sqrt(1 - height**2)
    normals = np.stack([height, ring * np.sin(turns), ring * np.cos(turns)], axis=1)
    normals += rng.normal(0, 0.12, normals.shape)
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _look_around(
    centre: Centre, reach: float, shape: tuple[int, ...], voxel_size: Size
) -> tuple[Window, tuple[Floats, Floats, Floats]]:
    """Cut the window around a place, and measure how far its voxels are along each axis [nm]."""
    window, away = [], []
    for axis, (at, edge, n) in enumerate(zip(centre, voxel_size, shape, strict=True)):
        low = max(int((at - reach) / edge), 0)
        high = min(int((at + reach) / edge) + 2, n)
        window.append(slice(low, max(high, low + 1)))
        steps = (np.arange(low, max(high, low + 1)) * edge - at).astype(np.float32)
        away.append(steps.reshape([-1 if axis == k else 1 for k in range(3)]))
    z, y, x = away
    return (window[0], window[1], window[2]), (z, y, x)


def cover(
    shape: tuple[int, ...],
    voxel_size: Size,
    wanted: int,
    shapes: Shapes,
    rng: np.random.Generator,
    among: Mask | None = None,
) -> Mask:
    """Cover an exact number of voxels with places of one kind.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along z, y and x.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    wanted : int
        How many voxels to cover.
    shapes : Blobs or Polygons
        What the places look like.
    rng : numpy.random.Generator
        Where the draws come from. A greater number of voxels covers the same places and more.
    among : (nz, ny, nx) bool array, optional
        Where the middles may lie; anywhere when not given.

    Returns
    -------
    (nz, ny, nx) bool array
        The places; the last one is smaller, so that the number is exact.
    """
    covered = np.zeros(shape, bool)
    places = np.argwhere(among) if among is not None and among.any() else None
    of_radius = shapes.prepare(shape, voxel_size, rng)
    left, refused, idle = min(wanted, covered.size), 0, 0
    while left > 0:
        if idle == _PATIENCE:
            # What is left is far from the middles so far, or small: it is sought where it is.
            places, idle = np.argwhere(~covered), 0
        centre = _draw_centre(shape, places, rng) * voxel_size
        radius = shapes.size / 2 * float(np.exp(_SPREAD * rng.normal()))
        window, away = _look_around(centre, _LARGEST * radius + shapes.wall, shape, voxel_size)
        around = covered[window]
        patient = shapes.wall > 0 and refused < _PATIENCE
        # Where the middle is taken there is no need to look further.
        if patient and covered[tuple(np.rint(centre / voxel_size).astype(int))]:
            refused += 1
            continue
        gauge = of_radius(radius)(window, away)
        if patient and np.any(around & (gauge < 1 + shapes.wall / radius)):
            refused += 1
            continue
        refused = 0
        gained = _fill(around, gauge, left)
        left, idle = left - gained, 0 if gained else idle + 1
    return covered


def _draw_centre(
    shape: tuple[int, ...], places: npt.NDArray[np.int64] | None, rng: np.random.Generator
) -> Centre:
    if places is not None:
        return places[rng.integers(len(places))].astype(np.float64)
    return rng.uniform(0, 1, 3) * (np.array(shape) - 1)


def _fill(around: Mask, gauge: Floats, most: int) -> int:
    """Cover the inside of a shape in place, its innermost voxels only where it has too many."""
    new = (gauge < 1) & ~around
    count = int(np.count_nonzero(new))
    if count > most:
        values = np.where(new, gauge, np.inf).ravel()
        new.ravel()[:] = False
        new.ravel()[np.argsort(values, kind="stable")[:most]] = True
        count = most
    around |= new
    return count
