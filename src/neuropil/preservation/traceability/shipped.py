"""What the package brings of good and of damaged fly tissue, and how it was made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree, atomic_write, write_json
from neuropil.preservation.acquisition.gate import AcquisitionGate, AcquisitionReference
from neuropil.preservation.config import REAL
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.shipped import SHIPPED_PLAN, load_shipped
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.traceability.continuity import follow_sections
from neuropil.preservation.traceability.doses import Doses
from neuropil.preservation.traceability.examples import choose_joining, list_examples, observe
from neuropil.preservation.traceability.features import FEATURES, Reference

__all__ = ["HALVES", "ShippedTissue", "build_shipped", "load_shipped_tissue", "relate_to_own"]

_FOLDER = Path(__file__).parent / "weights"
_EXAMPLES, _ABOUT = "fib25-examples.parquet", "fib25.json"

HALVES = ((range(64, 120), range(2, 60, 4)), (range(60), range(64, 120, 4)))
"""Sections that a detector learns from, and those that are damaged and seen with it.

Examples come from sections that their detector has not seen, as those to be judged do. They lie
40 nm apart; sections from 120 on are left for tests.
"""

# Of the assay's own reading: sections 40 nm apart.
_SPACING = 4
# A shown number has six digits; more would be noise of the detector.
_DIGITS = 6


@dataclass(frozen=True, eq=False)
class ShippedTissue:
    """Good fly tissue, and what damage cost in it.

    Parameters
    ----------
    examples : pl.DataFrame
        Features relative to good tissue, with ``section``, ``damage``, its ``variant``,
        ``dose`` and ``loss``.
    good : pl.DataFrame
        Quantities of sections of good tissue.
    acquisition : AcquisitionReference
        Its microscope.
    threshold : float
        Probability of a membrane below which segments are joined.
    break_rate : float
        Breaks that are seen in it [1/mm].
    """

    examples: pl.DataFrame
    good: pl.DataFrame
    acquisition: AcquisitionReference
    threshold: float
    break_rate: float


@cache
def load_shipped_tissue() -> ShippedTissue:
    """Return what comes with the package, of FIB-25 (Parag et al. 2015, CC BY)."""
    about = json.loads((_FOLDER / _ABOUT).read_text(encoding="utf-8"))
    table = pl.read_parquet(_FOLDER / _EXAMPLES)
    halves = [table.filter(pl.col("section").is_in(list(seen))) for _, seen in HALVES]
    return ShippedTissue(
        pl.concat([relate_to_own(half) for half in halves]),
        pl.DataFrame(about["good"]),
        AcquisitionReference.from_json(about["acquisition"]),
        float(about["threshold"]),
        float(about["break_rate"]),
    )


def relate_to_own(examples: pl.DataFrame) -> pl.DataFrame:
    """Relate examples to the undamaged ones among them.

    Good tissue has to be seen by the same detector: two that learnt from different sections differ
    by more than mild damage does.

    Parameters
    ----------
    examples : pl.DataFrame
        As ``list_examples`` returns them, of one detector.

    Returns
    -------
    pl.DataFrame
        Differences and strangeness, with ``section``, ``damage``, its ``variant``,
        ``dose`` and ``loss``.
    """
    reference = Reference.of(examples.filter(pl.col("damage") == "clean"))
    kept = examples.select("section", "damage", "variant", "dose", "loss")
    return pl.concat([reference.relate(examples), kept], how="horizontal")


def build_shipped(out: Path | str, seed: SeedTree) -> None:
    """Make what the package brings anew, from the block of fly tissue.

    Parameters
    ----------
    out : Path or str
        Folder for the table of examples and its description.
    seed : SeedTree
        Source of randomness; the shipped ones have ``SeedTree(0)``.

    Raises
    ------
    DataUnavailableError
        When the block cannot be had; no generated tissue takes its place.
    """
    volume = datasets.load(REAL, kind=Volume)
    detectors = [
        MembraneDetector(SHIPPED_PLAN).fit(volume, sections=learnt, seed=seed.child(half))
        for half, (learnt, _) in enumerate(HALVES)
    ]
    threshold = choose_joining(
        [
            (_take(volume, seen), detector)
            for detector, (_, seen) in zip(detectors, HALVES, strict=True)
        ]
    )
    plan = SegmentingPlan(threshold=threshold)
    tables = [
        list_examples(volume, seen, (detector, plan), Doses(), seed.child(f"damage {half}"))
        for half, (detector, (_, seen)) in enumerate(zip(detectors, HALVES, strict=True))
    ]
    # Good tissue as the shipped detector sees it, in sections that it did not learn from.
    shipped = load_shipped()
    held = _take(volume, range(int(shipped.held_out_sections_[0]), 120, _SPACING))
    gate = AcquisitionGate().fit([held])
    good, found = observe(held, shipped, plan, gate)
    labels = np.stack([one.segment(threshold) for one in found])
    steps = follow_sections(labels, (_SPACING * volume.voxel_size[0], *volume.voxel_size[1:]))
    _write(
        Path(out),
        pl.concat(tables).select(*FEATURES, "section", "damage", "variant", "dose", "loss"),
        {
            "data": f"dataset {REAL}, sections z < 120, CC BY, Parag et al. 2015; what is kept are "
            "numbers measured on sections that were damaged by this package",
            "seed": seed.root,
            "threshold": threshold,
            "break_rate": float(steps.breaks.sum() / steps.lengths.sum()),
            "good": good.select(FEATURES).to_dict(as_series=False),
            "acquisition": gate.reference_.to_json(),
        },
    )


def _take(volume: Volume, sections: range) -> Volume:
    return volume.crop(
        (slice(sections.start, sections.stop, sections.step), slice(None), slice(None))
    )


def _write(out: Path, table: pl.DataFrame, about: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rounded = table.with_columns(pl.col(pl.Float64).round_sig_figs(_DIGITS))
    with atomic_write(out / _EXAMPLES) as temporary:
        rounded.write_parquet(temporary)
    write_json(out / _ABOUT, {**about, "break_rate": float(np.round(about["break_rate"], 1))})
