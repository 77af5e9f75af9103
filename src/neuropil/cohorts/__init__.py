"""Cohorts: latents that modalities share or have alone, and latents across sites."""

from neuropil.cohorts.data import Views
from neuropil.cohorts.hybrid.fit import HybridVAE
from neuropil.cohorts.hybrid.models.training import HybridPlan
from neuropil.cohorts.joint.evaluation import Evaluation, evaluate
from neuropil.cohorts.joint.fit import JointIndividualVAE
from neuropil.cohorts.joint.models.base import Latents
from neuropil.cohorts.joint.models.variational import VariationalPlan
from neuropil.cohorts.joint.pairing import PairingTest, run_pairing_test
from neuropil.cohorts.quality import Quality, check_quality
from neuropil.cohorts.traits import CoordinateFold, Trait, TraitScore, predict_trait, read_trait

__all__ = [
    "CoordinateFold",
    "Evaluation",
    "HybridPlan",
    "HybridVAE",
    "JointIndividualVAE",
    "Latents",
    "PairingTest",
    "Quality",
    "Trait",
    "TraitScore",
    "VariationalPlan",
    "Views",
    "check_quality",
    "evaluate",
    "predict_trait",
    "read_trait",
    "run_pairing_test",
]
