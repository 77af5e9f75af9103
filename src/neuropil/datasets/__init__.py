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
from neuropil.datasets.planted_progression import (
    GraphViews,
    PlantedGraph,
    PlantedProgression,
    ProgressionDesign,
    ProgressionKind,
    ProgressionTruth,
    build_prior,
    elicit_edges,
    find_strongest,
    generate_views,
    interpolate_course,
    join_priors,
    load_measured_views,
    load_views_or_generate,
    permute_prior,
    plant_easy_graph,
    plant_harder_graph,
    plant_progression_cohort,
    scale_graph,
    simulate_course,
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
    "GraphViews",
    "NeuriteDesign",
    "PlantedCohort",
    "PlantedGates",
    "PlantedGraph",
    "PlantedProgression",
    "ProgressionDesign",
    "ProgressionKind",
    "ProgressionTruth",
    "RemoteFile",
    "bayes_fc_given_sc",
    "build_prior",
    "cache_folder",
    "check",
    "compute_phase_shift",
    "correlate_abide_series",
    "elicit_edges",
    "fetch",
    "find_date_symbols",
    "find_strongest",
    "generate_gene_atlas",
    "generate_head_direction",
    "generate_views",
    "info",
    "interpolate_course",
    "join_priors",
    "load",
    "load_measured_views",
    "load_or_read",
    "load_or_substitute",
    "load_views_or_generate",
    "measure_templates",
    "mirror_folder",
    "names",
    "nonlinear_features",
    "permute_prior",
    "plant_circuit",
    "plant_easy_graph",
    "plant_harder_graph",
    "plant_linear_cohort",
    "plant_neurites",
    "plant_nonlinear_cohort",
    "plant_progression_cohort",
    "plant_protocol_cohort",
    "read_gene_positions",
    "read_streamline_tables",
    "repair_gene_symbols",
    "scale_graph",
    "simulate_course",
    "symmetrise",
]
