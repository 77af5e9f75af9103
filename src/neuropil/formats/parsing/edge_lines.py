"""From the lines of an edge list to one edge for each pair, with what was assumed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl

from neuropil.connectome import GENERAL_NAMES, NOT_STATED, check_edges, simplify, sum_edges
from neuropil.formats.parsing.edge_columns import EdgeColumns
from neuropil.formats.parsing.missing_weights import (
    MissingWeights,
    name_options,
    settle_missing,
)
from neuropil.formats.parsing.quoting import quote, quote_names
from neuropil.formats.parsing.tables import Table
from neuropil.formats.parsing.weight_names import find_unit, is_whole, split_unit

__all__ = ["Edges", "collect_edges", "keep_lines"]

AnyTable = TypeVar("AnyTable", bound=Table)

_SYNAPSES = "synapses"
_COUNT = "synapse_count"
_EXACT = 1 << 53
_FALSE = ("f", "false", "0")
# Kinds of lines in White et al. and WormWiring: synapses that are sent (to one or to many cells),
# those that are received, gap junctions, and synapses with muscles.
_WORM_KINDS = ("s", "sp", "r", "rp", "ej", "nmj")
_RECEIVED = ("r", "rp")


@dataclass(frozen=True)
class Edges:
    """Edges that a connectome can hold.

    Parameters
    ----------
    frame : pl.DataFrame
        Columns ``pre``, ``post`` and the weights, each pair once.
    units : mapping of str to str
        Unit of each weight.
    notes : tuple of str
        What was left out, summed or assumed.
    directed : bool, optional
        False where the table says that no edge has a direction, each then in both; None where it
        does not say.
    """

    frame: pl.DataFrame
    units: Mapping[str, str]
    notes: tuple[str, ...]
    directed: bool | None = None

    def list_nodes(self) -> pl.DataFrame:
        """List the ids of the edges, sorted, so that the order of lines does not matter."""
        ids = pl.concat([self.frame["pre"], self.frame["post"]]).unique().sort()
        return ids.alias("id").to_frame()


def keep_lines(table: AnyTable, columns: EdgeColumns, *, drop_missing_ids: bool) -> AnyTable:
    """Keep the lines that are an edge or a synapse.

    Parameters
    ----------
    table : Table
        All lines.
    columns : EdgeColumns
        What its columns mean.
    drop_missing_ids : bool
        True leaves out lines whose id is missing; False refuses them.

    Returns
    -------
    Table
        With notes of what was left out.

    Raises
    ------
    InputError
        When an id is missing, or a synapse stands on two lines.
    """
    if columns.valid is not None:
        words = table.frame[columns.valid].cast(pl.String).str.to_lowercase()
        outdated = words.is_in(_FALSE).fill_null(value=False)
        if outdated.any():
            table = table.keep(
                ~outdated, f"{outdated.sum():,} lines that are not valid were left out."
            )
    if columns.synapse is not None:
        # Two parts of a release that overlap would count their synapses twice.
        names = table.frame[columns.synapse]
        repeated = ~names.is_first_distinct() & names.is_not_null()
        if repeated.any():
            row = int(repeated.arg_true()[0])
            raise table.fault(
                f"expected each synapse once, found {quote(names[row])} again "
                f"({repeated.sum()} such lines)",
                "Keep one line for each synapse.",
                row=row,
                column=columns.synapse,
            )
    _refuse_received(table, columns)
    return table.without_missing(columns.ids, drop=drop_missing_ids, zero=columns.of_segmentation)


def _refuse_received(table: Table, columns: EdgeColumns) -> None:
    """Refuse lines of a synapse that another line has, seen from the cell that receives it."""
    if columns.kind is None:
        return
    kinds = table.texts([columns.kind])[0].str.to_lowercase()
    received = kinds.is_in(_RECEIVED).fill_null(value=False)
    if received.any() and kinds.is_in(_WORM_KINDS).all():
        row = int(received.arg_true()[0])
        raise table.fault(
            f"expected lines from a presynaptic to a postsynaptic cell, found the type "
            f"{quote(table.texts([columns.kind])[0][row])}, whose first cell receives "
            f"({received.sum()} such lines)",
            "Keep the lines of type S and Sp for chemical synapses, or those of type EJ for gap "
            "junctions: lines of type R and Rp say the former again, the other way round.",
            row=row,
            column=columns.kind,
        )


def collect_edges(
    table: Table,
    columns: EdgeColumns,
    node_ids: pl.Series | None,
    *,
    unit: str | None,
    text_ids: bool,
    sum_pairs: bool,
    missing_weights: MissingWeights = "refuse",
) -> Edges:
    """Parse the lines, and bring those of a pair together.

    Parameters
    ----------
    table : Table
        Lines as :func:`keep_lines` returns them.
    columns : EdgeColumns
        What its columns mean.
    node_ids : pl.Series, optional
        Ids of the node table; those of the edges when not given.
    unit : str, optional
        Unit of the weights that state none.
    text_ids : bool
        True keeps ids that look like numbers as text.
    sum_pairs : bool
        True sums lines with the same pre and post.
    missing_weights : {"refuse", "null", "zero"}
        What becomes of an empty cell of a weight.

    Returns
    -------
    Edges
        Each pair once.

    Raises
    ------
    InputError
        When an id or a weight is wrong, a pair is repeated, or a sum is beyond 64 bits.
    """
    pre, post = table.parse_ids(*columns.ids, as_text=text_ids)
    notes = [*table.notes, *([] if text_ids else table.note_ids(*columns.ids))]
    ends = pl.DataFrame([pre.alias("pre"), post.alias("post")])
    if columns.weights:
        weights, units, more = _parse_weights(table, columns, unit)
        notes += more
        weights, more = _settle_missing(table, columns, weights, missing_weights)
        notes += more
    else:
        name, units, more = _count(columns, unit)
        notes += more
        weights = [pl.Series(name, [1], dtype=pl.Int64).new_from_index(0, ends.height)]
    edges = Edges(ends.hstack(weights), units, tuple(notes))
    ids = edges.list_nodes()["id"] if node_ids is None else node_ids
    names = _names_in_file(columns, list(units))
    # Checked line by line first: a negative or unknown line must not vanish in a sum.
    keeps = missing_weights == "null"
    with table.locating(names):
        check_edges(edges.frame, ids, unique_pairs=False, allow_null=keeps, units=units)
    mirrored = _mirror(table, columns, edges)
    summed = sum_pairs or not columns.weights
    joined = _join_pairs(table, columns, mirrored, summed=summed)
    # A region serves where lines are summed, and a kind where it is that of Gephi.
    serves = {columns.region: joined is not mirrored, columns.kind: _is_gephi(table, columns.kind)}
    return _leave_out(columns, joined, [name for name, used in serves.items() if name and not used])


def _is_gephi(table: Table, kind: str | None) -> bool:
    if kind is None:
        return False
    words = table.texts([kind])[0].str.to_lowercase()
    return bool(words.is_in(("directed", "undirected")).all())


def _names_in_file(columns: EdgeColumns, names: Sequence[str]) -> dict[str, str]:
    weights = dict(zip(names, columns.weights.values(), strict=False))
    return {"pre": columns.pre, "post": columns.post, **weights}


def _count(columns: EdgeColumns, unit: str | None) -> tuple[str, dict[str, str], list[str]]:
    between_neurons = columns.of_neurons or columns.of_synapses
    counts_synapses = unit == _SYNAPSES or (unit is None and between_neurons)
    name = _COUNT if counts_synapses else "count"
    what = "as one synapse" if counts_synapses else "once"
    stated = unit or (_SYNAPSES if counts_synapses else NOT_STATED)
    return name, {name: stated}, [f"Each line was counted {what}."]


def _parse_weights(
    table: Table, columns: EdgeColumns, unit: str | None
) -> tuple[list[pl.Series], dict[str, str], list[str]]:
    weights: list[pl.Series] = []
    units: dict[str, str] = {}
    notes: list[str] = []
    for label, column in columns.weights.items():
        values = table.parse_numbers(column)
        name, stated = split_unit(label)
        found, note = stated or unit, None
        if found is None:
            found, note = _infer_unit(name, values, columns)
        # The name that every measure and study of synapses knows, for the first that counts them.
        if found == _SYNAPSES and stated is None and _COUNT not in units:
            name = _COUNT
        elif simplify(name) in GENERAL_NAMES:
            name = simplify(name)  # Weight, as Gephi writes it, is the weight
        if name in units or name in ("pre", "post"):
            raise table.fault(
                f"expected one weight {quote(name)}, found two",
                "Leave one of them out, or rename it.",
                column=column,
            )
        units[name] = found
        weights.append(_as_counts(values, found).alias(name))
        notes += [note] if note else []
    return weights, units, notes


def _settle_missing(
    table: Table, columns: EdgeColumns, weights: list[pl.Series], choice: MissingWeights
) -> tuple[list[pl.Series], list[str]]:
    """Keep, fill or refuse the empty cells of weights."""
    named = {each.name: each for each in weights}
    at_fault = [place for place, each in enumerate(weights) if each.null_count()]
    if not at_fault:
        return weights, []
    if choice != "refuse":
        settled, notes = settle_missing(named, choice)
        return list(settled.values()), notes
    # With a single weight there is nothing else to count: its edge is refused by its line.
    if len(weights) == 1:
        return weights, []
    empty = weights[at_fault[0]].is_null()
    raise table.fault(
        f"expected a number, found none ({empty.sum()} of {len(empty)} lines have none)",
        f"Read with {name_options(named)}, or fill them.",
        row=int(empty.arg_true()[0]),
        column=list(columns.weights.values())[at_fault[0]],
    )


def _infer_unit(name: str, values: pl.Series, columns: EdgeColumns) -> tuple[str, str | None]:
    """Find a unit where neither the label nor the caller states one, and a note on it."""
    unit = find_unit(name, values)
    if unit != NOT_STATED:
        return unit, None
    named = find_unit(name, pl.Series([1]))
    if named != NOT_STATED:
        return NOT_STATED, f"{quote(name)} holds fractions, so that its unit is not {named}."
    # Whole numbers between neurons that are named as such are what databases of synapses hold.
    if simplify(name) in GENERAL_NAMES and columns.of_neurons and _are_counts(values):
        return _SYNAPSES, (
            None
            if columns.of_database
            else f"The whole numbers of {quote(name)} between pre and post were taken for numbers "
            "of synapses; the option unit states another unit."
        )
    return NOT_STATED, (
        f"The file does not state the unit of {quote(name)}; the option unit states it."
    )


def _are_counts(values: pl.Series) -> bool:
    lowest = values.min()
    return is_whole(values) and not (isinstance(lowest, int | float) and lowest < 0)


def _as_counts(values: pl.Series, unit: str) -> pl.Series:
    # Counts that a program held as floats, for want of a missing integer: 12.0.
    if unit != _SYNAPSES or not values.dtype.is_float() or values.is_empty():
        return values
    if not values.is_finite().all() or values.null_count() or not is_whole(values):
        return values
    return values.cast(pl.Int64) if (values.abs() < _EXACT).all() else values


def _mirror(table: Table, columns: EdgeColumns, edges: Edges) -> Edges:
    """Add the way back of edges that Gephi calls undirected."""
    if columns.kind is None:
        return edges
    undirected = table.texts([columns.kind])[0].str.to_lowercase() == "undirected"
    both = (undirected & (edges.frame["pre"] != edges.frame["post"])).fill_null(value=False)
    alike = bool(undirected.fill_null(value=False).all()) and not undirected.is_empty()
    back = edges.frame.filter(both).rename({"pre": "post", "post": "pre"})
    frame = pl.concat([edges.frame, back.select(edges.frame.columns)])
    # With a single directed edge among them, the others must be told by their directions too.
    mixed = both.any() and not alike
    note = f"{both.sum():,} undirected edges were read in both directions."
    notes = (*edges.notes, *([note] if mixed else []))
    return replace(
        edges, frame=frame, notes=notes, directed=False if alike else True if mixed else None
    )


def _join_pairs(table: Table, columns: EdgeColumns, edges: Edges, *, summed: bool) -> Edges:
    """Sum the lines of a pair where that is right, and refuse them where it is not known to be."""
    ends = edges.frame.select("pre", "post")
    # Counting is fast; where the repeated ones stand is asked only when there are some.
    if ends.n_unique() == ends.height:
        return edges
    repeated = ~ends.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    notes = edges.notes
    if not summed:
        of_regions = columns.region is not None and edges.frame.height == table.frame.height
        if not of_regions:
            raise _refuse_repeated(table, columns, edges, repeated)
        keys = edges.frame.select("pre", "post").with_columns(
            table.frame[str(columns.region)].alias("region")
        )
        # The same pair and region twice: files joined twice would double every count.
        twice = ~keys.select(pl.struct(pl.all()).is_first_distinct()).to_series()
        if twice.any():
            raise _refuse_repeated(table, columns, edges, twice)
        notes = (
            *notes,
            f"The lines of a pair, one for each {columns.region}, were summed.",
        )
    elif columns.weights and (kinds := _list_kinds(table, columns)):
        notes = (*notes, f"Lines of different {columns.kind} were summed: {quote_names(kinds)}.")
    with table.locating(_names_in_file(columns, list(edges.units))):
        return replace(edges, frame=sum_edges(edges.frame), notes=notes)


def _list_kinds(table: Table, columns: EdgeColumns) -> list[str]:
    """List the kinds of lines of which several are summed; none where there is but one."""
    if columns.kind is None:
        return []
    kinds = table.texts([columns.kind])[0].drop_nulls().unique().sort().to_list()
    return kinds if len(kinds) > 1 else []


def _refuse_repeated(
    table: Table, columns: EdgeColumns, edges: Edges, repeated: pl.Series
) -> Exception:
    row = int(repeated.arg_true()[0])
    pre, post = edges.frame["pre"][row], edges.frame["post"][row]
    return table.fault(
        f"expected one edge for each (pre, post) pair, found ({pre}, {post}) again "
        f"({repeated.sum()} such lines)",
        "Read with sum_pairs=True to sum the weights of equal pairs, or with count_lines=True to "
        "count their lines.",
        # The way back of an undirected edge has no line of its own.
        row=row if row < table.frame.height else None,
        column=", ".join(columns.ids),
    )


def _leave_out(columns: EdgeColumns, edges: Edges, unused: Sequence[str]) -> Edges:
    left_out = (*columns.left_out, *unused)
    if not left_out:
        return edges
    verb = "columns {} were" if len(left_out) > 1 else "column {} was"
    note = (
        f"The {verb.format(quote_names(left_out))} left out; the option weights names those that "
        "are weights."
    )
    return replace(edges, notes=(*edges.notes, note))
