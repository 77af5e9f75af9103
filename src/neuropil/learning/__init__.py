"""Training loops, optimisers and parameter storage shared by the studies."""

from neuropil.learning.optimisers import AdamDescent, LevenbergMarquardt, Optimiser
from neuropil.learning.storage import load_tree, save_tree
from neuropil.learning.training import (
    Listener,
    TrainingPlan,
    TrainingResult,
    select_best,
    train,
)

__all__ = [
    "AdamDescent",
    "LevenbergMarquardt",
    "Listener",
    "Optimiser",
    "TrainingPlan",
    "TrainingResult",
    "load_tree",
    "save_tree",
    "select_best",
    "train",
]
