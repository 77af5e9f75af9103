"""Generated long-term progression on graphs: the course, the people and the priors are known."""

from neuropil.datasets.planted_progression.cohort import (
    PlantedProgression,
    ProgressionDesign,
    ProgressionKind,
    ProgressionTruth,
    plant_progression_cohort,
)
from neuropil.datasets.planted_progression.course import interpolate_course, simulate_course
from neuropil.datasets.planted_progression.elicitors import (
    build_prior,
    elicit_edges,
    join_priors,
    permute_prior,
)
from neuropil.datasets.planted_progression.generated import generate_views
from neuropil.datasets.planted_progression.graphs import (
    PlantedGraph,
    find_strongest,
    plant_easy_graph,
    plant_harder_graph,
    scale_graph,
)
from neuropil.datasets.planted_progression.views import (
    GraphViews,
    load_measured_views,
    load_views_or_generate,
)

__all__ = [
    "GraphViews",
    "PlantedGraph",
    "PlantedProgression",
    "ProgressionDesign",
    "ProgressionKind",
    "ProgressionTruth",
    "build_prior",
    "elicit_edges",
    "find_strongest",
    "generate_views",
    "interpolate_course",
    "join_priors",
    "load_measured_views",
    "load_views_or_generate",
    "permute_prior",
    "plant_easy_graph",
    "plant_harder_graph",
    "plant_progression_cohort",
    "scale_graph",
    "simulate_course",
]
