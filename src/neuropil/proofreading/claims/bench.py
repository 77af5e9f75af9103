"""What the claims share: the settings, and blocks of tissue by name."""

from __future__ import annotations

from collections.abc import Callable

from neuropil.connectome import Volume
from neuropil.contracts import Finding, Workbench
from neuropil.proofreading.config import ProofreadingConfig

__all__ = ["NEEDS", "Bench", "Measure", "needs_real"]

Bench = Workbench[ProofreadingConfig, Volume]
"""Settings and block of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

NEEDS = "Needs real data: the bound is of the block of fly tissue."
"""Why a claim was not run."""


def needs_real(measure: Measure) -> Measure:
    """Measure on real tissue alone.

    Parameters
    ----------
    measure : callable
        How.
    """

    def find(bench: Bench) -> Finding:
        return Finding.not_run(NEEDS) if bench.data.source.synthetic else measure(bench)

    return find
