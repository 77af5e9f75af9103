"""The box that a picture shows: what is drawn and what a prompt states come from one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.tasks.items import Item, Piece

__all__ = ["Box", "find_boxes", "take_pieces"]

# A whole segment is drawn with a rim, so that its ends are seen to be ends.
_RIM = 1.05

Region = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Box:
    """A cube of tissue.

    Parameters
    ----------
    center : tuple of float
        Its middle along z, y and x [nm from the corner of the volume].
    half_width : float
        Half its edge [nm].
    extent : tuple of float
        Edges of the box around the objects in it along z, y and x [nm].
    open_sides : tuple of str
        Axes along which the cube reaches beyond the volume, so that objects may end there because
        the data end.
    """

    center: tuple[float, float, float]
    half_width: float
    extent: tuple[float, float, float] = (0.0, 0.0, 0.0)
    open_sides: tuple[str, ...] = ()

    @property
    def edge(self) -> float:
        """Edge of the cube [nm]."""
        return 2 * self.half_width

    def region(self, volume: Volume) -> Region:
        """Return the voxels whose middles lie in the cube.

        Parameters
        ----------
        volume : Volume
            The block of tissue.

        Returns
        -------
        tuple of slice
            Along z, y and x, as far as the volume reaches.
        """
        slices = []
        grid = zip(self.center, volume.voxel_size, volume.shape, strict=True)
        for center, voxel, n in grid:
            low = int(np.ceil((center - self.half_width) / voxel - 0.5))
            high = int(np.floor((center + self.half_width) / voxel - 0.5)) + 1
            slices.append(slice(min(max(low, 0), n), max(min(high, n), 0)))
        z, y, x = slices
        return z, y, x


def take_pieces(
    pieces: Sequence[Piece], labels: npt.NDArray[np.integer], region: Region
) -> list[npt.NDArray[np.bool_]]:
    """Find the voxels of objects in a part of the volume.

    Parameters
    ----------
    pieces : sequence of Piece
        The objects.
    labels : (nz, ny, nx) integer array
        The segmentation in that part.
    region : tuple of slice
        Where that part lies.

    Returns
    -------
    list of (nz, ny, nx) bool array
        One mask an object.
    """
    return [piece.mask(labels, region[0].start or 0) for piece in pieces]


def find_boxes(item: Item, volume: Volume, segmentation: str | None = None) -> tuple[Box, ...]:
    """Find the boxes that the pictures of an item show.

    Parameters
    ----------
    item : Item
        The question.
    volume : Volume
        The block of tissue it is about.
    segmentation : str, optional
        Which segmentation its labels are of; the only one when not given.

    Returns
    -------
    tuple of Box
        One for each shown object; all are the same where objects are shown in one place.

    Raises
    ------
    InputError
        When a shown object has no voxel in its box.
    """
    if np.isinf(item.half_width):
        return tuple(_whole(piece, volume, segmentation, item) for piece in item.shown)
    boxes: list[Box] = []
    for piece in item.shown:
        box = Box(piece.center or item.center, item.half_width)
        region = box.region(volume)
        [mask] = take_pieces([piece], volume.segmentation(segmentation, region), region)
        low, high = _bounds(mask, volume, region, item)
        boxes.append(_describe(box, volume, high - low))
    return tuple(boxes)


def _whole(piece: Piece, volume: Volume, segmentation: str | None, item: Item) -> Box:
    everything = (slice(0, volume.shape[0]), slice(0, volume.shape[1]), slice(0, volume.shape[2]))
    [mask] = take_pieces([piece], volume.segmentation(segmentation), everything)
    low, high = _bounds(mask, volume, everything, item)
    z, y, x = ((low + high) / 2).tolist()
    return _describe(Box((z, y, x), float((high - low).max()) / 2 * _RIM), volume, high - low)


def _bounds(
    mask: npt.NDArray[np.bool_], volume: Volume, region: Region, item: Item
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if not mask.any():
        raise InputError(
            "expected voxels of every shown object in its box, found none of one of them",
            where=f"item {item.id} of {item.origin}",
            repair="Name the segmentation it was made from, or make its items again.",
        )
    low, high = [], []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        inside = np.flatnonzero(mask.any(axis=others)) + (region[axis].start or 0)
        low.append(inside[0] * volume.voxel_size[axis])
        high.append((inside[-1] + 1) * volume.voxel_size[axis])
    return np.array(low), np.array(high)


def _describe(box: Box, volume: Volume, extent: npt.NDArray[np.float64]) -> Box:
    z, y, x = extent.tolist()
    sides = zip("zyx", box.center, volume.extent, strict=True)
    beyond = tuple(
        axis
        for axis, center, edge in sides
        if center - box.half_width < 0 or center + box.half_width > edge
    )
    return Box(box.center, box.half_width, (z, y, x), beyond)
