"""What the claims share: the settings, and why a claim is not run on generated data."""

from __future__ import annotations

from collections.abc import Callable

from neuropil.contracts import Finding, Workbench
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs

__all__ = ["Bench", "Measure", "needs_real"]

Bench = Workbench[ProgressionConfig, VisitsOnGraphs]
"""Settings, visits and graphs of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

_NEEDS = "Needs real data: the bound is of measured pathology."


def needs_real(measure: Measure) -> Measure:
    """Measure on real pathology alone.

    Parameters
    ----------
    measure : callable
        How.
    """

    def find(bench: Bench) -> Finding:
        return Finding.not_run(_NEEDS) if bench.data.source.synthetic else measure(bench)

    return find
