"""The nouns: connectome, cohort, visits, volume, skeleton, parcellation, genes, images."""

from neuropil.connectome.cohort import Cohort
from neuropil.connectome.connectome import Connectome
from neuropil.connectome.direction import find_asymmetry, first_of_pairs, settle_direction
from neuropil.connectome.gene_atlas import GeneAtlas
from neuropil.connectome.grouping import sum_edges
from neuropil.connectome.image_set import ImageSet
from neuropil.connectome.lookup import find_rows
from neuropil.connectome.matrix import edges_of_matrix, judge_direction, require_symmetry
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.skeleton import Skeleton
from neuropil.connectome.surface import average_on_sphere
from neuropil.connectome.triangles import count_regions, fill_matrices
from neuropil.connectome.union import unite
from neuropil.connectome.validation import (
    MISSING_WORDS,
    SIGNED_UNITS,
    TableError,
    check_edges,
    check_nodes,
    find_invisible,
    find_missing_ids,
    list_some,
)
from neuropil.connectome.visit_frames import label_regions
from neuropil.connectome.visits import Visits
from neuropil.connectome.volume import Block, Volume, VoxelArray
from neuropil.connectome.weight_names import (
    GENERAL_NAMES,
    NOT_STATED,
    UNITS_BY_NAME,
    WEIGHT_NAMES,
    rank_weight,
    simplify,
)

__all__ = [
    "GENERAL_NAMES",
    "MISSING_WORDS",
    "NOT_STATED",
    "SIGNED_UNITS",
    "UNITS_BY_NAME",
    "WEIGHT_NAMES",
    "Block",
    "Cohort",
    "Connectome",
    "GeneAtlas",
    "ImageSet",
    "Parcellation",
    "Skeleton",
    "TableError",
    "Visits",
    "Volume",
    "VoxelArray",
    "average_on_sphere",
    "check_edges",
    "check_nodes",
    "compile_expression",
    "count_regions",
    "edges_of_matrix",
    "fill_matrices",
    "find_asymmetry",
    "find_invisible",
    "find_missing_ids",
    "find_rows",
    "first_of_pairs",
    "judge_direction",
    "label_regions",
    "list_some",
    "rank_weight",
    "require_symmetry",
    "settle_direction",
    "simplify",
    "sum_edges",
    "unite",
]
