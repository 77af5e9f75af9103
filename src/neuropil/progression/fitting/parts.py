"""A cohort whose people stand at unknown stages: its parts, and the fits that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Visits
from neuropil.contracts import SeedTree
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.scans import Scans, UnitScale
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs, invert_distances, load_visits
from neuropil.progression.fit import ProgressionModel
from neuropil.progression.fitting.choice import GraphChoice
from neuropil.progression.fitting.rivals import average_group, draw_lines
from neuropil.progression.fitting.scores import CourseScore, predict_scans, score_predictions

__all__ = [
    "CohortParts",
    "build_model",
    "fit_graph",
    "fit_half",
    "score_lines",
    "split_people",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CohortParts:
    """People apart from each other: nobody is in two parts.

    Parameters
    ----------
    train : Visits
        Who the course is fitted to.
    validation : Visits
        Who chooses the round of the fit.
    test : Visits
        Who it is judged by.
    """

    train: Visits
    validation: Visits
    test: Visits


def split_people(visits: Visits, share: float, seed: SeedTree) -> CohortParts:
    """Divide people, with all visits of each.

    Parameters
    ----------
    visits : Visits
        The cohort.
    share : float
        Of people who validate, and of people who test.
    seed : SeedTree
        Who is in which part.
    """
    order = seed.child("parts").generator().permutation(visits.n_subjects)
    held = round(share * visits.n_subjects)
    # Sorted, so that people stay in the order of the table within a part.
    test, validation, train = (
        np.sort(part) for part in (order[:held], order[held : 2 * held], order[2 * held :])
    )
    return CohortParts(visits.take(train), visits.take(validation), visits.take(test))


def build_model(config: ProgressionConfig, graph: GraphChoice, seed: SeedTree) -> ProgressionModel:
    """Build the estimator of the settings.

    Parameters
    ----------
    config : ProgressionConfig
        Settings.
    graph : {"given", "views", "free", "prior-guided"}
        What is fitted of the graph.
    seed : SeedTree
        Root of its draws.
    """
    plan = config.cohort
    return ProgressionModel(
        plan.dynamics,
        graph,
        plan.capacity,
        plan.origins or None,
        plan=plan.fit,
        random_state=seed.child("model").integer(),
    )


def fit_graph(config: ProgressionConfig, name: str, root: int) -> dict[str, Any]:
    """Fit the course along one given graph and score test people.

    Parameters
    ----------
    config : ProgressionConfig
        Settings.
    name : str
        Name of the graph, or ``1/distance``.
    root : int
        Seed.

    Returns
    -------
    dict
        ``squares`` and ``correlations`` of each test scan.
    """
    data, parts, seed = _prepare(config, root)
    graphs = data.graphs if name in data.graphs else {name: invert_distances(data.visits)}
    model = build_model(config, "given", seed)
    model.fit(parts.train, {name: graphs[name]}, validation=parts.validation)
    return _pack(model.measure(parts.test))


def fit_half(config: ProgressionConfig, graph: GraphChoice, half: int, root: int) -> dict[str, Any]:
    """Fit to every second training person, to see whether another half finds the same graph.

    Parameters
    ----------
    config : ProgressionConfig
        Settings.
    graph : {"given", "views", "free", "prior-guided"}
        What is fitted of the graph.
    half : int
        0 or 1.
    root : int
        Seed.

    Returns
    -------
    dict
        ``weights`` of the pairs above the diagonal, and ``shares`` of the views.
    """
    data, parts, seed = _prepare(config, root)
    model = build_model(config, graph, seed)
    some = parts.train.take(np.arange(half, parts.train.n_subjects, 2))
    model.fit(some, data.graphs, data.prior, validation=parts.validation)
    rows, columns = np.triu_indices(model.n_regions_, 1)
    return {"weights": model.graph_[rows, columns].tolist(), "shares": model.shares_}


def score_lines(config: ProgressionConfig, root: int) -> dict[str, Any]:
    """Score the simplest rivals: the mean of the group, and one line a region.

    Parameters
    ----------
    config : ProgressionConfig
        Settings.
    root : int
        Seed.

    Returns
    -------
    dict
        For ``group mean`` and ``straight lines``, as :func:`fit_graph` gives it.
    """
    _, parts, _ = _prepare(config, root)
    plan = config.cohort.fit
    scale = UnitScale.of(parts.train)
    train, test = Scans.of(parts.train, scale), Scans.of(parts.test, scale)
    mean = score_predictions(average_group(train, len(test.values)), test)
    lines = draw_lines(train, plan.duration, plan.grid)
    shown, _ = predict_scans(lines, test, NoiseModel(0.0, 1.0), plan.grid)
    return {"group mean": _pack(mean), "straight lines": _pack(score_predictions(shown, test))}


def _prepare(config: ProgressionConfig, root: int) -> tuple[VisitsOnGraphs, CohortParts, SeedTree]:
    data, seed = load_visits(config).data, SeedTree.of(root)
    return data, split_people(data.visits, config.cohort.held_out, seed), seed


def _pack(score: CourseScore) -> dict[str, list[float]]:
    return {"squares": score.squares.tolist(), "correlations": score.correlations.tolist()}
