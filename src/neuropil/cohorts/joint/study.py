"""The study ``joint-individual``: settings, one run, and its claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.cohorts.joint.claims import CLAIMS
from neuropil.cohorts.joint.config import CITATIONS, FAST, JointIndividualConfig, load_cohort
from neuropil.cohorts.joint.results import check_cohort, say_result, write_run
from neuropil.connectome import Cohort
from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task

__all__ = ["JointIndividual"]


class JointIndividual(Study[JointIndividualConfig, Cohort]):
    """What structural and functional connectivity share in a cohort, and what each has alone."""

    name: ClassVar[str] = "joint-individual"
    title: ClassVar[str] = "Joint and individual latents of structural and functional connectivity"
    summary: ClassVar[str] = (
        "Find what structure and function share in a cohort, and predict one from the other."
    )
    config: ClassVar[type[Settings]] = JointIndividualConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = CITATIONS

    def load(self, config: JointIndividualConfig) -> Loaded[Cohort]:
        """Return the cohort that the settings name, or the planted one."""
        return load_cohort(config)

    def check(self, config: JointIndividualConfig, data: Cohort) -> None:
        """Refuse unknown models, modalities and columns, and too few subjects."""
        check_cohort(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say whether the pairing shows and what is predicted beyond the mean."""
        return say_result(metrics)

    def run(self, task: Task[JointIndividualConfig, Cohort]) -> None:
        """Test the pairing and evaluate every model on held-out subjects."""
        write_run(task)
