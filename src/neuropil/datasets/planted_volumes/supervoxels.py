"""An automatic segmentation with errors: a watershed of boundaries that are seen in the image.

References
----------
Zlateski and Seung 2015, Image segmentation by size-dependent single linkage clustering of a
watershed basin graph, arXiv 1505.00249.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neuropil.datasets.planted_volumes.design import NeuriteDesign
from neuropil.datasets.planted_volumes.filling import list_faces
from neuropil.datasets.planted_volumes.imaging import Picture

__all__ = ["cut_basins", "find_boundaries", "segment_picture"]

Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]

# Width of the smoothing before boundaries are looked for [nm]: about that of a membrane.
_WIDTH = 18.0
# Across a missing section a boundary is likely, and not certain.
_ACROSS_MISSING = 0.25
# Smaller supervoxels join their neighbour across the lowest boundary [voxels].
_SMALLEST = 25


def segment_picture(design: NeuriteDesign, picture: Picture) -> npt.NDArray[np.int32]:
    """Segment an image by a watershed of its boundaries, which is never all right.

    Parameters
    ----------
    design : NeuriteDesign
        Sizes, and the depth from which basins are parted.
    picture : Picture
        Image and missing sections.

    Returns
    -------
    (nz, ny, nx) int32 array
        Supervoxels from 1, without gaps.
    """
    return cut_basins(find_boundaries(design, picture), design.depth)


def find_boundaries(design: NeuriteDesign, picture: Picture) -> Floats:
    """Find how much each voxel looks like a boundary.

    Parameters
    ----------
    design : NeuriteDesign
        Sizes.
    picture : Picture
        Image and missing sections.

    Returns
    -------
    (nz, ny, nx) float32 array
        About 0 in cytoplasm and 1 in a membrane.
    """
    values = picture.image.astype(np.float32)
    for section in picture.missing:
        values[section] = np.minimum(values[section - 1], values[section + 1])
    level, dark = (float(np.percentile(values, share)) for share in (75, 2))
    smooth = ndimage.gaussian_filter(values, [_WIDTH / edge for edge in design.voxel_size])
    boundaries = (level - smooth) / (level - dark)
    boundaries[list(picture.missing)] += _ACROSS_MISSING
    return boundaries


def cut_basins(heights: Floats, depth: float) -> npt.NDArray[np.int32]:
    """Cut a landscape into the basins of its minima, and join basins that are shallow or small.

    Parameters
    ----------
    heights : (nz, ny, nx) float32 array
        Landscape.
    depth : float
        Basins join where the pass between them is less than this above the higher minimum.

    Returns
    -------
    (nz, ny, nx) int32 array
        Basins from 1, without gaps.
    """
    basins, lowest = _descend(heights)
    passes = _find_passes(heights, basins)
    roots = _join_shallow(passes, lowest, depth)
    labels = _renumber(roots[basins])
    sizes = np.bincount(labels.ravel())
    parents = _join_small(_find_passes(heights, labels), sizes)
    return _renumber(parents[labels]).astype(np.int32) + 1


def _descend(heights: Floats) -> tuple[Whole, Floats]:
    """Let each voxel flow to its lowest neighbour, and on to a minimum."""
    places = np.arange(heights.size).reshape(heights.shape)
    lowest, target = heights.copy(), places.copy()
    for lower, upper in list_faces(heights.shape):
        for here, there in ((lower, upper), (upper, lower)):
            better = heights[there] < lowest[here]
            lowest[here] = np.where(better, heights[there], lowest[here])
            target[here] = np.where(better, places[there], target[here])
    flow = target.ravel()
    # Each round doubles the way that every voxel has gone.
    while not np.array_equal(flow[flow], flow):
        flow = flow[flow]
    minima, basins = np.unique(flow, return_inverse=True)
    return basins.reshape(heights.shape), heights.ravel()[minima]


@dataclass(frozen=True, slots=True)
class _Passes:
    """Pairs of basins that touch, by the height of the pass between them, lowest first."""

    first: Whole
    second: Whole
    heights: Floats


def _find_passes(heights: Floats, labels: npt.NDArray[Any]) -> _Passes:
    codes, found = [], []
    n = int(labels.max()) + 1
    for lower, upper in list_faces(labels.shape):
        differ = labels[lower] != labels[upper]
        one, other = labels[lower][differ], labels[upper][differ]
        codes.append(np.minimum(one, other).astype(np.int64) * n + np.maximum(one, other))
        found.append(np.maximum(heights[lower][differ], heights[upper][differ]))
    code, height = np.concatenate(codes), np.concatenate(found)
    order = np.lexsort((height, code))
    pairs, first = np.unique(code[order], return_index=True)
    lowest = height[order][first]
    by_height = np.argsort(lowest, kind="stable")
    return _Passes(pairs[by_height] // n, pairs[by_height] % n, lowest[by_height])


def _join_shallow(passes: _Passes, lowest: Floats, depth: float) -> Whole:
    parents = np.arange(len(lowest))
    floor = lowest.astype(float)
    for one, other, height in zip(
        passes.first.tolist(), passes.second.tolist(), passes.heights.tolist(), strict=True
    ):
        low, high = _find_root(parents, one), _find_root(parents, other)
        if floor[low] > floor[high]:
            low, high = high, low
        if low != high and height - floor[high] < depth:
            parents[high] = low
    return np.array([_find_root(parents, each) for each in range(len(parents))])


def _join_small(passes: _Passes, sizes: Whole) -> Whole:
    parents, held = np.arange(len(sizes)), sizes.copy()
    for one, other in zip(passes.first.tolist(), passes.second.tolist(), strict=True):
        first, second = _find_root(parents, one), _find_root(parents, other)
        if first != second and min(held[first], held[second]) < _SMALLEST:
            parents[second] = first
            held[first] += held[second]
    return np.array([_find_root(parents, each) for each in range(len(parents))])


def _find_root(parents: Whole, place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = int(parents[place])
    return place


def _renumber(labels: npt.NDArray[Any]) -> Whole:
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
