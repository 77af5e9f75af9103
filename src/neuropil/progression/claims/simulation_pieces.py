"""Cached pieces of work of the claims about planted courses."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.datasets import (
    PlantedProgression,
    ProgressionKind,
    interpolate_course,
)
from neuropil.measures import compute_roc_area
from neuropil.progression.alignment.limits import find_limits
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import stage_people
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.claims.simulation_worlds import assume_course, plant_parts
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.alternation import FitPlan, fit_course
from neuropil.progression.fitting.course import CourseForm
from neuropil.progression.fitting.graphs import (
    PriorGraph,
)
from neuropil.progression.fitting.identifiability import (
    compare_halves,
    profile_rate,
    restart_fit,
)
from neuropil.progression.fitting.residuals import measure_noise
from neuropil.progression.fitting.rivals import average_group, draw_lines, predict_last_scans
from neuropil.progression.fitting.scores import (
    predict_scans,
    score_predictions,
)

__all__ = [
    "compare_planted_halves",
    "fit_planted",
    "profile_planted",
    "score_rivals",
]

Floats = npt.NDArray[np.float64]

# A check that the claims can be measured: what it gives means nothing.
_FAST = FitPlan(rounds=2, steps=2)
# From fitted numbers two hundred steps at a given rate bring all else to its place.
_PROFILE_ROUNDS = 20
# Fits from elsewhere: two that end where the first did say as much as ten, for a fifth of the time.
_RESTARTS = 2
# Of the course on which planted times are found again: .01 years apart, a tenth of what is staged.
_GRID_POINTS = 3001


def fit_planted(kind: ProgressionKind, model: str, seed: int, fast: bool) -> dict[str, Any]:
    """Fit one model to a planted cohort and compare what it finds with the truth.

    Parameters
    ----------
    kind : str
        ``easy`` or ``harder``.
    model : str
        ``oracle``, ``truth`` (its graph), a view (``SC``), ``one`` (SC with one capacity),
        ``views``, ``free``, a prior (``prior-views``, ``prior-weak``, ``prior-joint``), or a rival:
        ``diffusion`` (SC without growth), ``distance`` (its inverse), ``rewired`` (SC with other
        partners).
    seed : int
        Of the rewiring; the fit itself draws nothing.
    fast : bool
        Generated views and a fit of four steps.

    Returns
    -------
    dict
        Of test people ``squares`` and ``correlations`` of each scan, with their ``owners``, and
        ``rho`` of stages; ``covered``: for each person with one scan whether his interval holds his
        stage; ``graph``: ``r``, ``auc``, ``absent``, and those of the prior; ``rates``.
    """
    planted, parts = plant_parts(kind, fast)
    if model == "oracle":
        course = Trajectory(planted.truth.courses[0], float(planted.truth.times[-1]))
        limits = find_limits(parts["train"])
        # The spread of what was planted: an offset of .03 and a noise of .045.
        noise = NoiseModel(0.03, 0.045, limits)
        return _judge_course(course, noise, planted, parts) | {"graph": {}, "rates": []}
    form = assume_course(model, planted, find_limits(parts["train"]), SeedTree(seed))
    plan = _FAST if fast else FitPlan()
    fit = fit_course(form, parts["train"], parts["validation"], plan)
    noise = measure_noise(fit, parts["train"], form.limits, plan)
    values = fit.values_of(form)
    return _judge_course(fit.course, noise, planted, parts) | {
        "graph": _judge_graph(fit.weights, form, planted),
        "rates": [values.spread, values.growth],
        "shares": values.shares.tolist(),
        "round": fit.best,
    }


def _judge_course(
    course: Trajectory, noise: NoiseModel, planted: PlantedProgression, parts: dict[str, Scans]
) -> dict[str, Any]:
    from scipy.stats import spearmanr

    grid = StageGrid()
    shown, stages = predict_scans(course, parts["test"], noise, grid)
    score = score_predictions(shown, parts["test"])
    onset = planted.truth.onset
    placed = stage_people(course, parts["all"], noise, grid)
    once = np.bincount(parts["all"].owners) == 1
    there = _find_on_course(course, planted)
    inside = (placed.low <= there) & (there <= placed.high)
    # Nobody's stage is fitted, but the course has seen training people.
    held_out = ~planted.rows("train")
    return {
        "squares": score.squares.tolist(),
        "correlations": score.correlations.tolist(),
        "owners": parts["test"].owners.tolist(),
        "rho": float(spearmanr(stages, onset[planted.rows("test")])[0]),
        "covered": inside[once].tolist(),
        "covered_held_out": inside[once & held_out].tolist(),
        "covered_repeated": inside[~once].tolist(),
        "width": float(np.median((placed.high - placed.low)[once])),
        "speed": float(np.polyfit(onset, there, 1)[0]),
        "noise": [noise.offset, noise.scan],
    }


def _find_on_course(course: Trajectory, planted: PlantedProgression) -> Floats:
    """Return when a fitted course is most like the planted one at each person's first visit.

    Time on a course counts from where its start was fitted, and so has another origin than that of
    the truth; and where the speed of the course is off, another unit.
    """
    times = np.linspace(0, course.duration, _GRID_POINTS)
    states = course.at(times)
    truth = planted.truth
    wanted = interpolate_course(truth.times, truth.courses[0], truth.onset)
    nearest = [int(((states - one) ** 2).sum(axis=1).argmin()) for one in wanted]
    return np.asarray(times[nearest])


def _judge_graph(weights: Floats, form: CourseForm, planted: PlantedProgression) -> dict[str, Any]:
    upper = np.triu_indices(len(weights), 1)
    found = {"posterior": weights}
    if isinstance(form.graph, PriorGraph):
        found["prior"] = np.asarray(form.graph.prior)
    truth = planted.truth.graph
    pairs = np.arange(len(upper[0]))
    # Edges that no view shows, against pairs that are no edges.
    absent = np.isin(pairs, truth.absent)
    fair = absent | ~truth.edges
    true = truth.matrix[upper]
    judged = {}
    for name, matrix in found.items():
        each = matrix[upper]
        judged[name] = {
            "r": float(np.corrcoef(each, true)[0, 1]),
            "auc": compute_roc_area(truth.edges, each),
            "absent": compute_roc_area(absent[fair], each[fair]) if absent.any() else None,
        }
    return judged


def compare_planted_halves(kind: ProgressionKind, model: str, seed: int, fast: bool) -> list[float]:
    """Fit two halves of the training people of a planted cohort.

    Returns
    -------
    list of float
        Pearson r of the weights, of log(posterior / prior), and the ratio of the rates of spread.
    """
    planted, parts = plant_parts(kind, fast)
    form = assume_course(model, planted, find_limits(parts["train"]), SeedTree(seed))
    plan = _FAST if fast else FitPlan()
    found = compare_halves(form, parts["train"], parts["validation"], plan, SeedTree(seed))
    return [found.graph, found.change, found.spread[0] / found.spread[1]]


def profile_planted(kind: ProgressionKind, model: str, seed: int, fast: bool) -> dict[str, Any]:
    """Profile the likelihood of both rates, and fit again from elsewhere.

    Returns
    -------
    dict
        For ``spread`` and ``growth``: ``fitted``, ``best``, ``low``, ``high`` (None where the
        profile does not end), ``rates`` and ``deviance``, and ``again``, the rates of fits from
        other numbers.
    """
    planted, parts = plant_parts(kind, fast)
    form = assume_course(model, planted, find_limits(parts["train"]), SeedTree(seed))
    plan = _FAST if fast else FitPlan()
    people = parts["train"], parts["validation"]
    fit = fit_course(form, *people, plan)
    # All else is near its place already.
    further = _FAST if fast else plan.model_copy(update={"rounds": _PROFILE_ROUNDS})
    tree = SeedTree(seed).child("restart")
    others = [
        restart_fit(form, people, plan, tree.child(number)).values_of(form)
        for number in range(1 if fast else _RESTARTS)
    ]
    found: dict[str, Any] = {}
    names: tuple[Literal["spread", "growth"], ...] = ("spread", "growth")
    for name in names:
        profile = profile_rate(form, people, further, fit, name)
        found[name] = {
            "fitted": getattr(fit.values_of(form), name),
            "best": profile.best,
            "low": profile.low,
            "high": profile.high if np.isfinite(profile.high) else None,
            "rates": profile.rates.tolist(),
            "deviance": profile.deviance.tolist(),
            "again": [getattr(values, name) for values in others],
        }
    return found


def score_rivals(kind: ProgressionKind, model: str, seed: int, fast: bool) -> dict[str, Any]:
    """Score what a course must beat, on test people.

    Returns
    -------
    dict
        ``aligned``: sum of squares and r of the group mean and of straight lines that people are
        aligned to; ``last``: those of the last scans, predicted from the scans before, with their
        number ``n``.
    """
    planted, parts = plant_parts(kind, fast)
    form = assume_course(model, planted, find_limits(parts["train"]), SeedTree(seed))
    plan = _FAST if fast else FitPlan()
    fit = fit_course(form, parts["train"], parts["validation"], plan)
    noise = measure_noise(fit, parts["train"], form.limits, plan)
    test, train = parts["test"], parts["train"]
    lines = predict_scans(draw_lines(train, plan.duration), test, NoiseModel(0.0, 1.0), plan.grid)
    aligned = {"group mean": average_group(train, len(test.owners)), "straight lines": lines[0]}
    last = predict_last_scans(fit.course, test, train, noise, plan.grid)
    scans = test.take(last.rows)
    return {
        "aligned": {name: _score(said, test) for name, said in aligned.items()},
        "last": {name: _score(said, scans) for name, said in last.predictions.items()},
        "n": len(last.rows),
    }


def _score(said: Floats, scans: Scans) -> list[float]:
    score = score_predictions(said, scans)
    return [score.sse, score.correlation]
