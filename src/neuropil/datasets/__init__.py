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
from neuropil.datasets.images import ImageSet, read_mnist_folder
from neuropil.datasets.planted import PlantedGates, plant_circuit
from neuropil.datasets.registry import REGISTRY, info, names
from neuropil.datasets.spec import Dataset, FileStatus, RemoteFile
from neuropil.datasets.store import cache_folder, check, fetch, load, mirror_folder
from neuropil.datasets.synthetic import generate_head_direction
from neuropil.datasets.synthetic_atlas import generate_gene_atlas
from neuropil.formats.gene_arrays import read_matched_arrays

__all__ = [
    "REGISTRY",
    "Dataset",
    "FileStatus",
    "ImageSet",
    "PlantedGates",
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
    "plant_circuit",
    "read_gene_positions",
    "read_matched_arrays",
    "read_mnist_folder",
    "repair_gene_symbols",
    "symmetrise",
]
