"""What coordinates say of a trait of subjects that neither model nor regression has seen."""

from neuropil.cohorts.traits.columns import Trait, check_traits, read_trait
from neuropil.cohorts.traits.prediction import (
    CoordinateFold,
    TraitScore,
    predict_trait,
    score_trait,
    trait_row,
)

__all__ = [
    "CoordinateFold",
    "Trait",
    "TraitScore",
    "check_traits",
    "predict_trait",
    "read_trait",
    "score_trait",
    "trait_row",
]
