"""How much of a segmentation returns by repair, against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.preservation.detector.interface import Detector
from neuropil.preservation.detector.shipped import load_retrained, load_shipped
from neuropil.preservation.repair.healing import Healed, heal_gaps
from neuropil.preservation.segmenting.components import label_components
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.segments import Fragmentation, fragment_sections
from neuropil.preservation.segmenting.thresholds import score_fragmentations

__all__ = [
    "INSTRUMENTS",
    "Instrument",
    "Repaired",
    "find_returned",
    "list_repairs",
    "score_sections",
]

_ERRORS = ("arand", "split", "merge")

INSTRUMENTS = ("shipped", "retrained")
"""Detectors that are compared: the shipped one, and one that learnt from damaged sections too."""


@dataclass(frozen=True, eq=False)
class Instrument:
    """What finds membranes, and below which probability segments are joined.

    Parameters
    ----------
    detector : Detector
        Finds membranes.
    threshold : float
        The same with and without healing, so that nothing but the healing differs.
    """

    detector: Detector
    threshold: float

    @classmethod
    def named(cls, name: str, threshold: float) -> Instrument:
        """Return an instrument of the package by its name in :data:`INSTRUMENTS`."""
        return cls(load_retrained() if name == "retrained" else load_shipped(), threshold)


@dataclass(frozen=True, eq=False)
class Repaired:
    """Sections seen by one instrument, with or without their gaps closed.

    Parameters
    ----------
    instrument : str
        Its name.
    healed : Healed or None
        What was closed; None where nothing was.
    fragmentations : list of Fragmentation
        The segmentation of each section.
    """

    instrument: str
    healed: Healed | None
    fragmentations: list[Fragmentation]


def list_repairs(volume: Volume, instruments: Mapping[str, Instrument]) -> Iterator[Repaired]:
    """Segment sections with every instrument, as they are and with their gaps closed.

    Parameters
    ----------
    volume : Volume
        Tissue with an image.
    instruments : mapping of str to Instrument
        By name.

    Yields
    ------
    Repaired
        Two for each instrument, without and with healing.
    """
    for name, instrument in instruments.items():
        plan = SegmentingPlan(threshold=instrument.threshold)
        probability = instrument.detector.predict(volume)
        healed = heal_gaps(volume, probability)
        for one, seen in ((None, probability), (healed, healed.probability)):
            yield Repaired(name, one, fragment_sections(seen, volume.voxel_size, plan))


def score_sections(
    volume: Volume, instruments: Mapping[str, Instrument], truth: str = "truth"
) -> list[dict[str, Any]]:
    """Score sections with every instrument, as they are and with their gaps closed.

    Parameters
    ----------
    volume : Volume
        Tissue with an image, and its true segmentation where that is known.
    instruments : mapping of str to Instrument
        By name.
    truth : str
        Name of the true segmentation.

    Returns
    -------
    list of dict
        One row for each section, instrument and state: ``section``, ``instrument``, ``healed``,
        ``gaps`` (how many were closed), ``arand``, and ``split`` and ``merge`` [bit], None without
        truth.
    """
    bodies = None
    if truth in volume.segmentations:
        bodies = [label_components(section) for section in volume.segmentation(truth)]
    rows = []
    for one in list_repairs(volume, instruments):
        threshold = instruments[one.instrument].threshold
        scores: list[dict[str, float]] = [{} for _ in one.fragmentations]
        if bodies is not None:
            found = score_fragmentations(one.fragmentations, bodies, threshold)
            columns = zip(found.rand, found.split, found.merge, strict=True)
            scores = [dict(zip(_ERRORS, map(float, each), strict=True)) for each in columns]
        for place, errors in enumerate(scores):
            about = {"section": place, "instrument": one.instrument, "healed": bool(one.healed)}
            gaps = one.healed.gaps[place] if one.healed else 0
            rows.append({**about, "gaps": gaps, **dict.fromkeys(_ERRORS), **errors})
    return rows


def find_returned(clean: npt.ArrayLike, damaged: npt.ArrayLike, repaired: npt.ArrayLike) -> float:
    """Return the share of what damage took that repair gives back.

    Parameters
    ----------
    clean, damaged, repaired : (n,) arrays
        Errors of the same sections before damage, after it, and after repair.

    Returns
    -------
    float
        1 where all comes back, 0 where nothing does, below 0 where repair harms; NaN where damage
        took nothing. Of the means: a section that lost nothing would make a mean of shares
        boundless.
    """
    before, hurt, after = (float(np.asarray(each).mean()) for each in (clean, damaged, repaired))
    lost = hurt - before
    return (hurt - after) / lost if lost > 0 else float("nan")
