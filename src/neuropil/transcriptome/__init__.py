"""Transcriptome: what regional gene expression says about connectivity, beside what place says."""

from neuropil.formats import read_atlas
from neuropil.transcriptome.catalogue import CATALOGUE, ModelEntry, find_models
from neuropil.transcriptome.config import TranscriptomeConfig
from neuropil.transcriptome.data import PairProblem, Regions, build_problem
from neuropil.transcriptome.evaluation import (
    Evaluation,
    Gain,
    ModelRun,
    evaluate_model,
    evaluate_network,
    measure_gain,
)
from neuropil.transcriptome.importance import measure_importance
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.bilinear import BilinearModel
from neuropil.transcriptome.models.distance_decay import DistanceDecay
from neuropil.transcriptome.models.gene_coexpression import GeneCoexpression
from neuropil.transcriptome.models.genes_beside_coordinates import GenesBesideCoordinates
from neuropil.transcriptome.models.kernel_ridge import KernelChoice, KernelRidge
from neuropil.transcriptome.models.kernels import Kernel, compute_kernel
from neuropil.transcriptome.models.low_rank import LowRankModel
from neuropil.transcriptome.models.network_fit import NetworkPlan, fit_networks
from neuropil.transcriptome.models.region_pair_mlp import RegionPairMLP
from neuropil.transcriptome.models.spatiomolecular_transformer import (
    AttentionMap,
    SpatiomolecularTransformer,
)
from neuropil.transcriptome.nulls import NullMaps, SpinPlan, draw_null_maps, retrain_on_nulls
from neuropil.transcriptome.score import score_pairs
from neuropil.transcriptome.splits import Split, inner_splits, make_splits
from neuropil.transcriptome.study import Transcriptome

__all__ = [
    "CATALOGUE",
    "AttentionMap",
    "BilinearModel",
    "DistanceDecay",
    "Evaluation",
    "Gain",
    "GeneCoexpression",
    "GenesBesideCoordinates",
    "Kernel",
    "KernelChoice",
    "KernelRidge",
    "LowRankModel",
    "ModelEntry",
    "ModelRun",
    "NetworkPlan",
    "NullMaps",
    "PairModel",
    "PairProblem",
    "RegionPairMLP",
    "Regions",
    "SpatiomolecularTransformer",
    "SpinPlan",
    "Split",
    "Transcriptome",
    "TranscriptomeConfig",
    "build_problem",
    "compute_kernel",
    "draw_null_maps",
    "evaluate_model",
    "evaluate_network",
    "find_models",
    "fit_networks",
    "inner_splits",
    "make_splits",
    "measure_gain",
    "measure_importance",
    "read_atlas",
    "retrain_on_nulls",
    "score_pairs",
]
