"""The detector that the package brings, and how it was trained."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.detector.damaged import damage_training_sections
from neuropil.preservation.detector.fit import MembraneDetector, split_sections
from neuropil.preservation.detector.plan import DetectorPlan
from neuropil.preservation.traceability.doses import Doses

if TYPE_CHECKING:
    from neuropil.preservation.detector.training import Listener

__all__ = [
    "SHIPPED_PLAN",
    "TRAINED_BELOW",
    "find_weights",
    "load_retrained",
    "load_shipped",
    "train_retrained",
    "train_shipped",
]

TRAINED_BELOW = 120
"""Sections of the block from which the shipped detector learnt; those from 130 on are for tests."""

SHIPPED_PLAN = DetectorPlan()
"""Plan of the shipped detector."""

_WEIGHTS = Path(__file__).parent / "weights" / "fib25.safetensors"
_RETRAINED = _WEIGHTS.with_name("fib25-damaged.safetensors")
_DATA = "fib25"
# Damages that the other detector learnt from.
_LEARNT = ("gaps", "aiz", "ice", "shrink", "blur", "noise")


def find_weights() -> tuple[Path, Path]:
    """Return the files of the shipped detector: its numbers, and their description."""
    return _WEIGHTS, _WEIGHTS.with_suffix(".json")


@cache
def load_shipped() -> MembraneDetector:
    """Return the detector that comes with the package.

    It learnt from a block of fly medulla imaged by FIB-SEM (Parag et al. 2015, CC BY), shown in
    many ways, so that it also reads sections of other microscopes, less well.

    Returns
    -------
    MembraneDetector
        Works at pixels of 10 nm; sections are resampled to them.
    """
    return MembraneDetector.load(_WEIGHTS)


def train_shipped(
    out: Path | str, seed: SeedTree, listener: Listener | None = None
) -> MembraneDetector:
    """Train the shipped detector anew, and write it with what must be said of its data.

    Parameters
    ----------
    out : Path or str
        File to write, ending in ``.safetensors``; a JSON file is written beside it.
    seed : SeedTree
        Source of randomness; the shipped one has ``SeedTree(0)``.
    listener : callable, optional
        Told the number of a step and its loss.

    Returns
    -------
    MembraneDetector
        The trained detector.

    Raises
    ------
    DataUnavailableError
        When the block of fly tissue cannot be had; no generated tissue takes its place.
    """
    volume = datasets.load(_DATA, kind=Volume)
    detector = MembraneDetector(SHIPPED_PLAN)
    detector.fit(volume, sections=range(TRAINED_BELOW), seed=seed, listener=listener)
    detector.save(out, _describe("train_shipped", seed))
    return detector


@cache
def load_retrained() -> MembraneDetector:
    """Return the detector that learnt from damaged copies of its sections too.

    It is the shipped one but for that: of the same size, seed and number of steps, from the same
    sections. What it loses less by damage the image still holds, and the shipped one does not read.

    Returns
    -------
    MembraneDetector
        Works at pixels of 10 nm; sections are resampled to them.
    """
    return MembraneDetector.load(_RETRAINED)


def train_retrained(
    out: Path | str, seed: SeedTree, listener: Listener | None = None
) -> MembraneDetector:
    """Train the detector that knows damage anew.

    Half of its patches come from copies of every second training section with gaps, ambiguous
    zones, ice, shrinkage, blur and noise, a random dose of each.

    Parameters
    ----------
    out : Path or str
        File to write, ending in ``.safetensors``; a JSON file is written beside it.
    seed : SeedTree
        Source of randomness; that of the package has ``SeedTree(0)``.
    listener : callable, optional
        Told the number of a step and its loss.

    Returns
    -------
    MembraneDetector
        The trained detector.

    Raises
    ------
    DataUnavailableError
        When the block of fly tissue cannot be had; no generated tissue takes its place.
    """
    volume = datasets.load(_DATA, kind=Volume)
    trained, _ = split_sections(range(TRAINED_BELOW), SHIPPED_PLAN.held_out)
    beside = damage_training_sections(
        volume, trained[::2].tolist(), Doses(_LEARNT, each=1).draw, seed.child("damaged")
    )
    detector = MembraneDetector(SHIPPED_PLAN)
    detector.fit(volume, sections=range(TRAINED_BELOW), seed=seed, listener=listener, beside=beside)
    detector.save(out, _describe("train_retrained", seed))
    return detector


def _describe(function: str, seed: SeedTree) -> dict[str, object]:
    """Return what must be said of the weights beside them."""
    return {
        "data": f"dataset {_DATA}, image and true bodies, sections z < {TRAINED_BELOW}",
        "licence_of_the_data": datasets.info(_DATA).licence,
        "attribution": "Parag et al. 2015, A Context-Aware Delayed Agglomeration Framework for "
        "Electron Microscopy Segmentation, PLoS ONE 10:e0125825",
        "changes": "Weights of a network that were learnt from the image and the bodies; "
        "neither is part of this file.",
        "seed": seed.root,
        "command": f"neuropil.preservation.detector.shipped.{function}(out, SeedTree({seed.root}))",
    }
