"""Decompaction of myelin: lamellae that come apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.membranes import measure_depth
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import draw_field
from neuropil.preservation.damage.tissue import Mask, Tissue

__all__ = ["MyelinDecompaction"]

# Distance between clefts [nm]: two to three periods of compact myelin of 10 to 18 nm come apart
# together. [unverified]
_PERIOD = 40.0
# A cleft of fewer voxels than this cannot be drawn.
_FEWEST = 3
# Depth at which a sheath ends, for sections that are all myelin [nm].
_DEEPEST = 1e6
# Length of a stretch that comes apart [nm], and brightness of a cleft, as a percentile.
_STRETCH, _BRIGHT = 400.0, 95.0


@dataclass(frozen=True)
class MyelinDecompaction(Damage):
    """Open bright clefts between the lamellae of myelin, parallel to the surface of the sheath.

    Parameters
    ----------
    fraction : float
        Share of the area of sheaths that comes apart, 0 to 1; reached within a voxel.

    Raises
    ------
    ConfigError
        When the fraction is out of range; the message names the range.

    Notes
    -----
    The sheaths are those of a segmentation named ``myelin``, whose labels above 0 are myelin. The
    tissue of flies has none.
    """

    name: ClassVar[str] = "myelin"

    fraction: float

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 1)

    @property
    def dose(self) -> float:
        """Share of the area of sheaths that comes apart."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Paint clefts; no label changes."""
        sheath = tissue.labels.get("myelin")
        if sheath is None or not (sheath > 0).any():
            raise InputError(
                "expected a segmentation 'myelin' that marks sheaths, found "
                f"{'none' if sheath is None else 'one without labels'}",
                where=self.name,
                repair="Add it with volume.with_segmentation('myelin', labels), or leave this "
                "damage out: the tissue of flies has no myelin.",
            )
        myelin = sheath > 0
        mask = self._choose(tissue, myelin, seed)
        grain = Grain.of(tissue)
        period = max(_PERIOD, _FEWEST * tissue.voxel_size[2])
        depth = measure_depth(myelin, tissue.voxel_size)
        weight = (
            1 - np.cos(2 * np.pi * np.where(mask, np.minimum(depth, _DEEPEST), 0) / period)
        ) / 2
        bright = float(np.percentile(grain.smooth, _BRIGHT))
        opened = tissue.image + weight * (bright - grain.smooth)
        return tissue.with_image(np.where(mask, opened, tissue.image)), mask

    def _choose(self, tissue: Tissue, myelin: Mask, seed: SeedTree) -> Mask:
        rng = seed.child("places").generator()
        field = draw_field(tissue.image.shape, tissue.voxel_size, _STRETCH / 2, rng)
        order = np.argsort(field[myelin], kind="stable")
        inside = np.zeros(len(order), bool)
        inside[order[: round(self.fraction * len(order))]] = True
        mask = np.zeros(myelin.shape, bool)
        mask[myelin] = inside
        return mask
