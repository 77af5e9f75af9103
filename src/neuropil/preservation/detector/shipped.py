"""The detector that the package brings, and how it was trained."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.plan import DetectorPlan

if TYPE_CHECKING:
    from neuropil.preservation.detector.training import Listener

__all__ = ["SHIPPED_PLAN", "TRAINED_BELOW", "find_weights", "load_shipped", "train_shipped"]

TRAINED_BELOW = 120
"""Sections of the block from which the shipped detector learnt; those from 130 on are for tests."""

SHIPPED_PLAN = DetectorPlan()
"""Plan of the shipped detector."""

_WEIGHTS = Path(__file__).parent / "weights" / "fib25.safetensors"
_DATA = "fib25"


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
    detector.save(
        out,
        {
            "data": f"dataset {_DATA}, image and true bodies, sections z < {TRAINED_BELOW}",
            "licence_of_the_data": datasets.info(_DATA).licence,
            "attribution": "Parag et al. 2015, A Context-Aware Delayed Agglomeration Framework for "
            "Electron Microscopy Segmentation, PLoS ONE 10:e0125825",
            "changes": "Weights of a network that were learnt from the image and the bodies; "
            "neither is part of this file.",
            "seed": seed.root,
            "command": "neuropil.preservation.detector.shipped.train_shipped(out, "
            f"SeedTree({seed.root}))",
        },
    )
    return detector
