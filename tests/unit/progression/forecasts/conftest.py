"""Studies that spread on one graph, some of whose regions are planted to be susceptible."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.progression.forecasts.study_maps import StudyMaps
from neuropil.progression.group_maps.spread import GroupMaps

N = 40
LABORATORIES = ("a", "a", "b", "b", "c", "d")


def plant_graph(seed=0, n=N):
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < 0.15)
    np.fill_diagonal(weights, 0)
    return weights


def plant_studies(graph, *, spread=0.5, susceptibility=0.5, noise=0.1, seed=0, n_times=3):
    """Plant six studies: each step adds spread from neighbours, what is shared, and noise."""
    rng = np.random.default_rng(seed)
    n = len(graph)
    shared = rng.normal(size=n)
    uptake = graph / np.maximum(graph.sum(axis=1, keepdims=True), 1e-9)
    studies = []
    for number, laboratory in enumerate(LABORATORIES):
        start = np.zeros(n)
        start[number] = 1
        states = [rng.normal(size=n)]
        for _ in range(n_times - 1):
            around = uptake @ states[-1]
            step = spread * 3 * around + susceptibility * shared + noise * rng.normal(size=n)
            states.append(states[-1] + step)
        values = np.exp(0.5 * np.array(states))
        maps = GroupMaps(np.arange(1.0, n_times + 1), values, start)
        protein = "tau" if number % 2 else "alpha-synuclein"
        studies.append(StudyMaps(f"study {number}", maps, protein, laboratory))
    return studies


@pytest.fixture(scope="package")
def graph():
    """Weights of sixty regions."""
    return plant_graph()


@pytest.fixture(scope="package")
def plant():
    """Plant six studies on a graph; see :func:`plant_studies`."""
    return plant_studies
