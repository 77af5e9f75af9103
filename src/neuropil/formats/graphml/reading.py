"""GraphML: one XML file with typed columns; keeps everything that XML can hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome, TableError, first_of_pairs
from neuropil.contracts import (
    InputError,
    Operation,
    VersionError,
    atomic_write,
    parse_json,
    require_regular_file,
)
from neuropil.formats.format import Format, describe_file
from neuropil.formats.graphml.edges import (
    PARALLEL,
    EdgeOptions,
    EdgeTable,
    Parallel,
    read_edges,
)
from neuropil.formats.graphml.elements import METADATA, GraphElements
from neuropil.formats.parsing.id_texts import trim
from neuropil.formats.parsing.missing_weights import MissingWeights
from neuropil.formats.parsing.origins import read_origin
from neuropil.formats.parsing.safe_xml import parse_xml
from neuropil.formats.parsing.weight_names import read_names, read_units

__all__ = ["FORMAT", "FORMAT_VERSION", "read_graphml", "write_graphml"]

FORMAT_VERSION = 1

_ENDING = ".graphml"
_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_TYPES: dict[type[pl.DataType], str] = {
    pl.Int64: "long",
    pl.Float64: "double",
    pl.Boolean: "boolean",
    pl.String: "string",
}
# Without a leading zero or plus: 007 would come back as 7 and no longer name its node.
_WHOLE = r"^(0|-?[1-9][0-9]*)$"
# All but the characters of XML 1.0 (production 2, Char): no escape makes the others allowed.
_NOT_XML = r"[^\t\n\r\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]"


def read_graphml(
    path: Path,
    *,
    weights: Sequence[str] | None = None,
    units: Mapping[str, str] | str | None = None,
    unit: str | None = None,
    id_attribute: str | None = None,
    parallel: Parallel = "refuse",
    missing_weights: MissingWeights = "refuse",
) -> Connectome:
    """Read GraphML.

    Parameters
    ----------
    path : Path
        A file with one graph. A graph whose edges are all undirected is an undirected connectome;
        an undirected edge among directed ones becomes two, one in each direction.
    weights : sequence of str, optional
        Attributes of the edges that become weights, text of numbers among them. When not given,
        those with the name of a weight, such as ``weight`` or ``synapse_count``; a number or name
        of an edge, as ``SUID`` and ``id``, is none. Where there is none, or with ``""``, edges get
        ``edge_count`` 1.
    units : mapping of str to str, or str, optional
        Unit of each weight, such as ``{"weight": "nS"}`` or ``"weight:nS"``.
    unit : str, optional
        Unit of the weights that ``units`` does not name. When not given, that of the file where it
        states one, in brackets after a name or in an attribute ``unit`` of the graph; ``synapses``
        where the name says so and the values are whole numbers; else ``not stated``.
    id_attribute : str, optional
        Attribute of the nodes that holds their ids, such as ``name``; the ``id`` of the elements
        when not given.
    parallel : {"refuse", "sum", "count"}
        What becomes of several edges between the same two nodes: ``sum`` adds up their weights,
        ``count`` counts them in place of their weights.
    missing_weights : {"refuse", "null", "zero"}
        What becomes of an edge without a number: ``null`` leaves it out of that weight, ``zero``
        counts 0 in that weight; either way the edge counts in the others. A file that neuropil
        wrote is read as it was written.

    Returns
    -------
    Connectome
        Ids are Int64 where every one is a whole number, else String. A file that neuropil wrote
        gives the connectome that was written, with source and provenance.

    Raises
    ------
    InputError
        When the file is damaged, has a document type, or breaks a rule of the connectome; names
        the line.
    VersionError
        When a newer version of the package wrote it; upgrade.
    """
    require_regular_file(path)
    graph = GraphElements(path)
    parse_xml(path, graph)
    graph.require_graph()
    metadata = _read_metadata(graph)
    # A file of our own keeps every blank that was written.
    if not metadata:
        graph.trim()
    options = EdgeOptions(read_names(weights), read_units(units), unit, parallel, missing_weights)
    return _build(graph, metadata, id_attribute, options)


def _build(
    graph: GraphElements,
    metadata: Mapping[str, Any],
    id_attribute: str | None,
    options: EdgeOptions,
) -> Connectome:
    # Text ids that look like numbers come back as text, because the type was written beside them.
    nodes = _read_nodes(graph, id_attribute, as_text=metadata.get("ids") == "String")
    edges = read_edges(graph, nodes["id"], options, metadata.get("units"))
    if not metadata:
        nodes = nodes.with_columns(trim(column) for column in nodes.iter_columns())
    notes = [*edges.notes, *_describe_objects(graph)]
    mixed = sum(graph.undirected)
    if 0 < mixed < len(graph.undirected):
        notes.append(f"Undirected edges among directed ones were read in both directions: {mixed}.")
    # A file of our own tells where its data came from, which is not the file.
    source = metadata.get("source") or describe_file(graph.path)
    source = replace(source, notes=tuple(dict.fromkeys((*source.notes, *notes))))
    done = _describe_reading(graph, edges, own=bool(metadata))
    provenance = (*metadata.get("provenance", ()), *done)
    try:
        return Connectome(
            nodes,
            edges.table,
            edges.units,
            metadata.get("space"),
            source,
            provenance,
            _is_directed(graph, metadata),
        )
    except TableError as error:
        repair = PARALLEL if error.column == "pre, post" else error.repair
        line = _line_of(error, graph, edges.elements)
        raise graph.fault(error.what, repair, line, error.column) from error


def _describe_objects(graph: GraphElements) -> list[str]:
    names = {"nodes": graph.nodes.objects(), "edges": graph.edges.objects()}
    return [
        f"Attributes of the {table} that hold lists or objects were left out: "
        f"{', '.join(map(repr, found))}."
        for table, found in names.items()
        if found
    ]


def _is_directed(graph: GraphElements, metadata: Mapping[str, Any]) -> bool:
    # With an edge in one direction only, all others must be told by their direction too.
    if graph.undirected:
        return not all(graph.undirected)
    return bool(metadata.get("directed", True))


def _line_of(
    error: TableError, graph: GraphElements, edge_rows: npt.NDArray[np.intp]
) -> int | None:
    if error.row is None:
        return None
    if error.table == "nodes":
        return graph.nodes.lines[error.row]
    return graph.edges.lines[int(edge_rows[error.row])]


def _describe_reading(graph: GraphElements, edges: EdgeTable, *, own: bool) -> list[Operation]:
    undirected = sum(graph.undirected)
    skipped = sorted({*graph.skipped(), *edges.skipped})
    # Reading back what was written adds nothing to the history, so that the round trip is exact.
    if own and undirected in (0, len(graph.undirected)) and not skipped and not edges.notes:
        return []
    return [Operation("read_graphml", {"undirected_edges": undirected, "skipped": skipped})]


def _read_metadata(graph: GraphElements) -> dict[str, Any]:
    """Read what neuropil wrote beside the tables; nothing where the file is of another program."""
    text = graph.metadata
    if text is None:
        return {}
    where = f"{graph.path}, attribute {METADATA} of the graph"
    found = parse_json(text, where, "Remove this attribute, or write the file again.")
    try:
        # Asked before anything else: a newer record may lack the keys that are read below.
        if found["format_version"] > FORMAT_VERSION:
            raise VersionError(
                f"expected format_version {FORMAT_VERSION} or less, "
                f"found {found['format_version']}",
                where=where,
                repair="Upgrade: pip install --upgrade neuropil.",
            )
        origin = read_origin(found)
        return {
            "ids": str(found["ids"]),
            "units": origin.units,
            "space": origin.space,
            "directed": origin.directed,
            "source": origin.source,
            "provenance": origin.provenance,
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"cannot be understood ({type(error).__name__}: {error})",
            where=where,
            repair="Remove this attribute, or write the file again.",
        ) from error


def _read_nodes(graph: GraphElements, id_attribute: str | None, *, as_text: bool) -> pl.DataFrame:
    columns = {name: graph.nodes.parse(name) for name in graph.nodes.names()}
    if id_attribute is None:
        ids = pl.Series("id", graph.ids, dtype=pl.String)
    elif id_attribute in columns:
        ids = columns.pop(id_attribute)
        graph.require_ids(ids, id_attribute)
    else:
        raise graph.fault(
            f"expected an attribute {id_attribute} of the nodes, found "
            f"{', '.join(columns) or 'none'}",
            "Name one of them as id_attribute, or none.",
        )
    # A node cannot have two ids, and a rename could not be undone when writing.
    if "id" in columns:
        raise graph.fault(
            "expected no attribute id beside the id of each node, found one",
            'Read with id_attribute="id" to take it as the id, or rename it.',
        )
    numbers = ids.cast(pl.Int64, strict=False) if ids.dtype == pl.String else ids
    whole = ids.dtype == pl.String and not as_text and ids.str.contains(_WHOLE).all()
    if whole and not numbers.null_count():
        ids = numbers
    return pl.DataFrame([ids.alias("id"), *columns.values()])


def write_graphml(connectome: Connectome, path: Path) -> None:
    """Write GraphML; units, space, source and provenance go into an attribute of the graph.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Ends in ``.graphml``.

    Raises
    ------
    InputError
        When a column or a text cannot be part of XML; the message names a format that can hold it.
    OutputError
        When the place cannot be written.
    """
    tables = {"node": connectome.nodes, "edge": connectome.edges}
    for domain, table in tables.items():
        for column in table.iter_columns():
            _require_xml(column, domain, path)
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(f"<graphml xmlns={quoteattr(_NAMESPACE)}>\n")
        # Keys come before the graph: readers that stream need them for the types.
        file.write(f'<key id="g0" for="graph" attr.name="{METADATA}" attr.type="string"/>\n')
        _write_keys(file, connectome)
        default = "directed" if connectome.directed else "undirected"
        file.write(f'<graph edgedefault="{default}">\n')
        file.write(f'<data key="g0">{escape(_describe(connectome))}</data>\n')
        file.writelines(_elements(connectome.nodes, "node", 1))
        edges = connectome.edges
        once = edges if connectome.directed else edges.filter(pl.Series(first_of_pairs(edges)))
        file.writelines(_elements(once, "edge", 2))
        file.write("</graph>\n</graphml>\n")


def _describe(connectome: Connectome) -> str:
    # ASCII only: control characters, which XML refuses, become escapes of JSON.
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "ids": str(connectome.nodes["id"].dtype),
            # In the order of the weights, of which the first is the default.
            "units": {name: connectome.units[name] for name in connectome.weight_names},
            "space": connectome.space,
            "directed": connectome.directed,
            "source": connectome.source.to_json(),
            "provenance": [operation.to_json() for operation in connectome.provenance],
        },
        allow_nan=False,
    )


def _require_xml(column: pl.Series, domain: str, path: Path) -> None:
    problem = None
    if type(column.dtype) not in _TYPES:
        problem = f"holds numbers, text and booleans, found {column.dtype}"
    elif pl.Series([column.name]).str.contains(_NOT_XML).any():
        problem = f"holds no control characters, found the name {column.name!r}"
    elif column.dtype == pl.String and column.str.contains(_NOT_XML).any():
        text = column.filter(column.str.contains(_NOT_XML))[0]
        problem = f"holds no control characters, found {text!r}"
    if problem:
        raise InputError(
            problem,
            where=f"{path}, {domain} column {column.name}",
            repair="Write a connectome folder, which holds everything.",
        )


def _write_keys(file: TextIO, connectome: Connectome) -> None:
    for domain, table, first in (("node", connectome.nodes, 1), ("edge", connectome.edges, 2)):
        for number, column in enumerate(table.get_columns()[first:]):
            file.write(
                f'<key id="{domain[0]}{number}" for="{domain}" '
                f"attr.name={_quote(column.name)} attr.type={quoteattr(_TYPES[type(column.dtype)])}"
                "/>\n"
            )


def _elements(table: pl.DataFrame, domain: str, first: int) -> Iterator[str]:
    names = ("id",) if domain == "node" else ("source", "target")
    for row in table.iter_rows():
        heads = zip(names, row[:first], strict=True)
        attributes = " ".join(f"{name}={_quote(str(value))}" for name, value in heads)
        values = (
            f'<data key="{domain[0]}{number}">{_to_text(value)}</data>'
            for number, value in enumerate(row[first:])
            if value is not None
        )
        yield "".join(chain((f"<{domain} {attributes}>",), values, (f"</{domain}>\n",)))


def _quote(text: str) -> str:
    # quoteattr leaves a carriage return as it is, which a reader turns into a space.
    return quoteattr(text, {"\r": "&#13;"})


def _to_text(value: str | float | bool) -> str:
    # Before numbers, because a boolean is one in Python and would be written True.
    if isinstance(value, bool):
        return "true" if value else "false"
    # repr of a float is the shortest text that gives the same float back.
    return escape(value, {"\r": "&#13;"}) if isinstance(value, str) else repr(value)


FORMAT = Format(
    name="graphml",
    endings=(_ENDING,),
    description="GraphML: nodes and edges with typed attributes; keeps everything",
    sniff=lambda path: path.is_file() and path.name.endswith(_ENDING),
    read=read_graphml,
    write=write_graphml,
    options={
        "weights": "attributes of the edges that become weights",
        "units": "unit of each weight",
        "unit": "unit of the weights that have none of their own",
        "id_attribute": "attribute of the nodes that holds their ids",
        "parallel": "sum or count edges between the same two nodes",
        "missing_weights": "null or zero where an edge has no number in a weight",
    },
)
