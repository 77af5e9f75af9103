"""The settings and data that the claims share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuropil.connectome import GeneAtlas
from neuropil.contracts import Finding, Workbench
from neuropil.transcriptome.config import SYNTHETIC, TranscriptomeConfig
from neuropil.transcriptome.data import PairProblem, build_problem

__all__ = ["Bench", "Measure", "problem_of", "settings_of"]

Bench = Workbench[TranscriptomeConfig, GeneAtlas]
"""Settings and atlas of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""

# The published protocol has ten; p of 1,000 retrained nulls resolves .001.
_NULLS = 1000


def settings_of(bench: Bench, **changes: Any) -> TranscriptomeConfig:  # noqa: ANN401
    """Return the settings of the protocol with changes; embedded data stay where they are used."""
    update: dict[str, Any] = {} if bench.fast else {"nulls": _NULLS}
    if bench.data.source.synthetic:
        changes = {name: value for name, value in changes.items() if name == "seeds"}
        update["data"] = SYNTHETIC
    return bench.config.model_copy(update={**update, **changes})


def problem_of(bench: Bench) -> PairProblem:
    """Return the regions and the connectivity of the main claims."""
    config = settings_of(bench)
    return build_problem(bench.data, config.target, config.genes)
