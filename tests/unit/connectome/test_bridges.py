"""Frames and graphs of other libraries, there and back."""

from __future__ import annotations

import sys

import networkx
import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Connectome
from neuropil.contracts import InputError, MissingDependencyError, Source

NODES = pl.DataFrame(
    {
        "id": [2**53 + 1, 2**53, 7],
        "cell_type": ["A", None, "B"],
        "sign": [1, None, -1],
        "x_nm": [1.5, None, 2.5],
        "traced": [True, None, False],
    }
)
EDGES = pl.DataFrame(
    {"pre": [7, 2**53], "post": [2**53, 2**53 + 1], "synapse_count": [3, 4], "area": [0.5, 1.0]}
)


@pytest.fixture
def circuit() -> Connectome:
    return Connectome.from_frames(NODES, EDGES, units={"area": "um2"}, source=Source("planted"))


@pytest.mark.parametrize("directed", [True, False])
def test_pandas_there_and_back(directed):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    circuit = Connectome.from_frames(NODES, EDGES, units={"area": "um2"}, directed=directed)
    nodes, edges = circuit.to_pandas()
    assert isinstance(nodes, pandas.DataFrame)
    assert nodes["id"].tolist() == NODES["id"].to_list()
    units = {"area": "um2"}
    back = Connectome.from_pandas(nodes, edges, units=units, directed=directed)
    assert back.equals(circuit)
    assert Connectome.from_frames(nodes, edges, units=units, directed=directed).equals(circuit)
    by_index = nodes.set_index("id")
    assert Connectome.from_pandas(by_index, edges, units=units, directed=directed).equals(circuit)
    assert Connectome.from_pandas(None, edges, units=units).n_nodes == 3


def test_what_pandas_marks_as_missing_is_null():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    nodes = pandas.DataFrame(
        {"id": ["a", "b"], "x_nm": [np.nan, 1.0], "side": pandas.Categorical([None, "L"])}
    )
    edges = pandas.DataFrame({"pre": ["a"], "post": ["b"], "synapse_count": [2]})
    made = Connectome.from_pandas(nodes, edges)
    assert made.nodes.rows() == [("a", None, None), ("b", 1.0, "L")]
    edges["synapse_count"] = np.nan
    with pytest.raises(InputError, match="expected a value, found null"):
        Connectome.from_pandas(nodes, edges)


def test_lazy_frames_and_plain_columns_are_taken():
    made = Connectome.from_frames(
        {"id": [1, 2]}, EDGES.head(0).lazy().select("pre", "post", "area"), units={"area": "um2"}
    )
    assert made.n_nodes == 2
    with pytest.raises(InputError) as caught:
        Connectome.from_frames([1, 2], EDGES)
    assert str(caught.value) == (
        "nodes: expected a frame of Polars or pandas, found list. Give a frame with one column "
        "for each name."
    )
    with pytest.raises(InputError) as caught:
        Connectome.from_frames({"id": [1, "b"]}, EDGES)
    assert str(caught.value) == (
        "nodes, column id: expected values of one kind, found int, str. Convert them all to "
        "numbers or all to text."
    )


def test_networkx_there_and_back(circuit):
    graph = circuit.to_networkx()
    assert graph.is_directed()
    assert graph.edges[7, 2**53] == {"synapse_count": 3, "area": 0.5}
    assert "cell_type" not in graph.nodes[2**53]
    back = Connectome.from_networkx(graph, weights=["synapse_count", "area"], units={"area": "um2"})
    # networkx lists edges by their first node.
    order = [1, 0]
    assert back.nodes.equals(circuit.nodes)
    assert back.edges.equals(circuit.edges[order])
    assert back.units == circuit.units
    undirected = Connectome.from_frames(NODES, EDGES.drop("area"), directed=False)
    graph = undirected.to_networkx()
    assert not graph.is_directed()
    assert graph.number_of_edges() == 2
    found = Connectome.from_networkx(graph)
    assert not found.directed
    np.testing.assert_array_equal(found.adjacency().toarray(), undirected.adjacency().toarray())


def test_weights_of_networkx_are_chosen_by_name():
    graph = networkx.DiGraph()
    graph.add_edge("a", "b", SUID=3001, weight=3, length=1.5)
    made = Connectome.from_networkx(graph)
    assert made.edges.rows() == [("a", "b", 3)]
    assert made.units == {"weight": "not stated"}
    assert made.source.notes == (
        "Attributes of the edges that are not weights were left out: SUID, length.",
    )
    assert Connectome.from_networkx(graph, weights="length").edges.rows() == [("a", "b", 1.5)]
    del graph.edges["a", "b"]["weight"]
    with pytest.raises(InputError) as caught:
        Connectome.from_networkx(graph)
    assert str(caught.value) == (
        "networkx graph, edges: expected an attribute called weight, synapse_count, syn_count, "
        "n_syn, count, connectivity or alike, found 'SUID', 'length'. "
        "Name the weights: weights=['SUID']."
    )
    bare = networkx.DiGraph([("a", "b")])
    assert Connectome.from_networkx(bare).edges.columns == ["pre", "post", "edge_count"]


def test_parallel_edges_are_refused_or_added_up():
    for kind in (networkx.MultiDiGraph, networkx.MultiGraph):
        graph = kind()
        graph.add_edge("a", "b", weight=1)
        graph.add_edge("a", "b", weight=3)
        graph.add_edge("b", "c", weight=2)
        with pytest.raises(InputError) as caught:
            Connectome.from_networkx(graph)
        assert str(caught.value) == (
            "networkx graph: expected one edge from 'a' to 'b', found several. Add up parallel "
            "edges with sum_pairs=True."
        )
        made = Connectome.from_networkx(graph, sum_pairs=True)
        assert made.adjacency().toarray()[0, 1] == 4
        assert made.n_edges == 2


def test_graphs_that_are_no_connectome_are_named():
    graph = networkx.Graph()
    graph.add_edge("a", 2, weight=1)
    with pytest.raises(InputError) as caught:
        Connectome.from_networkx(graph)
    assert str(caught.value) == (
        "networkx graph: expected nodes that are all whole numbers or all text, found int, str. "
        "Rename them: networkx.relabel_nodes(graph, str)."
    )
    # The repair works when typed.
    assert Connectome.from_networkx(networkx.relabel_nodes(graph, str)).n_edges == 1
    graph = networkx.Graph([("a", "b"), ("b", "c")])
    graph.edges["a", "b"]["weight"] = 2
    with pytest.raises(InputError) as caught:
        Connectome.from_networkx(graph)
    assert str(caught.value) == (
        "networkx graph, edge from 'b' to 'c', attribute 'weight': expected a number, found None. "
        "Give each edge a number, or name other attributes in weights."
    )


def test_anndata_has_the_matrix_and_the_nodes(circuit):
    pytest.importorskip("anndata", reason="anndata is not installed")
    made = circuit.to_anndata()
    np.testing.assert_array_equal(made.X.toarray(), circuit.adjacency().toarray())
    np.testing.assert_array_equal(made.obsp["area"].toarray(), circuit.adjacency("area").toarray())
    assert made.obs["id"].tolist() == NODES["id"].to_list()
    assert made.uns["units"] == {"synapse_count": "synapses", "area": "um2"}
    assert made.uns["directed"]


@pytest.mark.parametrize("package", ["pandas", "networkx", "anndata"])
def test_a_missing_package_is_named(circuit, package, monkeypatch):
    # None in the table of modules is how Python itself marks what cannot be imported.
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError) as caught:
        getattr(circuit, f"to_{package}")()
    assert str(caught.value) == (
        f"Connectome.to_{package}: expected the package {package}, which is not installed. "
        f"Install it: pip install {package}."
    )


def test_a_matrix_may_be_lists_and_fractions_are_no_synapses():
    assert Connectome.from_matrix([[0, 3], [1, 0]]).units == {"synapse_count": "synapses"}
    fractions = Connectome.from_matrix([[0, 0.25], [0.5, 0]])
    assert fractions.units == {"synapse_count": "not stated"}
    assert Connectome.from_matrix([[0, 2.0], [1.0, 0]]).units == {"synapse_count": "synapses"}
    assert Connectome.from_matrix([[0, 2]] * 2, weight="tracts").units == {"tracts": "not stated"}
    edges = pl.DataFrame({"pre": [1], "post": [2], "synapse_count": [0.5]})
    made = Connectome.from_frames(pl.DataFrame({"id": [1, 2]}), edges)
    assert made.units == {"synapse_count": "not stated"}


def test_length_and_what_notebooks_show(circuit):
    assert len(circuit) == 3
    assert repr(circuit) == (
        "Connectome(3 nodes, 2 edges, synapse_count [synapses], area [um2], planted)"
    )
    undirected = Connectome.from_frames(NODES, EDGES.drop("area"), directed=False)
    assert repr(undirected) == (
        "Connectome(3 nodes, 2 undirected edges, synapse_count [synapses], not stated)"
    )
    assert undirected.describe().splitlines()[:2] == [
        "not stated: 3 neurons, 2 undirected edges",
        "synapse_count: 7 synapses in total",
    ]
    nodes = pl.DataFrame({"id": [f"n{k}" for k in range(7)], "cell_type": ["<b>&"] * 7})
    edges = pl.DataFrame({"pre": ["n0"], "post": ["n1"], "synapse_count": [1]})
    html = Connectome.from_frames(nodes, edges, source=Source("<script>"))._repr_html_()
    assert "<script>" not in html
    assert "<th>&lt;script&gt;</th><td>7 neurons, 1 edges</td>" in html
    assert "&lt;b&gt;&amp;" in html
    assert "and 2 more nodes" in html


@pytest.fixture
def sparse() -> Connectome:
    edges = pl.DataFrame(
        {"pre": [1, 2], "post": [2, 1], "chemical": [3, None], "area": [None, 0.5]}
    )
    units = {"chemical": "synapses", "area": "um2"}
    return Connectome.from_frames(pl.DataFrame({"id": [1, 2]}), edges, units=units)


def test_a_null_weight_is_no_attribute_of_networkx(sparse):
    assert list(sparse.to_networkx().edges(data=True)) == [
        (1, 2, {"chemical": 3}),
        (2, 1, {"area": 0.5}),
    ]


def test_a_null_weight_is_missing_in_pandas(sparse):
    pytest.importorskip("pandas", reason="pandas is not installed")
    nodes, table = sparse.to_pandas()
    assert table["chemical"].isna().tolist() == [False, True]
    assert table["chemical"][0] == 3
    assert np.isnan(table["area"][0])
    back = Connectome.from_pandas(nodes, table, units=dict(sparse.units))
    assert back.edges.equals(sparse.edges)
