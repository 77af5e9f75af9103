"""Pipelines: the studies by name, run from settings to report, and their claims measured again.

A connectome's wiring is measured beside its nulls here too, with or without a run folder.
"""

from neuropil.pipelines.measure import Measurement, load_connectome, measure_connectome
from neuropil.pipelines.recording import default_folder
from neuropil.pipelines.reproduce import (
    REPRODUCTION_FORMAT_VERSION,
    reproduce_study,
)
from neuropil.pipelines.run import build_config, run_study
from neuropil.pipelines.studies import (
    STUDIES,
    SUMMARIES,
    load_study,
    study_names,
    summarise_study,
)

__all__ = [
    "REPRODUCTION_FORMAT_VERSION",
    "STUDIES",
    "SUMMARIES",
    "Measurement",
    "build_config",
    "default_folder",
    "load_connectome",
    "load_study",
    "measure_connectome",
    "reproduce_study",
    "run_study",
    "study_names",
    "summarise_study",
]
