"""Training loops, optimisers and parameter storage shared by the studies."""

from neuropil.learning.compilation import compilation_cache_folder, enable_compilation_cache
from neuropil.learning.optimisers import AdamDescent, LevenbergMarquardt, Optimiser
from neuropil.learning.storage import load_tree, save_tree
from neuropil.learning.tasks import Task, TaskBook
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
    "Task",
    "TaskBook",
    "TrainingPlan",
    "TrainingResult",
    "compilation_cache_folder",
    "enable_compilation_cache",
    "load_tree",
    "save_tree",
    "select_best",
    "train",
]
