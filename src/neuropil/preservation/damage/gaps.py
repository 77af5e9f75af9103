"""Gaps in membranes, as hours after death leave them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.membranes import (
    find_cytoplasm,
    find_fringe,
    find_insides,
    locate_membranes,
    trace_centre_lines,
)
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import blend, borrow_grain, spread_level
from neuropil.preservation.damage.tissue import Integers, Mask, Size, Tissue

__all__ = ["Gaps"]

Nodes = npt.NDArray[np.int64]

# Farthest that erasing reaches from the centre line [nm], without the fringe of the membrane: half
# the thickest membrane.
_REACH = 32.0
# Blur of the level that fills a gap [nm]: several gap widths, less than a neurite.
_LEVEL = 32.0
# Width of the edge between old and new texture: that of the microscope's focus [nm], and no less
# than two voxels, which is what it is in FIB-25.
_RAMP, _SHARPEST = 6.0, 2.0


@dataclass(frozen=True)
class Gaps(Damage):
    """Erase stretches of membrane and fill them with the texture of the cytoplasm beside them.

    Parameters
    ----------
    fraction : float
        Share of the length of membranes that is erased, 0 to 1. In three dimensions, share of
        their area. It is reached within one voxel of the centre lines.
    length : float
        Length of one gap along the membrane, 20 to 200 [nm]. Gaps that fall together make a longer
        one.

    Raises
    ------
    ConfigError
        When a setting is out of range; the message names the range.
    """

    name: ClassVar[str] = "gaps"

    fraction: float
    length: float = 100.0

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 1)
        require_between(self, "length", 20, 200, "nm")

    @property
    def dose(self) -> float:
        """Share of the length of membranes that is erased."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Erase membrane; the truth stays, for the neurites are still two."""
        truth = tissue.require_truth(self.name)
        lines = trace_centre_lines(truth, tissue.voxel_size)
        if not lines.any():
            raise InputError(
                "expected a truth with membranes, found one label and no borders",
                where=self.name,
                repair="Bring tissue with two profiles or more.",
            )
        size = tissue.voxel_size
        chosen = _choose_stretches(
            lines, size, self.fraction, self.length / 2, seed.child("places").generator()
        )
        ramp = max(_RAMP, _SHARPEST * size[2])
        mask = _widen(lines, chosen, truth, size, ramp / 2)
        filling = spread_level(tissue.image, find_insides(truth, size), _LEVEL, size)
        rng = seed.child("texture").generator()
        grain = tissue.image - filling
        filling[mask] += borrow_grain(grain, find_cytoplasm(tissue), mask, size, rng)
        image = blend(tissue.image, filling, mask, ramp, size)
        return tissue.with_image(image), mask


def _connect(lines: Mask, voxel_size: Size) -> csr_array[Any, tuple[int, int]]:
    """Join each voxel of the lines with its neighbours, by their distance [nm]."""
    count = int(np.count_nonzero(lines))
    index = np.full(lines.shape, -1, np.int64)
    index[lines] = np.arange(count)
    rows, columns, lengths = [], [], []
    # Half of the 26 neighbours: the others are met from the other side.
    for step in list(product((0, 1, -1), repeat=3))[1:]:
        if step < (0, 0, 0) or any(n < 2 for n, s in zip(lines.shape, step, strict=True) if s):
            continue
        here = tuple(
            slice(max(-s, 0), n - max(s, 0)) for n, s in zip(lines.shape, step, strict=True)
        )
        there = tuple(
            slice(max(s, 0), n + min(s, 0)) for n, s in zip(lines.shape, step, strict=True)
        )
        both = (index[here] >= 0) & (index[there] >= 0)
        rows.append(index[here][both])
        columns.append(index[there][both])
        lengths.append(np.full(len(rows[-1]), np.linalg.norm(np.multiply(step, voxel_size))))
    graph = coo_array(
        (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))), (count, count)
    )
    return csr_array(graph)


def _reach(graph: csr_array[Any, tuple[int, int]], seeds: Nodes, limit: float) -> Any:  # noqa: ANN401
    return dijkstra(graph, directed=False, indices=seeds, limit=limit, min_only=True)


def _choose_stretches(
    lines: Mask, voxel_size: Size, fraction: float, half: float, rng: np.random.Generator
) -> Mask:
    """Choose voxels of the lines within half a gap of random seeds, an exact share of them."""
    count = int(np.count_nonzero(lines))
    wanted = round(fraction * count)
    inside = np.zeros(count, bool)
    if wanted:
        graph = _connect(lines, voxel_size)
        order = rng.permutation(count)
        few = _count_seeds(graph, order, wanted, half)
        inside = _reach(graph, order[:few], half) <= half if few else inside
        # The last gap is shortened until the share is exact.
        last = np.where(inside, np.inf, _reach(graph, order[few : few + 1], half))
        inside[np.argsort(last, kind="stable")[: wanted - int(inside.sum())]] = True
    chosen = np.zeros(lines.shape, bool)
    chosen[lines] = inside
    return chosen


def _count_seeds(
    graph: csr_array[Any, tuple[int, int]], order: Nodes, wanted: int, half: float
) -> int:
    """Count the seeds, in their order, whose gaps together stay below what is wanted."""
    low, high = 0, 1
    while (
        high < len(order) and np.count_nonzero(_reach(graph, order[:high], half) <= half) < wanted
    ):
        low, high = high, min(2 * high, len(order))
    while high - low > 1:
        middle = (low + high) // 2
        enough = np.count_nonzero(_reach(graph, order[:middle], half) <= half) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return low


def _widen(lines: Mask, chosen: Mask, truth: Integers, voxel_size: Size, more: float) -> Mask:
    """Widen chosen stretches to the membrane, its fringe and more, section by section."""
    membrane, fringe = locate_membranes(truth), find_fringe(truth) + more
    wide = np.zeros(lines.shape, bool)
    for z in np.flatnonzero(chosen.any(axis=(1, 2))):
        away, nearest = distance_transform_edt(
            ~lines[z], sampling=voxel_size[1:], return_indices=True
        )
        outside = distance_transform_edt(~membrane[z], sampling=voxel_size[1:])
        near = (outside <= fringe) & (away <= _REACH + fringe)
        wide[z] = near & _pick(chosen[z], nearest)
    return wide


def _pick(chosen: Mask, nearest: Integers) -> Mask:
    return np.asarray(chosen[tuple(nearest)])
