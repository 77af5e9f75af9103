"""Datasets: what data exist, where they are, and the nouns that are built from them.

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
from neuropil.datasets.loading import load, load_or_read, load_or_substitute
from neuropil.datasets.measured_cohorts.abide import correlate_abide_series
from neuropil.datasets.measured_cohorts.structural import read_streamline_tables
from neuropil.datasets.planted import PlantedGates, plant_circuit
from neuropil.datasets.planted_cohorts import (
    CohortTemplate,
    PlantedCohort,
    bayes_fc_given_sc,
    measure_templates,
    nonlinear_features,
    plant_linear_cohort,
    plant_nonlinear_cohort,
    plant_protocol_cohort,
)
from neuropil.datasets.planted_volumes import NeuriteDesign, plant_neurites
from neuropil.datasets.registry import REGISTRY, info, names
from neuropil.datasets.spec import Dataset, FileStatus, RemoteFile
from neuropil.datasets.store import cache_folder, check, fetch, mirror_folder
from neuropil.datasets.synthetic import generate_head_direction
from neuropil.datasets.synthetic_atlas import generate_gene_atlas

__all__ = [
    "REGISTRY",
    "CohortTemplate",
    "Dataset",
    "FileStatus",
    "NeuriteDesign",
    "PlantedCohort",
    "PlantedGates",
    "RemoteFile",
    "bayes_fc_given_sc",
    "cache_folder",
    "check",
    "compute_phase_shift",
    "correlate_abide_series",
    "fetch",
    "find_date_symbols",
    "generate_gene_atlas",
    "generate_head_direction",
    "info",
    "load",
    "load_or_read",
    "load_or_substitute",
    "measure_templates",
    "mirror_folder",
    "names",
    "nonlinear_features",
    "plant_circuit",
    "plant_linear_cohort",
    "plant_neurites",
    "plant_nonlinear_cohort",
    "plant_protocol_cohort",
    "read_gene_positions",
    "read_streamline_tables",
    "repair_gene_symbols",
    "symmetrise",
]
