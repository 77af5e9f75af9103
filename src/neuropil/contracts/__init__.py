"""Contracts: errors, provenance, seeds, settings, claims, pieces of work, run folders, studies."""

from neuropil.contracts.cache import cached_array, is_private, user_cache, write_to_cache
from neuropil.contracts.claims import (
    Bound,
    Claim,
    Criterion,
    Finding,
    Limit,
    Metric,
    NullSummary,
    Verdict,
    above,
    at_least,
    at_most,
    below,
    between,
    exactly,
    fact,
    in_order,
)
from neuropil.contracts.columnar import read_columnar, refuse_columnar
from neuropil.contracts.compilation import (
    compilation_cache_folder,
    forget_compiled_programs,
    reuse_compiled_programs,
)
from neuropil.contracts.errors import (
    ConfigError,
    DataUnavailableError,
    InputError,
    IntegrityError,
    MissingDependencyError,
    NeuropilError,
    OutputError,
    VersionError,
)
from neuropil.contracts.files import (
    atomic_write,
    parse_json,
    read_json,
    read_record,
    require_regular_file,
    sha256_of,
    write_json,
)
from neuropil.contracts.names import closest_name, did_you_mean
from neuropil.contracts.pictures import ACCENT, INK, WARM, Draw, render_svg
from neuropil.contracts.pieces import Piece, PieceCache, side_by_side, usable_processors
from neuropil.contracts.progress import Advance, Progress, SilentProgress
from neuropil.contracts.provenance import Citation, FileRecord, Operation, Source
from neuropil.contracts.records import check_record
from neuropil.contracts.run_records import RUN_FORMAT_VERSION, Figure
from neuropil.contracts.runs import Run, RunWriter
from neuropil.contracts.seeds import SeedTree
from neuropil.contracts.settings import (
    Names,
    Numbers,
    SettingDescription,
    Settings,
    Several,
    describe_settings,
)
from neuropil.contracts.study import Loaded, Noun, Study, Task
from neuropil.contracts.workbench import Workbench

__all__ = [
    "ACCENT",
    "INK",
    "RUN_FORMAT_VERSION",
    "WARM",
    "Advance",
    "Bound",
    "Citation",
    "Claim",
    "ConfigError",
    "Criterion",
    "DataUnavailableError",
    "Draw",
    "Figure",
    "FileRecord",
    "Finding",
    "InputError",
    "IntegrityError",
    "Limit",
    "Loaded",
    "Metric",
    "MissingDependencyError",
    "Names",
    "NeuropilError",
    "Noun",
    "NullSummary",
    "Numbers",
    "Operation",
    "OutputError",
    "Piece",
    "PieceCache",
    "Progress",
    "Run",
    "RunWriter",
    "SeedTree",
    "SettingDescription",
    "Settings",
    "Several",
    "SilentProgress",
    "Source",
    "Study",
    "Task",
    "Verdict",
    "VersionError",
    "Workbench",
    "above",
    "at_least",
    "at_most",
    "atomic_write",
    "below",
    "between",
    "cached_array",
    "check_record",
    "closest_name",
    "compilation_cache_folder",
    "describe_settings",
    "did_you_mean",
    "exactly",
    "fact",
    "forget_compiled_programs",
    "in_order",
    "is_private",
    "parse_json",
    "read_columnar",
    "read_json",
    "read_record",
    "refuse_columnar",
    "render_svg",
    "require_regular_file",
    "reuse_compiled_programs",
    "sha256_of",
    "side_by_side",
    "usable_processors",
    "user_cache",
    "write_json",
    "write_to_cache",
]
