"""Matrices and subgraphs against networkx."""

import networkx as nx
import numpy as np
import polars as pl
import pytest
from scipy import sparse

from neuropil.connectome import Connectome


@pytest.fixture(params=range(3))
def pair(request: pytest.FixtureRequest) -> tuple[Connectome, nx.DiGraph]:
    generator = np.random.default_rng(request.param)
    n = 40
    ids = 2**60 + generator.permutation(n)
    matrix = generator.integers(1, 30, (n, n)) * (generator.random((n, n)) < 0.2)
    types = [f"type{kind}" for kind in generator.integers(0, 4, n)]
    connectome = Connectome.from_matrix(matrix, pl.DataFrame({"id": ids, "cell_type": types}))
    graph = nx.DiGraph()
    graph.add_nodes_from(
        (int(each), {"cell_type": kind}) for each, kind in zip(ids, types, strict=True)
    )
    graph.add_weighted_edges_from(connectome.edges.rows(), weight="synapse_count")
    return connectome, graph


def assert_equal(matrix: sparse.csr_array, graph: nx.DiGraph, order: list[int]) -> None:
    expected = nx.to_numpy_array(graph, nodelist=order, weight="synapse_count")
    np.testing.assert_array_equal(matrix.toarray(), expected)


def test_adjacency(pair: tuple[Connectome, nx.DiGraph]) -> None:
    connectome, graph = pair
    assert_equal(connectome.adjacency(), graph, connectome.nodes["id"].to_list())


def test_subset_is_the_induced_subgraph(pair: tuple[Connectome, nx.DiGraph]) -> None:
    connectome, graph = pair
    chosen = connectome.nodes["id"].to_list()[::-3]
    subset = connectome.subset(chosen)
    assert_equal(subset.adjacency(), graph.subgraph(chosen), chosen)
    assert subset.n_edges == graph.subgraph(chosen).number_of_edges()


def test_merge_is_the_quotient_graph(pair: tuple[Connectome, nx.DiGraph]) -> None:
    connectome, graph = pair
    labels, sums = connectome.type_matrix()
    kinds = nx.get_node_attributes(graph, "cell_type")
    expected = np.zeros_like(sums)
    for pre, post, count in graph.edges(data="synapse_count"):
        expected[labels.index(kinds[pre]), labels.index(kinds[post])] += count
    np.testing.assert_array_equal(sums, expected)
    np.testing.assert_array_equal(connectome.merge("cell_type").adjacency().toarray(), expected)
