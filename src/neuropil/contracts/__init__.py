"""Contracts: errors, provenance, seeds, files, progress, run folders and studies."""

from neuropil.contracts.cache import user_cache
from neuropil.contracts.errors import (
    ConfigError,
    DataUnavailableError,
    InputError,
    IntegrityError,
    MissingDependencyError,
    NeuropilError,
    NotFittedError,
    OutputError,
    VersionError,
)
from neuropil.contracts.files import atomic_write, sha256_of, write_json
from neuropil.contracts.progress import Advance, Progress, SilentProgress
from neuropil.contracts.provenance import Citation, FileRecord, Operation, Source
from neuropil.contracts.runs import (
    RUN_FORMAT_VERSION,
    Figure,
    Metric,
    NullSummary,
    Run,
    RunWriter,
)
from neuropil.contracts.seeds import SeedTree
from neuropil.contracts.study import Reproduction, Study, StudyConfig, Target

__all__ = [
    "RUN_FORMAT_VERSION",
    "Advance",
    "Citation",
    "ConfigError",
    "DataUnavailableError",
    "Figure",
    "FileRecord",
    "InputError",
    "IntegrityError",
    "Metric",
    "MissingDependencyError",
    "NeuropilError",
    "NotFittedError",
    "NullSummary",
    "Operation",
    "OutputError",
    "Progress",
    "Reproduction",
    "Run",
    "RunWriter",
    "SeedTree",
    "SilentProgress",
    "Source",
    "Study",
    "StudyConfig",
    "Target",
    "VersionError",
    "atomic_write",
    "sha256_of",
    "user_cache",
    "write_json",
]
