"""Cracks through tissue, as brittle or badly infiltrated blocks have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.ice import fill_void
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import draw_field
from neuropil.preservation.damage.tissue import Floats, Mask, Tissue

__all__ = ["Cracks"]

Indices = npt.NDArray[np.int64]

# A crack wanders by this much over this distance [nm], and is jagged by this much over that.
_WANDER, _JAG = (200.0, 800.0), (20.0, 40.0)


@dataclass(frozen=True)
class Cracks(Damage):
    """Open cracks that run across the volume; both sides move apart, and no tissue is lost.

    Parameters
    ----------
    width : float
        How far a crack opens, 0 to 10,000, in whole voxels [nm].
    spacing : float
        Mean distance between cracks, 200 to 1,000,000 [nm]. A volume that is small beside it has a
        crack by chance only.

    Raises
    ------
    ConfigError
        When a setting is out of range; the message names the range.
    """

    name: ClassVar[str] = "crack"

    width: float
    spacing: float = 2000.0

    def __post_init__(self) -> None:
        require_between(self, "width", 0, 10_000, "nm")
        require_between(self, "spacing", 200, 1_000_000, "nm")

    @property
    def dose(self) -> float:
        """Share of the area at large that is open."""
        return self.width / (self.width + self.spacing)

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Insert voids along y or x; labels there are 0."""
        rng = seed.child("places").generator()
        turned = bool(rng.integers(2))
        before, tissue = tissue, _turn(tissue) if turned else tissue
        open_pixels = round(self.width / tissue.voxel_size[2])
        if open_pixels == 0:
            raise ConfigError(
                f"expected a width of a voxel of {tissue.voxel_size[2]:g} nm, or 0, "
                f"found {self.width:g} nm",
                where="crack, width",
                repair="Choose a wider crack.",
            )
        extent = tissue.image.shape[2] * tissue.voxel_size[2]
        # The share that is left over makes one more crack by chance.
        number = int(extent / self.spacing + rng.uniform())
        if not number:
            return before, np.zeros(before.image.shape, bool)
        cuts = _draw_cuts(tissue, number, rng)
        mask, source = _part(cuts, tissue.image.shape[2], open_pixels)
        parted = Tissue(
            np.take_along_axis(tissue.image, source, 2),
            {name: np.take_along_axis(one, source, 2) for name, one in tissue.labels.items()},
            tissue.voxel_size,
        )
        texture = seed.child("texture").generator()
        parted = fill_void(parted, Grain.of(tissue), mask, texture)
        return (_turn(parted), mask.swapaxes(1, 2)) if turned else (parted, mask)


def _turn(tissue: Tissue) -> Tissue:
    z, y, x = tissue.voxel_size
    labels = {name: one.swapaxes(1, 2) for name, one in tissue.labels.items()}
    return Tissue(tissue.image.swapaxes(1, 2), labels, (z, x, y))


def _draw_cuts(tissue: Tissue, number: int, rng: np.random.Generator) -> list[Indices]:
    """Draw where each crack crosses each row, as the first column beyond it."""
    nz, ny, nx = tissue.image.shape
    # One in each part of equal width, so that cracks do not meet at once.
    middles = (np.arange(number) + rng.uniform(0, 1, number)) * nx / number
    cuts: list[Floats] = []
    for middle in middles:
        shift = sum(
            amplitude * draw_field((nz, ny, 1), tissue.voxel_size, length, rng)[..., 0]
            for amplitude, length in (_WANDER, _JAG)
        )
        cuts.append(np.clip(middle + shift / tissue.voxel_size[2], 0, nx))
    return [np.rint(one).astype(np.int64) for one in np.sort(cuts, axis=0)]


def _part(cuts: list[Indices], nx: int, open_pixels: int) -> tuple[Mask, Indices]:
    """Find, for each column of the new rows, the old column, and whether it is open."""
    columns = np.arange(nx + len(cuts) * open_pixels)
    shape = (*cuts[0].shape, len(columns))
    source = np.broadcast_to(columns, shape).copy()
    mask = np.zeros(shape, bool)
    for k, cut in enumerate(cuts):
        begin = (cut + k * open_pixels)[..., None]
        mask |= (columns >= begin) & (columns < begin + open_pixels)
        source -= open_pixels * (columns >= begin + open_pixels)
    return mask, np.minimum(source, nx - 1)
