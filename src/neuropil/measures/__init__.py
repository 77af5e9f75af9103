"""Graph measures, null models of graphs and of brain maps, scores of segmentations, intervals."""

from neuropil.measures.comparison import Comparison, NullTally, adjust_p_values
from neuropil.measures.findings import find_mean, find_share, find_statistic
from neuropil.measures.graphs.block_shuffles import (
    shuffle_degree_preserving_within_blocks,
    shuffle_within_blocks,
)
from neuropil.measures.graphs.figures import Drawing, draw_degrees, draw_type_matrix
from neuropil.measures.graphs.graph import (
    Degrees,
    Reciprocity,
    UndirectedDegrees,
    compute_degrees,
    compute_density,
    compute_reciprocity,
    compute_undirected_degrees,
)
from neuropil.measures.graphs.lengths import LengthPreserving
from neuropil.measures.graphs.matrix import is_directed
from neuropil.measures.graphs.null_models import DegreePreserving, ErdosRenyi, NullModel, draw_nulls
from neuropil.measures.graphs.paths import PathStrength, compute_path_strength
from neuropil.measures.graphs.type_pairs import TypePairs, tabulate_types
from neuropil.measures.graphs.wiring import FEWEST_NULLS, Wiring, check_wiring, measure_wiring
from neuropil.measures.intervals import (
    bootstrap_groups,
    bootstrap_interval,
    share_interval,
    summarise_null,
)
from neuropil.measures.maps.moran import MoranNull, compute_moran_index
from neuropil.measures.maps.reassignment import assign_hungarian, assign_vasa
from neuropil.measures.maps.region_bootstrap import correlate_resampled, resample_regions
from neuropil.measures.maps.spatial_nulls import SpatialNull
from neuropil.measures.maps.sphere_points import draw_rotations, project_to_sphere
from neuropil.measures.maps.spin_ranking import SpinRanking, compute_decay, rank_spins
from neuropil.measures.maps.spins import SpinGroup, SpinNull, Spins, build_spin_groups
from neuropil.measures.predictions import compute_calibration_error, compute_roc_area
from neuropil.measures.segmentation.block_bootstrap import (
    VariationIntervals,
    bootstrap_variation_of_information,
)
from neuropil.measures.segmentation.edits import EditCount, count_edits
from neuropil.measures.segmentation.integrity import Integrity, compute_integrity
from neuropil.measures.segmentation.overlaps import (
    Overlaps,
    tabulate_blocks,
    tabulate_overlaps,
    unite_overlaps,
)
from neuropil.measures.segmentation.partitions import (
    AdaptedRand,
    VariationOfInformation,
    compute_adapted_rand,
    compute_variation_of_information,
)
from neuropil.measures.segmentation.run_lengths import (
    RunLength,
    bootstrap_run_volume,
    compute_run_length,
    compute_run_volume,
    find_segments,
)

__all__ = [
    "FEWEST_NULLS",
    "AdaptedRand",
    "Comparison",
    "DegreePreserving",
    "Degrees",
    "Drawing",
    "EditCount",
    "ErdosRenyi",
    "Integrity",
    "LengthPreserving",
    "MoranNull",
    "NullModel",
    "NullTally",
    "Overlaps",
    "PathStrength",
    "Reciprocity",
    "RunLength",
    "SpatialNull",
    "SpinGroup",
    "SpinNull",
    "SpinRanking",
    "Spins",
    "TypePairs",
    "UndirectedDegrees",
    "VariationIntervals",
    "VariationOfInformation",
    "Wiring",
    "adjust_p_values",
    "assign_hungarian",
    "assign_vasa",
    "bootstrap_groups",
    "bootstrap_interval",
    "bootstrap_run_volume",
    "bootstrap_variation_of_information",
    "build_spin_groups",
    "check_wiring",
    "compute_adapted_rand",
    "compute_calibration_error",
    "compute_decay",
    "compute_degrees",
    "compute_density",
    "compute_integrity",
    "compute_moran_index",
    "compute_path_strength",
    "compute_reciprocity",
    "compute_roc_area",
    "compute_run_length",
    "compute_run_volume",
    "compute_undirected_degrees",
    "compute_variation_of_information",
    "correlate_resampled",
    "count_edits",
    "draw_degrees",
    "draw_nulls",
    "draw_rotations",
    "draw_type_matrix",
    "find_mean",
    "find_segments",
    "find_share",
    "find_statistic",
    "is_directed",
    "measure_wiring",
    "project_to_sphere",
    "rank_spins",
    "resample_regions",
    "share_interval",
    "shuffle_degree_preserving_within_blocks",
    "shuffle_within_blocks",
    "summarise_null",
    "tabulate_blocks",
    "tabulate_overlaps",
    "tabulate_types",
    "unite_overlaps",
]
