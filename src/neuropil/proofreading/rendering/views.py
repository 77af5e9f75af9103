"""Objects from the front, the side and the top, in parallel projection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.meshes import Mesh
from neuropil.proofreading.rendering.rasteriser import rasterise

__all__ = ["BLUE", "ORANGE", "VIEWS", "View", "draw_view"]

BLUE = (0x1F, 0x77, 0xB4)
"""Colour of a base, or of a segment that is judged alone."""
ORANGE = (0xFF, 0x7F, 0x0E)
"""Colour of a candidate."""

Colour = tuple[int, int, int]
Floats = npt.NDArray[np.float64]

# Along right, up and towards the viewer: a strong light from the upper left and a weak one from
# the right, so that both sides of a neurite are lit and differ.
_KEY, _FILL = (-0.48, 0.6, 0.64), (0.8, -0.1, 0.59)
_AMBIENT, _KEY_SHARE, _FILL_SHARE = 0.3, 0.66, 0.2
_SHINE, _SHINE_ROUNDS = 0.22, 4
# The far end of the box is this much whiter: of two neurites that cross, the nearer is darker.
_HAZE = 0.35
# Pixels that lie behind their surroundings are darkened, which shows grooves and who is in front;
# the width and the depth at which it is full are shares of the picture.
_GROOVE_WIDTH, _GROOVE_DEPTH, _GROOVE_SHARE = 1 / 64, 1 / 40, 0.45
# Surroundings are wider than this many pixels: their mean over such blocks is enough.
_BLOCK = 4


@dataclass(frozen=True)
class View:
    """A direction of sight along an axis.

    Parameters
    ----------
    name : str
        Such as ``front``.
    right, up, towards : (int, int)
        Axis (0 is z, 1 is y, 2 is x) and sign of what grows to the right, upwards and towards the
        viewer. x, y and z are taken as right-handed, and no view is a mirror image.
    """

    name: str
    right: tuple[int, int]
    up: tuple[int, int]
    towards: tuple[int, int]

    def project(self, places: Floats, box: Box, size: int) -> Floats:
        """Find where places lie on the picture of a box.

        Parameters
        ----------
        places : (n, 3) array
            Along z, y and x [nm].
        box : Box
            What the picture shows; it fills the picture to the rim.
        size : int
            Edge of the picture [pixels].

        Returns
        -------
        (n, 3) array
            Column, row and depth from the front of the box [pixels].
        """
        scale = size / box.edge
        projected = np.empty((len(places), 3))
        turned = (self.right, (self.up[0], -self.up[1]), (self.towards[0], -self.towards[1]))
        for column, (axis, sign) in enumerate(turned):
            projected[:, column] = (places[:, axis] - box.center[axis]) * (sign * scale) + size / 2
        return projected

    def turn(self, directions: Floats) -> Floats:
        """Express directions along right, up and towards the viewer.

        Parameters
        ----------
        directions : (n, 3) array
            Along z, y and x.

        Returns
        -------
        (n, 3) array
            Along right, up and towards.
        """
        axes = (self.right, self.up, self.towards)
        return np.stack([directions[:, axis] * sign for axis, sign in axes], axis=1)


VIEWS: Mapping[str, View] = MappingProxyType(
    {
        "front": View("front", (1, -1), (0, 1), (2, -1)),
        "side": View("side", (2, 1), (0, 1), (1, -1)),
        "top": View("top", (2, 1), (1, 1), (0, 1)),
    }
)
"""From the low end of x, the low end of y and the high end of z, as in ConnectomeBench."""


def draw_view(
    meshes: Sequence[Mesh], colours: Sequence[Colour], box: Box, view: View, size: int = 1024
) -> npt.NDArray[np.uint8]:
    """Draw objects in a box on white.

    Parameters
    ----------
    meshes : sequence of Mesh
        The objects.
    colours : sequence of (int, int, int)
        Red, green and blue of each.
    box : Box
        What the picture shows, from rim to rim.
    view : View
        From where.
    size : int
        Edge of the picture [pixels].

    Returns
    -------
    (size, size, 3) uint8 array
        The picture.
    """
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = np.concatenate(
        [mesh.faces + start for mesh, start in zip(meshes, offsets[:-1], strict=True)]
    )
    places = np.concatenate([mesh.vertices for mesh in meshes])
    seen = rasterise(view.project(places, box, size), faces, size)
    shade, shine = _light(view.turn(np.concatenate([mesh.normals for mesh in meshes])))
    depths = seen.depths
    owner = np.repeat(np.arange(len(meshes)), [len(mesh.faces) for mesh in meshes])[seen.faces]
    strength = seen.interpolate(shade) * (1 - _GROOVE_SHARE * _grooves(seen.pixels, depths, size))
    # What is white in a pixel: the shine of the surface and the haze before it.
    white = 1 - (1 - seen.interpolate(shine)) * (1 - _HAZE * np.clip(depths / size, 0, 1))
    picture = np.full((3, size * size), 255.0)
    for channel in range(3):
        base = np.array([float(colour[channel]) for colour in colours])[owner]
        lit = np.minimum(base * strength, 255.0)
        picture[channel, seen.pixels] = lit + (255.0 - lit) * white
    rounded = np.floor(picture + 0.5).astype(np.uint8)
    return np.ascontiguousarray(rounded.T.reshape(size, size, 3))


def _light(normals: Floats) -> tuple[Floats, Floats]:
    """Shade by two lights, and find the soft shine of the stronger one."""
    key, fill = (np.clip(_along(normals, light), 0, None) for light in (_KEY, _FILL))
    shade = _AMBIENT + _KEY_SHARE * key + _FILL_SHARE * fill
    # Half-way between the light and the viewer; powers by squaring, which rounds alike everywhere.
    half = np.array([_KEY[0], _KEY[1], _KEY[2] + 1.0])
    half /= np.sqrt((half * half).sum())
    shine = np.clip(_along(normals, tuple(half.tolist())), 0, None)
    for _ in range(_SHINE_ROUNDS):
        shine = shine * shine
    return shade, _SHINE * shine


def _along(normals: Floats, light: tuple[float, ...]) -> Floats:
    return normals[:, 0] * light[0] + normals[:, 1] * light[1] + normals[:, 2] * light[2]


def _grooves(pixels: npt.NDArray[np.int64], depths: Floats, size: int) -> Floats:
    """Tell how far each pixel lies behind the mean of its surroundings, from 0 to 1."""
    from scipy.ndimage import uniform_filter

    rows, columns = np.divmod(pixels, size)
    n = -(-size // _BLOCK)
    block = (rows // _BLOCK) * n + columns // _BLOCK
    # What shows nothing is left out of the mean: an outline against white is no groove.
    depth = np.bincount(block, depths, minlength=n * n).reshape(n, n)
    there = np.bincount(block, minlength=n * n).reshape(n, n).astype(float)
    width = max(round(n * _GROOVE_WIDTH), 3)
    around, share = (
        _refine(uniform_filter(one, width, mode="constant"), size).ravel()[pixels]
        for one in (depth, there)
    )
    mean = around / np.maximum(share, 1e-9)
    return np.clip((depths - mean) / (size * _GROOVE_DEPTH), 0, 1)


def _refine(blocks: Floats, size: int) -> Floats:
    """Carry values of blocks over to pixels, linearly between the middles of blocks."""
    place = (np.arange(size) + 0.5) / _BLOCK - 0.5
    low = np.clip(np.floor(place).astype(np.int64), 0, len(blocks) - 1)
    high = np.minimum(low + 1, len(blocks) - 1)
    share = np.clip(place - low, 0, 1)[:, None]
    for _ in range(2):
        # Rows first; the second turn does the same for columns.
        blocks = (blocks[low] * (1 - share) + blocks[high] * share).T
    return blocks
