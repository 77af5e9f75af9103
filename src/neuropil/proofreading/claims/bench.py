"""What the claims share: the settings, and blocks of tissue by name."""

from __future__ import annotations

from collections.abc import Callable

from neuropil.connectome import Volume
from neuropil.contracts import Finding, Workbench, needs_measured
from neuropil.proofreading.config import ProofreadingConfig

__all__ = ["Bench", "Measure", "needs_real"]

Bench = Workbench[ProofreadingConfig, Volume]
"""Settings and block of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

needs_real = needs_measured("Needs real data: the bound is of the block of fly tissue.")
"""Makes claims about measured tissue alone."""
