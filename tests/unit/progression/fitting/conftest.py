"""A small cohort on a small graph, of a few regions, which fits in a second once compiled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from neuropil.progression import NetworkEquation, Trajectory, build_laplacian, simulate
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.fitting.alternation import FitPlan
from neuropil.progression.fitting.choice import prepare_graph
from neuropil.progression.fitting.course import CourseForm
from neuropil.progression.fitting.graphs import GivenGraph

N = 8
SPREAD, GROWTH = 0.5, 0.4


@dataclass(frozen=True)
class World:
    """A ring with two short cuts, a course from one region, and people on it."""

    weights: np.ndarray
    course: Trajectory
    train: Scans
    validation: Scans
    onset: np.ndarray
    seeds: np.ndarray

    def form(self, **assumed):
        return CourseForm(GivenGraph(self.weights), self.seeds, capacity="one", **assumed)


def _observe(course: Trajectory, n: int, rng: np.random.Generator) -> tuple[Scans, np.ndarray]:
    counts = rng.integers(1, 4, n)
    owners = np.repeat(np.arange(n), counts)
    gaps = np.concatenate([1.5 * np.arange(count) for count in counts])
    onset = rng.uniform(2, 18, n)
    values = course.at(onset[owners] + gaps) + rng.normal(0, 0.02, (len(owners), N))
    return Scans(values, np.ones_like(values), owners, gaps, n), onset


@pytest.fixture(scope="session")
def small_world() -> World:
    ring = np.roll(np.eye(N), 1, axis=1)
    ring[0, 4] = ring[2, 7] = 0.7
    weights = prepare_graph(ring + ring.T, [str(place) for place in range(N)], "ring")
    start = np.where(np.arange(N) == 1, 0.15, 0.01)
    equation = NetworkEquation(build_laplacian(weights), SPREAD, GROWTH, 0.9)
    course = simulate(equation, start, 30.0)
    rng = np.random.default_rng(0)
    (train, onset), (validation, _) = (_observe(course, n, rng) for n in (60, 20))
    return World(weights, course, train, validation, onset, np.arange(N) == 1)


@pytest.fixture(scope="session")
def short_plan() -> FitPlan:
    """One plan for all tests: another one would be another program to compile."""
    return FitPlan(rounds=60, steps=10, solver_steps=30)
