"""Shrinkage of whole tissue, as cryoprotectant without fixative or dehydration causes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.membranes import locate_membranes, measure_depth
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.tissue import Floats, Mask, Tissue
from neuropil.preservation.damage.warping import FINE, Move, Places, find_targets, pull

__all__ = ["Shrinkage"]

# Width up to which spaces lose their content when all of the volume is lost [nm]: the thinner a
# process or cleft, the shorter the way out for its water, so that 80 nm collapse at half the
# volume. Were it 80 nm at any loss, a tenth would cost as many profiles as a half.
_THIN = 160.0
# Share of their area that they keep. At 8 % a sheet of 80 nm would have its membranes 6 nm apart,
# but round profiles of 45 nm, the median of ISBI 2012, keep 12 nm; at 2 % nine in ten thin
# profiles are less than 10 nm wide, at which two membranes are no longer seen apart.
_LEFT = 0.02
# Percentiles that stand for bare resin and for membrane: the range that light passes through.
_RESIN, _STAIN = 99.5, 2.0


@dataclass(frozen=True)
class Shrinkage(Damage):
    """Shrink the tissue evenly in all three directions, with or without collapse of thin spaces.

    Parameters
    ----------
    volume_factor : float
        Volume after by volume before, .5 to 1; edges shrink by its cube root. Rounded to whole
        voxels.
    ecs_collapse : bool
        Whether thin spaces collapse. Without, the image is only resampled, and every label stays
        what it was. With, spaces up to 160 nm times the lost share of the volume lose their
        content, so that their membranes lie less than 10 nm apart, and what is dissolved in
        cytoplasm is concentrated in the volume that is left, which darkens it. Needs the truth.

    Raises
    ------
    ConfigError
        When the factor is out of range; the message names the range.

    Notes
    -----
    Stacks lose sections: every new one is the nearest old one. Tissue darkens as its dry mass is
    conserved: by the law of Beer and Lambert, what passes through it of the range between membrane
    and bare resin is raised to the power of 1 / ``volume_factor``.
    """

    name: ClassVar[str] = "shrink"

    volume_factor: float
    ecs_collapse: bool = True

    def __post_init__(self) -> None:
        require_between(self, "volume_factor", 0.5, 1)

    @property
    def dose(self) -> float:
        """Share of the volume that is lost."""
        return 1 - self.volume_factor

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Shrink the grid; the mask is True everywhere."""
        rng = seed.child("texture").generator()
        edge = self.volume_factor ** (1 / 3)
        shape = [max(1, round(n * edge)) for n in tissue.image.shape]
        sections = ((np.arange(shape[0]) + 0.5) / shape[0] * len(tissue.image)).astype(np.int64)
        frame = shape[1], shape[2]
        grain = Grain.of(tissue)
        if self.ecs_collapse:
            tissue, grain = _concentrate(tissue, grain, self.volume_factor)
            area = _leave_area(tissue, _THIN * self.dose)
            places = np.stack([find_targets(area[z], frame, FINE) for z in sections])
        else:
            places = np.broadcast_to(
                _resample(tissue.image.shape, frame), (len(sections), 2, *frame)
            )
        moved = pull(tissue, grain, Move(places, sections, tissue.voxel_size), rng)
        return moved, np.ones(moved.image.shape, bool)


def _resample(shape: tuple[int, ...], frame: tuple[int, int]) -> Places:
    axes = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip(frame, shape[1:], strict=True))
    return np.stack(np.meshgrid(*axes, indexing="ij"))


def _leave_area(tissue: Tissue, thin: float) -> Floats:
    """Return the share of its area that each voxel keeps when spaces up to a width collapse."""
    space = ~locate_membranes(tissue.require_truth("shrink, ecs_collapse"))
    deep = measure_depth(space, tissue.voxel_size) >= thin / 2
    # Opening: what no disc as wide as the limit reaches from inside is thin.
    collapses = space & (measure_depth(~deep, tissue.voxel_size) > thin / 2)
    return np.where(collapses, _LEFT, 1.0)


def _concentrate(tissue: Tissue, grain: Grain, volume_factor: float) -> tuple[Tissue, Grain]:
    """Darken the tissue as its dry mass is concentrated, and leave the grain."""
    smooth = grain.smooth
    dark, resin = np.percentile(smooth, [_STAIN, _RESIN])
    passed = np.clip((smooth - dark) / max(resin - dark, 1e-6), 0, 1)
    darkened = passed ** (1 / volume_factor) - passed
    change = (resin - dark) * darkened
    return (
        replace(tissue, image=tissue.image + change),
        replace(grain, smooth=smooth + change),
    )
