"""Tables with one line for each neuron: their columns under our names and types."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from neuropil.connectome import check_nodes
from neuropil.contracts import ConfigError, InputError
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.quoting import quote
from neuropil.formats.parsing.text_files import PLAIN, TextReading
from neuropil.formats.parsing.whole_numbers import parse_ids, require_least

__all__ = [
    "NeuronColumns",
    "count_unlisted",
    "find_positions",
    "join_neurons",
    "read_neurons",
    "unite_ids",
]

# Without nan, inf and underscores, which Python would take for numbers as well.
_NUMBER = r"([+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"
_POSITION = rf"^\[?\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+{_NUMBER}\s*\]?$"
_AXES = ("x_nm", "y_nm", "z_nm")


@dataclass(frozen=True)
class NeuronColumns:
    """How the columns of a format become those of the neurons.

    Parameters
    ----------
    id : str
        Their name of the id, once simplified.
    simplify : callable
        Brings their spellings of a name together.
    names : mapping of str to str
        Our name for a simplified one of theirs; other names stay simplified.
    numbers : frozenset of str
        Simplified names of columns of numbers; all others hold text.
    words : mapping of str to callable
        For a column of ours, an expression that brings their words to ours.
    dropped : frozenset of str
        Simplified names of columns that are left out.
    """

    id: str
    simplify: Callable[[str], str] = str
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    words: Mapping[str, Callable[[pl.Expr], pl.Expr]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()


def read_neurons(
    path: Path,
    columns: NeuronColumns,
    reading: TextReading = PLAIN,
    *,
    drop_missing_ids: bool | None = None,
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Read a table with one line for each neuron.

    Parameters
    ----------
    path : Path
        CSV or TSV, compressed with gzip or not, with a column of ids.
    columns : NeuronColumns
        What becomes of its columns.
    reading : TextReading
        Its encoding, and whether it is whole in any case.
    drop_missing_ids : bool, optional
        True leaves out lines without an id; None where the reader has no option for it.

    Returns
    -------
    frame : pl.DataFrame
        ``id`` (Int64) and its other columns, null where a cell is empty.
    notes : tuple of str
        What was left out.

    Raises
    ------
    InputError
        When the file is damaged, an id is wrong or repeated, or a number is none; names the line.
    """
    table = DelimitedText.read(path, reading=reading)
    taken = _name_columns(table, columns)
    table = table.without_missing([taken["id"]], drop=drop_missing_ids)
    (ids,) = parse_ids(table, [taken["id"]])
    require_least(table, ids, 1, "an id")
    parsed = {"id": ids}
    for ours, name in list(taken.items())[1:]:
        is_number = columns.simplify(name) in columns.numbers
        parsed[ours] = table.parse_numbers(name) if is_number else table.frame[name]
    frame = pl.DataFrame(parsed).with_columns(
        change(pl.col(name)) for name, change in columns.words.items() if name in taken
    )
    with table.locating(taken):
        check_nodes(frame)
    return frame, table.notes


def _name_columns(table: DelimitedText, columns: NeuronColumns) -> dict[str, str]:
    """Find their name for each of our columns, the id first."""
    simple = {name: columns.simplify(name) for name in table.frame.columns}
    taken: dict[str, str] = {}
    # The id first; sorting is stable, so that all others keep the order of the file.
    for name in sorted(simple, key=lambda name: simple[name] != columns.id):
        # pandas numbers the lines in a column without a name, unless it is told not to.
        if not name or simple[name] in columns.dropped:
            continue
        ours = "id" if simple[name] == columns.id else columns.names.get(simple[name], simple[name])
        # Two columns that mean the same, as primary_type and cell_type, may disagree.
        if ours in taken:
            raise table.fault(
                f"expected one column for {ours}, found {quote(taken[ours])} and {quote(name)}",
                "Leave one of them out.",
            )
        taken[ours] = name
    return taken


def unite_ids(connected: pl.Series, tables: Iterable[pl.DataFrame]) -> pl.Series:
    """Collect the neurons of the connections and those of the tables.

    Parameters
    ----------
    connected : pl.Series
        Ids that have a connection.
    tables : iterable of pl.DataFrame
        Tables with a column ``id``.

    Returns
    -------
    pl.Series
        Ids, each once, sorted.
    """
    listed = [frame["id"] for frame in tables]
    # Sorted, so that the order of files and lines does not change the rows of any matrix.
    return pl.concat([connected.alias("id"), *listed]).unique().sort()


def count_unlisted(ids: pl.Series, tables: Iterable[pl.DataFrame]) -> int:
    """Count the neurons that no table lists.

    Parameters
    ----------
    ids : pl.Series
        (n,) ids of all neurons, those of the tables among them.
    tables : iterable of pl.DataFrame
        Tables with a column ``id``.

    Returns
    -------
    int
        Neurons that only connections name.
    """
    listed = [frame["id"] for frame in tables]
    return len(ids) - (pl.concat(listed).n_unique() if listed else 0)


def join_neurons(ids: pl.Series, tables: Mapping[Path, pl.DataFrame]) -> pl.DataFrame:
    """Put the columns of several tables side by side.

    Parameters
    ----------
    ids : pl.Series
        (n,) ids of the neurons, each once.
    tables : mapping of Path to pl.DataFrame
        Tables with a column ``id``, each id once, by the file they come from.

    Returns
    -------
    pl.DataFrame
        (n,) rows in the order of ``ids``, null where a table does not have a neuron.

    Raises
    ------
    InputError
        When two tables have the same column, of which one must be chosen.
    """
    nodes = ids.alias("id").to_frame()
    origin: dict[str, Path] = {}
    for path, frame in tables.items():
        # A join would rename the second column, and one of two contradicting labels would win by
        # order.
        twice = [name for name in frame.columns if name in origin]
        if twice:
            raise InputError(
                f"expected the column {twice[0]} in one file, found it in "
                f"{origin[twice[0]].name} and {path.name}",
                where=str(path),
                repair="Leave one of the files out, or remove the column from it.",
            )
        origin |= {name: path for name in frame.columns if name != "id"}
        nodes = nodes.join(frame, on="id", how="left", maintain_order="left")
    return nodes


def find_positions(
    table: DelimitedText, ids: pl.Series, column: str, voxel_nm: Sequence[float]
) -> pl.DataFrame:
    """Parse positions such as ``[1 2 3]``, and keep the first of each neuron.

    Parameters
    ----------
    table : DelimitedText
        Its cells are text.
    ids : pl.Series
        (m,) neuron of each line.
    column : str
        Name of the column of positions; lines without one are left out.
    voxel_nm : sequence of float
        Size of the unit of the positions along x, y and z [nm].

    Returns
    -------
    pl.DataFrame
        ``id``, ``x_nm``, ``y_nm`` and ``z_nm`` [nm].

    Raises
    ------
    InputError
        When a position is not three numbers; names its line.
    ConfigError
        When ``voxel_nm`` is not three positive numbers.
    """
    sizes = [float(size) for size in voxel_nm]
    # Infinity and NaN fail the comparison, and 0 would put all neurons in one plane.
    if len(sizes) != len(_AXES) or not all(0 < size < math.inf for size in sizes):
        raise ConfigError(
            f"expected three positive sizes [nm], found {voxel_nm!r}",
            where="option voxel_nm",
            repair="Such as voxel_nm=(4, 4, 40).",
        )
    text = table.frame[column]
    wrong = ~text.str.contains(_POSITION)
    if wrong.any():
        row = int(wrong.arg_true()[0])
        raise table.fault(
            f"expected a position such as [1 2 3], found {quote(text[row])}",
            "Correct it.",
            row=row,
            column=column,
        )
    parts = text.str.extract_groups(_POSITION).struct.unnest().cast(pl.Float64)
    scaled = [parts[:, axis].alias(name) * sizes[axis] for axis, name in enumerate(_AXES)]
    # Empty cells go first, so that the first position is one that is there.
    placed = pl.DataFrame([ids.alias("id"), *scaled]).filter(text.is_not_null())
    # The first point lies on the neuron; a mean of several may lie outside it.
    return placed.unique("id", keep="first", maintain_order=True)
