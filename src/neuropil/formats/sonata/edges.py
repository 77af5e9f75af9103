"""The edges of a SONATA file: their ends, their number of synapses and their weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from neuropil.connectome import find_rows, list_some
from neuropil.contracts import InputError, parse_json
from neuropil.formats.parsing.hdf5_tables import Group
from neuropil.formats.parsing.quoting import quote
from neuropil.formats.sonata.population import MISSING, Population
from neuropil.formats.sonata.writing import COUNT, OURS, STRENGTH, SYNAPSES, WEIGHTS

__all__ = ["LEAVE_OUT", "NEGATIVE", "Lines", "Negative", "find_signs", "read_lines", "weigh"]

Negative = Literal["refuse", "sign", "split"]

NEGATIVE = (
    'Read with negative="sign" to keep the sign in the node column sign, with negative="split" to '
    "keep what is negative as a weight of its own"
)
"""The ways out that an error about a negative weight names."""

LEAVE_OUT = 'weights="" to leave this weight out'
"""The way out where a weight cannot be read at all."""

_POSITIVE, _NEGATIVE = "excitatory", "inhibitory"
_LARGEST = (1 << 63) - 1


@dataclass(frozen=True)
class Lines:
    """Edges of the file, as many between two nodes as it has.

    Parameters
    ----------
    table : pl.DataFrame
        Columns ``pre``, ``post``, then weights as the file has them.
    units : dict of str to str
        Unit of the weights that state one.
    counted : bool
        True where the file says how many synapses an edge stands for.
    own : bool
        True where neuropil wrote the file, whose weights are those of all synapses of an edge.
    skipped : list of str
        Weights that were left out.
    notes : list of str
        What was left out, assumed or changed.
    """

    table: pl.DataFrame
    units: dict[str, str]
    counted: bool
    own: bool
    skipped: list[str]
    notes: list[str]


def read_lines(
    edges: Population, node_ids: pl.Series, ids: pl.Series, weights: Sequence[str] | None
) -> Lines:
    """Read the edges of a population.

    Parameters
    ----------
    edges : Population
        The population.
    node_ids : pl.Series
        (n,) ids by which edges name the nodes.
    ids : pl.Series
        (n,) ids of the nodes in the connectome.
    weights : sequence of str, optional
        Attributes that become weights; the strength of the synapses when not given.

    Returns
    -------
    Lines
        One row for each edge of the file.

    Raises
    ------
    InputError
        When an edge names an unknown node, or a weight is missing or no number.
    """
    # Our own files list their weights in order; of others only the usual two are taken.
    own = _own_weights(edges.group)
    asked = [STRENGTH] if weights is None else [name for name in weights if name != SYNAPSES]
    wanted = [SYNAPSES, *asked] if own is None else own
    attributes, _ = edges.read_attributes(wanted)
    ends = [
        _find_nodes(edges.group, f"{end}_node_id", attributes.height, node_ids)
        for end in ("source", "target")
    ]
    columns = [
        ids.gather(rows).alias(name) for rows, name in zip(ends, ("pre", "post"), strict=True)
    ]
    counted = SYNAPSES in attributes.columns
    skipped, notes = [], []
    for name in wanted:
        # What was not asked for by name may be missing; what was, may not.
        optional = own is None and (name == SYNAPSES or weights is None)
        if name not in attributes.columns and optional:
            continue
        # A weight that some edges lack cannot be summed; it is left out and named.
        if optional and name != SYNAPSES and attributes[name].null_count():
            skipped.append(name)
            lacking = f"{attributes[name].null_count()} of {attributes.height}"
            notes.append(f"The weight {name!r} was left out: edges without it are {lacking}.")
            continue
        columns.append(_weight_of(edges.group, attributes, name))
    notes += [] if own is not None else _note_unread(edges.group, wanted)
    units = {OURS.get(name, name): unit for name in wanted if (unit := _unit_of(edges.group, name))}
    if own is None and not counted:
        # Each row of the file is then one synapse, and the count the first weight, as everywhere.
        columns.insert(2, pl.Series(COUNT, np.ones(attributes.height, dtype=np.int64)))
        notes.append(f"The edges have no {SYNAPSES}: each counts as one synapse.")
    table = pl.DataFrame(columns)
    if own is None and (table[COUNT] != 1).any() and table.width > 3:
        others = ", ".join(repr(name) for name in table.columns[2:] if name != COUNT)
        notes.append(f"An edge stands for {SYNAPSES} synapses, each of weight {others}.")
    # What nsyns counts is no question; another unit of our own count is one that was given.
    stated = {COUNT: "synapses", **units} if own is not None else {**units, COUNT: "synapses"}
    return Lines(table, stated, counted, own is not None, skipped, notes)


def _note_unread(group: Group, wanted: Sequence[str]) -> list[str]:
    """Say in a note which attributes of the edges are not read."""
    every = {
        name for number in group.groups() if number.isdecimal() for name in _names(group, number)
    }
    unread = sorted(every - set(wanted))
    if not unread:
        return []
    return [
        f"Attributes of the edges were left out: {list_some(map(repr, unread))}; the option "
        "weights names those that are weights."
    ]


def _names(group: Group, number: str) -> list[str]:
    return [name for name in group.child(number).datasets() if not name.endswith(MISSING)]


def weigh(lines: Lines, group: Group) -> pl.DataFrame:
    """Make weights of one synapse those of an edge: weight times number of synapses.

    Parameters
    ----------
    lines : Lines
        Edges of the file.
    group : Group
        Their group, for faults.

    Returns
    -------
    pl.DataFrame
        One row for each edge.

    Raises
    ------
    InputError
        When a product of whole numbers is 2^63 or more.
    """
    if lines.own:
        return lines.table
    number = lines.table[COUNT]
    others = [name for name in lines.table.columns[2:] if name != COUNT]
    return lines.table.with_columns(_multiply(group, lines.table[name], number) for name in others)


def _multiply(group: Group, weight: pl.Series, number: pl.Series) -> pl.Series:
    if weight.dtype.is_float():
        return weight * number.cast(pl.Float64)
    # 128 bits: a product of 64 bits wraps round.
    product = weight.cast(pl.Int128) * number.cast(pl.Int128)
    high = product.abs() > _LARGEST
    if high.any():
        raise group.fault(
            f"expected {weight.name} times {SYNAPSES} of less than 2^63, found "
            f"{product.filter(high)[0]}",
            f"Correct it, or read with {LEAVE_OUT}.",
            weight.name,
        )
    return product.cast(pl.Int64)


def find_signs(
    lines: Lines, group: Group, ids: pl.Series, negative: Negative
) -> tuple[Lines, pl.Series | None]:
    """Take the signs off the weights.

    Parameters
    ----------
    lines : Lines
        Edges of the file.
    group : Group
        Their group, for faults.
    ids : pl.Series
        (n,) ids of the nodes.
    negative : {"refuse", "sign", "split"}
        What becomes of negative weights.

    Returns
    -------
    Lines
        With weights of 0 or more; as it was where ``negative`` is ``refuse``.
    pl.Series, optional
        (n,) sign of each node: -1, 1, or null where no edge tells; None where no weight was
        negative or the parts were split.

    Raises
    ------
    InputError
        When edges of both signs leave a node and ``negative`` is ``sign``.
    """
    names = [
        column.name
        for column in lines.table.iter_columns()
        if column.name not in ("pre", "post", COUNT)
        and column.dtype.is_numeric()
        and (column < 0).any()
    ]
    if negative == "refuse" or not names:
        return lines, None
    if negative == "split":
        return _split(lines, names), None
    signs = _signs_of_nodes(lines.table, group, names)
    table = lines.table.with_columns(pl.col(names).abs())
    listed = ", ".join(map(repr, names))
    notes = [*lines.notes, f"The sign of {listed} stands in the node column sign."]
    column = ids.to_frame("id").join(signs, on="id", how="left", maintain_order="left")["sign"]
    return replace(lines, table=table, notes=notes), column


def _signs_of_nodes(table: pl.DataFrame, group: Group, names: Sequence[str]) -> pl.DataFrame:
    """Tell the one sign of the edges of each node; those of weight 0 have none."""
    signed = pl.concat(
        table.select(pl.col("pre").alias("id"), pl.col(name).sign().cast(pl.Int64).alias("sign"))
        for name in names
    ).filter(pl.col("sign") != 0)
    signs = signed.unique(maintain_order=True)
    both = ~signs["id"].is_first_distinct()
    if both.any():
        raise group.fault(
            f"expected edges of one sign from each node, found both from "
            f"{signs['id'].filter(both)[0]!r} ({both.sum()} such nodes)",
            'Read with negative="split" to keep what is negative as a weight of its own.',
        )
    return signs


def _split(lines: Lines, names: Sequence[str]) -> Lines:
    columns, units = [], dict(lines.units)
    for column in lines.table.iter_columns():
        if column.name not in names:
            columns.append(column)
            continue
        parts = {_POSITIVE: column.clip(lower_bound=0), _NEGATIVE: (-column).clip(lower_bound=0)}
        for word, values in parts.items():
            columns.append(values.alias(f"{column.name}_{word}"))
            if column.name in units:
                units[columns[-1].name] = units[column.name]
    listed = ", ".join(map(repr, names))
    note = f"{listed} was split by its sign into weights that end in {_POSITIVE} and {_NEGATIVE}."
    return replace(lines, table=pl.DataFrame(columns), units=units, notes=[*lines.notes, note])


def _own_weights(group: Group) -> list[str] | None:
    """List the weights in their order, where neuropil wrote the file."""
    text = group.attribute(WEIGHTS)
    if text is None:
        return None
    try:
        return [str(name) for name in parse_json(str(text), f"{group.path}, attribute {WEIGHTS}")]
    except (InputError, TypeError) as error:
        raise group.fault(
            f"expected a JSON list of names in the attribute {WEIGHTS}, found {quote(str(text))}",
            "Remove the attribute, or write the file again.",
        ) from error


def _find_nodes(group: Group, name: str, length: int, node_ids: pl.Series) -> pl.Series:
    found = group.read_whole(name, length)
    rows = find_rows(found, node_ids)
    if rows.null_count():
        first = int(rows.is_null().arg_true()[0])
        raise group.fault(
            f"expected ids of the nodes, found the unknown id {found[first]} at edge {first} "
            f"({rows.null_count()} such edges)",
            "Take the file of the nodes that belongs to these edges.",
            name,
        )
    return rows


def _weight_of(group: Group, attributes: pl.DataFrame, name: str) -> pl.Series:
    if name not in attributes.columns or name in ("pre", "post"):
        raise group.fault(
            f"expected an attribute {name} of the edges, found none that can be a weight",
            f"Name attributes that every edge has as weights, or read with {LEAVE_OUT}.",
        )
    column = attributes[name]
    ours = OURS.get(name, name)
    if not column.dtype.is_numeric() or column.null_count():
        found = f"{column.null_count()} without" if column.null_count() else str(column.dtype)
        raise group.fault(
            f"expected a number {name} for each edge, found {found}",
            "Fill the attribute in every group of edges"
            + ("." if name == SYNAPSES else f", or read with {LEAVE_OUT}."),
        )
    # Some programs write whole numbers as floats; halves of synapses are refused.
    if name == SYNAPSES and column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        wrong = whole.is_null() | (whole.cast(pl.Float64) != column)
        if wrong.any():
            raise group.fault(
                f"expected whole numbers {name}, found {column.filter(wrong)[0]}",
                "Correct the number of synapses.",
            )
        column = whole
    return column.alias(ours)


def _unit_of(group: Group, name: str) -> str | None:
    for number in group.groups():
        inside = group.child(number)
        if name not in inside.datasets():
            continue
        for word in ("units", "unit"):
            if unit := str(inside.attribute(word, name) or "").strip():
                return unit
    return None
