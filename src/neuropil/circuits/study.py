"""The study ``head-direction``: a compass from the raw wiring of the fly's heading circuit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.circuits.claims import CLAIMS
from neuropil.circuits.config import (
    CITATIONS,
    FAST,
    STAGES,
    HeadDirectionConfig,
    check_wiring,
    load_wiring,
)
from neuropil.circuits.criteria import say_result
from neuropil.circuits.experiments.physiology import PHYSIOLOGY_CITATIONS
from neuropil.circuits.results import write_run
from neuropil.connectome import Connectome
from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task

__all__ = ["HeadDirection"]


class HeadDirection(Study[HeadDirectionConfig, Connectome]):
    """Recover a compass from the raw wiring of the fly's heading circuit."""

    name: ClassVar[str] = "head-direction"
    title: ClassVar[str] = "A ring attractor from the fly's raw wiring"
    summary: ClassVar[str] = (
        "Tune one gain per pair of cell types until the raw connectome holds and moves a bump."
    )
    config: ClassVar[type[Settings]] = HeadDirectionConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    stages: ClassVar[Mapping[str, float]] = STAGES
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = (*CITATIONS, *PHYSIOLOGY_CITATIONS)

    def load(self, config: HeadDirectionConfig) -> Loaded[Connectome]:
        """Return the wiring of the settings, with ring neurons where they are included."""
        return load_wiring(config)

    def check(self, config: HeadDirectionConfig, data: Connectome) -> None:
        """Refuse wiring without the needed columns, and experiments that it cannot carry."""
        check_wiring(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say how far the bump is from the heading, turning and at rest."""
        return say_result(metrics)

    def run(self, task: Task[HeadDirectionConfig, Connectome]) -> None:
        """Fit the circuit, measure it and its shuffled nulls, and write the results."""
        write_run(task)
