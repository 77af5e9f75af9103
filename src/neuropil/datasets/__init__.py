"""Datasets: what data exist, where they are, and connectomes built from them.

Examples
--------
>>> from neuropil import datasets
>>> datasets.load("synthetic-head-direction").n_nodes
152
"""

from neuropil.datasets.gene_positions import (
    find_date_symbols,
    read_gene_positions,
    repair_gene_symbols,
)
from neuropil.datasets.head_direction import compute_phase_shift, symmetrise
from neuropil.datasets.matched_arrays import read_matched_arrays
from neuropil.datasets.registry import REGISTRY, info, names
from neuropil.datasets.spec import Dataset, FileStatus, RemoteFile
from neuropil.datasets.store import cache_folder, check, fetch, load, mirror_folder
from neuropil.datasets.synthetic import generate_head_direction
from neuropil.datasets.synthetic_atlas import generate_gene_atlas

__all__ = [
    "REGISTRY",
    "Dataset",
    "FileStatus",
    "RemoteFile",
    "cache_folder",
    "check",
    "compute_phase_shift",
    "fetch",
    "find_date_symbols",
    "generate_gene_atlas",
    "generate_head_direction",
    "info",
    "load",
    "mirror_folder",
    "names",
    "read_gene_positions",
    "read_matched_arrays",
    "repair_gene_symbols",
    "symmetrise",
]
