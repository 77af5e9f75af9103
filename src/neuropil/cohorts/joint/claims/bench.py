"""The settings that the claims share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.connectome import Cohort
from neuropil.contracts import Finding, Workbench

__all__ = ["Bench", "Measure", "settings_of"]

Bench = Workbench[JointIndividualConfig, Cohort]
"""Settings and cohort of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""


def settings_of(bench: Bench, **changes: Any) -> JointIndividualConfig:  # noqa: ANN401
    """Return the settings with changes."""
    return bench.config.model_copy(update=changes)
