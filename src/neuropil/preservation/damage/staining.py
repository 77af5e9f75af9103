"""Uneven stain: osmium that did not reach everywhere alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import blur_sections
from neuropil.preservation.damage.tissue import Mask, Tissue

__all__ = ["StainGradient"]

# What is not stained is as pale as this percentile of the image, blurred by this much [nm].
_PALE, _BLUR = 95.0, 8.0


@dataclass(frozen=True)
class StainGradient(Damage):
    """Pale the tissue from one side of the section to the other.

    Parameters
    ----------
    depth : float
        Share of the stain that is missing at the palest corner, 0 to 1; it grows evenly from none
        at the opposite one. The direction is random.

    Raises
    ------
    ConfigError
        When the depth is out of range; the message names the range.
    """

    name: ClassVar[str] = "stain"

    depth: float

    def __post_init__(self) -> None:
        require_between(self, "depth", 0, 1)

    @property
    def dose(self) -> float:
        """Share of the stain that is missing where it is palest."""
        return self.depth

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Pale the image, its grain too: less stain scatters less."""
        angle = seed.generator().uniform(0, 2 * np.pi)
        _, ny, nx = tissue.image.shape
        down, right = np.arange(ny) * tissue.voxel_size[1], np.arange(nx) * tissue.voxel_size[2]
        along = np.sin(angle) * down[:, None] + np.cos(angle) * right
        # A section of one pixel has no two sides.
        missing = self.depth * (along - along.min()) / max(float(np.ptp(along)), 1e-9)
        missing = np.broadcast_to(missing.astype(tissue.image.dtype), tissue.image.shape)
        smooth = blur_sections(tissue.image, _BLUR, tissue.voxel_size)
        pale = float(np.percentile(smooth, _PALE))
        return tissue.with_image(tissue.image + missing * (pale - tissue.image)), missing > 0
