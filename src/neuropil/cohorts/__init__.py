"""Cohorts: joint and individual latents of structural and functional connectivity."""

from neuropil.cohorts.data import Views
from neuropil.cohorts.pairing import PairingTest, run_pairing_test
from neuropil.cohorts.quality import Quality, check_quality
from neuropil.cohorts.traits import CoordinateFold, Trait, TraitScore, predict_trait, read_trait

__all__ = [
    "CoordinateFold",
    "PairingTest",
    "Quality",
    "Trait",
    "TraitScore",
    "Views",
    "check_quality",
    "predict_trait",
    "read_trait",
    "run_pairing_test",
]
