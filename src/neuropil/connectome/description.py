"""A connectome in words, for a terminal and for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import polars as pl

from neuropil.connectome.direction import first_of_pairs
from neuropil.connectome.validation import list_some

if TYPE_CHECKING:
    from neuropil.connectome.connectome import Connectome

__all__ = ["describe", "list_facts", "render_html", "write_html"]

# Rows of a table that a notebook shows; not tuned.
_ROWS_SHOWN = 5


def list_facts(connectome: Connectome) -> list[tuple[str, str]]:
    """List what a reader should know first.

    Parameters
    ----------
    connectome : Connectome
        What to describe.

    Returns
    -------
    list of (str, str)
        What is told, and what it is.
    """
    # Each undirected edge is there in both directions, and is one edge.
    edges = connectome.edges
    once = edges if connectome.directed else edges.filter(pl.Series(first_of_pairs(edges)))
    kind = "" if connectome.directed else "undirected "
    facts = [
        (
            connectome.source.name,
            f"{connectome.n_nodes} neurons, {connectome.n_edges} {kind}edges",
        )
    ]
    for name in connectome.weight_names:
        # In floats, because a sum of huge whole numbers would wrap round.
        total = once[name].cast(pl.Float64).sum()
        empty = once[name].null_count()
        without = f", no value in {empty} edges" if empty else ""
        facts.append((name, f"{total:g} {connectome.units[name]} in total{without}"))
    if "cell_type" in connectome.nodes.columns:
        counts = connectome.nodes.group_by("cell_type", maintain_order=True).len()
        kinds = [f"{kind or 'no type'} ({count})" for kind, count in counts.rows()]
        facts.append((f"{len(kinds)} cell types", list_some(kinds)))
    facts.append(("space", connectome.space or "not stated"))
    facts.append(("licence", connectome.source.licence))
    if connectome.source.synthetic:
        facts.append(("synthetic", "generated, not measured"))
    return [*facts, *(("note", note) for note in connectome.source.notes)]


def describe(connectome: Connectome) -> str:
    """Describe a connectome in a few lines of text.

    Parameters
    ----------
    connectome : Connectome
        What to describe.

    Returns
    -------
    str
        One line for each fact.
    """
    return "\n".join(f"{name}: {value}" for name, value in list_facts(connectome))


def write_html(connectome: Connectome) -> str:
    """Describe a connectome as HTML, with the first rows of its node table.

    Parameters
    ----------
    connectome : Connectome
        What to describe.

    Returns
    -------
    str
        Two tables; all text of the data is escaped.
    """
    return render_html(list_facts(connectome), connectome.nodes, "nodes")


def render_html(facts: Sequence[tuple[str, str]], table: pl.DataFrame, what: str) -> str:
    """Write facts and the first rows of a table as HTML.

    Parameters
    ----------
    facts : sequence of (str, str)
        What is told, and what it is.
    table : pl.DataFrame
        What the noun consists of.
    what : str
        Its rows in one word, in the plural.

    Returns
    -------
    str
        Two tables; all text of the data is escaped.
    """
    listed = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts
    )
    shown = table.head(_ROWS_SHOWN)
    heads = "".join(f"<th>{escape(name)}</th>" for name in shown.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{'' if v is None else escape(str(v))}</td>" for v in row) + "</tr>"
        for row in shown.iter_rows()
    )
    left = table.height - shown.height
    more = f"<p>and {left:,} more {what}</p>" if left else ""
    return (
        f"<div><table>{listed}</table>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}</div>"
    )
