"""The nouns: a connectome, and how to select, merge and check it."""

from neuropil.connectome.connectome import Connectome
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.union import unite
from neuropil.connectome.validation import TableError

__all__ = ["Connectome", "TableError", "compile_expression", "unite"]
