"""Cached pieces of work about repair: plain settings and a seed in, JSON out."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.claims.detector_pieces import SERIAL
from neuropil.preservation.claims.loss_pieces import Data
from neuropil.preservation.config import REAL, SYNTHETIC
from neuropil.preservation.damage.membranes import trace_centre_lines
from neuropil.preservation.damage.operators import Damaged
from neuropil.preservation.damage.parsing import parse_damage
from neuropil.preservation.detector.shipped import TRAINED_BELOW, load_shipped
from neuropil.preservation.repair.healing import heal_gaps
from neuropil.preservation.repair.scores import INSTRUMENTS, Instrument, score_sections
from neuropil.preservation.repair.space import restore_space
from neuropil.preservation.traceability.examples import choose_joining

__all__ = ["CLEAN", "GAPS", "REPAIRED_DOSES", "repair_tissue"]

CLEAN, GAPS = "clean", "gaps:0.1"
"""No damage, and the damage that healing is made for."""

REPAIRED_DOSES = (
    CLEAN,
    *("gaps:0.05", GAPS, "gaps:0.2"),
    *("aiz:0.06", "aiz:0.13", "ice:0.105"),
    *("shrink:0.73", "shrink:0.5", "swelling:20"),
    *("blur:20", "noise:1"),
)
"""The doses of the published dose-response, about, and the two that close the space."""

# Sections that thresholds are chosen on, and those that are judged: the block's first ones come
# from what the detectors were calibrated on and did not learn from.
_CHOSEN: dict[Data, range] = {"serial": range(15), "block": range(96, TRAINED_BELOW, 4)}
_JUDGED: dict[Data, range] = {"serial": range(15, 30), "block": range(130, 250, 8)}
# Distance from a true membrane within which a drawn one is right [nm]: a membrane with its fringe,
# and the error of a way that is drawn straight.
_NEAR = 40.0
_DRAWN = 0.2
# What membranes gain when space is opened: what swelling to the end took.
_GAIN = 0.67
_CLOSING = ("shrink", "swelling")


def repair_tissue(data: Data, seed: int, fast: bool) -> list[dict[str, Any]]:
    """Damage unseen sections, repair them, and score both with two detectors.

    Returns
    -------
    list of dict
        Rows of ``score_sections`` with ``place`` (of the section), ``damage`` and ``repair``:
        ``""``, ``"healed"`` or ``"opened"``; those that were healed by the shipped detector with
        ``right`` (share of what was drawn that lies on a true membrane) and ``closed`` (share of
        the missing length that was drawn).
    """
    judged, doses = _JUDGED[data], list(REPAIRED_DOSES)
    volume = datasets.load(SYNTHETIC if fast else _name(data), kind=Volume)
    chosen = _CHOSEN[data]
    if fast:
        chosen, judged, doses = range(4), range(40, 42), [CLEAN, GAPS, "swelling:20"]
    instruments = _choose(volume.crop(_cut(chosen)))
    tree = SeedTree(seed).child("repair").child(data)
    rows = []
    for place in judged:
        alone = volume.crop(_cut(range(place, place + 1)))
        for damage in doses:
            own = tree.child(f"{place} {damage}")
            rows += [
                {"place": place, "damage": damage, **row}
                for row in _repair(alone, damage, instruments, own)
            ]
    return rows


def _name(data: Data) -> str:
    return SERIAL if data == "serial" else REAL


def _cut(sections: range) -> tuple[slice, slice, slice]:
    return slice(sections.start, sections.stop, sections.step), slice(None), slice(None)


def _choose(known: Volume) -> dict[str, Instrument]:
    """Choose the threshold of each detector on sound sections that are not judged."""
    found = {}
    for name in INSTRUMENTS:
        detector = Instrument.named(name, 0.5).detector
        found[name] = Instrument(detector, choose_joining([(known, detector)]))
    return found


def _repair(
    alone: Volume, damage: str, instruments: dict[str, Instrument], seed: SeedTree
) -> list[dict[str, Any]]:
    hurt = (
        Damaged(alone, np.zeros(alone.shape, bool))
        if damage == CLEAN
        else parse_damage(damage).apply(alone, seed)
    )
    rows: list[dict[str, Any]] = []
    for row in score_sections(hurt.volume, instruments):
        healed = row.pop("healed")
        more: dict[str, Any] = {"repair": "healed" if healed else ""}
        if (
            healed
            and row["instrument"] == "shipped"
            and damage.partition(":")[0] in (CLEAN, "gaps")
        ):
            more |= _judge_drawn(hurt)
        rows.append({**row, **more})
    if damage == CLEAN or damage.startswith(_CLOSING):
        # The space is opened by what the shipped detector sees; labels move with the tissue.
        seen = load_shipped().predict(hurt.volume)
        opened = restore_space(hurt.volume, seen, _GAIN, seed.child("space"))
        again = score_sections(opened, {"shipped": instruments["shipped"]})
        rows += [{**row, "repair": "opened"} for row in again if not row.pop("healed")]
    return rows


def _judge_drawn(hurt: Damaged) -> dict[str, float | None]:
    """Say how much of what was drawn is right, and how much of what is missing was drawn."""
    volume = hurt.volume
    healed = heal_gaps(volume, load_shipped().predict(volume))
    drawn = healed.drawn[0] > _DRAWN
    lines = trace_centre_lines(volume.segmentation("truth"), volume.voxel_size)[0]
    missing = lines & hurt.mask[0]
    pixel = volume.voxel_size[2]
    right = closed = None
    if drawn.any():
        right = float((distance_transform_edt(~lines) * pixel <= _NEAR)[drawn].mean())
    if missing.any():
        reached = drawn.any() and (distance_transform_edt(~drawn) * pixel <= _NEAR)[missing].mean()
        closed = float(reached)
    return {"right": right, "closed": closed}
