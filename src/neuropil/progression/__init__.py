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
from neuropil.progression.edges.courses import CourseConstants, follow_courses
from neuropil.progression.edges.linearised import ConstantsDoubt
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits
from neuropil.progression.edges.odds import PriorOdds, odds_of_probabilities, odds_of_ranks
from neuropil.progression.edges.penalised import PenalisedFit, PenaltyPlan, fit_penalised
from neuropil.progression.edges.posterior import EdgePlan, EdgePosterior, infer_edges
from neuropil.progression.edges.recovery import EdgeRecovery, measure_recovery
from neuropil.progression.edges.sampler import SlabPlan
from neuropil.progression.fit import ProgressionModel
from neuropil.progression.fitting.alternation import FitPlan
from neuropil.progression.fitting.choice import GraphPenalty
from neuropil.progression.fitting.identifiability import HalvesAgreement, RateProfile
from neuropil.progression.fitting.rivals import LastScans, predict_last_scans
from neuropil.progression.fitting.scores import CourseScore
from neuropil.progression.forecasts.animals import GroupForecaster, average_logarithms, keep_before
from neuropil.progression.forecasts.forecaster import ForecastPlan, MapForecaster
from neuropil.progression.forecasts.prior_graphs import build_prior_graphs
from neuropil.progression.forecasts.study_maps import StudyMaps, are_studies, read_studies
from neuropil.progression.forecasts.validation import (
    Forecast,
    ForecastScores,
    foretell_by_chance,
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
from neuropil.progression.priors.answer_files import read_answers, write_answers
from neuropil.progression.priors.answers import Answer, EdgeAnswers
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.edits import EdgeEdit, Proposal, apply_edits
from neuropil.progression.priors.elicitation import (
    CostEstimate,
    Elicitation,
    ElicitationPlan,
    elicit_answers,
)
from neuropil.progression.priors.experts import Expert, consult, estimate_consultation
from neuropil.progression.priors.fusion import Fusion, fuse
from neuropil.progression.priors.language_editor import LanguageEditor
from neuropil.progression.priors.mechanisms import MECHANISMS, Mechanism
from neuropil.progression.priors.refinement import (
    Refinement,
    RefinementRound,
    Validation,
    refine_prior,
)
from neuropil.progression.priors.regions import Region, RegionSet, load_region_set
from neuropil.progression.priors.rules import answer_by_rules
from neuropil.progression.priors.sources import load_prior
from neuropil.progression.priors.sparsity import sparsify

__all__ = [
    "LINEAR_PROTOCOL",
    "LOGARITHMIC_PROTOCOL",
    "MECHANISMS",
    "SOLVERS",
    "AnimalGroup",
    "Answer",
    "CandidateGraph",
    "CohortPlan",
    "ConstantsDoubt",
    "CostEstimate",
    "CourseConstants",
    "CourseScore",
    "EdgeAnswers",
    "EdgeEdit",
    "EdgePlan",
    "EdgePosterior",
    "EdgePrior",
    "EdgeRecovery",
    "Elicitation",
    "ElicitationPlan",
    "Expert",
    "FitPlan",
    "Forecast",
    "ForecastPlan",
    "ForecastScores",
    "Fusion",
    "GraphJudgement",
    "GraphNull",
    "GraphPenalty",
    "GroupForecaster",
    "GroupMaps",
    "HalvesAgreement",
    "LanguageEditor",
    "LastScans",
    "MapFit",
    "MapForecaster",
    "MapModel",
    "MapPlan",
    "MapTarget",
    "Mechanism",
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
    "Proposal",
    "RateFit",
    "RateProfile",
    "Refinement",
    "RefinementRound",
    "Region",
    "RegionSet",
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
    "Validation",
    "VisitsOnGraphs",
    "answer_by_rules",
    "apply_edits",
    "are_studies",
    "average_logarithms",
    "build_laplacian",
    "build_prior_graphs",
    "check_weights",
    "choose_graph",
    "compute_aicc",
    "consult",
    "correlate_maps",
    "couple_mechanisms",
    "diffuse",
    "draw_graph_nulls",
    "elicit_answers",
    "estimate_consultation",
    "find_largest_eigenvalue",
    "find_personal_rates",
    "fit_map",
    "fit_penalised",
    "fit_rate",
    "follow_courses",
    "foretell_by_chance",
    "foretell_last_maps",
    "fuse",
    "infer_edges",
    "integrate",
    "interpolate",
    "judge_graphs",
    "judge_nulls",
    "keep_before",
    "load_prior",
    "load_region_set",
    "measure_recovery",
    "mix_directions",
    "mix_graphs",
    "odds_of_probabilities",
    "odds_of_ranks",
    "predict_last_scans",
    "read_answers",
    "read_studies",
    "refine_prior",
    "scale_to_unit",
    "score_forecasts",
    "score_seeds",
    "simulate",
    "sparsify",
    "split_groups",
    "stage_people",
    "write_answers",
]
