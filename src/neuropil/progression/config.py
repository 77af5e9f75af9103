"""Settings of the study ``progression``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from neuropil.contracts import Citation, Names, Settings
from neuropil.progression.fitting.alternation import FitPlan
from neuropil.progression.fitting.choice import GraphChoice
from neuropil.progression.fitting.course import Capacity, Dynamics

__all__ = ["CITATIONS", "FAST", "CohortPlan", "MapPlan", "ProgressionConfig"]


class MapPlan(Settings):
    """How group maps of animals with a known seed are judged.

    Parameters
    ----------
    resamples : int
        Bootstrap resamples of the animals of each time.
    nulls : int
        Graphs of each null.
    """

    # The rate is chosen anew in each resample and for each graph: thousands would take an hour.
    resamples: int = Field(default=200, ge=2)
    # The target speaks of 95 of 100 graphs.
    nulls: int = Field(default=100, ge=2)


class CohortPlan(Settings):
    """How the course of people at unknown stages is learned and judged.

    Parameters
    ----------
    graph : {"given", "views", "free", "prior-guided"} or None
        What is fitted of the graph: nothing, the shares of several, all weights, or how far each
        edge of a prior is raised or lowered. None mixes the graphs, or follows a prior that is
        named.
    dynamics : {"fkpp", "diffusion"}
        Spread with growth up to a capacity, or spread alone.
    capacity : {"one", "regional"}
        Whether regions share one.
    origins : tuple of str
        Regions where the disease starts, where they are known: ``entorhinal`` means both sides.
    held_out : float
        Share of people who validate, and of people who test.
    resamples : int
        Bootstrap resamples of test people.
    fit : FitPlan
        How long to fit, and on what grids.
    """

    graph: GraphChoice | None = None
    dynamics: Dynamics = "fkpp"
    capacity: Capacity = "regional"
    origins: Names = ()
    # 35 of 216, as in the published split.
    held_out: float = Field(default=0.16, gt=0, lt=0.5)
    resamples: int = Field(default=1000, ge=2)
    fit: FitPlan = FitPlan()


class ProgressionConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    data : str or None
        Dataset name, or a table of visits of one's own. None takes real mouse pathology where it
        can be had and the planted cohort elsewhere.
    connectomes : tuple of str
        Datasets or files with the graphs along which pathology may spread. Those that belong to
        the data where none is named.
    regions : str or None
        Where the regions of the visits lie: ``dk68``, or a file of a connectome, a cohort, visits
        or a parcellation with their places. Not needed for names of the Desikan-Killiany atlas.
    prior : str or None
        What is held likely of edges before any pathology is seen: ``rules``, or
        ``replay:answers.jsonl`` for answers that ``neuropil progression elicit`` wrote.
    maps : MapPlan
        How group maps of animals with a known seed are judged.
    cohort : CohortPlan
        How the course of people at unknown stages is learned.
    """

    data: str | None = None
    connectomes: Names = ()
    regions: str | None = None
    prior: str | None = None
    maps: MapPlan = MapPlan()
    cohort: CohortPlan = CohortPlan()


FAST: Mapping[str, Any] = {
    "data": "synthetic-progression",
    "maps": {"resamples": 5, "nulls": 5},
    "cohort": {
        "resamples": 50,
        "fit": {"rounds": 3, "steps": 4, "solver_steps": 30, "stage_step": 0.5},
    },
}

CITATIONS = (
    Citation(
        "he2025",
        "He et al. 2025, LLM-enhanced graph inference for long-term disease progression, arXiv "
        "2511.10890",
        "10.48550/arXiv.2511.10890",
    ),
    Citation(
        "he2026",
        "He et al. 2026, A stage-aware mixture of experts framework for neurodegenerative disease "
        "progression modelling, AAAI, arXiv 2508.07032",
        "10.48550/arXiv.2508.07032",
    ),
    Citation(
        "henderson2019",
        "Henderson et al. 2019, Spread of alpha-synuclein pathology through the brain connectome "
        "is modulated by selective vulnerability and predicted by network analysis, Nature "
        "Neuroscience 22:1248",
        "10.1038/s41593-019-0457-5",
    ),
    Citation(
        "raj2012",
        "Raj A, Kuceyeski A and Weiner M 2012, A network diffusion model of disease progression "
        "in dementia, Neuron 73:1204",
        "10.1016/j.neuron.2011.12.040",
    ),
)
"""The main paper, alignment in turns, the protocol of the mice, and spread along a graph."""
