"""Files: one module for each format, one registry of the formats of every noun.

Examples
--------
>>> from neuropil.connectome import Skeleton
>>> [name for name, each in FORMATS.items() if each.holds is Skeleton]
['swc']
"""

from neuropil.formats.conversion import convert, convert_with_notes, find_convertible
from neuropil.formats.format import Format
from neuropil.formats.gene_arrays import load_gene_arrays, read_matched_arrays
from neuropil.formats.gene_tables import read_atlas
from neuropil.formats.gifti import read_parcellation
from neuropil.formats.idx import read_idx, read_mnist_files, read_mnist_folder
from neuropil.formats.parsing.option_texts import format_option, parse_options
from neuropil.formats.registry import (
    FORMATS,
    choose,
    choose_written,
    read,
    sniff,
    write,
)
from neuropil.formats.swc import read_skeleton, write_skeleton
from neuropil.formats.volume_files.image_folder import list_pictures, read_picture

__all__ = [
    "FORMATS",
    "Format",
    "choose",
    "choose_written",
    "convert",
    "convert_with_notes",
    "find_convertible",
    "format_option",
    "list_pictures",
    "load_gene_arrays",
    "parse_options",
    "read",
    "read_atlas",
    "read_idx",
    "read_matched_arrays",
    "read_mnist_files",
    "read_mnist_folder",
    "read_parcellation",
    "read_picture",
    "read_skeleton",
    "sniff",
    "write",
    "write_skeleton",
]
