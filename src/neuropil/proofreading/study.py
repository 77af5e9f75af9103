"""The study ``proofreading``: settings, one run, and its claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.connectome import Volume
from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task
from neuropil.proofreading.claims import CLAIMS
from neuropil.proofreading.config import (
    CITATIONS,
    FAST,
    ProofreadingConfig,
    load_volume,
    require_tissue,
)
from neuropil.proofreading.prompting.asking import check_language_plan
from neuropil.proofreading.results import say_result, write_run

__all__ = ["Proofreading"]


class Proofreading(Study[ProofreadingConfig, Volume]):
    """Which objects of a segmentation are parts of one neuron, and what joining them mends."""

    name: ClassVar[str] = "proofreading"
    title: ClassVar[str] = "Split errors of a segmentation, found and mended"
    summary: ClassVar[str] = (
        "Tell which touching objects of a segmentation are one neuron, and join them."
    )
    config: ClassVar[type[Settings]] = ProofreadingConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = CITATIONS

    def load(self, config: ProofreadingConfig) -> Loaded[Volume]:
        """Return the volume that the settings name, or the generated one."""
        return load_volume(config)

    def check(self, config: ProofreadingConfig, data: Volume) -> None:
        """Refuse volumes that teach nothing, and segmentations, tasks and models not there."""
        check_language_plan(config.language)
        require_tissue(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say how well pairs are told apart and how far the segmentation was mended."""
        return say_result(metrics)

    def run(self, task: Task[ProofreadingConfig, Volume]) -> None:
        """Train on halves, judge, join, and write what was found."""
        write_run(task)
