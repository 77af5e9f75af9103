"""The nouns: a connectome, and how to select, merge and check it."""

from neuropil.connectome.connectome import Connectome
from neuropil.connectome.gene_atlas import GeneAtlas
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.skeleton import Skeleton
from neuropil.connectome.surface import average_on_sphere
from neuropil.connectome.union import unite
from neuropil.connectome.validation import SIGNED_UNITS, TableError

__all__ = [
    "SIGNED_UNITS",
    "Connectome",
    "GeneAtlas",
    "Parcellation",
    "Skeleton",
    "TableError",
    "average_on_sphere",
    "compile_expression",
    "unite",
]
