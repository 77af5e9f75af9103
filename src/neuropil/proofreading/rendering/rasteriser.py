"""Which triangle is seen at each pixel: parallel projection and a depth buffer, in NumPy alone.

Every step is a sum, product, quotient or root of single numbers, which all processors round in the
same way; matrix products and trigonometric functions, which they do not, are avoided. The same
mesh gives the same pixels everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Fragments", "Triangles", "rasterise"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

# Spans that are filled together: some 100 MB of numbers where each has ten pixels.
_BATCH = 1 << 17
# Depth is kept as a whole number beside the triangle's own, in one word that a minimum can compare.
_DEPTH_LEVELS = float(1 << 31)


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles that face the viewer.

    Parameters
    ----------
    faces : (t,) int array
        Which of all triangles they are.
    vertices : (t, 3) int array
        Their corners.
    corners : (t, 3, 3) array
        Column, row and depth of each corner [pixels].
    area : (t,) array
        Twice the area on the picture, negative [pixels squared].
    """

    faces: Whole
    vertices: Whole
    corners: Floats
    area: Floats

    def plane(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Find how a value that is known at the corners goes over the picture.

        Parameters
        ----------
        values : (t, 3) array
            Value at each corner.

        Returns
        -------
        begin, along_columns, along_rows : (t,) array
            Value at column and row 0, and what it gains with each column and row.
        """
        first = self.corners[:, 0]
        b, c = self.corners[:, 1] - first, self.corners[:, 2] - first
        rise_b, rise_c = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
        along_columns = (rise_b * c[:, 1] - rise_c * b[:, 1]) / self.area
        along_rows = (rise_c * b[:, 0] - rise_b * c[:, 0]) / self.area
        begin = values[:, 0] - along_columns * first[:, 0] - along_rows * first[:, 1]
        return begin, along_columns, along_rows


@dataclass(frozen=True, eq=False)
class Fragments:
    """What is seen at the pixels that show something.

    Parameters
    ----------
    pixels : (p,) int array
        Row times size plus column of each pixel, in this order.
    rank : (p,) int array
        Which of ``triangles`` is seen there.
    triangles : Triangles
        Those that face the viewer.
    size : int
        Edge of the picture [pixels].
    """

    pixels: Whole
    rank: Whole
    triangles: Triangles
    size: int

    @property
    def faces(self) -> Whole:
        """Triangle, of all, that is seen at each pixel."""
        return self.triangles.faces[self.rank]

    @property
    def depths(self) -> Floats:
        """Distance from the front of the box [pixels] at each pixel."""
        return self._spread(self.triangles.corners[:, :, 2])

    def interpolate(self, values: Floats) -> Floats:
        """Carry values of vertices over to pixels.

        Parameters
        ----------
        values : (v,) array
            Value of each vertex.

        Returns
        -------
        (p,) array
            Value at each pixel.
        """
        return self._spread(values[self.triangles.vertices])

    def _spread(self, corners: Floats) -> Floats:
        begin, along_columns, along_rows = self.triangles.plane(corners)
        rows, columns = np.divmod(self.pixels, self.size)
        value = begin[self.rank] + along_columns[self.rank] * (columns + 0.5)
        value += along_rows[self.rank] * (rows + 0.5)
        # Planes of triangles that are seen from their edge are steep, and rounding shows.
        return np.clip(value, corners.min(axis=1)[self.rank], corners.max(axis=1)[self.rank])


@dataclass(frozen=True, eq=False)
class _Spans:
    """Runs of pixels in a row that one triangle covers: from the first to before the last."""

    triangles: Whole
    rows: Whole
    first: Whole
    last: Whole


def rasterise(vertices: Floats, faces: Whole, size: int) -> Fragments:
    """Find the nearest triangle at each pixel of a square picture.

    Parameters
    ----------
    vertices : (v, 3) array
        Column, row and depth of each vertex [pixels]; pixel 0 reaches from 0 to 1, and depth 0 to
        ``size`` is what the picture holds.
    faces : (f, 3) int array
        Triangles, whose corners run counter-clockwise on the picture where they face the viewer;
        the others are hidden behind them on a closed surface.
    size : int
        Edge of the picture [pixels].

    Returns
    -------
    Fragments
        In order of pixels.
    """
    triangles = _select(vertices, faces)
    nothing = np.iinfo(np.uint64).max
    buffer = np.full(size * size, nothing, dtype=np.uint64)
    spans = _cut_into_spans(triangles, size)
    planes = triangles.plane(triangles.corners[:, :, 2])
    for start in range(0, len(spans.rows), _BATCH):
        _fill(buffer, planes, spans, slice(start, start + _BATCH), size)
    pixels = np.flatnonzero(buffer != nothing)
    rank = (buffer[pixels] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return Fragments(pixels, rank, triangles, size)


def _select(vertices: Floats, faces: Whole) -> Triangles:
    corners = vertices[faces]
    b, c = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    # Rows grow downwards, so what runs counter-clockwise on the picture has a negative area.
    area = b[:, 0] * c[:, 1] - c[:, 0] * b[:, 1]
    seen = np.flatnonzero(area < 0)
    return Triangles(seen, faces[seen], corners[seen], area[seen])


def _cut_into_spans(triangles: Triangles, size: int) -> _Spans:
    """List the pixels whose middles lie in each triangle, row by row.

    A middle on an edge belongs to one of the two triangles there, so that a surface has no holes.
    """
    heights = triangles.corners[:, :, 1]
    top = np.clip(np.ceil(heights.min(axis=1, initial=size) - 0.5), 0, size).astype(np.int64)
    bottom = np.clip(np.ceil(heights.max(axis=1, initial=0) - 0.5), 0, size).astype(np.int64)
    at, rows = _count_up(top, bottom)
    left = np.full(len(at), np.inf)
    right = np.full(len(at), -np.inf)
    for one, two in ((0, 1), (1, 2), (2, 0)):
        crossing = _cross(triangles.corners[:, one], triangles.corners[:, two], at, rows)
        left = np.fmin(left, crossing)
        right = np.fmax(right, crossing)
    first, last = (
        np.clip(np.ceil(side - 0.5), 0, size).astype(np.int64)
        for side in (np.minimum(left, size), np.maximum(right, 0))
    )
    some = last > first
    return _Spans(at[some], rows[some], first[some], last[some])


def _cross(one: Floats, two: Floats, at: Whole, rows: Whole) -> Floats:
    """Find the columns at which edges cross the middles of rows; NaN where they do not."""
    # From the upper end downwards, whichever triangle asks: both must find the same column.
    swap = (one[:, 1] > two[:, 1])[:, None]
    upper, lower = np.where(swap, two, one), np.where(swap, one, two)
    fall = lower[:, 1] - upper[:, 1]
    slope = (lower[:, 0] - upper[:, 0]) / np.where(fall > 0, fall, 1.0)
    begin, height = upper[at, 1], rows + 0.5
    column = upper[at, 0] + (height - begin) * slope[at]
    return np.where((begin <= height) & (height < lower[at, 1]), column, np.nan)


def _fill(
    buffer: npt.NDArray[np.uint64],
    planes: tuple[Floats, Floats, Floats],
    spans: _Spans,
    batch: slice,
    size: int,
) -> None:
    at, columns = _count_up(spans.first[batch], spans.last[batch])
    triangle, row = spans.triangles[batch], spans.rows[batch]
    begin, along_columns, along_rows = planes
    scale = _DEPTH_LEVELS / size
    # Depth is a plane over the picture: its value at the left rim of each row, and its slope.
    rim = (
        begin[triangle] + along_columns[triangle] * 0.5 + along_rows[triangle] * (row + 0.5)
    ) * scale
    depth = rim[at] + (along_columns[triangle] * scale)[at] * columns
    level = np.clip(depth, 0, 2 * _DEPTH_LEVELS - 1).astype(np.uint64)
    keys = (level << np.uint64(32)) | triangle.astype(np.uint64)[at]
    np.minimum.at(buffer, (row * size)[at] + columns, keys)


def _count_up(first: Whole, last: Whole) -> tuple[Whole, Whole]:
    """Write out ranges one after the other, each number with the position of its range."""
    length = np.maximum(last - first, 0)
    at = np.repeat(np.arange(len(first)), length)
    begin = np.cumsum(length) - length
    return at, np.arange(len(at)) + (first - begin)[at]
