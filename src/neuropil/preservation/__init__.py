"""Preservation: what of the wiring of this tissue can still be traced, and what it may claim."""

from neuropil.preservation.acquisition.gate import AcquisitionGate, AcquisitionReference, GateLimits
from neuropil.preservation.axes.model import train_shipped_axes
from neuropil.preservation.axes.space import (
    SpaceReading,
    SpaceScale,
    fit_space,
    measure_space,
    train_shipped_space,
)
from neuropil.preservation.axes.table import AxisTable, measure_axes
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.damage.cracks import Cracks
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Blur, Contrast, Noise
from neuropil.preservation.damage.membranes import find_membranes
from neuropil.preservation.damage.myelin import MyelinDecompaction
from neuropil.preservation.damage.operators import Damage, Damaged
from neuropil.preservation.damage.parsing import DAMAGES, parse_damage
from neuropil.preservation.damage.perfusion import (
    PerfusionPatches,
    PerfusionPrior,
    perfused_fraction,
)
from neuropil.preservation.damage.sections import DoubledSections, LostSections
from neuropil.preservation.damage.sequence import Sequence
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.damage.spaces import OpenedSpace
from neuropil.preservation.damage.staining import StainGradient
from neuropil.preservation.damage.swelling import IschaemiaSwelling
from neuropil.preservation.damage.zones import AmbiguousZones
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.detector.plan import Augmentation, DetectorPlan
from neuropil.preservation.detector.shipped import (
    load_retrained,
    load_shipped,
    train_retrained,
    train_shipped,
)
from neuropil.preservation.fit import Judged, PreservationAssay
from neuropil.preservation.repair.healing import Healed, heal_gaps
from neuropil.preservation.repair.lessons import fit_linker, train_shipped_linker
from neuropil.preservation.repair.linker import GapLinker
from neuropil.preservation.repair.space import restore_space
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.bounds import FractionBounds, bound_fraction
from neuropil.preservation.sampling.correlation import BlockCorrelation, estimate_correlation
from neuropil.preservation.sampling.independent_tiles import tiles_needed, upper_bound
from neuropil.preservation.sampling.statements import Audit, Statement, audit, parse_statement
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.segments import Fragmentation, segment_block, segment_sections
from neuropil.preservation.traceability.continuity import Steps, follow_sections
from neuropil.preservation.traceability.doses import Doses
from neuropil.preservation.traceability.shipped import build_shipped
from neuropil.preservation.tracing.break_rates import (
    BreakRate,
    TracedBlocks,
    estimate_break_rate,
    length_needed,
)
from neuropil.preservation.tracing.delays import foresee_delays
from neuropil.preservation.tracing.recovery import (
    Connections,
    RecoveredConnections,
    recover_independent,
    recover_shared_trunk,
    recovered_connections,
)
from neuropil.preservation.tracing.refusals import Refusal, Sample, refuse_claim
from neuropil.preservation.tracing.requirements import Requirement, parse_claim
from neuropil.preservation.tracing.run_lengths import expected_run_length, rate_of_run_length
from neuropil.preservation.tracing.verdicts import Answer, Standing, Traceability, judge_sample

__all__ = [
    "DAMAGES",
    "AcquisitionGate",
    "AcquisitionReference",
    "AmbiguousZones",
    "Answer",
    "Audit",
    "Augmentation",
    "AxisTable",
    "BlockCorrelation",
    "BlockCounts",
    "Blur",
    "BreakRate",
    "Connections",
    "Contrast",
    "Cracks",
    "Damage",
    "Damaged",
    "DetectorPlan",
    "Doses",
    "DoubledSections",
    "FractionBounds",
    "Fragmentation",
    "GapLinker",
    "Gaps",
    "GateLimits",
    "Healed",
    "Ice",
    "IschaemiaSwelling",
    "Judged",
    "LostSections",
    "MembraneDetector",
    "MyelinDecompaction",
    "Noise",
    "OpenedSpace",
    "PerfusionPatches",
    "PerfusionPrior",
    "PreservationAssay",
    "PreservationConfig",
    "RecoveredConnections",
    "Refusal",
    "Requirement",
    "Sample",
    "SegmentingPlan",
    "Sequence",
    "Shrinkage",
    "SpaceReading",
    "SpaceScale",
    "StainGradient",
    "Standing",
    "Statement",
    "Steps",
    "Traceability",
    "TracedBlocks",
    "audit",
    "bound_fraction",
    "build_shipped",
    "estimate_break_rate",
    "estimate_correlation",
    "expected_run_length",
    "find_membranes",
    "fit_linker",
    "fit_space",
    "follow_sections",
    "foresee_delays",
    "heal_gaps",
    "judge_sample",
    "length_needed",
    "load_retrained",
    "load_shipped",
    "measure_axes",
    "measure_space",
    "parse_claim",
    "parse_damage",
    "parse_statement",
    "perfused_fraction",
    "rate_of_run_length",
    "recover_independent",
    "recover_shared_trunk",
    "recovered_connections",
    "refuse_claim",
    "restore_space",
    "segment_block",
    "segment_sections",
    "tiles_needed",
    "train_retrained",
    "train_shipped",
    "train_shipped_axes",
    "train_shipped_linker",
    "train_shipped_space",
    "upper_bound",
]
