"""The image of labelled tissue: membranes, organelles, noise and missing sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neuropil.contracts import SeedTree
from neuropil.datasets.planted_volumes.design import NeuriteDesign
from neuropil.datasets.planted_volumes.filling import list_faces
from neuropil.datasets.planted_volumes.paths import Paths

__all__ = ["Picture", "draw_picture"]

Floats = npt.NDArray[np.float32]

# Brightness of cytoplasm and what a membrane takes away, about as in FIB-SEM with 256 levels;
# chosen by eye, as are the other sizes here.
_CYTOPLASM, _CONTRAST, _BETWEEN_CELLS = 170.0, 95.0, 6.0
# Half the width of a pair of membranes [nm], and over what length their contrast varies [nm].
_HALF_WIDTH, _WEAK_LENGTH = 12.0, 70.0
_GRAIN, _GRAIN_LENGTH, _NOISE, _JITTER, _BLUR = 6.0, 14.0, 8.0, 2.5, 0.6
# Organelles such as mitochondria: for each cubic micrometre, radius [nm], darkness inside and at
# the rim, in neurites that are wider than this [nm].
_ORGANELLES, _ORGANELLE_RADII, _INSIDE, _RIM, _WIDE = 5.0, (50.0, 100.0), 30.0, 70.0, 110.0


@dataclass(frozen=True, slots=True)
class Picture:
    """An image and the numbers of the sections that are missing in it.

    Parameters
    ----------
    image : (nz, ny, nx) uint8 array
        Brightness; membranes are dark.
    missing : tuple of int
        Sections that are black.
    """

    image: npt.NDArray[np.uint8]
    missing: tuple[int, ...]


def draw_picture(
    design: NeuriteDesign, labels: npt.NDArray[Any], paths: Paths, seed: SeedTree
) -> Picture:
    """Draw the image of labelled tissue.

    Parameters
    ----------
    design : NeuriteDesign
        Sizes, and what is wrong with the image.
    labels : (nz, ny, nx) integer array
        Which neurite each voxel belongs to.
    paths : Paths
        Points along the neurites, in the wide ones of which organelles lie.
    seed : SeedTree
        Seed of all draws.

    Returns
    -------
    Picture
        Image and missing sections.
    """
    rng = seed.child("noise").generator()
    values = _stain(design, labels, seed.child("membranes").generator())
    _add_organelles(design, values, paths, seed.child("organelles").generator())
    values += _GRAIN * _draw_smooth(design, _GRAIN_LENGTH, rng)
    values = ndimage.gaussian_filter(values, _BLUR)
    values += _NOISE * rng.standard_normal(values.shape, dtype=np.float32)
    values += _JITTER * rng.standard_normal((len(values), 1, 1), dtype=np.float32)
    missing = _choose_missing(design, seed.child("missing").generator())
    image = np.clip(np.rint(values), 1, 255).astype(np.uint8)
    # Nothing else is black, so that missing sections can be told.
    image[list(missing)] = 0
    return Picture(image, missing)


def _stain(design: NeuriteDesign, labels: npt.NDArray[Any], rng: np.random.Generator) -> Floats:
    inner = np.ones(labels.shape, dtype=bool)
    for lower, upper in list_faces(labels.shape):
        differ = labels[lower] != labels[upper]
        inner[lower] &= ~differ
        inner[upper] &= ~differ
    distance = ndimage.distance_transform_edt(inner, sampling=design.voxel_size)
    membrane = np.exp(-0.5 * (distance / _HALF_WIDTH) ** 2).astype(np.float32)
    # Where membranes are cut at a slant or badly stained, they can hardly be seen.
    contrast = 0.9 + design.weakness * _draw_smooth(design, _WEAK_LENGTH, rng)
    tone = _BETWEEN_CELLS * rng.standard_normal(int(labels.max()) + 1, dtype=np.float32)
    stained: Floats = _CYTOPLASM + tone[labels] - _CONTRAST * np.clip(contrast, 0, 1.2) * membrane
    return stained


def _draw_smooth(design: NeuriteDesign, length: float, rng: np.random.Generator) -> Floats:
    """Draw a random field of variance 1 that is smooth over a length [nm]."""
    widths = [length / edge for edge in design.voxel_size]
    drawn = rng.standard_normal(design.shape, dtype=np.float32)
    field = ndimage.gaussian_filter(drawn, widths)
    scaled: Floats = field / field.std()
    return scaled


def _add_organelles(
    design: NeuriteDesign, values: Floats, paths: Paths, rng: np.random.Generator
) -> None:
    extent = np.array(design.extent)
    inside = ((paths.places >= 0) & (paths.places < extent)).all(axis=1)
    wide = np.flatnonzero(inside & (paths.radii > _WIDE))
    n = min(len(wide), rng.poisson(_ORGANELLES * float(np.prod(extent / 1000.0))))
    for row in rng.choice(wide, n, replace=False) if n else ():
        # A third of the neurite stays free around it.
        radius = min(rng.uniform(*_ORGANELLE_RADII), 0.65 * float(paths.radii[row]))
        _darken(values, paths.places[row], radius, design.voxel_size)


def _darken(
    values: Floats, centre: npt.NDArray[np.float64], radius: float, edges: Sequence[float]
) -> None:
    low = [max(0, int((c - radius) / edge) - 1) for c, edge in zip(centre, edges, strict=True)]
    high = [int((c + radius) / edge) + 2 for c, edge in zip(centre, edges, strict=True)]
    region = tuple(map(slice, low, high))
    part = values[region]
    axes = [
        (np.arange(start, start + n) + 0.5) * edge - c
        for start, n, edge, c in zip(low, part.shape, edges, centre, strict=True)
    ]
    distance = np.sqrt(sum(axis**2 for axis in np.ix_(*axes)))
    rim = _RIM * np.exp(-0.5 * ((distance - radius) / _HALF_WIDTH) ** 2)
    part -= np.maximum(np.where(distance < radius, _INSIDE, 0.0), rim).astype(np.float32)


def _choose_missing(design: NeuriteDesign, rng: np.random.Generator) -> tuple[int, ...]:
    """Choose sections of which no two are neighbours, and none is at an end."""
    n = round(design.missing * design.shape[0])
    chosen: list[int] = []
    for section in rng.permutation(np.arange(2, design.shape[0] - 2)):
        if len(chosen) == n:
            break
        if all(abs(int(section) - other) > 2 for other in chosen):
            chosen.append(int(section))
    return tuple(sorted(chosen))
