"""The study ``progression``: settings, one run, and its claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task
from neuropil.progression.claims import CLAIMS
from neuropil.progression.config import CITATIONS, FAST, ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs, check_visits, load_visits
from neuropil.progression.results import say_result, write_run

__all__ = ["Progression"]


class Progression(Study[ProgressionConfig, VisitsOnGraphs]):
    """Where pathology goes along a connectome, how far people are, and what proves the graph."""

    name: ClassVar[str] = "progression"
    title: ClassVar[str] = "Disease progression on given and learned graphs"
    summary: ClassVar[str] = (
        "Follow pathology along a connectome, place people on its course, and learn the graph."
    )
    config: ClassVar[type[Settings]] = ProgressionConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = CITATIONS

    def load(self, config: ProgressionConfig) -> Loaded[VisitsOnGraphs]:
        """Return the visits that the settings name with their graphs, or the planted cohort."""
        return load_visits(config)

    def check(self, config: ProgressionConfig, data: VisitsOnGraphs) -> None:
        """Refuse visits from which no course can be learned."""
        check_visits(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say how well unseen visits are foretold."""
        return say_result(metrics)

    def run(self, task: Task[ProgressionConfig, VisitsOnGraphs]) -> None:
        """Fit, place, foretell, compare, and write what was found."""
        write_run(task)
