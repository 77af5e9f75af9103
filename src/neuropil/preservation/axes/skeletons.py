"""Centre lines of membranes in a section, and where they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, label
from scipy.spatial import cKDTree

from neuropil.contracts import MissingDependencyError
from neuropil.preservation.axes.grids import PIXEL

__all__ = ["MembraneLines", "trace_membranes"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

# Probability above which a pixel is membrane.
_MEMBRANE = 0.4
# Branches that end within this distance of a fork [nm] are roughness of a membrane and none of its
# ends: about the thickness of a membrane with its fringe, and half of it again.
_SPUR = 50.0
# Lines shorter than this [nm] are vesicles, microtubules and dirt.
_SHORTEST = 150.0
# Ends this near to the edge of the section [nm] go on outside it.
_EDGE = 40.0
# Length of line from which the direction of an end is read [nm].
_TANGENT = 60.0
# Mean length of a step from pixel to pixel of a line, straight or diagonal, when all directions
# are alike: pi / (8 (sqrt(2) - 1)).
_STEP = np.pi / (8 * (np.sqrt(2) - 1))
_AROUND = np.ones((3, 3), int)


@dataclass(frozen=True, eq=False)
class MembraneLines:
    """Centre lines of the membranes of a section.

    Parameters
    ----------
    lines : (ny, nx) bool array
        Pixels on a line, of 10 nm.
    ends : (n, 2) integer array
        Row and column of free ends, those near the edge of the section left out.
    directions : (n, 2) array
        Unit vector at each end that points away from its line.
    """

    lines: Mask
    ends: Places
    directions: npt.NDArray[np.float64]

    @property
    def length(self) -> float:
        """Length of all lines [um]."""
        return float(np.count_nonzero(self.lines) * _STEP * PIXEL / 1000)


def trace_membranes(probability: Floats) -> MembraneLines:
    """Trace the centre lines of membranes.

    Parameters
    ----------
    probability : (ny, nx) array
        Probability of a membrane, in pixels of 10 nm.

    Returns
    -------
    MembraneLines
        Without spurs and without short pieces.
    """
    lines = _clean(_thin(probability > _MEMBRANE))
    ends = lines & (_count_neighbours(lines) == 1)
    margin = round(_EDGE / PIXEL)
    ends[:margin], ends[-margin:], ends[:, :margin], ends[:, -margin:] = (False,) * 4
    places = np.argwhere(ends)
    return MembraneLines(lines, places, _find_directions(lines, places))


def _thin(membrane: Mask) -> Mask:
    try:
        from skimage.morphology import skeletonize
    except ImportError as error:
        raise MissingDependencyError(
            "tracing membranes needs scikit-image, which is not installed",
            where="trace_membranes",
            repair="Install it with `pip install neuropil[em]`.",
        ) from error
    thin: Mask = skeletonize(membrane)  # type: ignore[no-untyped-call]
    return thin


def _count_neighbours(lines: Mask) -> npt.NDArray[Any]:
    padded = np.pad(lines, 1).astype(np.uint8)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] - 1


def _clean(lines: Mask) -> Mask:
    """Remove short branches that end freely, and then short lines."""
    count = _count_neighbours(lines)
    forks = binary_dilation(lines & (count >= 3), _AROUND)
    branches, n = label(lines & ~forks, _AROUND)
    free, joined = np.zeros(n + 1, bool), np.zeros(n + 1, bool)
    free[branches[lines & (count == 1)]] = True
    joined[branches[binary_dilation(forks, _AROUND)]] = True
    short = np.bincount(branches.ravel(), minlength=n + 1) * PIXEL < _SPUR
    spurs = free & joined & short
    spurs[0] = False
    kept = _drop_stubs(lines & ~spurs[branches], forks)
    pieces, n = label(kept, _AROUND)
    long = np.bincount(pieces.ravel(), minlength=n + 1) * PIXEL >= _SHORTEST
    long[0] = False
    return np.asarray(long[pieces])


def _drop_stubs(lines: Mask, forks: Mask) -> Mask:
    """Remove what is left of spurs beside their forks, and the corners of forks with it."""
    kept = lines
    # A fork reaches one pixel beyond itself: what is left of a spur there has at most two.
    for _ in range(2):
        kept = kept & ~(forks & (_count_neighbours(kept) == 1))
    return _thin(kept)


def _find_directions(lines: Mask, ends: Places) -> npt.NDArray[np.float64]:
    """Point from the middle of the last stretch of each line to its end."""
    if not len(ends):
        return np.zeros((0, 2))
    places = np.argwhere(lines)
    pieces, _ = label(lines, _AROUND)
    near = cKDTree(places).query_ball_point(ends, _TANGENT / PIXEL)
    of = np.repeat(np.arange(len(ends)), [len(some) for some in near])
    which = np.concatenate([np.asarray(some, np.intp) for some in near])
    # Other lines that pass by do not tell where this one goes.
    own = pieces[tuple(places[which].T)] == pieces[tuple(ends[of].T)]
    of, which = of[own], which[own]
    n = np.bincount(of, minlength=len(ends))
    middle = [np.bincount(of, places[which, axis], len(ends)) / n for axis in (0, 1)]
    away = ends - np.stack(middle, axis=1)
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9))
