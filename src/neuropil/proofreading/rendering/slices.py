"""Slices of the image through a place, with the outlines of objects on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.proofreading.rendering.boxes import Box, take_pieces
from neuropil.proofreading.tasks.items import Piece

__all__ = ["PLANES", "draw_slice", "window_half_width"]

Colour = tuple[int, int, int]
Floats = npt.NDArray[np.float64]

PLANES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"xy": (0, 1, 2), "xz": (1, 0, 2), "yz": (2, 0, 1)}
)
"""Axis that is cut, axis that runs downwards and axis to the right (0 is z, 1 is y, 2 is x)."""

# Edges of the window in ConnectomeBench2 [nm]; other species get the mammalian one.
_WINDOWS = MappingProxyType({"fly": 1500.0, "zebrafish": 1500.0})
_MAMMAL = 2500.0
# ConnectomeBench2 takes slabs of three slices. Here they are averaged only where all of them are
# within a membrane's reach: three sections of 40 nm would blur what one shows.
_SLAB, _THICKEST_SLAB = 3, 60.0
# Brightness between these percentiles of the window is spread over the greys.
_DARKEST, _BRIGHTEST = 1.0, 99.0
# Inside, objects are tinted so lightly that membranes and synapses stay visible.
_TINT = 0.18
_LINE = 3


def window_half_width(species: str) -> float:
    """Return half the edge of the window of the image that is shown.

    Parameters
    ----------
    species : str
        Such as ``mouse`` or ``fly``.

    Returns
    -------
    float
        Half-width [nm]: 750 for fly and zebrafish, 1,250 otherwise.
    """
    return _WINDOWS.get(species, _MAMMAL) / 2


def draw_slice(
    volume: Volume,
    pieces: Sequence[tuple[Piece, Colour]],
    box: Box,
    plane: str,
    size: int = 512,
    segmentation: str | None = None,
) -> npt.NDArray[np.uint8]:
    """Draw the slice of the image through the middle of a box.

    Parameters
    ----------
    volume : Volume
        Tissue with an image and a segmentation.
    pieces : sequence of (Piece, (int, int, int))
        Objects with the colours of their outlines; later ones lie over earlier ones.
    box : Box
        What the slice shows, from rim to rim; white where the volume does not reach.
    plane : {"xy", "xz", "yz"}
        Axes of the slice: the first runs to the right in ``xy`` and ``xz``, z and y run downwards,
        and in ``yz`` y runs to the right.
    size : int
        Edge of the picture [pixels].
    segmentation : str, optional
        Which segmentation the objects are of; the only one when not given.

    Returns
    -------
    (size, size, 3) uint8 array
        The picture.

    Raises
    ------
    InputError
        When the volume has no image.
    """
    cut, down, right = PLANES[plane]
    region = box.region(volume)
    middle = _middle(volume, box, cut)
    here = _with(region, cut, slice(middle, middle + 1))
    labels = volume.segmentation(segmentation, here)
    grey = _greys(volume, region, cut, middle)
    rows, columns = (_sample(volume, box, region, axis, size) for axis in (down, right))
    known = (rows >= 0)[:, None] & (columns >= 0)[None, :]
    grid = np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))
    picture = np.where(known, grey[grid], 255.0)[:, :, None].repeat(3, axis=2)
    masks = take_pieces([piece for piece, _ in pieces], labels, here)
    for (_, colour), mask in zip(pieces, masks, strict=True):
        _outline(
            picture, np.asarray(mask.any(axis=cut))[grid] & known, np.asarray(colour, dtype=float)
        )
    return np.floor(picture + 0.5).astype(np.uint8)


def _with(region: tuple[slice, slice, slice], axis: int, here: slice) -> tuple[slice, slice, slice]:
    slices = list(region)
    slices[axis] = here
    z, y, x = slices
    return z, y, x


def _middle(volume: Volume, box: Box, cut: int) -> int:
    index = int(box.center[cut] // volume.voxel_size[cut])
    return min(max(index, 0), volume.shape[cut] - 1)


def _greys(volume: Volume, region: tuple[slice, slice, slice], cut: int, middle: int) -> Floats:
    """Read the slab in the middle and spread its brightness over 0 to 255."""
    thick = _SLAB if _SLAB * volume.voxel_size[cut] <= _THICKEST_SLAB else 1
    first = max(middle - thick // 2, 0)
    last = min(first + thick, volume.shape[cut])
    slab = volume.read_image(_with(region, cut, slice(first, last)))
    grey = slab.astype(np.float64).mean(axis=cut)
    low, high = np.percentile(grey, [_DARKEST, _BRIGHTEST])
    return np.clip((grey - low) / max(high - low, 1e-9), 0, 1) * 255


def _sample(
    volume: Volume, box: Box, region: tuple[slice, slice, slice], axis: int, size: int
) -> npt.NDArray[np.int64]:
    """Return the voxel at the middle of each pixel, counted in the region; -1 outside of it."""
    place = box.center[axis] - box.half_width + (np.arange(size) + 0.5) * (box.edge / size)
    voxel = np.floor(place / volume.voxel_size[axis]).astype(np.int64) - region[axis].start
    return np.where((voxel >= 0) & (voxel < region[axis].stop - region[axis].start), voxel, -1)


def _outline(picture: Floats, inside: npt.NDArray[np.bool_], colour: Floats) -> None:
    from scipy.ndimage import binary_erosion

    rim = inside & ~binary_erosion(inside, iterations=_LINE, border_value=1)
    picture[inside] += (colour - picture[inside]) * _TINT
    picture[rim] = colour
