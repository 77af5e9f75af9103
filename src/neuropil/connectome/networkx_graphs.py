"""Nodes and edges of a graph of networkx, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from neuropil.connectome.frames import as_plain, make_column
from neuropil.connectome.grouping import sum_edges
from neuropil.connectome.weight_names import rank_weight
from neuropil.contracts import InputError

__all__ = ["read_graph"]

_EXAMPLES = ("weight", "synapse_count", "syn_count", "n_syn", "count", "connectivity")
# A graph without weights still needs one: each edge counts once.
_COUNT = "edge_count"

Triples = Sequence[tuple[Any, Any, Mapping[str, Any]]]


def read_graph(
    graph: Any,  # noqa: ANN401
    weights: Sequence[str] | None,
    *,
    sum_pairs: bool,
) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Read nodes and edges.

    Parameters
    ----------
    graph : networkx.Graph
        Directed or not, with parallel edges or without.
    weights : sequence of str, optional
        Attributes of the edges that are weights; those of a known name when not given.
    sum_pairs : bool
        True adds up parallel edges.

    Returns
    -------
    nodes, edges : pl.DataFrame
        Column ``id`` and the attributes; ``pre``, ``post`` and the weights.
    left_out : str
        Names of the attributes of the edges that are no weights.

    Raises
    ------
    InputError
        When nodes or edges cannot be a connectome's; the message names node, edge or attribute.
    """
    nodes = _nodes_of(graph)
    triples = list(graph.edges(data=True))
    names, left_out = _choose_weights(triples, weights)
    edges = _edges_of(triples, nodes["id"], names)
    directed = bool(graph.is_directed())
    return nodes, _merge_pairs(edges, directed=directed, sum_pairs=sum_pairs), left_out


def _nodes_of(graph: Any) -> pl.DataFrame:  # noqa: ANN401
    ids = [as_plain(each) for each in graph.nodes]
    kinds = {type(each) for each in ids}
    if kinds not in ({int}, {str}):
        found = ", ".join(sorted(kind.__name__ for kind in kinds)) or "no nodes"
        raise InputError(
            f"expected nodes that are all whole numbers or all text, found {found}",
            where="networkx graph",
            repair="Rename them: networkx.relabel_nodes(graph, str).",
        )
    rows = [data for _, data in graph.nodes(data=True)]
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    if "id" in names:
        raise InputError(
            "expected no attribute id beside the name of each node, found one",
            where="networkx graph, nodes",
            repair="Rename or remove the attribute.",
        )
    columns = [make_column(name, [row.get(name) for row in rows], "nodes") for name in names]
    return pl.DataFrame([pl.Series("id", ids), *columns])


def _choose_weights(triples: Triples, weights: Sequence[str] | None) -> tuple[list[str], str]:
    """Name the attributes that are weights, and those that are left out."""
    found = list(dict.fromkeys(str(name) for _, _, data in triples for name in data))
    if weights is not None:
        chosen = [weights] if isinstance(weights, str) else list(weights)
    else:
        ranks = {name: rank for name in found if (rank := rank_weight(name)) is not None}
        chosen = sorted(ranks, key=ranks.__getitem__)
        # Never the first number that is there: it may be an id.
        numbers = [name for name in found if name not in chosen and _is_number(triples, name)]
        if not chosen and numbers:
            raise InputError(
                f"expected an attribute called {', '.join(_EXAMPLES)} or alike, found "
                f"{', '.join(map(repr, found))}",
                where="networkx graph, edges",
                repair=f"Name the weights: weights=[{numbers[0]!r}].",
            )
    left_out = ", ".join(name for name in found if name not in chosen)
    return (chosen or [_COUNT]), left_out


def _is_number(triples: Triples, name: str) -> bool:
    values = [as_plain(data[name]) for _, _, data in triples if name in data]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _edges_of(triples: Triples, ids: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    ends = [
        pl.Series(name, [as_plain(triple[place]) for triple in triples], dtype=ids.dtype)
        for place, name in enumerate(("pre", "post"))
    ]
    columns = []
    for name in names:
        values = [1 if name == _COUNT else as_plain(data.get(name)) for _, _, data in triples]
        for (pre, post, _), value in zip(triples, values, strict=True):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(
                    f"expected a number, found {value!r}",
                    where=f"networkx graph, edge from {pre!r} to {post!r}, attribute {name!r}",
                    repair="Give each edge a number, or name other attributes in weights.",
                )
        columns.append(make_column(name, values, "edges"))
    return pl.DataFrame([*ends, *columns])


def _merge_pairs(edges: pl.DataFrame, *, directed: bool, sum_pairs: bool) -> pl.DataFrame:
    """Refuse parallel edges, or add them up."""
    if not directed:
        # An undirected edge may be given from either end.
        swap = edges["pre"] > edges["post"]
        ends = edges["pre"], edges["post"]
        edges = edges.with_columns(
            ends[0].zip_with(~swap, ends[1]).alias("pre"),
            ends[1].zip_with(~swap, ends[0]).alias("post"),
        )
    again = edges.select(pl.struct("pre", "post").is_duplicated()).to_series()
    if not again.any():
        return edges
    if not sum_pairs:
        pre, post = edges.row(int(again.arg_true()[0]))[:2]
        raise InputError(
            f"expected one edge from {pre!r} to {post!r}, found several",
            where="networkx graph",
            repair="Add up parallel edges with sum_pairs=True.",
        )
    return sum_edges(edges)
