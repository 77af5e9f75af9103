"""Files: one module for each format; `read`, `write` and `convert` for those of connectomes."""

from neuropil.formats.format import Format
from neuropil.formats.gifti import read_parcellation
from neuropil.formats.parsing.option_texts import parse_options
from neuropil.formats.registry import FORMATS, convert, read, sniff, write
from neuropil.formats.swc import read_skeleton, write_skeleton

__all__ = [
    "FORMATS",
    "Format",
    "convert",
    "parse_options",
    "read",
    "read_parcellation",
    "read_skeleton",
    "sniff",
    "write",
    "write_skeleton",
]
