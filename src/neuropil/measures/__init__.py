"""Graph measures, null models and intervals that every study shares."""

from neuropil.measures.comparison import Comparison, NullTally, adjust_p_values
from neuropil.measures.figures import Drawing, draw_degrees, draw_type_matrix
from neuropil.measures.graph import (
    Degrees,
    Reciprocity,
    compute_degrees,
    compute_density,
    compute_reciprocity,
)
from neuropil.measures.intervals import bootstrap_interval, share_interval, summarise_null
from neuropil.measures.null_models import DegreePreserving, ErdosRenyi, NullModel, draw_nulls
from neuropil.measures.nulls import (
    shuffle_degree_preserving_within_blocks,
    shuffle_within_blocks,
)
from neuropil.measures.paths import PathStrength, compute_path_strength
from neuropil.measures.pictures import ACCENT, INK, WARM, render_svg
from neuropil.measures.type_pairs import TypePairs, tabulate_types
from neuropil.measures.wiring import FEWEST_NULLS, Wiring, check_wiring, measure_wiring

__all__ = [
    "ACCENT",
    "FEWEST_NULLS",
    "INK",
    "WARM",
    "Comparison",
    "DegreePreserving",
    "Degrees",
    "Drawing",
    "ErdosRenyi",
    "NullModel",
    "NullTally",
    "PathStrength",
    "Reciprocity",
    "TypePairs",
    "Wiring",
    "adjust_p_values",
    "bootstrap_interval",
    "check_wiring",
    "compute_degrees",
    "compute_density",
    "compute_path_strength",
    "compute_reciprocity",
    "draw_degrees",
    "draw_nulls",
    "draw_type_matrix",
    "measure_wiring",
    "render_svg",
    "share_interval",
    "shuffle_degree_preserving_within_blocks",
    "shuffle_within_blocks",
    "summarise_null",
    "tabulate_types",
]
