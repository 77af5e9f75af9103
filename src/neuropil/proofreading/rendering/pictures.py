"""All pictures of one item, in the order in which they are shown, with the box they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.proofreading.rendering.boxes import Box, find_boxes, take_pieces
from neuropil.proofreading.rendering.meshes import Mesh, mesh_mask
from neuropil.proofreading.rendering.png import encode_png
from neuropil.proofreading.rendering.slices import PLANES, draw_slice, window_half_width
from neuropil.proofreading.rendering.views import BLUE, ORANGE, VIEWS, draw_view
from neuropil.proofreading.tasks.items import Item, Piece

__all__ = ["Picture", "Pictures", "Studio", "list_options"]

Colour = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with what it shows.

    Parameters
    ----------
    label : str
        Such as ``front``, or ``option 2, front``.
    pixels : (height, width, 3) uint8 array
        Red, green and blue.
    """

    label: str
    pixels: npt.NDArray[np.uint8]

    def png(self) -> bytes:
        """Return it as a PNG file."""
        return encode_png(self.pixels)


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of an item.

    Parameters
    ----------
    item : Item
        The question.
    boxes : tuple of Box
        What the views of each option show.
    views : tuple of Picture
        Surfaces from three sides, option after option.
    slices : tuple of Picture
        Slices of the image, where asked for.
    species : str
        Species of the volume.
    window : float
        Edge of the slices [nm]; 0 without them.
    """

    item: Item
    boxes: tuple[Box, ...]
    views: tuple[Picture, ...]
    slices: tuple[Picture, ...] = ()
    species: str = ""
    window: float = 0.0


@dataclass(frozen=True)
class Studio:
    """Takes the pictures of items of one volume.

    Parameters
    ----------
    volume : Volume
        The block of tissue.
    segmentation : str, optional
        Which segmentation the items are of; the only one when not given.
    size : int
        Edge of the views [pixels].
    with_slices : bool
        Whether slices of the image are shown as well.
    slice_size : int
        Edge of the slices [pixels].

    Examples
    --------
    >>> labels = np.zeros((20, 20, 20), dtype=np.uint8)
    >>> labels[5:15, 5:15, 5:15] = 1
    >>> volume = Volume((40.0, 40.0, 40.0), segmentations={"planted": labels})
    >>> item = Item("segment-type", (Piece((1,)),), (400, 400, 400), np.inf, "f", "example")
    >>> [picture.label for picture in Studio(volume, size=64).take(item).views]
    ['front', 'side', 'top']
    """

    volume: Volume
    segmentation: str | None = None
    size: int = 1024
    with_slices: bool = False
    slice_size: int = 512

    def take(self, item: Item) -> Pictures:
        """Draw an item.

        Parameters
        ----------
        item : Item
            The question.

        Returns
        -------
        Pictures
            Three views an option, and three slices an option where asked for.

        Raises
        ------
        InputError
            When a shown object has no voxel in its box, or slices are asked for and there is no
            image.
        """
        boxes = find_boxes(item, self.volume, self.segmentation)
        meshes: dict[int, Mesh] = {}
        views: list[Picture] = []
        slices: list[Picture] = []
        options = list_options(item)
        shown = [boxes[option[-1]] for _, option in options]
        half_width = window_half_width(self.volume.species)
        for (label, option), box in zip(options, shown, strict=True):
            for index in option:
                if index not in meshes:
                    meshes[index] = self._mesh(item.shown[index], box)
            views += self._draw([meshes[index] for index in option], box, label)
            if self.with_slices:
                pieces = [item.shown[index] for index in option]
                slices += self._cut(pieces, Box(box.center, half_width), label)
        window = 2 * half_width if self.with_slices else 0.0
        species = self.volume.species
        return Pictures(item, tuple(shown), tuple(views), tuple(slices), species, window)

    def _mesh(self, piece: Piece, box: Box) -> Mesh:
        region = box.region(self.volume)
        labels = self.volume.segmentation(self.segmentation, region)
        [mask] = take_pieces([piece], labels, region)
        z, y, x = (
            part.start * voxel for part, voxel in zip(region, self.volume.voxel_size, strict=True)
        )
        return mesh_mask(mask, self.volume.voxel_size, (z, y, x))

    def _draw(self, meshes: list[Mesh], box: Box, label: str) -> Iterator[Picture]:
        for name, view in VIEWS.items():
            pixels = draw_view(meshes, _colours(len(meshes)), box, view, self.size)
            yield Picture(f"{label}{name}", pixels)

    def _cut(self, pieces: list[Piece], box: Box, label: str) -> Iterator[Picture]:
        pairs = list(zip(pieces, _colours(len(pieces)), strict=True))
        for plane in PLANES:
            pixels = draw_slice(self.volume, pairs, box, plane, self.slice_size, self.segmentation)
            yield Picture(f"{label}{plane} slice", pixels)


def list_options(item: Item) -> list[tuple[str, tuple[int, ...]]]:
    """List what is drawn together.

    Parameters
    ----------
    item : Item
        The question.

    Returns
    -------
    list of (str, tuple of int)
        Beginning of the labels and positions in ``item.shown``: the base with each candidate of a
        split error, each segment of a merge error, all objects of the other tasks.
    """
    n = len(item.shown)
    if item.task == "split-error-choice":
        return [(f"option {k}, ", (0, k)) for k in range(1, n)]
    if item.task == "merge-error-choice":
        return [(f"option {k + 1}, ", (k,)) for k in range(n)]
    return [("", tuple(range(n)))]


def _colours(n: int) -> list[Colour]:
    return [BLUE, ORANGE][:n]
