"""Holes of ice, as slow freezing leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neuropil.contracts import ConfigError, SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.shapes import Polygons, cover
from neuropil.preservation.damage.tissue import Mask, Tissue
from neuropil.preservation.damage.warping import Move, find_sources, pull

__all__ = ["Ice", "fill_void"]

Mode = Literal["displace", "erase"]

# Least tissue between two holes, as a share of their size, while there is room: the walls of slow
# freezing are several neurites wide.
_WALL = 0.2
# Brightness of empty resin: this percentile of the image without its grain.
_BRIGHT = 99.0


@dataclass(frozen=True)
class Ice(Damage):
    """Open bright, sharp-edged polygons in the tissue.

    Parameters
    ----------
    fraction : float
        Share of the volume that ice takes of the damaged tissue, 0 to .6. Reached within .1 point
        by erasing; by displacing within one row and one column of voxels.
    size : float
        Typical diameter of a hole, 50 to 20,000 [nm].
    mode : {"displace", "erase"}
        Whether holes push the tissue aside or take its place. Pushed tissue keeps its area: the
        frame grows by exactly as many voxels as there is ice, and the tissue flows around the
        holes section by section without being compressed or stretched in area, so that walls become
        thin and long. What began under an ice nucleus, at most 4 % of the area of the ice, is
        hidden by it. Erased tissue is lost.

    Raises
    ------
    ConfigError
        When a setting is out of range, or the mode is unknown; the message names what is allowed.
    """

    name: ClassVar[str] = "ice"

    fraction: float
    size: float = 300.0
    mode: Mode = "displace"

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 0.6)
        require_between(self, "size", 50, 20_000, "nm")
        if self.mode not in ("displace", "erase"):
            raise ConfigError(
                f"expected displace or erase, found {self.mode!r}",
                where="ice, mode",
                repair="Choose one of them.",
            )

    @property
    def dose(self) -> float:
        """Share of the volume that ice takes."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Open the holes; labels there become 0."""
        nz, ny, nx = tissue.image.shape
        if self.mode == "erase":
            shape, wanted = tissue.image.shape, round(self.fraction * tissue.image.size)
        else:
            growth = (1 - self.fraction) ** -0.5
            shape = (nz, round(ny * growth), round(nx * growth))
            # As much ice as the frame has grown: no voxel of tissue is left over or missing.
            wanted = int(np.prod(shape)) - tissue.image.size
        holes = Polygons(self.size, _WALL * self.size)
        mask = cover(shape, tissue.voxel_size, wanted, holes, seed.child("places").generator())
        if not mask.any():
            return tissue, mask
        rng = seed.child("texture").generator()
        grain = Grain.of(tissue)
        moved = tissue if self.mode == "erase" else _push(tissue, grain, mask, rng)
        return fill_void(moved, grain, mask, rng), mask


def _push(tissue: Tissue, grain: Grain, ice: Mask, rng: np.random.Generator) -> Tissue:
    frame = tissue.image.shape[1], tissue.image.shape[2]
    places = np.stack([find_sources((~one).astype(np.float64), frame) for one in ice])
    return pull(tissue, grain, Move(places, np.arange(len(ice)), tissue.voxel_size), rng)


def fill_void(tissue: Tissue, grain: Grain, mask: Mask, rng: np.random.Generator) -> Tissue:
    """Fill a void with empty resin: as bright as the brightest places, with the grain of the image.

    Parameters
    ----------
    tissue : Tissue
        Tissue with a void.
    grain : Grain
        Of the tissue before.
    mask : (nz, ny, nx) bool array
        Where the void is.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    Tissue
        With labels 0 in the void.
    """
    image = tissue.image.copy()
    image[mask] = np.percentile(grain.smooth, _BRIGHT) + grain.lend(mask, rng)
    return tissue.with_image(image).without(mask)
