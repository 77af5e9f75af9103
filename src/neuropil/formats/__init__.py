"""Connectome files: one module for each format, one registry, and `read`, `write`, `convert`."""

from neuropil.formats.format import Format
from neuropil.formats.registry import FORMATS, convert, read, sniff, write

__all__ = ["FORMATS", "Format", "convert", "read", "sniff", "write"]
