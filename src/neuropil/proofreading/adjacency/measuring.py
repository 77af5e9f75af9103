"""Measure the objects and contacts of a segmentation in the image and in maps of boundaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.graph import ContactGraph, SumLayout
from neuropil.proofreading.adjacency.marks import CHANNELS, DISTANCES, far_channel
from neuropil.proofreading.adjacency.ranges import (
    Ranges,
    find_range,
    require_contrast,
    require_finite,
    stretch_range,
)
from neuropil.proofreading.adjacency.ridges import find_ridges
from neuropil.proofreading.adjacency.windows import Three, Window

__all__ = [
    "BINS",
    "FAR_BINS",
    "SMOOTHED",
    "Evidence",
    "Window",
    "measure_contacts",
    "require_objects",
]

# Both numbers divide 256, so that every step of a histogram holds as many values of a byte.
BINS = 16
"""Steps of a histogram of brightness or of a map of boundaries."""
FAR_BINS = 8
"""Steps of a histogram of a map of distant voxels that are apart."""

# Takes the noise of single voxels away and leaves membranes, which are three voxels thick.
SMOOTHED = 1.0
"""Standard deviation of the filter that smooths brightness [voxels]."""

Labels = npt.NDArray[np.integer[Any]]
Bytes = npt.NDArray[np.uint8]
Region = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of each voxel beside the segmentation.

    Parameters
    ----------
    image : (nz, ny, nx) uint8 array
        Brightness, smoothed.
    maps : mapping of str to (c, nz, ny, nx) uint8 array
        Maps of where objects end, each with the channels of
        :data:`~neuropil.proofreading.adjacency.marks.CHANNELS`: ``ridges`` of a filter,
        ``shade`` of single voxels, ``boundary`` of a boundary model.
    """

    image: Bytes
    maps: Mapping[str, Bytes]

    @classmethod
    def of(
        cls,
        image: npt.NDArray[Any],
        boundary: Bytes | None = None,
        ranges: Ranges | None = None,
    ) -> Self:
        """Smooth an image, find its dark ridges and shades, and put a model's maps beside them.

        Parameters
        ----------
        image : (nz, ny, nx) array
            Brightness.
        boundary : (c, nz, ny, nx) uint8 array, optional
            Maps of a boundary model.
        ranges : Ranges, optional
            What becomes 0 and 255, of a volume of which this is a part; the 0.1 and 99.9
            percentiles of the image when not given.

        Returns
        -------
        Evidence
            All of it.

        Raises
        ------
        InputError
            When brightness is the same nearly everywhere, or no number somewhere.
        """
        from scipy.ndimage import gaussian_filter

        require_finite(image)
        known, values = ranges or Ranges(), image.astype(np.float32)
        single = known.single or find_range([values], values.size)
        require_contrast(single)
        smooth = stretch_range(gaussian_filter(values, SMOOTHED), known.smooth)
        dark = 255 - stretch_range(values, single)
        # The shade of a voxel some steps from the contact says what the inside looks like there.
        maps = {
            "ridges": find_ridges(image, known.curvature),
            "shade": np.broadcast_to(dark, (len(CHANNELS), *dark.shape)),
        }
        return cls(smooth, maps if boundary is None else {**maps, "boundary": boundary})

    def crop(self, region: Region) -> Self:
        """Return a part of the evidence.

        Parameters
        ----------
        region : tuple of slice
            Which voxels along z, y and x.

        Returns
        -------
        Evidence
            Views of the same arrays.
        """
        maps = {name: one[(slice(None), *region)] for name, one in self.maps.items()}
        return replace(self, image=self.image[region], maps=maps)

    def replace(self, boundary: Bytes) -> Self:
        """Return the evidence with the maps of another boundary model.

        Parameters
        ----------
        boundary : (c, nz, ny, nx) uint8 array
            Maps on the same grid.

        Returns
        -------
        Evidence
            With the image and ridges of this one.
        """
        return replace(self, maps={**self.maps, "boundary": boundary})

    def object_layout(self) -> SumLayout:
        """Say what is summed up over the voxels of an object."""
        parts = [("voxels", 1), ("place", 3), ("square", 6), ("border", 1), ("brightness", BINS)]
        for name in self.maps:
            parts.append((name, BINS))
            parts += [(f"within-{name}-apart-{distance}", FAR_BINS) for distance in DISTANCES]
        return SumLayout(tuple(parts))

    def contact_layout(self) -> SumLayout:
        """Say what is summed up over the pairs of voxels of a contact."""
        parts = [("faces", 3), ("place", 3), ("square", 6), ("brightness", BINS)]
        for name in self.maps:
            parts.append((name, BINS))
            parts += [(f"{name}-apart-{distance}", FAR_BINS) for distance in DISTANCES]
        return SumLayout(tuple(parts))


def measure_contacts(
    labels: Labels, evidence: Evidence, window: Window | None = None
) -> ContactGraph:
    """Build the contact graph of a segmentation.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Label of each voxel; 0 is background and touches nothing.
    evidence : Evidence
        Image and maps on the same grid.
    window : Window, optional
        Where in a volume these lie and which of the voxels are counted; all when not given.

    Returns
    -------
    ContactGraph
        Objects that share a face of a voxel touch; those that only come near have no faces.

    Raises
    ------
    InputError
        When shapes differ, or no window is given and there is no label but 0.
    """
    shapes = [evidence.image.shape, *(one.shape[1:] for one in evidence.maps.values())]
    if any(shape != labels.shape for shape in shapes):
        raise InputError(
            f"expected labels, image and maps on one grid, found {labels.shape} and "
            f"{', '.join(map(str, shapes))}",
            where="labels",
            repair="Cut all of them to the same region.",
        )
    names, rows = _number_objects(labels)
    if window is None:
        require_objects(len(names))
        window = Window.whole(labels.shape)
    pairs = [
        _Pairs.find(rows, axis, distance, window)
        for distance in (1, *DISTANCES)
        for axis in range(3)
        if distance < rows.shape[axis]
    ]
    # Objects that only come near each other are kept as well: they may touch once one is joined.
    found = [np.unique(one.keys(len(names))) for one in pairs]
    keys = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    sums = _Sums(names, keys, evidence, rows, window)
    return ContactGraph(
        names,
        np.stack(np.divmod(keys, max(len(names), 1)), axis=1),
        sums.add_objects(),
        sums.add_contacts(pairs),
        evidence.object_layout(),
        evidence.contact_layout(),
    )


def require_objects(n: int) -> None:
    """Refuse a segmentation of which nothing can be measured.

    Parameters
    ----------
    n : int
        Number of its objects.

    Raises
    ------
    InputError
        When there is none; name a region with labels other than 0.
    """
    if not n:
        raise InputError(
            "expected at least one object, found background only",
            where="labels",
            repair="Name a region with labels other than 0.",
        )


def _number_objects(labels: Labels) -> tuple[Labels, npt.NDArray[np.int32]]:
    """Return the labels that occur, and the row of each voxel's, -1 for background."""
    found = np.unique(labels)
    names = found[found > 0]
    top = int(found[-1]) + 1
    # A table as long as the largest label is fast; labels of millions are searched for instead.
    if top <= 4 * labels.size:
        table = np.full(top, -1, np.int32)
        table[names] = np.arange(len(names), dtype=np.int32)
        return names, table[np.maximum(labels, 0)]
    rows = np.searchsorted(names, labels).astype(np.int32)
    return names, np.where(labels > 0, rows, -1).astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of voxels of different objects, some steps apart along an axis."""

    axis: int
    distance: int
    here: npt.NDArray[np.intp]  # flat index of the first voxel of each pair
    low: npt.NDArray[np.int32]
    high: npt.NDArray[np.int32]

    @classmethod
    def find(cls, rows: npt.NDArray[np.int32], axis: int, distance: int, window: Window) -> _Pairs:
        start, end = window.pair(rows.shape, axis, distance)
        first, second = rows[start], rows[end]
        mask = np.zeros(rows.shape, bool)
        mask[start] = (first != second) & (first >= 0) & (second >= 0)
        here = np.flatnonzero(mask)
        there = here + distance * _stride(rows.shape, axis)
        a, b = rows.ravel()[here], rows.ravel()[there]
        return cls(axis, distance, here, np.minimum(a, b), np.maximum(a, b))

    def keys(self, n: int) -> npt.NDArray[np.int64]:
        return self.low.astype(np.int64) * n + self.high


def _stride(shape: tuple[int, ...], axis: int) -> int:
    return int(np.prod(shape[axis + 1 :]))


class _Sums:
    """Sums over voxels and pairs of voxels."""

    def __init__(
        self,
        names: Labels,
        keys: npt.NDArray[np.int64],
        evidence: Evidence,
        rows: npt.NDArray[np.int32],
        window: Window,
    ) -> None:
        self.n, self.keys, self.evidence, self.rows = len(names), keys, evidence, rows
        self.window = window

    def add_objects(self) -> npt.NDArray[np.float64]:
        layout, core = self.evidence.object_layout(), tuple(slice(0, n) for n in self.window.core)
        sums = np.zeros((self.n, layout.width))
        inside = self.rows[core] >= 0
        put = _Writer(sums, layout, self.rows[core][inside])
        put.add("voxels", 0, None)
        put.moments(np.nonzero(inside), self.window.first)
        put.add("border", 0, self.window.borders()[inside])
        put.histogram("brightness", self.evidence.image[core][inside], BINS)
        for name, maps in self.evidence.maps.items():
            put.histogram(name, maps[0][core][inside], BINS)
        for distance, axis in product(DISTANCES, range(3)):
            start, end = self.window.pair(self.rows.shape, axis, distance)
            same = (self.rows[start] == self.rows[end]) & (self.rows[start] >= 0)
            put_far = _Writer(sums, layout, self.rows[start][same])
            for name, maps in self.evidence.maps.items():
                seen = maps[far_channel(distance, axis)][start][same]
                put_far.histogram(f"within-{name}-apart-{distance}", seen, FAR_BINS)
        return sums

    def add_contacts(self, pairs: list[_Pairs]) -> npt.NDArray[np.float64]:
        layout = self.evidence.contact_layout()
        sums = np.zeros((len(self.keys), layout.width))
        for one in pairs:
            put = _Writer(sums, layout, np.searchsorted(self.keys, one.keys(self.n)))
            if one.distance == 1:
                self._add_faces(put, one)
                continue
            for name, maps in self.evidence.maps.items():
                seen = maps[far_channel(one.distance, one.axis)].ravel()[one.here]
                put.histogram(f"{name}-apart-{one.distance}", seen, FAR_BINS)
        return sums

    def _add_faces(self, put: _Writer, one: _Pairs) -> None:
        there = one.here + _stride(self.rows.shape, one.axis)
        put.moments(np.unravel_index(one.here, self.rows.shape), self.window.first)
        put.add("faces", one.axis, None)
        put.histogram("brightness", _mean(self.evidence.image, one.here, there), BINS)
        for name, maps in self.evidence.maps.items():
            put.histogram(name, _mean(maps[0], one.here, there), BINS)


def _mean(values: Bytes, here: npt.NDArray[np.intp], there: npt.NDArray[np.intp]) -> Bytes:
    flat = values.ravel()
    return ((flat[here].astype(np.uint16) + flat[there]) // 2).astype(np.uint8)


class _Writer:
    """Adds what was seen at voxels, or pairs of them, to the rows that they belong to."""

    def __init__(
        self, sums: npt.NDArray[np.float64], layout: SumLayout, rows: npt.NDArray[Any]
    ) -> None:
        self.sums, self.layout, self.rows = sums, layout, rows

    def add(self, name: str, column: int, weights: npt.NDArray[Any] | None) -> None:
        place = self.layout.find(name).start + column
        self.sums[:, place] += np.bincount(self.rows, weights, len(self.sums))

    def histogram(self, name: str, values: Bytes, bins: int) -> None:
        steps = values // (256 // bins)
        counts = np.bincount(self.rows.astype(np.int64) * bins + steps, None, len(self.sums) * bins)
        self.sums[:, self.layout.find(name)] += counts.reshape(-1, bins)

    def moments(self, places: tuple[npt.NDArray[np.intp], ...], first: Three) -> None:
        """Add places of voxels within the volume, and their products."""
        axes = [place + float(low) for place, low in zip(places, first, strict=True)]
        for column, axis in enumerate(axes):
            self.add("place", column, axis)
        for column, (i, j) in enumerate(combinations_with_replacement(range(3), 2)):
            self.add("square", column, axes[i] * axes[j])
