"""Degrees, strengths, density, reciprocity and sums between types against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from neuropil.measures import compute_degrees, compute_density, compute_reciprocity, measure_wiring


@pytest.fixture(params=range(3))
def matrix(request):
    generator = np.random.default_rng(request.param)
    weights = generator.integers(1, 30, (40, 40)) * (generator.random((40, 40)) < 0.15)
    np.fill_diagonal(weights, 0)
    return weights


def test_degrees_and_strengths(matrix):
    np.fill_diagonal(matrix, np.arange(40) % 3)
    graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    found = compute_degrees(matrix)
    for mine, theirs in (
        (found.incoming, graph.in_degree()),
        (found.outgoing, graph.out_degree()),
        (found.incoming_strength, graph.in_degree(weight="weight")),
        (found.outgoing_strength, graph.out_degree(weight="weight")),
    ):
        assert dict(enumerate(mine.tolist())) == dict(theirs)


def test_density_and_reciprocity(matrix):
    graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    assert compute_density(matrix) == pytest.approx(nx.density(graph))
    assert compute_reciprocity(matrix).binary == pytest.approx(nx.overall_reciprocity(graph))


def test_counts_between_types(matrix):
    labels = [f"type{index % 4}" for index in range(40)]
    graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    nx.set_node_attributes(graph, dict(enumerate(labels)), "type")
    pairs = nx.attribute_mixing_dict(graph, "type")
    types = measure_wiring(matrix, labels, n_nulls=19).types
    assert types.height == 16
    for row in types.iter_rows(named=True):
        assert row["pairs"] == pairs[row["pre"]][row["post"]]
        part = [labels.index(row["pre"]), labels.index(row["post"])]
        assert row["weight"] == matrix[part[0] :: 4, part[1] :: 4].sum()
