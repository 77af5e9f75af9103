"""The study ``transcriptome``: settings, one run, and the protocol of its targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.connectome import GeneAtlas
from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task
from neuropil.transcriptome.analysis import analyse, check_analysis
from neuropil.transcriptome.checkpoints import Checkpoints
from neuropil.transcriptome.claims import CLAIMS
from neuropil.transcriptome.config import CITATIONS, FAST, TranscriptomeConfig, load_atlas
from neuropil.transcriptome.nulls import SPIN_CITATIONS
from neuropil.transcriptome.results import write_results
from neuropil.transcriptome.score import say_result

__all__ = ["Transcriptome"]


class Transcriptome(Study[TranscriptomeConfig, GeneAtlas]):
    """Predict the connectivity of unseen regions from their gene expression."""

    name: ClassVar[str] = "transcriptome"
    title: ClassVar[str] = "Functional connectivity from regional gene expression"
    summary: ClassVar[str] = (
        "Predict connections of unseen regions from genes, beside coordinates and null maps."
    )
    config: ClassVar[type[Settings]] = TranscriptomeConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
    citations: ClassVar[tuple[Citation, ...]] = (*CITATIONS, *SPIN_CITATIONS)

    def load(self, config: TranscriptomeConfig) -> Loaded[GeneAtlas]:
        """Return the atlas of the parcellation, or the embedded one."""
        return load_atlas(config)

    def check(self, config: TranscriptomeConfig, data: GeneAtlas) -> None:
        """Refuse unknown models, impossible splits, and data without what a network sees."""
        check_analysis(data, config)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say what genes add to coordinates and to spun genes."""
        return say_result(metrics)

    def run(self, task: Task[TranscriptomeConfig, GeneAtlas]) -> None:
        """Evaluate models and nulls on held-out regions, and write the results."""
        kept = Checkpoints(task.writer.checkpoint)
        analysis = analyse(task.data, task.config, task.seed, task.progress, kept)
        write_results(task.writer, analysis, task.config, task.seed)
