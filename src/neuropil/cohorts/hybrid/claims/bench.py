"""The settings that the claims share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.connectome import Cohort
from neuropil.contracts import Finding, Workbench

__all__ = ["NEEDS", "Bench", "Measure", "over", "untrained"]

Bench = Workbench[HybridLatentsConfig, Cohort]
"""Settings and cohort of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

NEEDS = "Needs real data: the bound is of the real cohort of twenty sites."
"""Why a claim about the real cohort was not run."""


def over(values: list[float], note: str = "", **more: Any) -> Finding:  # noqa: ANN401
    """Return the mean of a value over seeds, worlds or folds, and the range that it takes."""
    low, high = (float(each(values)) for each in (np.min, np.max))
    words = f"Each: {', '.join(f'{value:.4g}' for value in values)}. {note}".strip()
    return Finding(
        float(np.mean(values)), len(values), low, high, "smallest and largest", note=words, **more
    )


def untrained(bench: Bench) -> HybridLatentsConfig:
    """Return the settings; those of a fast check without training, which other claims check.

    A program is compiled for every world, which takes ten times as long as its two epochs.
    """
    if not bench.fast:
        return bench.config
    plan = bench.config.plan.model_copy(update={"epochs": 0})
    return bench.config.model_copy(update={"plan": plan})
