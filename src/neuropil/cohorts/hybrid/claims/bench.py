"""The settings that the claims share."""

from __future__ import annotations

from collections.abc import Callable

from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.connectome import Cohort
from neuropil.contracts import Finding, Workbench, needs_measured

__all__ = ["Bench", "Measure", "needs_real", "untrained"]

Bench = Workbench[HybridLatentsConfig, Cohort]
"""Settings and cohort of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

needs_real = needs_measured("Needs real data: the bound is of the real cohort of twenty sites.")
"""Makes claims about the real cohort alone."""


def untrained(bench: Bench) -> HybridLatentsConfig:
    """Return the settings; those of a fast check without training, which other claims check.

    A program is compiled for every world, which takes ten times as long as its two epochs.
    """
    if not bench.fast:
        return bench.config
    plan = bench.config.plan.model_copy(update={"epochs": 0})
    return bench.config.model_copy(update={"plan": plan})
