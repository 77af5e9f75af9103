"""Connectomes from raw wiring to a working circuit.

The rooms are loaded when they are first used, so that importing the package stays light.

Examples
--------
>>> import neuropil as npil
>>> npil.datasets.load("synthetic-head-direction").n_nodes
152
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuropil import (
        circuits,
        cohorts,
        connectome,
        contracts,
        datasets,
        formats,
        language,
        learning,
        logic,
        measures,
        pipelines,
        preservation,
        progression,
        proofreading,
        reports,
        transcriptome,
    )
    from neuropil.connectome import Connectome

__version__ = "0.1.0"

__all__ = [
    "Connectome",
    "__version__",
    "circuits",
    "cohorts",
    "connectome",
    "contracts",
    "datasets",
    "formats",
    "language",
    "learning",
    "logic",
    "measures",
    "pipelines",
    "preservation",
    "progression",
    "proofreading",
    "reports",
    "transcriptome",
]


def __getattr__(name: str) -> ModuleType | type:
    if name == "Connectome":
        return importlib.import_module("neuropil.connectome").Connectome
    if name in __all__:
        return importlib.import_module(f"neuropil.{name}")
    raise AttributeError(f"module 'neuropil' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
