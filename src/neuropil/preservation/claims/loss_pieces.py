"""Cached pieces of work about losses: plain settings and a seed in, JSON out."""

from __future__ import annotations

from typing import Any, Literal

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.claims.detector_pieces import SERIAL
from neuropil.preservation.config import REAL, SYNTHETIC
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.plan import DetectorPlan
from neuropil.preservation.detector.shipped import load_shipped
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.traceability.doses import MEDIUM, Doses
from neuropil.preservation.traceability.examples import choose_joining, list_examples
from neuropil.preservation.traceability.shipped import load_shipped_tissue

__all__ = ["PARTS", "Data", "Part", "examine"]

Data = Literal["serial", "block"]
Part = Literal["first", "second", "unseen"]
PARTS: tuple[Part, ...] = ("first", "second", "unseen")
"""Parts of a dataset: two halves of the training sections, and the test."""

# Sections that a detector learns from, and those that are damaged and looked at with it. Examples
# to learn from come from sections that their detector has not seen, as those to be judged do. Of
# the block the package brings the examples and the detector; its sections lie 80 nm apart.
_SECTIONS: dict[tuple[Data, Part], tuple[range, range]] = {
    ("serial", "first"): (range(8, 15), range(7)),
    ("serial", "second"): (range(7), range(8, 15)),
    ("serial", "unseen"): (range(15), range(15, 30)),
    ("block", "unseen"): (range(120), range(130, 250, 8)),
}
_PIXEL = 4.0  # of the serial sections [nm]


def examine(data: Data, part: Part, seed: int, fast: bool) -> list[dict[str, Any]]:
    """Train an instrument, damage sections that it has not seen, and tabulate what it sees.

    Returns
    -------
    list of dict
        Rows of ``list_examples``.
    """
    tree = SeedTree(seed).child(f"{data} {part}")
    learnt, looked_at = _SECTIONS[data, part]
    doses = Doses(each=3, fixed=MEDIUM if part == "unseen" else ())
    plan = DetectorPlan(pixel_size=_PIXEL)
    if fast:
        place = PARTS.index(part)
        learnt, looked_at = range(8), range(10 + 6 * place, 14 + 6 * place)
        doses = Doses(each=1)
        plan = DetectorPlan(pixel_size=16.0, widths=(8,), steps=40, batch=2, edge=48, rate=1e-2)
    volume = datasets.load(
        SYNTHETIC if fast else (SERIAL if data == "serial" else REAL), kind=Volume
    )
    if data == "block":
        detector, threshold = load_shipped(), load_shipped_tissue().threshold
    else:
        detector = MembraneDetector(plan).fit(volume, sections=learnt, seed=tree.child("detector"))
        threshold = choose_joining([(_held_out(volume, detector), detector)])
    instrument = detector, SegmentingPlan(threshold=threshold)
    return list_examples(volume, looked_at, instrument, doses, tree.child("damage")).to_dicts()


def _held_out(volume: Volume, detector: MembraneDetector) -> Volume:
    """Return the training sections that the network has not seen."""
    rows = detector.held_out_sections_
    return volume.crop((slice(int(rows[0]), int(rows[-1]) + 1), slice(None), slice(None)))
