"""Contacts of a volume that is larger than memory, measured block by block."""

from __future__ import annotations

from math import ceil
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Block, Volume
from neuropil.contracts import Progress, SilentProgress
from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.adjacency.graph import ContactGraph, GraphTally
from neuropil.proofreading.adjacency.marks import DISTANCES
from neuropil.proofreading.adjacency.measuring import (
    SMOOTHED,
    Evidence,
    measure_contacts,
    require_objects,
)
from neuropil.proofreading.adjacency.ranges import (
    BlockValues,
    Ranges,
    require_contrast,
    require_finite,
)
from neuropil.proofreading.adjacency.ridges import find_curvature
from neuropil.proofreading.adjacency.windows import Window

__all__ = ["BLOCK", "find_ranges", "measure_contacts_in_blocks"]

BLOCK = 128
"""Edge of a block [voxels]: of FIB-25, 200 MB are held at once. Not tuned."""

# Voxels that the filters of ridges and brightness reach: four standard deviations of 1.5 voxels.
_FILTERED = 6

Region = tuple[slice, slice, slice]


def measure_contacts_in_blocks(
    volume: Volume,
    segmentation: str,
    reach: float = 0.0,
    size: int = BLOCK,
    progress: Progress | None = None,
) -> ContactGraph:
    """Build the contact graph of a segmentation without holding the volume in memory.

    It is the graph that :func:`~neuropil.proofreading.adjacency.measuring.measure_contacts` builds
    of the whole, to the last count: blocks are read with as much of their surroundings as filters
    and pairs of voxels reach. The image is read and filtered twice, first for its range.

    Parameters
    ----------
    volume : Volume
        Tissue with an image and the segmentation.
    segmentation : str
        Its name.
    reach : float
        Background up to this far from an object is counted as its own [voxels].
    size : int
        Edge of a block [voxels].
    progress : Progress, optional
        Told about each block.

    Returns
    -------
    ContactGraph
        Of the whole volume. It is in memory, with some 700 bytes for each pair of objects that
        come near each other.

    Raises
    ------
    InputError
        When there is no image, or it is blank or has a voxel without a number, or there is no
        label but 0.
    """
    listener = progress or SilentProgress()
    ranges = find_ranges(volume, size, listener)
    ahead = max(DISTANCES)
    # Whichever reaches farther: filters of the image ahead of a pair, or filling of the labels.
    margin = max(ahead + _FILTERED + 1, ahead + ceil(reach))
    tally = GraphTally()
    blocks = list(volume.blocks(size, margin))
    with listener.track("measuring contacts", len(blocks)) as advance:
        for block in blocks:
            labels = fill_gaps(volume.segmentation(segmentation, block.read), reach)
            evidence = Evidence.of(volume.read_image(block.read), ranges=ranges)
            window = _open_window(block, volume.shape)
            shown = _show(block, ahead)
            tally.add(measure_contacts(labels[shown], evidence.crop(shown), window))
            advance(1)
    graph = tally.total()
    require_objects(len(graph.labels))
    return graph


def _open_window(block: Block, shape: tuple[int, int, int]) -> Window:
    first = tuple(axis.start for axis in block.core)
    core = tuple(axis.stop - axis.start for axis in block.core)
    return Window(cast("Any", first), cast("Any", core), shape)


def _show(block: Block, ahead: int) -> Region:
    """Return the core and what lies ahead of it, within what was read."""
    pairs = zip(block.core, block.read, strict=True)
    z, y, x = (
        slice(core.start - read.start, min(core.stop + ahead, read.stop) - read.start)
        for core, read in pairs
    )
    return z, y, x


def find_ranges(volume: Volume, size: int = BLOCK, progress: Progress | None = None) -> Ranges:
    """Find the ranges of an image and of what its filters give, block by block.

    Parameters
    ----------
    volume : Volume
        Tissue with an image.
    size : int
        Edge of a block [voxels].
    progress : Progress, optional
        Told about each block.

    Returns
    -------
    Ranges
        Percentiles of the whole volume.

    Raises
    ------
    InputError
        When there is no image, or brightness is the same everywhere or no number somewhere.
    """
    found = [BlockValues(int(np.prod(volume.shape, dtype=np.int64))) for _ in range(3)]
    blocks = list(volume.blocks(size, _FILTERED))
    with (progress or SilentProgress()).track("reading the image", len(blocks)) as advance:
        for block in blocks:
            seen_here = volume.read_image(block.read)
            require_finite(seen_here, [axis.start for axis in block.read])
            image = seen_here.astype(np.float32)
            core = _show(block, 0)
            for values, seen in zip(found, _filter(image), strict=True):
                values.add(np.ascontiguousarray(seen[core]))
            advance(1)
    smooth, single, curvature = (values.range() for values in found)
    require_contrast(single)
    return Ranges(smooth, single, curvature)


def _filter(image: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], ...]:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(image, SMOOTHED), image, find_curvature(image)
