"""The study ``hybrid-latents``: settings, one run, and its claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.cohorts.hybrid.claims import CLAIMS
from neuropil.cohorts.hybrid.config import CITATIONS, FAST, HybridLatentsConfig, load_cohort
from neuropil.cohorts.hybrid.data import check_cohort
from neuropil.cohorts.hybrid.results import say_result, write_run
from neuropil.connectome import Cohort
from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task

__all__ = ["HybridLatents"]


class HybridLatents(Study[HybridLatentsConfig, Cohort]):
    """Which groups of acquisition a cohort has, and what is left when they are set aside."""

    name: ClassVar[str] = "hybrid-latents"
    title: ClassVar[str] = "Discrete and continuous latents of connectomes of several sites"
    summary: ClassVar[str] = (
        "Find sites and protocols without their labels, set them aside, and harmonise connectomes."
    )
    config: ClassVar[type[Settings]] = HybridLatentsConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = CITATIONS

    def load(self, config: HybridLatentsConfig) -> Loaded[Cohort]:
        """Return the cohort that the settings name, or the planted one."""
        return load_cohort(config)

    def check(self, config: HybridLatentsConfig, data: Cohort) -> None:
        """Refuse unknown modalities, columns and sites, and too few subjects."""
        check_cohort(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say how many categories there are and how well they match the sites."""
        return say_result(metrics)

    def run(self, task: Task[HybridLatentsConfig, Cohort]) -> None:
        """Fit, compare with rivals, harmonise, and write what was found."""
        write_run(task)
