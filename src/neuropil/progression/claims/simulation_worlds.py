"""Planted cohorts as claims use them, and what models assume of their courses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Cohort, Parcellation, label_regions
from neuropil.contracts import SeedTree
from neuropil.datasets import (
    PlantedProgression,
    ProgressionKind,
    build_prior,
    elicit_edges,
    generate_views,
    join_priors,
    load_measured_views,
    plant_progression_cohort,
    scale_graph,
)
from neuropil.progression.alignment.limits import Limits
from neuropil.progression.alignment.scans import Scans, UnitScale
from neuropil.progression.fitting.course import Capacity, CourseForm, Dynamics
from neuropil.progression.fitting.graphs import (
    FreeGraph,
    GivenGraph,
    GraphKind,
    PriorGraph,
    ViewMixture,
)
from neuropil.progression.group_maps.graph_nulls import draw_graph_nulls

__all__ = ["assume_course", "plant_parts"]

Floats = npt.NDArray[np.float64]

# Both entorhinal cortices begin higher in a fit, as in the published one: where tau is first seen.
_SEED_REGION = "entorhinal"


def plant_parts(kind: ProgressionKind, fast: bool) -> tuple[PlantedProgression, dict[str, Scans]]:
    """Return a planted cohort, and its training, validation, test and all people.

    Parameters
    ----------
    kind : {"easy", "harder", "multi-pattern"}
        What is planted.
    fast : bool
        On generated views.
    """
    views = generate_views() if fast else load_measured_views()
    planted = plant_progression_cohort(kind, views=views)
    # Values are shares of the largest capacity already: no scale is needed, and none can leak.
    parts = {
        part: Scans.of(planted.visits.take(planted.rows(part)), UnitScale())
        for part in ("train", "validation", "test")
    }
    return planted, parts | {"all": Scans.of(planted.visits, UnitScale())}


def assume_course(
    model: str, planted: PlantedProgression, limits: Limits, seed: SeedTree
) -> CourseForm:
    """Return what a model assumes of a planted course.

    Parameters
    ----------
    model : str
        As :func:`fit_planted` names them.
    planted : PlantedProgression
        The cohort.
    limits : Limits
        Where its values end.
    seed : SeedTree
        Of a rewired graph.
    """
    seeds = np.array([_SEED_REGION in label for label in planted.views.labels])
    kind = _choose_graph(model, planted, seed)
    capacity: Capacity = "one" if model == "one" else "regional"
    dynamics: Dynamics = "diffusion" if model == "diffusion" else "fkpp"
    return CourseForm(kind, seeds, dynamics, capacity, limits=limits)


def _choose_graph(model: str, planted: PlantedProgression, seed: SeedTree) -> GraphKind:
    graphs = planted.views.graphs
    if model.startswith("prior-"):
        return PriorGraph(_build_prior(model, planted))
    if model == "views":
        return ViewMixture(np.stack(list(graphs.values())), tuple(graphs))
    if model == "free":
        return FreeGraph(len(planted.views.labels))
    weights = graphs.get("SC" if model in {"one", "diffusion"} else model)
    if model == "truth":
        weights = planted.truth.graph.matrix
    elif model == "distance":
        weights = _weigh_by_distance(planted)
    elif model == "rewired":
        drawn = draw_graph_nulls(graphs["SC"], "degrees", 1, seed.child("rewired"))
        weights = scale_graph(next(iter(drawn)))
    assert weights is not None, model
    return GivenGraph(weights)


def _weigh_by_distance(planted: PlantedProgression) -> Floats:
    """Return the inverse of the distances between regions, as a graph that knows nothing else."""
    parcellation: Parcellation | None = planted.views.parcellation
    if "x_mm" not in planted.views.parcellation.regions.columns:
        # The measured views lie in the same regions as these, in another order.
        parcellation = datasets.load("hansen-dk68", kind=Cohort).parcellation
    assert parcellation is not None
    place = {label: row for row, label in enumerate(label_regions(parcellation))}
    rows = [place[label] for label in planted.views.labels]
    points = parcellation.regions.select("x_mm", "y_mm", "z_mm").to_numpy()[rows]
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    np.fill_diagonal(distances, np.inf)
    return scale_graph(1 / distances)


def _build_prior(model: str, planted: PlantedProgression) -> Floats:
    graph = planted.truth.graph
    if model == "prior-views":
        return scale_graph(np.sum(list(planted.views.graphs.values()), axis=0))
    if model == "prior-joint":
        return join_priors(planted.views, elicit_edges(graph, "weak"))
    return build_prior(elicit_edges(graph, "weak"))
