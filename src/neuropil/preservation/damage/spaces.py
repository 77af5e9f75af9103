"""Space between cells that is opened by a known share: a truth to test a measure of it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.ice import fill_void
from neuropil.preservation.damage.membranes import measure_depth, trace_centre_lines
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import blur_sections, draw_field
from neuropil.preservation.damage.tissue import Floats, Mask, Tissue
from neuropil.preservation.damage.warping import FINE, Move, find_targets, pull

__all__ = ["OpenedSpace"]

# Clefts are wide in places and narrow in others: their width varies over this distance [nm], by
# this spread of its logarithm. Both are ours.
_LENGTH, _SPREAD = 250.0, 0.7
# Thickness of the membrane of one cell, which stays on either side of a cleft [nm].
_LEAFLET = 10.0
# Focus of the microscope, through which a cleft is seen [nm].
_FOCUS = 5.0
# Name under which what is opened moves with the labels.
_MARK = "clefts"


@dataclass(frozen=True)
class OpenedSpace(Damage):
    """Part the membranes of neighbouring cells, and fill the cleft between them with pale resin.

    It is no damage but its opposite: fly tissue has hardly any space between its cells, so that a
    known share of it has to be made. The frame grows by what is opened.

    Parameters
    ----------
    fraction : float
        Share of the area that clefts take of the opened tissue, 0 to .4.

    Raises
    ------
    ConfigError
        When the share is out of range; the message names the range.
    """

    name: ClassVar[str] = "space"

    fraction: float

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 0.4)

    @property
    def dose(self) -> float:
        """Share of the area that clefts take."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Widen the centre lines of membranes; labels in the middle of them become 0."""
        truth = tissue.require_truth(self.name)
        lines = trace_centre_lines(truth, tissue.voxel_size)
        area = self._widen(lines, tissue, seed.child("widths").generator())
        growth = float(area.mean()) ** 0.5
        frame = round(truth.shape[1] * growth), round(truth.shape[2] * growth)
        places = np.stack([find_targets(one, frame, FINE) for one in area])
        grain = Grain.of(tissue)
        marked = replace(tissue, labels={**tissue.labels, _MARK: lines.astype(np.uint8)})
        move = Move(places, np.arange(len(area)), tissue.voxel_size)
        moved = pull(marked, grain, move, seed.child("texture").generator())
        labels = dict(moved.labels)
        band = labels.pop(_MARK) > 0
        mask = _take_deepest(band, self.fraction, tissue)
        opened = fill_void(
            replace(moved, labels=labels), grain, mask, seed.child("resin").generator()
        )
        seen = blur_sections(opened.image, _FOCUS, tissue.voxel_size)
        return opened.with_image(np.where(band, seen, opened.image)), mask

    def _widen(self, lines: Mask, tissue: Tissue, rng: np.random.Generator) -> Floats:
        """Return the area that each voxel is to have: room for clefts and both membranes."""
        field = draw_field(lines.shape, tissue.voxel_size, _LENGTH, rng)
        wide = np.where(lines, np.exp(_SPREAD * field), 0.0)
        share = float(lines.mean())
        membranes = 2 * _LEAFLET / tissue.voxel_size[2] * share
        # What clefts take of all, where membranes and the rest take what is left.
        rest = (membranes + 1 - share) / (1 - self.fraction)
        room = self.fraction * rest / max(float(wide.mean()), 1e-9)
        return np.where(lines, room * wide + membranes / max(share, 1e-9), 1.0)


def _take_deepest(band: Mask, fraction: float, tissue: Tissue) -> Mask:
    """Mark the middle of what was widened, as much as is asked for, section by section."""
    depth = np.where(band, measure_depth(band, tissue.voxel_size), 0.0)
    mask = np.zeros(band.shape, bool)
    for z, section in enumerate(depth):
        wanted = min(round(fraction * section.size), int(np.count_nonzero(section)))
        mask[z].ravel()[np.argsort(-section.ravel(), kind="stable")[:wanted]] = True
    return mask
