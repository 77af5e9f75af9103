"""Pipelines: the studies by name, run from settings to report, and their claims measured again."""

from neuropil.pipelines.reproduce import (
    REPRODUCTION_FORMAT_VERSION,
    reproduce_study,
    reproduction_record,
)
from neuropil.pipelines.run import build_config, default_folder, run_study
from neuropil.pipelines.studies import STUDIES, load_study, study_names

__all__ = [
    "REPRODUCTION_FORMAT_VERSION",
    "STUDIES",
    "build_config",
    "default_folder",
    "load_study",
    "reproduce_study",
    "reproduction_record",
    "run_study",
    "study_names",
]
