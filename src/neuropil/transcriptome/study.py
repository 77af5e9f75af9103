"""The study ``transcriptome``: settings, one run, and the protocol of its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from joblib import cpu_count

from neuropil.contracts import (
    Citation,
    Progress,
    Reproduction,
    RunWriter,
    SeedTree,
    Study,
    StudyConfig,
    Target,
)
from neuropil.learning import TaskBook, enable_compilation_cache
from neuropil.transcriptome.analysis import analyse, contexts_of
from neuropil.transcriptome.catalogue import find_models
from neuropil.transcriptome.claims.reproduction import reproduce_targets
from neuropil.transcriptome.claims.table import TARGETS
from neuropil.transcriptome.config import FAST, TranscriptomeConfig, load_atlas
from neuropil.transcriptome.data import build_problem
from neuropil.transcriptome.models.network_fit import NetworkModel
from neuropil.transcriptome.results import write_results

__all__ = ["Transcriptome"]


class Transcriptome(Study):
    """Predict the connectivity of unseen regions from their gene expression."""

    name: ClassVar[str] = "transcriptome"
    title: ClassVar[str] = "Functional connectivity from regional gene expression"
    summary: ClassVar[str] = (
        "Predict connections of unseen regions from genes, beside coordinates and null maps."
    )
    package: ClassVar[str] = "neuropil.transcriptome"
    config: ClassVar[type[StudyConfig]] = TranscriptomeConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    targets: ClassVar[tuple[Target, ...]] = TARGETS
    citations: ClassVar[tuple[Citation, ...]] = (
        Citation(
            "ratzan2025",
            "Ratzan, Goel, Wen, Davatzikos, Varol 2025, Predicting Functional Brain Connectivity "
            "with Context-Aware Deep Neural Networks, NeurIPS",
        ),
        Citation(
            "stock2018",
            "Stock, Pahikkala, Airola, De Baets, Waegeman 2018, A Comparative Study of Pairwise "
            "Learning Methods Based on Kernel Ridge Regression, Neural Computation 30:2245",
            "10.1162/neco_a_01096",
        ),
        Citation(
            "vasa2018",
            "Vasa et al. 2018, Adolescent Tuning of Association Cortex in Human Structural Brain "
            "Networks, Cerebral Cortex 28:281",
            "10.1093/cercor/bhx249",
        ),
        Citation(
            "markello2021spatial",
            "Markello, Misic 2021, Comparing spatial null models for brain maps, NeuroImage "
            "236:118052",
            "10.1016/j.neuroimage.2021.118052",
        ),
    )

    def run(
        self, config: StudyConfig, seed: SeedTree, writer: RunWriter, progress: Progress
    ) -> None:
        """Evaluate models and nulls on held-out regions, and write the results."""
        config = TranscriptomeConfig.require(config)
        enable_compilation_cache()
        entries = find_models(config.models)
        atlas, note = load_atlas(config)
        problem = build_problem(atlas, config.target, config.genes)
        first = [contexts_of(kind, problem, config, config.seeds[:1])[0] for kind in config.split]
        for model in (entry.build(first[0]) for entry in entries):
            if isinstance(model, NetworkModel):
                model.inputs_of(problem.regions)  # refuse data without what a network sees
        writer.begin([problem.source], problem.provenance)
        for text in (note, *problem.notes):
            if text:
                writer.note(text)
        analysis = analyse(atlas, problem, config, seed, progress)
        write_results(writer, analysis, config, seed)

    def reproduce(
        self,
        targets: Sequence[Target],
        seed: SeedTree,
        progress: Progress,
        *,
        fast: bool,
        work: Path,
    ) -> list[Reproduction]:
        """Run the protocol of the given targets and return one row each."""
        enable_compilation_cache()
        config = TranscriptomeConfig.model_validate(FAST if fast else {})
        book = TaskBook(work, progress, jobs=1 if fast else max(1, min(cpu_count(), 10)))
        return reproduce_targets(config, targets, seed, book, fast=fast)
