"""Neurons merged into groups."""

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Connectome, sum_edges
from neuropil.contracts import InputError

NODES = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "cell_type": ["B", "A", "A", "B"],
        "side": ["L", "L", "R", "R"],
        "sign": [-1, 1, 1, -1],
        "x_nm": [1.0, 2.0, 3.0, 4.0],
    }
)
MATRIX = np.array([[1, 2, 0, 3], [0, 0, 4, 0], [5, 0, 6, 0], [0, 7, 0, 0]])


@pytest.fixture
def circuit() -> Connectome:
    return Connectome.from_matrix(MATRIX, NODES)


def test_type_matrix_sums_blocks_in_order_of_appearance(circuit: Connectome) -> None:
    labels, sums = circuit.type_matrix()
    assert labels == ["B", "A"]
    np.testing.assert_array_equal(sums, [[4, 9], [5, 10]])
    assert sums.dtype == np.float64
    assert circuit.type_matrix(by="side")[0] == ["L", "R"]


def test_merge_agrees_with_the_type_matrix(circuit: Connectome) -> None:
    merged = circuit.merge("cell_type")
    labels, sums = circuit.type_matrix()
    assert merged.nodes["id"].to_list() == labels
    np.testing.assert_array_equal(merged.adjacency().toarray(), sums)
    assert merged.provenance[-1].to_json() == {
        "name": "merge",
        "parameters": {"by": ["cell_type"], "how": "sum"},
    }


def test_merged_nodes_keep_what_is_equal_within_every_group(circuit: Connectome) -> None:
    nodes = circuit.merge("cell_type").nodes
    assert nodes.columns == ["id", "cell_type", "sign", "n_members"]
    assert nodes.rows() == [("B", "B", -1, 2), ("A", "A", 1, 2)]


def test_mean_is_the_mean_of_the_block(circuit: Connectome) -> None:
    merged = circuit.merge("cell_type", how="mean").adjacency().toarray()
    of_b, of_a = [0, 3], [1, 2]
    expected = [[MATRIX[np.ix_(p, q)].mean() for q in (of_b, of_a)] for p in (of_b, of_a)]
    np.testing.assert_array_equal(merged, expected)


def test_merging_twice_counts_neurons_and_by_two_columns_joins_labels(circuit: Connectome) -> None:
    once = circuit.merge(["cell_type", "side"])
    assert once.nodes["id"].to_list() == ["B|L", "A|L", "A|R", "B|R"]
    twice = once.merge("cell_type")
    assert twice.nodes["n_members"].to_list() == [2, 2]
    np.testing.assert_array_equal(
        twice.adjacency().toarray(), circuit.merge("cell_type").adjacency().toarray()
    )


def test_faults_are_named(circuit: Connectome) -> None:
    with pytest.raises(InputError) as caught:
        circuit.merge("family")
    assert str(caught.value) == (
        "nodes: there is no column family. The columns are: id, cell_type, side, sign, x_nm."
    )
    with pytest.raises(InputError) as caught:
        circuit.with_nodes({"side": ["L", None, "R", None]}, "forget").type_matrix(by="side")
    assert str(caught.value) == (
        "nodes, row 1, column side: expected a value for each neuron, found none for 2, 4. "
        "Fill it, or leave these neurons out with drop('side == None')."
    )
    with pytest.raises(InputError) as caught:
        circuit.merge("side", how="median")  # type: ignore[arg-type]
    assert (
        str(caught.value) == "expected how to be sum or mean, found 'median'. Choose one of them."
    )
    with pytest.raises(InputError) as caught:
        circuit.merge([])
    assert str(caught.value) == (
        "expected at least one column to group by, found none. "
        "The columns are: id, cell_type, side, sign, x_nm."
    )


HUGE = 2**62


@pytest.fixture
def huge() -> Connectome:
    """Four edges of 2^62 and one of 5 between two types: their sum is 2^64 + 5."""
    nodes = pl.DataFrame({"id": [1, 2, 3, 4, 5], "cell_type": list("ABBBB")})
    edges = pl.DataFrame(
        {
            "pre": [1, 1, 1, 1, 2],
            "post": [2, 3, 4, 5, 1],
            "synapse_count": [HUGE, HUGE, HUGE, HUGE, 5],
        }
    )
    return Connectome.from_frames(nodes, edges)


def test_sums_that_do_not_fit_64_bits_are_refused(huge: Connectome) -> None:
    with pytest.raises(InputError) as caught:
        huge.merge("cell_type")
    assert str(caught.value) == (
        "edges, column synapse_count: expected weights whose sum is less than 2^63, found "
        "18446744073709551616 for the pair ('A', 'B'). Correct the weights, or turn them into "
        "decimal numbers with with_edges first."
    )
    with pytest.raises(InputError, match=r"sum is less than 2\^63, found about 1\.84e"):
        huge.type_matrix()
    # The repair works when typed, and one edge of 2^62 is no sum.
    decimal = huge.with_edges(
        {"synapse_count": huge.edges["synapse_count"].cast(pl.Float64)}, "as_decimal"
    )
    assert decimal.merge("cell_type").adjacency().toarray()[0, 1] == 2.0**64
    assert huge.subset([1, 2]).merge("cell_type").edges.rows() == [("A", "B", HUGE), ("B", "A", 5)]


def test_a_description_does_not_wrap_round(huge: Connectome) -> None:
    assert "synapse_count: 1.84467e+19 synapses in total" in huge.describe()


def test_null_adds_nothing_and_a_sum_of_null_is_null() -> None:
    nodes = NODES.head(3)
    edges = pl.DataFrame(
        {
            "pre": [1, 1, 2, 3],
            "post": [2, 3, 3, 1],
            "chemical": [2**61, None, None, 7],
            "area": [0.5, 2.0, 1.0, None],
        }
    )
    units = {"chemical": "synapses", "area": "um2"}
    circuit = Connectome.from_frames(nodes, edges, units=units)
    assert circuit.merge("cell_type").edges.rows() == [
        ("B", "A", 2**61, 2.5),
        ("A", "A", None, 1.0),
        ("A", "B", 7, None),
    ]
    assert circuit.merge("cell_type", how="mean").edges.rows() == [
        ("B", "A", 2.0**60, 1.25),
        ("A", "A", None, 0.25),
        ("A", "B", 3.5, None),
    ]
    assert circuit.type_matrix("area")[1].tolist() == [[0, 2.5], [0, 1]]


def test_sums_beside_null_are_checked_for_64_bits() -> None:
    lines = pl.DataFrame(
        {"pre": [1, 1, 1], "post": [2, 2, 2], "count": [2**62, 2**62, None], "area": [1.0] * 3}
    )
    with pytest.raises(InputError, match=f"less than 2\\^63, found {2**63} for the pair"):
        sum_edges(lines)
