"""Cohorts: joint and individual latents of structural and functional connectivity."""

from neuropil.cohorts.evaluation import Evaluation, evaluate
from neuropil.cohorts.fit import JointIndividualVAE
from neuropil.cohorts.models.base import Latents
from neuropil.cohorts.models.variational import VariationalPlan
from neuropil.cohorts.pairing import PairingTest, run_pairing_test

__all__ = [
    "Evaluation",
    "JointIndividualVAE",
    "Latents",
    "PairingTest",
    "VariationalPlan",
    "evaluate",
    "run_pairing_test",
]
