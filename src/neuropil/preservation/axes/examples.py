"""Sections with damage of which everything is known: what the axes are fitted to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Blur, Noise
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.damage.zones import AmbiguousZones

__all__ = ["Example", "draw_examples"]

Kind = Literal["clean", "gaps", "zones", "voids", "shrunken", "faulty"]

# Of half of the examples: the microscope was out of focus or noisy, as far as the gate lets pass.
_BLURS, _NOISES = (3.0, 12.0), (2.0, 6.0)
# Share of area or of membrane length. From what a reader would hardly notice to a quarter.
_LEAST, _MOST = 0.05, 0.25
_GAP_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2)
_ZONE_SIZES, _ICE_SIZES, _GAP_LENGTHS = (250.0, 400.0, 700.0), (150.0, 300.0, 600.0), (50.0, 200.0)
# Cubes of equal edges are cut along all three axes; a serial section of 50 nm shows what lies
# behind one another in five planes of 10 nm.
_THICK = 50.0
_CUBIC = 0.02
# Planes across fewer sections than the gate takes pixels along an edge are not cut.
_DEEP = 64
# Factors by which a section is magnified: other neuropil has thinner or thicker neurites.
_ZOOMS = (1.0, 0.8, 1.25)


@dataclass(frozen=True, eq=False)
class Example:
    """One section with known damage.

    Parameters
    ----------
    volume : Volume
        One damaged section.
    kind : str
        What was done to it: ``clean``, ``gaps``, ``zones``, ``voids``, ``shrunken`` or ``faulty``,
        the last by the microscope alone.
    dose : float
        Share of membrane length for gaps, of area for zones and voids.
    mask : (1, ny, nx) bool array
        Zones or voids; elsewhere and for all other kinds False.
    """

    volume: Volume
    kind: Kind
    dose: float
    mask: npt.NDArray[np.bool_]


def draw_examples(
    volume: Volume, sections: Sequence[int], count: int, seed: SeedTree
) -> Iterator[Example]:
    """Draw sections from a volume and damage each in six ways.

    Parameters
    ----------
    volume : Volume
        Sound tissue with an image and the segmentation ``truth``.
    sections : sequence of int
        Which sections may be used; of cubic voxels, planes across them are cut too.
    count : int
        Number of sections that are drawn.
    seed : SeedTree
        Source of randomness.

    Yields
    ------
    Example
        Six of each section: clean, with gaps, zones, voids, shrunken, and imaged badly.

    Raises
    ------
    InputError
        When no section is named.
    """
    if not len(sections):
        raise InputError(
            "expected one section or more, found none",
            where="sections",
            repair="Name sections of sound tissue.",
        )
    for number in range(count):
        own = seed.child(number)
        rng = own.child("choice").generator()
        section = _cut(volume, sections, number, rng)
        for kind, damage in _choose_damages(number, rng).items():
            yield _damage(section, kind, damage, own.child(kind), rng)


def _cut(volume: Volume, sections: Sequence[int], number: int, rng: np.random.Generator) -> Volume:
    """Cut one section: each in turn from the sections of a stack, a random plane from a cube."""
    edge = volume.voxel_size[2]
    cubic = all(abs(size / edge - 1) < _CUBIC for size in volume.voxel_size)
    if not cubic:
        z = int(sections[number % len(sections)])
        return volume.crop((slice(z, z + 1), slice(None), slice(None)))
    low, high = int(min(sections)), int(max(sections)) + 1
    axis = number % 3 if high - low >= _DEEP else 0
    thick = round(_THICK / edge) if number % 2 else 1
    planes = [slice(low, high), slice(None), slice(None)]
    first, last = (low, high) if axis == 0 else (0, volume.shape[axis])
    thick = min(thick, last - first)
    at = int(rng.integers(first, last - thick + 1))
    planes[axis] = slice(at, at + thick)
    region = (planes[0], planes[1], planes[2])
    image = volume.read_image(region).mean(axis=axis)
    truth = np.take(volume.segmentation("truth", region), thick // 2, axis)
    pixel = edge * _ZOOMS[number // 3 % len(_ZOOMS)]
    return replace(
        volume,
        voxel_size=(_THICK, pixel, pixel),
        image=np.rint(image).astype(volume.read_image((slice(0, 1),) * 3).dtype)[None],
        segmentations={"truth": truth[None]},
    )


def _choose_damages(number: int, rng: np.random.Generator) -> dict[Kind, Damage | None]:
    def share() -> float:
        return float(rng.uniform(_LEAST, _MOST))

    gaps = _GAP_SHARES[number % len(_GAP_SHARES)]
    return {
        "clean": None,
        "gaps": Gaps(gaps, float(rng.uniform(*_GAP_LENGTHS))),
        "zones": AmbiguousZones(share(), float(rng.choice(_ZONE_SIZES))),
        "voids": Ice(share(), float(rng.choice(_ICE_SIZES)), "erase" if number % 2 else "displace"),
        # Linear shrinkage of 11 %, with the space between cells collapsed in half of the cases.
        "shrunken": Shrinkage(0.7, number % 2 == 0),
        "faulty": Blur(_BLURS[1]) if number % 2 else Noise(_NOISES[0]),
    }


def _damage(
    section: Volume, kind: Kind, damage: Damage | None, seed: SeedTree, rng: np.random.Generator
) -> Example:
    found, mask = section, np.zeros(section.shape, bool)
    if damage is not None:
        damaged = damage.apply(section, seed)
        found = damaged.volume
        mask = damaged.mask if kind in ("zones", "voids") else np.zeros(found.shape, bool)
    # Gaps are left as the microscope should show them: their scale is read from these sections.
    if kind in ("clean", "zones", "voids") and rng.random() < 0.5:
        found = Blur(float(rng.uniform(*_BLURS))).apply(found, seed).volume
        found = Noise(float(rng.uniform(*_NOISES))).apply(found, seed).volume
    dose = 0.0 if damage is None else damage.dose
    return Example(found, kind, dose, mask)
