"""Cached pieces of work of the claims about planted courses."""

from __future__ import annotations

import time
from typing import Any, Literal

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
    interpolate_course,
    join_priors,
    load_measured_views,
    plant_progression_cohort,
    scale_graph,
    simulate_course,
)
from neuropil.progression.alignment.limits import Limits, find_limits
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.posterior import stage_people
from neuropil.progression.alignment.rates import find_personal_rates
from neuropil.progression.alignment.scans import Scans, UnitScale
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.alternation import FitPlan, fit_course
from neuropil.progression.fitting.course import Capacity, CourseForm, Dynamics
from neuropil.progression.fitting.graphs import (
    FreeGraph,
    GivenGraph,
    GraphKind,
    PriorGraph,
    ViewMixture,
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
    rank_edges,
    score_predictions,
)
from neuropil.progression.group_maps.graph_nulls import draw_graph_nulls

__all__ = [
    "compare_planted_halves",
    "cover_rates",
    "fit_planted",
    "profile_planted",
    "score_rivals",
    "time_fit",
]

Floats = npt.NDArray[np.float64]

_FAST = FitPlan(rounds=2, steps=2)
"""A check that the claims can be measured: what it gives means nothing."""
_SEED_REGION = "entorhinal"
# Logarithms of personal rates where people have them: two in three are within a factor of 1.5.
_RATE_SPREAD = 0.4
_PROFILE_ROUNDS, _RESTARTS = 20, 2
_GRID_POINTS = 3001  # of the course on which planted times are found again, .01 years apart


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
    planted, parts = _plant(kind, fast)
    if model == "oracle":
        course = Trajectory(planted.truth.courses[0], float(planted.truth.times[-1]))
        limits = find_limits(parts["train"])
        # The spread of what was planted: an offset of .03 and a noise of .045.
        noise = NoiseModel(0.03, 0.045, limits)
        return _judge_course(course, noise, planted, parts) | {"graph": {}, "rates": []}
    form = _assume(model, planted, find_limits(parts["train"]), SeedTree(seed))
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


def _plant(kind: ProgressionKind, fast: bool) -> tuple[PlantedProgression, dict[str, Scans]]:
    views = generate_views() if fast else load_measured_views()
    planted = plant_progression_cohort(kind, views=views)
    # Values are shares of the largest capacity already: no scale is needed, and none can leak.
    parts = {
        part: Scans.of(planted.visits.take(planted.rows(part)), UnitScale())
        for part in ("train", "validation", "test")
    }
    return planted, parts | {"all": Scans.of(planted.visits, UnitScale())}


def _assume(model: str, planted: PlantedProgression, limits: Limits, seed: SeedTree) -> CourseForm:
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
            "auc": rank_edges(each, truth.edges),
            "absent": rank_edges(each[fair], absent[fair]) if absent.any() else None,
        }
    return judged


def compare_planted_halves(kind: ProgressionKind, model: str, seed: int, fast: bool) -> list[float]:
    """Fit two halves of the training people of a planted cohort.

    Returns
    -------
    list of float
        Pearson r of the weights, of log(posterior / prior), and the ratio of the rates of spread.
    """
    planted, parts = _plant(kind, fast)
    form = _assume(model, planted, find_limits(parts["train"]), SeedTree(seed))
    plan = _FAST if fast else FitPlan()
    found = compare_halves(form, parts["train"], parts["validation"], plan, SeedTree(seed))
    return [found.graph, found.change, found.spread[0] / found.spread[1]]


def profile_planted(kind: ProgressionKind, model: str, seed: int, fast: bool) -> dict[str, Any]:
    """Profile the likelihood of both rates, and fit again from elsewhere.

    Returns
    -------
    dict
        For ``spread`` and ``growth``: ``fitted``, ``low``, ``high`` (None where the profile does
        not end), ``rates`` and ``deviance``, and ``again``, the rates of fits from other numbers.
    """
    planted, parts = _plant(kind, fast)
    form = _assume(model, planted, find_limits(parts["train"]), SeedTree(seed))
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
    planted, parts = _plant(kind, fast)
    form = _assume(model, planted, find_limits(parts["train"]), SeedTree(seed))
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


def cover_rates(seed: int, fast: bool) -> dict[str, Any]:
    """Estimate personal rates of people who have them, and of people who have none.

    Returns
    -------
    dict
        For ``varied`` and ``equal`` people: ``once``, how many seen once are called identifiable;
        ``identifiable`` and ``repeated``, counts of people seen more often; ``covered``, for each
        of these whether the interval holds his rate, open ends included; ``differs``, how many are
        said to differ from 1; ``rho`` of estimated and planted rates.
    """
    from scipy.stats import spearmanr

    planted, parts = _plant("easy", fast)
    found: dict[str, Any] = {}
    n = 30 if fast else planted.visits.n_subjects
    course = Trajectory(planted.truth.courses[0], float(planted.truth.times[-1]))
    for name, spread in (("varied", _RATE_SPREAD), ("equal", 0.0)):
        rng = SeedTree(seed).child(name).generator()
        rates = np.exp(spread * rng.standard_normal(planted.visits.n_subjects))
        scans = _observe(planted, parts["all"], rates, rng)
        some = scans.take_people(np.arange(n))
        limits = find_limits(some)
        judged = find_personal_rates(course, some, NoiseModel(0.03, 0.045, limits))
        once = np.bincount(some.owners) == 1
        known = judged.identifiable
        inside = (judged.low <= rates[:n]) & (rates[:n] <= judged.high)
        found[name] = {
            "once": int((known & once).sum()),
            "identifiable": int(known.sum()),
            "repeated": int((~once).sum()),
            "covered": inside[~once].tolist(),
            "differs": int(judged.differs.sum()),
            "rho": float(spearmanr(judged.rate[known], rates[:n][known])[0])
            if known.sum() > 2
            else None,
        }
    return found


def _observe(
    planted: PlantedProgression, scans: Scans, rates: Floats, rng: np.random.Generator
) -> Scans:
    """Draw what the planted people would show if each ran along the course at his own rate."""
    truth = planted.truth
    reached = truth.onset[scans.owners] + rates[scans.owners] * scans.gaps
    expected = interpolate_course(truth.times, truth.courses[0], reached)
    offset = rng.normal(0, 0.03, (scans.n_people, expected.shape[1]))
    noise = rng.normal(0, 0.045, expected.shape)
    values = np.clip(expected + offset[scans.owners] + noise, 0, 1)
    return Scans(values, np.ones_like(values), scans.owners, scans.gaps, scans.n_people)


def time_fit(n_people: int, n_visits: int, n_regions: int, seed: int, fast: bool) -> list[float]:
    """Time a whole fit, with compilation, to people on a random graph.

    Returns
    -------
    list of float
        Seconds of processor, and of the clock.
    """
    rng = SeedTree(seed).child("time").generator()
    points = rng.standard_normal((n_regions, 3))
    graph = np.exp(-(np.linalg.norm(points[:, None] - points, axis=-1) ** 2))
    np.fill_diagonal(graph, 0)
    graph = scale_graph(graph)
    begun = np.where(points[:, 0] > np.quantile(points[:, 0], 0.9), 0.1, 0.005)
    times, course = simulate_course(graph, np.ones(n_regions), begun, (0.45, 0.35))
    owners = np.repeat(np.arange(n_people), n_visits)
    gaps = np.tile(np.arange(n_visits, dtype=np.float64), n_people)
    reached = rng.uniform(2, 22, n_people)[owners] + gaps
    values = interpolate_course(times, course, reached)
    values = np.clip(values + rng.normal(0, 0.05, values.shape), 0, 1)
    scans = Scans(values, np.ones_like(values), owners, gaps, n_people)
    form = CourseForm(GivenGraph(graph), begun > 0.01, limits=find_limits(scans))
    plan = _FAST if fast else FitPlan()
    began = time.process_time(), time.perf_counter()
    fit_course(form, scans, scans, plan)
    return [time.process_time() - began[0], time.perf_counter() - began[1]]
