"""What the claims share: the settings, and why a claim is not run on generated data."""

from __future__ import annotations

from collections.abc import Callable

from neuropil.contracts import Finding, Workbench, needs_measured
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs

__all__ = ["Bench", "Measure", "needs_real"]

Bench = Workbench[ProgressionConfig, VisitsOnGraphs]
"""Settings, visits and graphs of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

needs_real = needs_measured("Needs real data: the bound is of measured pathology.")
"""Makes claims about measured pathology alone."""
