"""Progression: how disease moves along a connectome."""

from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.dynamics.integrators import SOLVERS, Solver, integrate, interpolate
from neuropil.progression.dynamics.laplacians import (
    build_laplacian,
    check_weights,
    find_largest_eigenvalue,
    mix_directions,
    mix_graphs,
)
from neuropil.progression.dynamics.reaction import NetworkEquation, couple_mechanisms
from neuropil.progression.dynamics.trajectory import Trajectory, simulate
from neuropil.progression.group_maps.coupled import MapFit, MapModel, MapTarget, SeedSearch, fit_map
from neuropil.progression.group_maps.graph_nulls import GraphNull, draw_graph_nulls
from neuropil.progression.group_maps.scoring import compute_aicc, correlate_maps, scale_to_unit
from neuropil.progression.group_maps.spread import (
    LINEAR_PROTOCOL,
    LOGARITHMIC_PROTOCOL,
    GroupMaps,
    RateFit,
    SpreadProtocol,
    choose_graph,
    fit_rate,
    score_seeds,
)

__all__ = [
    "LINEAR_PROTOCOL",
    "LOGARITHMIC_PROTOCOL",
    "SOLVERS",
    "GraphNull",
    "GroupMaps",
    "MapFit",
    "MapModel",
    "MapTarget",
    "NetworkEquation",
    "RateFit",
    "SeedSearch",
    "Solver",
    "SpreadProtocol",
    "Trajectory",
    "build_laplacian",
    "check_weights",
    "choose_graph",
    "compute_aicc",
    "correlate_maps",
    "couple_mechanisms",
    "diffuse",
    "draw_graph_nulls",
    "find_largest_eigenvalue",
    "fit_map",
    "fit_rate",
    "integrate",
    "interpolate",
    "mix_directions",
    "mix_graphs",
    "scale_to_unit",
    "score_seeds",
    "simulate",
]
