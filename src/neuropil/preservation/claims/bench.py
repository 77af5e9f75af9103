"""What the claims share: the settings, and sections of tissue by name."""

from __future__ import annotations

from collections.abc import Callable

from neuropil.contracts import Finding, Workbench, needs_measured
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.data import TissueSample

__all__ = ["Bench", "Measure", "needs_real"]

Bench = Workbench[PreservationConfig, TissueSample]
"""Settings and tissue of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

needs_real = needs_measured("Needs real data: the bound is of measured fly tissue.")
"""Makes claims about measured tissue alone."""
