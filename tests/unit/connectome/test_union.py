"""Two connectomes that share neurons become one."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from neuropil.connectome import Connectome, TableError, unite
from neuropil.contracts import InputError, Source


def connectome(ids, edges, *, weight="synapse_count", unit="synapses", **columns) -> Connectome:
    nodes = pl.DataFrame({"id": ids, **columns})
    table = pl.DataFrame(edges, schema=["pre", "post", weight], orient="row")
    return Connectome.from_frames(
        nodes, table, units={weight: unit}, source=Source(f"of {len(ids)}", licence="CC0")
    )


FIRST = connectome([1, 2], [(1, 2, 5)], cell_type=["A", "B"])
SECOND = connectome([2, 3], [(3, 2, 7), (2, 3, 1)], cell_type=["other", "C"], side=["L", "R"])


def test_neurons_and_edges_of_both_are_there() -> None:
    both = unite(FIRST, SECOND)
    assert both.nodes.rows() == [(1, "A", None), (2, "B", None), (3, "C", "R")]
    assert both.edges.rows() == [(1, 2, 5), (3, 2, 7), (2, 3, 1)]
    assert both.units == {"synapse_count": "synapses"}
    assert both.source.name == "of 2, of 2"
    assert both.source.licence == "CC0"
    assert both.provenance[-1].to_json() == {"name": "unite", "parameters": {"with": "of 2"}}


def test_notes_of_both_are_kept() -> None:
    first, second = (
        replace(each, source=replace(each.source, notes=notes))
        for each, notes in ((FIRST, ("a was left out.", "Same.")), (SECOND, ("Same.",)))
    )
    assert unite(first, second).source.notes == ("a was left out.", "Same.")


def test_an_edge_in_both_is_refused() -> None:
    again = connectome([1, 2], [(1, 2, 9)])
    with pytest.raises(TableError) as caught:
        unite(FIRST, again)
    assert str(caught.value) == (
        "edges: expected each edge in one connectome, found 1 in both, the first (1, 2). "
        "Drop them from one of the two."
    )


def test_a_shared_weight_is_needed() -> None:
    area = connectome([2, 3], [(3, 2, 7)], weight="area", unit="um2")
    with pytest.raises(InputError) as caught:
        unite(FIRST, area)
    assert str(caught.value) == (
        "unite: expected a weight that both have, found {'synapse_count': 'synapses'} and "
        "{'area': 'um2'}. Rename a weight, or give both the same unit."
    )


def test_an_edge_without_a_shared_value_is_left_out_with_a_note() -> None:
    table = pl.DataFrame(
        {"pre": [3, 2], "post": [2, 3], "synapse_count": [7, None], "area": [None, 0.5]}
    )
    nodes = pl.DataFrame({"id": [2, 3]})
    second = Connectome.from_frames(nodes, table, units={"area": "um2"})
    both = unite(FIRST, second)
    assert both.edges.rows() == [(1, 2, 5), (3, 2, 7)]
    assert both.source.notes == (
        "Edges without a value in the weights that both have were left out: 1.",
    )
    third = second.subset([2]).with_nodes({}, "same")
    assert unite(third, FIRST.subset([1])).source.notes == ()
