"""The edges of a GraphML file: which attributes are weights, and one row for each pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import NOT_STATED, TableError, check_edges, list_some, sum_edges
from neuropil.contracts import InputError
from neuropil.formats.graphml.elements import GraphElements
from neuropil.formats.parsing.missing_weights import (
    MissingWeights,
    find_valueless,
    name_options,
    settle_missing,
)
from neuropil.formats.parsing.weight_names import (
    WeightChoice,
    choose_weights,
    find_unit,
    split_unit,
)

__all__ = ["PARALLEL", "EdgeOptions", "EdgeTable", "Parallel", "read_edges"]

Parallel = Literal["refuse", "sum", "count"]

PARALLEL = (
    'Read with parallel="sum" to add up their weights, or with parallel="count" to count the edges.'
)
"""The way out that an error about parallel edges names."""

_COUNT = "edge_count"
_UNIT_WORDS = ("unit", "units", "weight_unit", "weight_units")


@dataclass(frozen=True)
class EdgeOptions:
    """How the edges are read.

    Parameters
    ----------
    weights : sequence of str, optional
        Attributes that become weights; chosen by name when not given.
    units : mapping of str to str
        Unit of weights, by name.
    unit : str, optional
        Unit of the weights that ``units`` does not name.
    parallel : {"refuse", "sum", "count"}
        What becomes of several edges between the same two nodes.
    missing_weights : {"refuse", "null", "zero"}
        What becomes of an edge without a number.
    """

    weights: Sequence[str] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    parallel: Parallel = "refuse"
    missing_weights: MissingWeights = "refuse"


@dataclass(frozen=True)
class EdgeTable:
    """Edges as a connectome takes them.

    Parameters
    ----------
    table : pl.DataFrame
        Columns ``pre``, ``post``, then weights.
    units : dict of str to str
        Unit of each weight.
    elements : ndarray
        Number of the element that each row comes from.
    skipped : list of str
        Attributes that were left out.
    notes : list of str
        What was left out, assumed or changed.
    """

    table: pl.DataFrame
    units: dict[str, str]
    elements: npt.NDArray[np.intp]
    skipped: list[str]
    notes: list[str]


def read_edges(
    graph: GraphElements, ids: pl.Series, options: EdgeOptions, own: Mapping[str, str] | None
) -> EdgeTable:
    """Build the edge table.

    Parameters
    ----------
    graph : GraphElements
        What the file holds.
    ids : pl.Series
        (n,) ids of the nodes.
    options : EdgeOptions
        How it is read.
    own : mapping of str to str, optional
        Units of the weights in their order, where neuropil wrote the file.

    Returns
    -------
    EdgeTable
        Its table.

    Raises
    ------
    InputError
        When a weight is missing or no number, or no attribute is one by its name.
    """
    notes: list[str] = []
    elements, pre, post = _direct(graph)
    columns = [ids.gather(pre).alias("pre"), ids.gather(post).alias("post")]
    names, skipped = _choose(graph, options, own, notes)
    units = dict(own or {})
    parsed = {name: graph.edges.parse_number(name) for name in names}
    for name, values in _settle_missing(graph, parsed, options, own, notes).items():
        bare, unit = _split_unit(name, own)
        stated = unit or _stated_unit(graph, bare) or find_unit(bare, values)
        units.setdefault(bare, stated)
        columns.append(values.gather(elements).alias(bare))
    if not names:
        # A graph without weights still needs one: each edge counts once.
        notes.append("No attribute of the edges is taken as a weight: each edge counts once.")
        columns.append(pl.Series(_COUNT, np.ones(len(elements), dtype=np.int64)))
    table = pl.DataFrame(columns)
    known = _choose_units(graph, table.columns[2:], units, options)
    if options.parallel != "refuse":
        table, elements, known = _join(graph, ids, (table, elements, known), options, notes)
    return EdgeTable(table, known, elements, skipped, notes)


def _direct(graph: GraphElements) -> tuple[npt.NDArray[np.intp], ...]:
    """Find the element of each row and its ends; an undirected edge becomes two rows."""
    rows = graph.end_rows()
    # A loop is its own mirror image: written twice it would be a repeated pair.
    undirected = np.array(graph.undirected, dtype=bool) & (rows[0] != rows[1])
    elements = np.repeat(np.arange(len(undirected)), 1 + undirected)
    # Both directions stand side by side, the second right after the first.
    back = np.zeros(len(elements), dtype=bool)
    back[1:] = elements[1:] == elements[:-1]
    pre = np.where(back, rows[1][elements], rows[0][elements])
    post = np.where(back, rows[0][elements], rows[1][elements])
    return elements, pre, post


def _choose(
    graph: GraphElements,
    options: EdgeOptions,
    own: Mapping[str, str] | None,
    notes: list[str],
) -> tuple[list[str], list[str]]:
    """Choose the weights by name, and list the attributes that are none."""
    every = graph.edges.names()
    if clash := [name for name in every if name in ("pre", "post")]:
        raise graph.fault(
            f"expected weights with names other than pre and post, found {clash[0]}",
            "Rename this attribute of the edges.",
        )
    bare = {_split_unit(name, own)[0]: name for name in every}
    numeric = [each for each, name in bare.items() if _is_numeric(graph, name)]
    try:
        choice = _choose_among(list(bare), numeric, options.weights, own)
    except TableError as error:
        raise graph.fault(error.what, error.repair) from error
    left_out = [each for each in bare if each not in choice.names]
    if unnamed := [key.id for key in graph.edges.keys if not key.name]:
        notes.append(f"Keys without attr.name were left out: {', '.join(map(repr, unnamed))}.")
    if left_out and own is None:
        notes.append(
            f"Attributes of the edges that are no weights were left out: "
            f"{', '.join(map(repr, left_out))}."
        )
    return [bare[each] for each in choice.names], [bare[each] for each in left_out]


def _choose_among(
    names: list[str],
    numeric: list[str],
    wanted: Sequence[str] | None,
    own: Mapping[str, str] | None,
) -> WeightChoice:
    if wanted is not None:
        # A named text is parsed, so that what is no number in it is named by its line.
        return choose_weights(names, wanted)
    if own is None:
        return choose_weights(numeric)
    # Other programs shuffle the keys; the first weight is the default of every method. What they
    # added is a weight too where it is a number, as it was when neuropil wrote the file.
    listed = [name for name in own if name in numeric]
    return WeightChoice((*listed, *(name for name in numeric if name not in own)), ())


def _is_numeric(graph: GraphElements, name: str) -> bool:
    kind = graph.edges.type_of(name)
    if kind is pl.String:
        numbers, values = graph.edges.count_numbers(name)
        # Most but not all numbers: a cell is wrong, and is named when the weight is read.
        return numbers > 0 and 2 * numbers >= values
    return kind is not pl.Boolean


def _settle_missing(
    graph: GraphElements,
    weights: dict[str, pl.Series],
    options: EdgeOptions,
    own: Mapping[str, str] | None,
    notes: list[str],
) -> dict[str, pl.Series]:
    """Keep, fill or refuse the numbers that are missing."""
    if not any(each.null_count() for each in weights.values()):
        return weights
    becomes = options.missing_weights
    # A file of our own has them because the connectome had them.
    if own is not None and becomes == "refuse":
        becomes = "null"
    if becomes == "refuse" or (becomes == "null" and find_valueless(weights).any()):
        raise _refuse_missing(graph, weights, asked=becomes == "null")
    settled, found = settle_missing(weights, becomes)
    # What comes back as it was written needs no note.
    if own is None or becomes == "zero":
        notes += found
    return settled


def _refuse_missing(
    graph: GraphElements, weights: Mapping[str, pl.Series], *, asked: bool
) -> InputError:
    """Name the first edge at fault, and the options that let this file be read."""
    name = next(each for each in weights if weights[each].null_count())
    expected, empty, column = "a number", weights[name].is_null(), str(name)
    # With null allowed, an edge is at fault only where it has no number at all.
    if asked and len(weights) > 1:
        expected = f"a number in one of the weights {', '.join(map(repr, weights))}"
        empty, column = find_valueless(weights), ""
    return graph.fault(
        f"expected {expected}, found none ({empty.sum()} of {len(empty)} edges have none)",
        f"Read with {name_options(weights)}, or name the weights that every edge has, or none, as "
        'in weights="".',
        graph.edges.lines[int(empty.arg_true()[0])],
        column or None,
    )


def _split_unit(name: str, own: Mapping[str, str] | None) -> tuple[str, str | None]:
    """Part the unit in brackets from the name of a weight; a name of neuropil's own is whole."""
    return split_unit(name) if own is None else (name, None)


def _stated_unit(graph: GraphElements, name: str) -> str | None:
    """Find the unit that an attribute of the graph states."""
    places = (f"{name}_unit", f"{name}_units", *_UNIT_WORDS)
    found = {key.strip().casefold(): text.strip() for key, text in graph.properties.items()}
    return next((found[place.casefold()] for place in places if found.get(place.casefold())), None)


def _choose_units(
    graph: GraphElements, names: Sequence[str], stated: Mapping[str, str], options: EdgeOptions
) -> dict[str, str]:
    unknown = [name for name in options.units if name not in names]
    if unknown:
        raise graph.fault(
            f"expected units of the weights {', '.join(map(repr, names))}, found one of "
            f"{unknown[0]!r}",
            f'Name a weight, as in units="{names[0]}:synapses".',
        )
    # What the reader is told goes before what the file says.
    return {
        name: options.units.get(name) or options.unit or stated.get(name, NOT_STATED)
        for name in names
    }


def _join(
    graph: GraphElements,
    ids: pl.Series,
    found: tuple[pl.DataFrame, npt.NDArray[np.intp], dict[str, str]],
    options: EdgeOptions,
    notes: list[str],
) -> tuple[pl.DataFrame, npt.NDArray[np.intp], dict[str, str]]:
    """Make one row of the edges between the same two nodes."""
    table, elements, units = found
    # Checked edge by edge first: a negative one must not vanish in a sum.
    _check(graph, table, ids, units, elements)
    first = table.select(pl.struct("pre", "post").is_first_distinct()).to_series()
    again = len(first) - int(first.sum())
    if options.parallel == "count":
        dropped = [name for name in table.columns[2:] if name != _COUNT]
        table = table.select("pre", "post", pl.lit(1, dtype=pl.Int64).alias(_COUNT))
        units = {_COUNT: options.units.get(_COUNT) or options.unit or "edges"}
        if dropped:
            notes.append(f"Edges were counted; their weights were left out: {list_some(dropped)}.")
    try:
        summed = sum_edges(table)
    except TableError as error:
        raise graph.fault(error.what, error.repair, column=error.column) from error
    if again:
        notes.append(f"Edges that join a pair of nodes once more were summed: {again}.")
    return summed, elements[first.to_numpy()], units


def _check(
    graph: GraphElements,
    table: pl.DataFrame,
    ids: pl.Series,
    units: Mapping[str, str],
    elements: npt.NDArray[np.intp],
) -> None:
    try:
        check_edges(table, ids, unique_pairs=False, units=units)
    except TableError as error:
        line = None if error.row is None else graph.edges.lines[int(elements[error.row])]
        raise graph.fault(error.what, error.repair, line, error.column) from error
