"""Progression: how disease moves along a connectome."""

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import Staging, stage_people
from neuropil.progression.alignment.rates import PersonalRates, find_personal_rates
from neuropil.progression.alignment.scans import Scans, UnitScale
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.config import CohortPlan, MapPlan, ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs
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
from neuropil.progression.edges.courses import CourseConstants
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits
from neuropil.progression.edges.odds import PriorOdds, odds_of_probabilities, odds_of_ranks
from neuropil.progression.edges.penalised import PenalisedFit, PenaltyPlan, fit_penalised
from neuropil.progression.edges.posterior import EdgePlan, EdgePosterior, infer_edges
from neuropil.progression.edges.recovery import EdgeRecovery, measure_recovery
from neuropil.progression.edges.sampler import SlabPlan
from neuropil.progression.fit import ProgressionModel
from neuropil.progression.fitting.alternation import FitPlan
from neuropil.progression.fitting.rivals import LastScans, predict_last_scans
from neuropil.progression.fitting.scores import CourseScore
from neuropil.progression.forecasts.animals import GroupForecaster
from neuropil.progression.forecasts.forecaster import ForecastPlan, MapForecaster
from neuropil.progression.forecasts.prior_graphs import build_prior_graphs
from neuropil.progression.forecasts.study_maps import StudyMaps, read_studies
from neuropil.progression.forecasts.validation import (
    Forecast,
    ForecastScores,
    foretell_last_maps,
    score_forecasts,
)
from neuropil.progression.group_maps.animals import AnimalGroup, CandidateGraph, split_groups
from neuropil.progression.group_maps.coupled import MapFit, MapModel, MapTarget, SeedSearch, fit_map
from neuropil.progression.group_maps.graph_nulls import GraphNull, draw_graph_nulls
from neuropil.progression.group_maps.judging import GraphJudgement, judge_graphs, judge_nulls
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
    "AnimalGroup",
    "CandidateGraph",
    "CohortPlan",
    "CourseConstants",
    "CourseScore",
    "EdgePlan",
    "EdgePosterior",
    "EdgeRecovery",
    "FitPlan",
    "Forecast",
    "ForecastPlan",
    "ForecastScores",
    "GraphJudgement",
    "GraphNull",
    "GroupForecaster",
    "GroupMaps",
    "LastScans",
    "MapFit",
    "MapForecaster",
    "MapModel",
    "MapPlan",
    "MapTarget",
    "NetworkEquation",
    "NoiseLevels",
    "NoiseModel",
    "PatternVisits",
    "PenalisedFit",
    "PenaltyPlan",
    "PersonalRates",
    "PriorOdds",
    "ProgressionConfig",
    "ProgressionModel",
    "RateFit",
    "Scans",
    "SeedSearch",
    "SlabPlan",
    "Solver",
    "SpreadProtocol",
    "StageGrid",
    "Staging",
    "StudyMaps",
    "Trajectory",
    "UnitScale",
    "VisitsOnGraphs",
    "build_laplacian",
    "build_prior_graphs",
    "check_weights",
    "choose_graph",
    "compute_aicc",
    "correlate_maps",
    "couple_mechanisms",
    "diffuse",
    "draw_graph_nulls",
    "find_largest_eigenvalue",
    "find_personal_rates",
    "fit_map",
    "fit_penalised",
    "fit_rate",
    "foretell_last_maps",
    "infer_edges",
    "integrate",
    "interpolate",
    "judge_graphs",
    "judge_nulls",
    "measure_recovery",
    "mix_directions",
    "mix_graphs",
    "odds_of_probabilities",
    "odds_of_ranks",
    "predict_last_scans",
    "read_studies",
    "scale_to_unit",
    "score_forecasts",
    "score_seeds",
    "simulate",
    "split_groups",
    "stage_people",
]
