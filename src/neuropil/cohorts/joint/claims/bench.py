"""The settings that the claims share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.connectome import Cohort
from neuropil.contracts import Finding, Workbench

__all__ = ["Bench", "Measure", "over_seeds", "settings_of"]

Bench = Workbench[JointIndividualConfig, Cohort]
"""Settings and cohort of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""


def settings_of(bench: Bench, **changes: Any) -> JointIndividualConfig:  # noqa: ANN401
    """Return the settings with changes."""
    return bench.config.model_copy(update=changes)


def over_seeds(values: list[float], note: str = "", **more: Any) -> Finding:  # noqa: ANN401
    """Return the mean of a value over worlds or seeds, and the range that it takes."""
    low, high = (float(f(values)) for f in (np.min, np.max))
    words = f"Each: {', '.join(f'{value:.4g}' for value in values)}. {note}".strip()
    return Finding(
        float(np.mean(values)), len(values), low, high, "smallest and largest", note=words, **more
    )
