"""Sections damaged by a known dose, what the assay sees of them, and what the damage cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.acquisition.gate import AcquisitionGate
from neuropil.preservation.axes.table import measure_axes
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.detector.interface import Detector
from neuropil.preservation.segmenting.components import label_components
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.segments import Fragmentation, fragment_sections
from neuropil.preservation.segmenting.thresholds import choose_threshold, score_fragmentations
from neuropil.preservation.traceability.doses import Doses, name_variant
from neuropil.preservation.traceability.signs import read_signs

__all__ = ["choose_joining", "list_examples", "observe"]


def observe(
    volume: Volume, detector: Detector, plan: SegmentingPlan, gate: AcquisitionGate
) -> tuple[pl.DataFrame, list[Fragmentation]]:
    """Measure all that is seen of each section without a truth.

    Parameters
    ----------
    volume : Volume
        Tissue with an image.
    detector : Detector
        What finds membranes.
    plan : SegmentingPlan
        How segments are made of them.
    gate : AcquisitionGate
        What tells faults of the microscope.

    Returns
    -------
    frame : pl.DataFrame
        One row a section: what the gate says, the axes, and the signs of its segmentation.
    fragmentations : list of Fragmentation
        The segmentation of each section.
    """
    probability = detector.predict(volume)
    fragmentations = fragment_sections(probability, volume.voxel_size, plan)
    pixel = volume.voxel_size[1] * volume.voxel_size[2]
    signs = pl.DataFrame(
        [
            read_signs(seen, fragmentation, pixel, plan.threshold)
            for seen, fragmentation in zip(probability, fragmentations, strict=True)
        ]
    )
    axes = measure_axes(volume, probability).rows.drop("section")
    return pl.concat([gate.judge(volume), axes, signs], how="horizontal"), fragmentations


def choose_joining(held_out: Sequence[tuple[Volume, Detector]]) -> float:
    """Choose the threshold of joining on sections that detectors have not seen.

    Parameters
    ----------
    held_out : sequence of (Volume, Detector)
        Sections with ``truth``, and what is to find their membranes.

    Returns
    -------
    float
        Probability below which segments are joined.
    """
    found, truth = [], []
    for volume, detector in held_out:
        found += fragment_sections(detector.predict(volume), volume.voxel_size, SegmentingPlan())
        truth += [label_components(section) for section in volume.segmentation("truth")]
    return choose_threshold(found, truth).threshold


def list_examples(
    volume: Volume,
    sections: Iterable[int],
    instrument: tuple[Detector, SegmentingPlan],
    doses: Doses,
    seed: SeedTree,
) -> pl.DataFrame:
    """Damage sections in several ways, and tabulate what is seen and what it cost.

    Parameters
    ----------
    volume : Volume
        Clean tissue with ``truth``.
    sections : iterable of int
        Which of its sections; each is damaged by itself.
    instrument : tuple of Detector and SegmentingPlan
        What finds membranes, and how segments are made.
    doses : Doses
        What is done to each section.
    seed : SeedTree
        Where random draws come from.

    Returns
    -------
    pl.DataFrame
        As :func:`observe` returns it, with ``damage``, its ``variant``, ``dose``, whether it is
        one of the ``fixed`` ones, ``arand``, ``voi_split`` and ``voi_merge`` [bit], and ``loss``:
        the adapted Rand error less that of the same section without damage. One row of each section
        is clean.
    """
    clean_sections = {
        place: volume.crop((slice(place, place + 1), slice(None), slice(None)))
        for place in sections
    }
    # Blur is told beyond that of good tissue, as the assay does.
    gate = AcquisitionGate().fit(list(clean_sections.values()))
    tables = []
    for place, alone in clean_sections.items():
        own = seed.child(place)
        clean = _tabulate(alone, instrument, gate)
        rows = [{**clean, **_describe(None, doses), "section": place, "loss": 0.0}]
        for number, damage in enumerate(doses.draw(own.child("doses"))):
            hurt = damage.apply(alone, own.child(number)).volume
            found = {**_tabulate(hurt, instrument, gate), **_describe(damage, doses)}
            rows.append({**found, "section": place, "loss": found["arand"] - clean["arand"]})
        tables.append(pl.DataFrame(rows))
    return pl.concat(tables, how="vertical_relaxed")


def _describe(damage: Damage | None, doses: Doses) -> dict[str, Any]:
    if damage is None:
        return {"damage": "clean", "variant": "clean", "dose": 0.0, "fixed": True}
    return {
        "damage": damage.name,
        "variant": name_variant(damage),
        "dose": float(damage.dose),
        "fixed": damage in doses.fixed,
    }


def _tabulate(
    volume: Volume, instrument: tuple[Detector, SegmentingPlan], gate: AcquisitionGate
) -> dict[str, float]:
    detector, plan = instrument
    seen, fragmentations = observe(volume, detector, plan, gate)
    # In one section nothing says that two profiles are one body.
    truth = [label_components(section) for section in volume.segmentation("truth")]
    scores = score_fragmentations(fragmentations, truth, plan.threshold)
    row: dict[str, float] = {
        **seen.row(0, named=True),
        "arand": float(scores.rand[0]),
        "voi_split": float(scores.split[0]),
        "voi_merge": float(scores.merge[0]),
    }
    return row
