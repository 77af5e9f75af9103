"""A connectome built, changed and described."""

import pickle

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from neuropil.connectome import Connectome
from neuropil.contracts import InputError, Source

BEYOND_DOUBLES = 2**53 + 1


@pytest.fixture
def circuit() -> Connectome:
    nodes = pl.DataFrame(
        {
            "id": [30, 10, 20, 40],
            "cell_type": ["EPG", "EPG", "PEN_a", "Delta7"],
            "side": ["L", "R", "L", None],
            "sign": [1, 1, 1, -1],
        }
    )
    edges = pl.DataFrame(
        {
            "pre": [30, 10, 40, 40, 20],
            "post": [20, 20, 30, 40, 30],
            "synapse_count": [3, 5, 7, 11, 13],
            "area": [0.5, 1.0, 1.5, 2.0, 2.5],
        }
    )
    return Connectome.from_frames(
        nodes, edges, units={"area": "um2"}, space="hemibrain v1.2", source=Source("planted")
    )


def operations(connectome: Connectome) -> list[str]:
    return [operation.name for operation in connectome.provenance]


def test_adjacency_has_row_pre_and_column_post_in_node_order(circuit: Connectome) -> None:
    expected = [[0, 0, 3, 0], [0, 0, 5, 0], [13, 0, 0, 0], [7, 0, 0, 11]]
    adjacency = circuit.adjacency()
    assert isinstance(adjacency, sparse.csr_array)
    assert adjacency.dtype == np.float64
    np.testing.assert_array_equal(adjacency.toarray(), expected)
    assert circuit.adjacency("area").toarray()[3, 3] == 2.0


def test_unknown_weight_lists_the_weights(circuit: Connectome) -> None:
    with pytest.raises(InputError) as caught:
        circuit.adjacency("volume")
    assert str(caught.value) == (
        "edges: there is no weight volume. The weights are: synapse_count, area."
    )


def test_counts_and_names(circuit: Connectome) -> None:
    assert (circuit.n_nodes, circuit.n_edges) == (4, 5)
    assert circuit.weight_names == ("synapse_count", "area")
    assert circuit.units == {"synapse_count": "synapses", "area": "um2"}


def test_select_keeps_the_induced_subgraph(circuit: Connectome) -> None:
    left = circuit.select("side == 'L'")
    assert left.nodes["id"].to_list() == [30, 20]
    assert left.edges.select("pre", "post").rows() == [(30, 20), (20, 30)]
    assert operations(left) == ["from_frames", "select"]
    assert left.provenance[-1].parameters == {"expression": "side == 'L'"}
    assert operations(circuit) == ["from_frames"]


def test_drop_is_the_complement_of_select(circuit: Connectome) -> None:
    dropped = circuit.drop("side == 'L'")
    assert dropped.nodes["id"].to_list() == [10, 40]
    assert operations(dropped) == ["from_frames", "drop"]


def test_a_selection_of_nobody_lists_the_values(circuit: Connectome) -> None:
    with pytest.raises(InputError) as caught:
        circuit.select("cell_type == 'PEN'")
    assert str(caught.value) == (
        "selection \"cell_type == 'PEN'\": expected at least one neuron, select keeps none of 4. "
        "Values are cell_type: EPG, PEN_a, Delta7."
    )


def test_subset_follows_the_order_given(circuit: Connectome) -> None:
    chosen = circuit.subset([40, 30])
    assert chosen.nodes["id"].to_list() == [40, 30]
    np.testing.assert_array_equal(chosen.adjacency().toarray(), [[11, 7], [0, 0]])
    assert circuit.subset(np.array([40, 30], dtype=np.int32)).equals(chosen)
    assert circuit.subset(pl.Series([40, 30])).equals(chosen)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (
            [30, 77, 88],
            "subset: expected ids of this connectome, found unknown 77, 88. "
            "Take ids from the column id of nodes.",
        ),
        (
            ["30"],
            "subset: expected ids of type Int64, found String. "
            "Pass the ids as the column id of nodes holds them.",
        ),
        ([], "subset: expected at least one id, found none. Name the neurons."),
        (
            [30, 30],
            "nodes, row 1, column id: expected unique ids, found repeated 30. "
            "Keep one row for each neuron.",
        ),
    ],
)
def test_subset_names_what_is_wrong(circuit: Connectome, ids: list, message: str) -> None:
    with pytest.raises(InputError) as caught:
        circuit.subset(ids)
    assert str(caught.value) == message


def test_with_nodes_adds_columns_and_logs_the_verb(circuit: Connectome) -> None:
    labelled = circuit.with_nodes({"region": ["EB"] * 4}, "label_region")
    assert labelled.nodes["region"].to_list() == ["EB"] * 4
    logged = {"name": "label_region", "parameters": {"node_columns": ["region"]}}
    assert labelled.provenance[-1].to_json() == logged
    # A whole table is logged by its names as well, not as columns that no JSON can hold.
    table = circuit.with_nodes(circuit.nodes.select("id", "side"), "choose")
    assert table.provenance[-1].parameters == {"node_columns": ["id", "side"]}
    assert "region" not in circuit.nodes.columns


def test_with_nodes_refuses_other_ids_and_lengths(circuit: Connectome) -> None:
    with pytest.raises(InputError) as caught:
        circuit.with_nodes(circuit.nodes.reverse(), "sort")
    assert str(caught.value) == (
        "nodes, column id, sort: expected the same ids in the same order. "
        "Join the new columns to connectome.nodes, or use subset to reorder."
    )
    with pytest.raises(InputError) as caught:
        circuit.with_nodes({"region": ["EB"]}, "label_region")
    assert str(caught.value) == (
        "nodes, column region: expected 4 values, found 1. Give one value for each row of nodes."
    )


def test_with_edges_replaces_weights_and_keeps_their_units(circuit: Connectome) -> None:
    doubled = circuit.with_edges({"synapse_count": circuit.edges["synapse_count"] * 2}, "double")
    np.testing.assert_array_equal(doubled.adjacency().toarray(), 2 * circuit.adjacency().toarray())
    counts = circuit.with_edges(circuit.edges.drop("area"), "drop_area")
    assert counts.units == {"synapse_count": "synapses"}
    with pytest.raises(InputError) as caught:
        circuit.with_edges({"volume": [1.0] * 5}, "measure")
    assert str(caught.value) == (
        "units, volume: expected units of the weights synapse_count, area, volume, "
        "found units of synapse_count, area. "
        'Give each weight its unit, such as units={"synapse_count": "synapses"}.'
    )


def test_equals_compares_content_and_not_history(circuit: Connectome) -> None:
    same = circuit.with_nodes({}, "nothing")
    assert same.equals(circuit)
    assert not circuit.equals(circuit.select("sign == 1"))
    assert not circuit.equals(circuit.with_nodes({"sign": [1.0, 1.0, 1.0, -1.0]}, "as_float"))
    assert pickle.loads(pickle.dumps(circuit)).equals(circuit)


def test_describe_and_repr(circuit: Connectome) -> None:
    assert repr(circuit) == (
        "Connectome(4 nodes, 5 edges, synapse_count [synapses], area [um2], planted)"
    )
    assert circuit.describe().splitlines() == [
        "planted: 4 neurons, 5 edges",
        "synapse_count: 39 synapses in total",
        "area: 7.5 um2 in total",
        "3 cell types: EPG (2), PEN_a (1), Delta7 (1)",
        "space: hemibrain v1.2",
        "licence: not stated",
    ]


def test_no_edges_is_a_connectome() -> None:
    nodes = pl.DataFrame({"id": ["a", "b"]})
    edges = pl.DataFrame(
        {"pre": [], "post": [], "synapse_count": []},
        schema_overrides={"pre": pl.String, "post": pl.String, "synapse_count": pl.Int64},
    )
    assert Connectome.from_frames(nodes, edges).adjacency().toarray().sum() == 0


def test_ids_beyond_doubles_stay_apart() -> None:
    ids = [BEYOND_DOUBLES - 1, BEYOND_DOUBLES]
    connectome = Connectome.from_matrix([[0, 1], [2, 0]], pl.DataFrame({"id": ids}))
    assert connectome.edges.rows() == [(ids[0], ids[1], 1), (ids[1], ids[0], 2)]
    assert connectome.select(f"id == {BEYOND_DOUBLES}").nodes["id"].to_list() == [ids[1]]
    assert connectome.subset([ids[1]]).n_nodes == 1


def test_small_integers_do_not_overflow_in_sums() -> None:
    nodes = pl.DataFrame({"id": [1, 2], "cell_type": ["A", "A"]})
    edges = pl.DataFrame(
        {"pre": [1, 2], "post": [2, 1], "synapse_count": pl.Series([200, 100], dtype=pl.UInt8)}
    )
    merged = Connectome.from_frames(nodes, edges).merge("cell_type")
    assert merged.edges.rows() == [("A", "A", 300)]


def test_an_edge_that_is_null_in_a_weight_is_no_edge_of_it() -> None:
    nodes = pl.DataFrame({"id": [1, 2, 3], "cell_type": ["A", "B", "B"]})
    edges = pl.DataFrame(
        {"pre": [1, 2, 1], "post": [2, 3, 3], "chemical": [3, None, 0], "area": [None, 0.5, 2]}
    )
    units = {"chemical": "synapses", "area": "um2"}
    made = Connectome.from_frames(nodes, edges, units=units)
    assert made.n_edges == 3
    assert made.adjacency("chemical").nnz == 2  # a weight of 0 is stored, null is not
    assert made.adjacency("chemical").toarray().tolist() == [[0, 3, 0], [0, 0, 0], [0, 0, 0]]
    assert made.adjacency("area").toarray().tolist() == [[0, 0, 2], [0, 0, 0.5], [0, 0, 0]]
    assert made.type_matrix("chemical")[1].tolist() == [[0, 3], [0, 0]]
    assert made.describe().splitlines()[1:3] == [
        "chemical: 3 synapses in total, no value in 1 edges",
        "area: 2.5 um2 in total, no value in 1 edges",
    ]
    with pytest.raises(InputError, match="edges, row 1, column chemical: expected a value"):
        made.with_edges(made.edges.drop("area"), "drop_area")
