"""Heal gaps: draw the membranes that are missing into the probability of a membrane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, grey_dilation, label

from neuropil.connectome import Volume
from neuropil.preservation.axes.grids import AxisSection, read_sections
from neuropil.preservation.axes.skeletons import trace_membranes
from neuropil.preservation.repair.candidates import list_candidates
from neuropil.preservation.repair.evidence import weigh_evidence
from neuropil.preservation.repair.lessons import load_shipped_linker
from neuropil.preservation.repair.linker import GapLinker

__all__ = ["Healed", "heal_gaps"]

Floats = npt.NDArray[np.float32]

# Probability from which on a way is drawn. On training sections .3 and .5 healed alike; what is
# drawn has its own probability, so that a doubtful one alone does not part a neurite.
_LEAST = 0.3
# Blur of a drawn line [pixels of 10 nm]: with the pixel on either side, the width of a membrane.
_SOFT = 0.8
# No drawn membrane is surer than this: what is drawn is no evidence of its own.
_MOST = 0.99


@dataclass(frozen=True, eq=False)
class Healed:
    """A probability of membranes in which gaps are closed, and which ones.

    Parameters
    ----------
    probability : (nz, ny, nx) float32 array
        At least what it was before, everywhere.
    drawn : (nz, ny, nx) float32 array
        What was drawn: the probability of each closed gap along its way, 0 elsewhere.
    gaps : tuple of int
        Number of gaps that were closed, by section: places where something was drawn, since a gap
        between two ends may be closed from both.
    """

    probability: Floats
    drawn: Floats
    gaps: tuple[int, ...]


def heal_gaps(
    volume: Volume,
    probability: npt.NDArray[np.floating[Any]],
    linker: GapLinker | None = None,
    least: float = _LEAST,
) -> Healed:
    """Close gaps of membranes, section by section.

    Free ends are joined to ends and lines before them where a small network, fitted to planted
    gaps, takes a membrane to be missing; it is drawn into the probability with the network's own
    probability. What a detector says elsewhere stays as it is.

    Parameters
    ----------
    volume : Volume
        Tissue with an image, of square pixels.
    probability : (nz, ny, nx) array
        Probability of a membrane at each voxel, in [0, 1].
    linker : GapLinker, optional
        Tells gaps from membranes that end; that of the package when not given.
    least : float
        Probability from which on a gap is closed; 1 closes none.

    Returns
    -------
    Healed
        The probability with gaps closed.

    Raises
    ------
    InputError
        When the image cannot be measured, or the probabilities do not fit it.
    """
    chosen = load_shipped_linker() if linker is None else linker
    found = [_heal(section, chosen, least) for section in read_sections(volume, probability)]
    drawn = np.stack([one for one, _ in found])
    healed = np.maximum(np.asarray(probability, np.float32), np.minimum(drawn, _MOST))
    return Healed(healed, drawn, tuple(count for _, count in found))


def _heal(section: AxisSection, linker: GapLinker, least: float) -> tuple[Floats, int]:
    """Return what is drawn into one section, in its pixels as imaged, and the number of gaps."""
    lines = trace_membranes(section.probability)
    ways = list_candidates(lines)
    canvas = np.zeros(section.image.shape, np.float32)
    if not len(ways):
        return np.zeros(section.shape, np.float32), 0
    weights = linker.predict(weigh_evidence(section, lines, ways))
    kept = ways.choose(weights, least)
    for one in kept:
        start, stop = ways.starts[one], ways.stops[one]
        steps = 2 * int(np.abs(stop - start).max()) + 1
        places = np.rint(np.linspace(start, stop, steps)).astype(np.intp)
        canvas[tuple(places.T)] = np.maximum(canvas[tuple(places.T)], weights[one])
    wide = gaussian_filter(grey_dilation(canvas, size=(3, 3)), _SOFT)
    _, count = label(canvas > 0, np.ones((3, 3)))
    return section.restore(np.maximum(canvas, wide)), int(count)
