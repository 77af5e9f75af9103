"""Cached pieces of work of the claims about axes: planted damage and faults on unseen sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import compute_roc_area
from neuropil.preservation.acquisition.gate import AcquisitionGate
from neuropil.preservation.axes.model import AxisModel, fit_axes, load_shipped_axes
from neuropil.preservation.axes.reference import AxisReference
from neuropil.preservation.axes.table import AxisTable, measure_axes
from neuropil.preservation.config import REAL, SYNTHETIC
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Blur, Noise
from neuropil.preservation.damage.operators import Damage, Damaged
from neuropil.preservation.damage.zones import AmbiguousZones
from neuropil.preservation.detector.shipped import load_shipped

__all__ = ["BLOCK", "MADE", "OWN", "SERIAL", "judge_tissue"]

BLOCK, SERIAL, OWN, MADE = "block", "serial", "own", "made"
"""Tissues: the block the axes were fitted on; serial sections of another microscope; the same with
axes fitted to their own first sections; and generated tissue."""


@dataclass(frozen=True)
class _Tissue:
    """Which sections a reference is made of, and which are judged."""

    name: str
    reference: tuple[int, ...]
    judged: tuple[int, ...]


# Of the block every twelfth section: neighbours of 10 nm show the same.
_TISSUES = {
    BLOCK: _Tissue(REAL, tuple(range(0, 120, 8)), tuple(range(130, 250, 8))),
    SERIAL: _Tissue("isbi2012", tuple(range(15)), tuple(range(15, 30))),
    OWN: _Tissue("isbi2012", tuple(range(15)), tuple(range(15, 30))),
    MADE: _Tissue(SYNTHETIC, (0, 20, 40, 50, 60), (80,)),
}
# Sections that are drawn where axes are fitted to serial sections: each three times.
_OWN_DRAWN = 45
# What may be neither refused nor called damage, and what must be refused.
_MILD: dict[str, Damage | None] = {
    "clean": None,
    "blur 4": Blur(4.0),
    "blur 8": Blur(8.0),
    "blur 12": Blur(12.0),
    "noise 4": Noise(4.0),
    "noise 2": Noise(2.0),
}
_GROSS: dict[str, Damage] = {"blur 20": Blur(20.0), "blur 30": Blur(30.0), "noise 1": Noise(1.0)}
# The worst that passes the gate: a reference knows what it does to the axes.
_PASSING = (None, _MILD["blur 12"], _MILD["noise 2"])
# Doses of the published dose-response.
_ZONES = {"zones 6 %": AmbiguousZones(0.06), "zones 13 %": AmbiguousZones(0.13)}
_VOIDS = {"voids, erased": Ice(0.105, mode="erase"), "voids, displaced": Ice(0.105)}
_GAPS = {f"gaps {100 * share:.0f} %": Gaps(share) for share in (0.05, 0.1, 0.15, 0.2)}


def judge_tissue(kind: str, seed: int, fast: bool) -> dict[str, Any]:
    """Plant faults and damage in unseen sections of a tissue, and read them.

    Returns
    -------
    dict
        ``flagged``: by mild fault, one entry a section, whether it was refused or called damaged;
        ``refused``: by gross fault, whether it was refused; ``area``: by damage, area under the
        curve of its map in each section; ``void_error``: by damage, void area that was read less
        that which is there; ``gaps``: by damage, the share that was read and the true one;
        ``clean_gaps``: the share read in sound sections.
    """
    tissue = _TISSUES[kind]
    volume = datasets.load(tissue.name, kind=Volume)
    root = SeedTree(seed).child(kind)
    model = load_shipped_axes()
    if kind == OWN:
        model = fit_axes(volume, load_shipped(), tissue.reference, count=_OWN_DRAWN, seed=root)
    bench = _Bench(volume, model, root.child("damage"))
    gate = AcquisitionGate().fit([_cut(volume, z) for z in tissue.reference])
    reference = bench.learn(tissue.reference, (None,) if fast else _PASSING)
    judged = tissue.judged[:1] if fast else tissue.judged
    found = bench.judge_faults(judged, gate, reference)
    return {**found, **bench.judge_damage(judged)}


def _cut(volume: Volume, z: int) -> Volume:
    return volume.crop((slice(z, z + 1), slice(None), slice(None)))


@dataclass(frozen=True)
class _Bench:
    volume: Volume
    model: AxisModel
    seed: SeedTree

    def hurt(self, z: int, damage: Damage | None) -> Damaged:
        """Cut a section and damage it."""
        section = _cut(self.volume, z)
        if damage is None:
            return Damaged(section, np.zeros(section.shape, bool))
        return damage.apply(section, self.seed.child(z))

    def read(self, volume: Volume) -> AxisTable:
        """Measure the axes of a section, by the detector of the package."""
        return measure_axes(volume, load_shipped().predict(volume), self.model)

    def learn(self, sections: Sequence[int], faults: Sequence[Damage | None]) -> AxisReference:
        """Make a reference of sound sections, each with every fault."""
        tables = [self.read(self.hurt(z, one).volume).rows for z in sections for one in faults]
        return AxisReference.fit(tables)

    def judge_faults(
        self, sections: Sequence[int], gate: AcquisitionGate, reference: AxisReference
    ) -> dict[str, Any]:
        """Judge sound sections that were imaged mildly or grossly wrong."""
        flagged: dict[str, list[bool]] = {}
        refused: dict[str, list[bool]] = {}
        gaps: list[float | None] = []
        for z in sections:
            for name, fault in _MILD.items():
                volume = self.hurt(z, fault).volume
                rows = self.read(volume).rows
                passed = bool(gate.judge(volume)["passed"][0])
                damaged = bool(reference.judge(rows)["damaged"][0])
                flagged.setdefault(name, []).append(damaged or not passed)
                gaps += [rows["gap_fraction"][0]] if fault is None else []
            for name, gross in _GROSS.items():
                passed = bool(gate.judge(self.hurt(z, gross).volume)["passed"][0])
                refused.setdefault(name, []).append(not passed)
        return {"flagged": flagged, "refused": refused, "clean_gaps": gaps}

    def judge_damage(self, sections: Sequence[int]) -> dict[str, Any]:
        """Judge maps and shares of planted damage."""
        area: dict[str, list[float]] = {}
        error: dict[str, list[float]] = {}
        gaps: dict[str, list[list[float | None]]] = {}
        for z in sections:
            for name, zones in _ZONES.items():
                damaged = self.hurt(z, zones)
                drawn = self.read(damaged.volume).map_zones()
                area.setdefault(name, []).append(_judge_map(drawn, damaged))
            for name, voids in _VOIDS.items():
                damaged = self.hurt(z, voids)
                table = self.read(damaged.volume)
                area.setdefault(name, []).append(_judge_map(table.map_voids(), damaged))
                read = float(table.rows["void_fraction"][0])
                error.setdefault(name, []).append(read - float(damaged.mask.mean()))
            for name, some in _GAPS.items():
                rows = self.read(self.hurt(z, some).volume).rows
                gaps.setdefault(name, []).append([rows["gap_fraction"][0], some.dose])
        return {"area": area, "void_error": error, "gaps": gaps}


def _judge_map(drawn: npt.NDArray[np.float32], damaged: Damaged) -> float:
    return compute_roc_area(damaged.mask.ravel(), drawn.ravel().astype(np.float64))
