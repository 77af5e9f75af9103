"""Graphs judged by maps of animals: planted spread is found, other graphs and nulls are not."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.progression import build_laplacian, diffuse
from neuropil.progression.group_maps.animals import AnimalGroup, CandidateGraph
from neuropil.progression.group_maps.judging import (
    choose_by_earlier,
    compare_with_previous,
    judge_graphs,
    judge_nulls,
)


@pytest.fixture(scope="module")
def planted():
    """Four animals at each of three times, spread along one of two graphs."""
    rng = np.random.default_rng(3)
    true, other = (rng.random((30, 30)) ** 4 for _ in range(2))
    start = np.eye(30)[0]
    times = np.array([1.0, 3.0, 6.0])
    maps = diffuse(build_laplacian(true, scale="eigenvalue"), start, 0.5 * times)
    values = np.repeat(maps, 4, axis=0) * np.exp(rng.normal(0, 0.05, (12, 30)))
    group = AnimalGroup("planted", np.repeat(times, 4), values, start)
    return group, (CandidateGraph("other", other), CandidateGraph("true", true))


def test_the_graph_of_the_spread_is_chosen_and_foretells_the_last_map(planted):
    group, candidates = planted
    judged = judge_graphs(candidates, group, 20, SeedTree(0))
    chosen = choose_by_earlier(judged)
    assert chosen.graph.name == "true"
    assert chosen.held_out.last > 0.95
    assert chosen.held_out.rate == pytest.approx(0.5, abs=0.11)
    assert chosen.low[-1] <= chosen.held_out.last <= chosen.high[-1] + 0.01
    assert judged[0].held_out.last < 0.6


def test_wiring_that_was_redrawn_foretells_less(planted):
    group, (_, true) = planted
    null = judge_nulls(true, group, "weights", 20, SeedTree(0))
    assert null.shape == (20,)
    assert null.max() < 0.8


def test_the_map_before_is_the_rival(planted):
    group, _ = planted
    r, drawn = compare_with_previous(group, 20, SeedTree(0))
    previous, last = np.log10(group.average().values[-2:])
    assert r == pytest.approx(np.corrcoef(previous, last)[0, 1])
    assert drawn.min() <= r <= drawn.max() + 0.01
