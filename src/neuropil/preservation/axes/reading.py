"""One section read along all axes, with its maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, label

from neuropil.preservation.axes.closure import Closure, measure_closure
from neuropil.preservation.axes.features import compute_features
from neuropil.preservation.axes.grids import AxisSection
from neuropil.preservation.axes.links import Links, link_ends
from neuropil.preservation.axes.profiles import Profiles, measure_profiles
from neuropil.preservation.axes.skeletons import MembraneLines, trace_membranes
from neuropil.preservation.axes.zones import VOID, ZONE, ZoneNetwork

__all__ = ["Reading", "Traced", "read_section", "trace_section"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Edge of a cell in pixels, and by how many cells voids are widened: a membrane that ends within
# 30 nm of one ends because of it.
_POOLED, _WIDENED = 3, 1
# Weight above which a cell is a zone. In training every seventh cell was one; where one in fifty
# is, odds are nine times less, and a weight of .9 is an even chance.
_SURE = 0.9
# Fewest cells of a zone: a disc of 185 nm. Smaller pieces stand beside single gaps.
_SMALLEST = 30


@dataclass(frozen=True, eq=False)
class Traced:
    """A section with its membranes traced.

    Parameters
    ----------
    lines : MembraneLines
        Centre lines and free ends.
    links : Links
        Gaps between them.
    features : (ky, kx, n_features) float32 array
        Local features of each cell.
    """

    lines: MembraneLines
    links: Links
    features: Floats


@dataclass(frozen=True, eq=False)
class Reading:
    """What a section shows along each axis.

    Parameters
    ----------
    traced : Traced
        Lines, gaps and features.
    kinds : (ky, kx, 3) float32 array
        Weight of tissue, zone and void in each cell.
    closure : Closure
        Of membranes outside voids.
    profiles : Profiles
        Number and size of profiles.
    """

    traced: Traced
    kinds: Floats
    closure: Closure
    profiles: Profiles

    @property
    def zones(self) -> Mask:
        """Cells that are sure to be in an ambiguous zone, as a (ky, kx) bool array."""
        pieces, n = label(self.kinds[..., ZONE] > _SURE)
        large = np.bincount(pieces.ravel(), minlength=n + 1) >= _SMALLEST
        large[0] = False
        return np.asarray(large[pieces])

    @property
    def voids(self) -> Mask:
        """Cells that are a void rather than anything else, as a (ky, kx) bool array."""
        return np.asarray(self.kinds.argmax(axis=-1) == VOID)


def trace_section(section: AxisSection) -> Traced:
    """Trace membranes, link their ends, and compute local features.

    Parameters
    ----------
    section : AxisSection
        One section.

    Returns
    -------
    Traced
        What all axes are read from.
    """
    lines = trace_membranes(section.probability)
    links = link_ends(lines)
    return Traced(lines, links, compute_features(section, lines, links))


def read_section(section: AxisSection, network: ZoneNetwork) -> Reading:
    """Read one section along all axes.

    Parameters
    ----------
    section : AxisSection
        One section.
    network : ZoneNetwork
        Tells zones and voids from tissue.

    Returns
    -------
    Reading
        Values and maps.
    """
    traced = trace_section(section)
    kinds = network.predict(traced.features)
    voids = kinds.argmax(axis=-1) == VOID
    shape = (section.image.shape[0], section.image.shape[1])
    # Not so for zones: gaps in great number look like one.
    apart = _enlarge(voids, shape, _WIDENED)
    closure = measure_closure(section.probability, traced.lines, traced.links, apart)
    profiles = measure_profiles(section.probability, _enlarge(voids, shape, 0))
    return Reading(traced, kinds, closure, profiles)


def _enlarge(cells: Mask, shape: tuple[int, int], widened: int) -> Mask:
    """Bring a mask of cells to the pixels of its section."""
    if widened and cells.any():
        cells = binary_dilation(cells, iterations=widened)
    pixels = np.repeat(np.repeat(cells, _POOLED, axis=0), _POOLED, axis=1)
    return np.asarray(pixels[: shape[0], : shape[1]])
