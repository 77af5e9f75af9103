"""Ambiguous interstitial zones: pale, flocculent areas in which no membrane can be followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.membranes import find_cytoplasm, locate_membranes
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.shapes import Blobs, cover
from neuropil.preservation.damage.texture import blend, draw_field, spread_level
from neuropil.preservation.damage.tissue import Floats, Mask, Tissue

__all__ = ["AmbiguousZones", "paint_debris"]

# Level of a zone: this percentile of cytoplasm, for most of its content has leaked away.
_PALE = 70.0
# Flocculent matter: size of a floc [nm], amplitude as a share of the spread of cytoplasm, and how
# much darker flocs are than the pale ground between them.
_FLOCS, _FLOC_SHARE, _SKEW = 18.0, 0.7, 0.6
# Least distance between zones, while there is room, as a share of their size: zones that fuse
# would be larger than was asked for.
_APART = 0.2
# What is left to see of the membranes that were there.
_GHOST = 0.12
# Membranes fade into a zone over this distance [nm].
_RAMP = 40.0
# Blur at which the light of the surroundings is followed [nm].
_LIGHT = 250.0


@dataclass(frozen=True)
class AmbiguousZones(Damage):
    """Replace patches by matter that could be extracellular space or degraded cells.

    Texture alone changes: the truth stays, and so does all geometry. Zones begin on membranes,
    between the cells, where the truth is known.

    Parameters
    ----------
    fraction : float
        Share of the area, or of the volume, that zones cover, 0 to 1; reached within a voxel.
    size : float
        Typical diameter of a zone, 200 to 1000 [nm].

    Raises
    ------
    ConfigError
        When a setting is out of range; the message names the range.

    References
    ----------
    Garrood et al., Free Neuropathology 6:13, 2025: such zones in banked human brain.
    """

    name: ClassVar[str] = "aiz"

    fraction: float
    size: float = 400.0

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 1)
        require_between(self, "size", 200, 1000, "nm")

    @property
    def dose(self) -> float:
        """Share of the volume that zones cover."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Paint zones over the image; no label changes."""
        truth = tissue.truth
        mask = cover(
            tissue.image.shape,
            tissue.voxel_size,
            round(self.fraction * tissue.image.size),
            Blobs(self.size, wall=_APART * self.size),
            seed.child("places").generator(),
            None if truth is None else locate_membranes(truth),
        )
        if not mask.any():
            return tissue, mask
        debris = paint_debris(tissue, mask, seed.child("texture").generator())
        image = blend(tissue.image, debris, mask, _RAMP, tissue.voxel_size)
        return tissue.with_image(image), mask


def paint_debris(tissue: Tissue, mask: Mask, rng: np.random.Generator) -> Floats:
    """Paint the matter that is left where cells have dissolved.

    Parameters
    ----------
    tissue : Tissue
        Image before, and the truth where it is known.
    mask : (nz, ny, nx) bool array
        Where to paint.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    (nz, ny, nx) array
        Brightness: pale, with soft flocs, ghosts of membranes, and the grain of the image; what is
        outside the mask has no meaning.
    """
    size = tissue.voxel_size
    cytoplasm = find_cytoplasm(tissue)
    grain = Grain.of(tissue)
    fine = grain.smooth
    level = fine[cytoplasm] if cytoplasm.any() else fine.ravel()
    pale, spread = float(np.percentile(level, _PALE)), float(level.std())
    light = spread_level(tissue.image, cytoplasm, _LIGHT, size)
    # Many pale places and few dark ones, as a logarithmic normal law has them, of mean 0.
    field = np.clip(draw_field(tissue.image.shape, size, _FLOCS, rng), -2, 2)
    flocs = np.exp(_SKEW**2 / 2) - np.exp(_SKEW * field)
    debris = pale + light - float(light.mean()) + _FLOC_SHARE * spread * flocs
    debris += _GHOST * (fine - light)
    debris[mask] += grain.lend(mask, rng)
    return np.asarray(debris)
