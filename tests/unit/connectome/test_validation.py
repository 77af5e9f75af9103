"""Every fault of the tables is named with its table, row and column."""

from typing import Any

import polars as pl
import pytest

from neuropil.connectome import SIGNED_UNITS, Connectome, TableError
from neuropil.connectome.validation import find_rows
from neuropil.contracts import InputError

NODES = {"id": [1, 2, 3]}
EDGES = {"pre": [1, 2], "post": [2, 3], "synapse_count": [4, 5]}
REPAIR_NEGATIVE = (
    "a weight that is signed by nature has one of the units "
    "Fisher z, correlation, covariance, partial correlation."
)


def fault(nodes: dict[str, Any], edges: dict[str, Any], **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        Connectome.from_frames(
            pl.DataFrame(nodes, strict=False), pl.DataFrame(edges, strict=False), **options
        )
    return str(caught.value)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (
            {"id": pl.Series([], dtype=pl.Int64)},
            "nodes: expected at least one neuron, found none. Add the neurons.",
        ),
        (
            {"bodyId": [1]},
            "nodes, column id: expected the columns id, found bodyId. "
            "Rename or add the missing column.",
        ),
        (
            {"id": [1, 2, 2, 3, 1]},
            "nodes, row 2, column id: expected unique ids, found repeated 2, 1. "
            "Keep one row for each neuron.",
        ),
        (
            {"id": [1, None]},
            "nodes, row 1, column id: expected a value, found null. "
            "Fill the value or drop the row.",
        ),
        (
            {"id": ["EPG", "EPG\u200b"]},
            "nodes, row 1, column id: expected an id without invisible characters, "
            "found 'EPG\\u200b'. Remove what no screen shows from it.",
        ),
        (
            {"id": [1.0, 2.0]},
            "nodes, column id: expected ids of type Int64 or String, found Float64. "
            "Read the ids as integers or as text; a float cannot hold ids beyond 2^53.",
        ),
        (
            {"id": [1, 2, 3], "x_nm": [0.0, float("nan"), 1.0]},
            "nodes, row 1, column x_nm: expected finite numbers, found nan. "
            "Use null where the value is not known.",
        ),
        (
            {"id": [1, 2, 3], "sign": [1, None, 0]},
            "nodes, row 2, column sign: expected -1 or 1, found 0. "
            "Use -1 for inhibitory, 1 for excitatory and null for not known.",
        ),
        (
            {"id": [1, 2, 3], "sign": [None, "+", "-"]},
            "nodes, row 1, column sign: expected -1 or 1, found '+'. "
            "Use -1 for inhibitory, 1 for excitatory and null for not known.",
        ),
        (
            {"id": [1], "rois": [["EB", "PB"]]},
            "nodes, column rois: expected numbers, text or booleans, found List(String). "
            "Split it into one column for each element.",
        ),
    ],
)
def test_node_faults(nodes: dict[str, Any], message: str) -> None:
    assert fault(nodes, EDGES) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"post": [2, 99]},
            "edges, row 1, column post: expected ids of the node table, found unknown 99 "
            "(1 such rows). Add these neurons to the nodes, or drop their edges.",
        ),
        (
            {"pre": ["1", "2"]},
            "edges, column pre: expected ids of type Int64 as in the nodes, found String. "
            "Read the ids of both tables as the same type.",
        ),
        (
            {"pre": [1, None]},
            "edges, row 1, column pre: expected a value, found null. "
            "Fill the value or drop the row.",
        ),
        (
            {"pre": [1, 1], "post": [2, 2]},
            "edges, row 1, column pre, post: expected one edge for each (pre, post) pair, "
            "found (1, 2) again (1 such rows). Sum the weights of equal pairs first.",
        ),
        (
            {"synapse_count": [4, -5]},
            "edges, row 1, column synapse_count: expected weights of 0 or more, found -5. "
            "Correct or drop this edge; inhibition belongs in the node column sign, "
            f"and {REPAIR_NEGATIVE}",
        ),
        (
            {"synapse_count": [float("nan"), 5]},
            "edges, row 0, column synapse_count: expected finite weights, found nan. "
            "Correct or drop this edge; inhibition belongs in the node column sign.",
        ),
        (
            {"synapse_count": [float("inf"), 5]},
            "edges, row 0, column synapse_count: expected finite weights, found inf. "
            "Correct or drop this edge; inhibition belongs in the node column sign.",
        ),
        (
            {"synapse_count": [None, 5]},
            "edges, row 0, column synapse_count: expected a value, found null. "
            "Fill the value or drop the row.",
        ),
        (
            {"roi": ["EB", "PB"]},
            "edges, column roi: expected numeric weights, found String. "
            "Drop the column, or turn it into one weight column for each value.",
        ),
    ],
)
def test_edge_faults(changes: dict[str, Any], message: str) -> None:
    assert fault(NODES, EDGES | changes) == message


def test_edges_without_a_weight() -> None:
    assert fault(NODES, {"pre": [1], "post": [2]}) == (
        "edges: expected at least one weight column after pre and post, found none. "
        "Add a column such as synapse_count."
    )


def test_each_weight_needs_a_unit_and_each_unit_a_weight() -> None:
    repair = 'Give each weight its unit, such as units={"synapse_count": "synapses"}.'
    assert fault(NODES, EDGES | {"area": [1.0, 2.0]}) == (
        "units, area: expected units of the weights synapse_count, area, "
        f"found units of synapse_count. {repair}"
    )
    assert fault(NODES, EDGES, units={"area": "um2"}) == (
        "units, area: expected units of the weights synapse_count, "
        f"found units of synapse_count, area. {repair}"
    )


def test_a_table_error_carries_its_place() -> None:
    with pytest.raises(TableError) as caught:
        Connectome.from_frames(pl.DataFrame({"id": [1, 1]}), pl.DataFrame(EDGES))
    assert (caught.value.table, caught.value.row, caught.value.column) == ("nodes", 1, "id")


def test_ids_of_other_types_become_int64_or_string() -> None:
    small = pl.DataFrame({"id": pl.Series([1, 2], dtype=pl.UInt16)})
    edges = pl.DataFrame({"pre": [1], "post": [2], "synapse_count": [1]})
    assert Connectome.from_frames(small, edges).nodes.schema["id"] == pl.Int64
    named = pl.DataFrame({"id": pl.Series(["a", "b"], dtype=pl.Categorical)})
    edges = pl.DataFrame({"pre": ["a"], "post": ["b"], "synapse_count": [1]})
    assert Connectome.from_frames(named, edges).nodes.schema["id"] == pl.String
    too_large = pl.DataFrame({"id": pl.Series([2**63], dtype=pl.UInt64)})
    with pytest.raises(TableError, match="expected ids of type Int64 or String, found UInt64"):
        Connectome.from_frames(too_large, edges)


def test_find_rows_marks_unknown_ids() -> None:
    assert find_rows(pl.Series([9, 7, 8]), pl.Series([7, 9])).to_list() == [1, 0, None]


@pytest.mark.parametrize("unit", sorted(SIGNED_UNITS))
def test_a_weight_that_is_signed_by_nature_may_be_negative(unit: str) -> None:
    edges = pl.DataFrame({"pre": [1, 2], "post": [2, 1], "r": [-0.5, 0.25]})
    connectome = Connectome.from_frames(pl.DataFrame(NODES), edges, units={"r": unit})
    assert connectome.adjacency().toarray()[0, 1] == -0.5
    matrix = Connectome.from_matrix([[1, -0.5], [-0.5, 1]], weight="r", unit=unit)
    assert matrix.edges["r"].to_list() == [1, -0.5, -0.5, 1]


def test_other_units_stay_unsigned_beside_a_signed_one() -> None:
    columns = {"pre": [1], "post": [2], "r": [-0.5], "area": [-1.0]}
    assert fault(NODES, columns, units={"r": "correlation", "area": "um2"}) == (
        "edges, row 0, column area: expected weights of 0 or more, found -1.0. "
        "Correct or drop this edge; inhibition belongs in the node column sign, "
        f"and {REPAIR_NEGATIVE}"
    )
    columns["r"], columns["area"] = [float("nan")], [1.0]
    assert fault(NODES, columns, units={"r": "correlation", "area": "um2"}) == (
        "edges, row 0, column r: expected finite weights, found nan. "
        "Correct or drop this edge; inhibition belongs in the node column sign."
    )


def test_an_edge_needs_a_value_in_one_of_its_weights() -> None:
    two = {"units": {"chemical": "synapses", "area": "um2"}}
    ends = {"pre": [1, 2], "post": [2, 3]}
    assert fault(NODES, {**ends, "chemical": [3, None], "area": [0.5, None]}, **two) == (
        "edges, row 1: expected a value in one of the weights 'chemical', 'area', found null in "
        "each (1 such rows). Fill a value or drop the row."
    )
    one = {"units": {"chemical": "synapses"}}
    assert fault(NODES, {**ends, "chemical": [3, None]}, **one) == (
        "edges, row 1, column chemical: expected a value, found null. Fill the value or drop the "
        "row."
    )
    wrong = {**ends, "chemical": [None, -1], "area": [0.5, None]}
    assert fault(NODES, wrong, **two).startswith(
        "edges, row 1, column chemical: expected weights of 0 or more, found -1."
    )
