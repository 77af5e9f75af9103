"""Cached pieces of work about personal rates, and about the time that a fit takes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.datasets import (
    PlantedProgression,
    ProgressionDesign,
    interpolate_course,
    scale_graph,
    simulate_course,
)
from neuropil.progression.alignment.limits import find_limits
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.rates import find_personal_rates
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.claims.simulation_worlds import plant_parts
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.alternation import FitPlan, fit_course
from neuropil.progression.fitting.course import CourseForm
from neuropil.progression.fitting.graphs import GivenGraph

__all__ = ["cover_rates", "time_fit"]

Floats = npt.NDArray[np.float64]

# Logarithms of personal rates where people have them: two in three are within a factor of 1.5.
_RATE_SPREAD = 0.4
# That of the planted cohorts.
_DESIGN = ProgressionDesign()
# A check that a fit can be timed: what it takes means nothing.
_FAST = FitPlan(rounds=2, steps=2)


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

    planted, parts = plant_parts("easy", fast)
    found: dict[str, Any] = {}
    n = 30 if fast else planted.visits.n_subjects
    course = Trajectory(planted.truth.courses[0], float(planted.truth.times[-1]))
    for name, spread in (("varied", _RATE_SPREAD), ("equal", 0.0)):
        rng = SeedTree(seed).child(name).generator()
        rates = np.exp(spread * rng.standard_normal(planted.visits.n_subjects))
        scans = _observe(planted, parts["all"], rates, rng)
        some = scans.take_people(np.arange(n))
        limits = find_limits(some)
        judged = find_personal_rates(
            course, some, NoiseModel(_DESIGN.offset, _DESIGN.noise, limits)
        )
        once = np.bincount(some.owners) == 1
        known = judged.identifiable
        inside = (judged.low <= rates[:n]) & (rates[:n] <= judged.high)
        found[name] = {
            "once": int((known & once).sum()),
            "identifiable": int(known.sum()),
            "repeated": int((~once).sum()),
            "covered": inside[~once].tolist(),
            "differs": int(judged.differs.sum()),
            # People of one rate have no order that could be found again.
            "rho": float(spearmanr(judged.rate[known], rates[:n][known])[0])
            if spread and known.sum() > 2
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
    offset = rng.normal(0, _DESIGN.offset, (scans.n_people, expected.shape[1]))
    noise = rng.normal(0, _DESIGN.noise, expected.shape)
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
