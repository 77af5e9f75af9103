"""The nouns: a connectome, and how to select, merge and check it."""

from neuropil.connectome.connectome import Connectome
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.skeleton import Skeleton
from neuropil.connectome.union import unite
from neuropil.connectome.validation import SIGNED_UNITS, TableError

__all__ = [
    "SIGNED_UNITS",
    "Connectome",
    "Parcellation",
    "Skeleton",
    "TableError",
    "compile_expression",
    "unite",
]
