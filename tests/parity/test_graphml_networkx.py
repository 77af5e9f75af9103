"""GraphML goes to networkx and back; both see the same graph."""

from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl

from neuropil import formats
from neuropil.connectome import Connectome

N = 12


def a_connectome() -> Connectome:
    rng = np.random.default_rng(3)
    matrix = rng.integers(1, 40, (N, N)) * (rng.random((N, N)) < 0.3)
    nodes = pl.DataFrame(
        {
            "id": rng.permutation(N) + 2**60,
            "cell_type": [None if row == 3 else f"type <{row % 3}>" for row in range(N)],
            "is_traced": [row % 2 == 0 for row in range(N)],
            "x_nm": rng.normal(size=N),
        }
    )
    plain = Connectome.from_matrix(matrix, nodes, space="made up")
    return plain.with_edges(
        {"r": rng.normal(size=plain.n_edges)}, "correlate", units={"r": "correlation"}
    )


def attributes(frame: pl.DataFrame, keys: int) -> dict:
    """Values that are not missing, by the first columns."""
    return {
        row[:keys] if keys > 1 else row[0]: {
            name: value
            for name, value in zip(frame.columns[keys:], row[keys:], strict=True)
            if value is not None
        }
        for row in frame.iter_rows()
    }


def test_networkx_reads_what_neuropil_writes(tmp_path: Path) -> None:
    connectome = a_connectome()
    path = formats.write(connectome, tmp_path / "a.graphml")
    graph = nx.read_graphml(path, node_type=int)
    assert type(graph) is nx.DiGraph
    assert dict(graph.nodes(data=True)) == attributes(connectome.nodes, 1)
    assert {(pre, post): data for pre, post, data in graph.edges(data=True)} == attributes(
        connectome.edges, 2
    )
    order = connectome.nodes["id"].to_list()
    np.testing.assert_array_equal(
        nx.to_numpy_array(graph, nodelist=order, weight="r"), connectome.adjacency("r").toarray()
    )


def test_neuropil_reads_what_networkx_writes(tmp_path: Path) -> None:
    graph = nx.gnp_random_graph(N, 0.4, seed=1, directed=True)
    for number, (pre, post) in enumerate(graph.edges):
        graph.edges[pre, post].update(weight=number + 0.5, kind="chemical")
    for node in graph:
        graph.nodes[node].update(label=f"n{node}", size=node, on=bool(node % 2))
    path = tmp_path / "a.graphml"
    nx.write_graphml(graph, path)
    connectome = formats.read(path)
    np.testing.assert_array_equal(connectome.adjacency().toarray(), nx.to_numpy_array(graph))
    assert attributes(connectome.nodes, 1) == dict(graph.nodes(data=True))
    assert connectome.units == {"weight": "not stated"}


def test_an_undirected_graph_becomes_its_symmetric_matrix(tmp_path: Path) -> None:
    graph = nx.gnp_random_graph(N, 0.4, seed=2)
    graph.add_edge(0, 0)
    for number, (pre, post) in enumerate(graph.edges):
        graph.edges[pre, post]["weight"] = number + 1
    path = tmp_path / "a.graphml"
    nx.write_graphml(graph, path)
    connectome = formats.read(path)
    np.testing.assert_array_equal(connectome.adjacency().toarray(), nx.to_numpy_array(graph))
    undirected = connectome.provenance[0].parameters["undirected_edges"]
    assert undirected == graph.number_of_edges()


def test_units_and_the_first_weight_survive_the_way_through_networkx(tmp_path: Path) -> None:
    connectome = a_connectome()
    path = formats.write(connectome, tmp_path / "a.graphml")
    nx.write_graphml(nx.read_graphml(path), path)
    read = formats.read(path)
    assert read.weight_names == connectome.weight_names
    assert (read.units, read.space) == (connectome.units, connectome.space)
    assert read.source == connectome.source
    np.testing.assert_array_equal(
        read.subset(connectome.nodes["id"]).adjacency("r").toarray(),
        connectome.adjacency("r").toarray(),
    )
