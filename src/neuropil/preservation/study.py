"""The study ``preservation``: settings, one run, and its claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task
from neuropil.preservation.checks import check_sample
from neuropil.preservation.claims import CLAIMS
from neuropil.preservation.config import CITATIONS, FAST, PreservationConfig
from neuropil.preservation.data import TissueSample, load_sample
from neuropil.preservation.results import say_result, write_run

__all__ = ["Preservation"]


class Preservation(Study[PreservationConfig, TissueSample]):
    """Whether the wiring of tissue can still be traced, and what a sample cannot show."""

    name: ClassVar[str] = "preservation"
    title: ClassVar[str] = "Whether wiring can still be traced"
    summary: ClassVar[str] = (
        "Judge from images whether wiring can be traced, and refuse what a sample cannot show."
    )
    config: ClassVar[type[Settings]] = PreservationConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = CITATIONS

    def load(self, config: PreservationConfig) -> Loaded[TissueSample]:
        """Return the tissue that the settings name, or damaged control tissue as an example."""
        return load_sample(config)

    def check(self, config: PreservationConfig, data: TissueSample) -> None:
        """Refuse images that nothing could be read from, and claims that say nothing."""
        check_sample(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say how much of the tissue is damaged, and what was not shown."""
        return say_result(metrics)

    def run(self, task: Task[PreservationConfig, TissueSample]) -> None:
        """Judge each block, bound what the brain may be, and write what was found."""
        write_run(task)
