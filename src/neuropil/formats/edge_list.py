"""Edge lists: one line for each edge, as text or columnar, with an optional table of neurons."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import polars as pl

from neuropil.connectome import Connectome, check_nodes
from neuropil.contracts import InputError, Source, atomic_write
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.columnar import COLUMNAR_ENDINGS, ColumnarTable
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.edge_columns import (
    EDGE_ALIASES,
    EdgeColumns,
    choose_columns,
    match_column,
)
from neuropil.formats.parsing.edge_lines import collect_edges, keep_lines
from neuropil.formats.parsing.id_texts import find_broken_id
from neuropil.formats.parsing.missing_weights import MissingWeights
from neuropil.formats.parsing.text_files import TextReading

__all__ = ["FORMAT", "EdgeListOptions", "nodes_path", "read_edge_list", "write_edge_list"]

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_TEXT = (".txt", ".txt.gz")

_NODE_ALIASES = {
    "id": (
        *("id", "root_id", "pt_root_id", "bodyId", "body", "body_id", "neuron_id", "node"),
        "node_id",
    ),
    "cell_type": ("type",),
    "neurotransmitter": ("nt_type", "nt"),
}
# Labels stay text even where all look like numbers, as clusters that are named 1, 2, 3.
_TEXT_COLUMNS = ("cell_type", "instance", "side", "region", "neurotransmitter")
# Numbers whatever stands in them: one decimal comma would make text of a whole column.
_PLACES = ("x_nm", "y_nm", "z_nm")
_DEFAULT_UNITS = {"synapse_count": "synapses"}
_OFFERS = frozenset(("separator", "whole", "encoding"))


class EdgeListOptions(TypedDict, total=False):
    """How an edge list is to be read; every option may be left out.

    Parameters
    ----------
    nodes : Path, optional
        Table of the neurons with a column ``id``. When not given, ``NAME.nodes.csv`` beside
        ``NAME.csv`` where that exists, else the sorted ids of the edges.
    pre, post : str, optional
        Columns of ids; found by their names when not given.
    weights : str or sequence of str, optional
        Columns of weights. When not given, the first that is known by its name, such as
        ``synapse_count``, ``n_syn``, ``weight`` or ``count``, and all with a unit in brackets, as
        in ``contact_area [um2]``; others are left out, with a note.
    unit : str, optional
        Unit of the weights that state none.
    columns : mapping of str to str, optional
        Our name to the file's, such as ``{"pre": "bodyId_pre", "area [um2]": "area"}``; the same
        as the options above, with a name of one's own for each weight.
    separator : str, optional
        Character between columns; a tab for names with ``.tsv``, else a comma.
    text_ids : bool
        True keeps ids that look like numbers as text.
    sum_pairs : bool
        True sums the weights of lines with the same pre and post.
    count_lines : bool
        True counts the lines of each pair, and takes no column as a weight.
    missing_weights : {"refuse", "null", "zero"}
        What becomes of an edge with an empty cell in a weight: ``null`` leaves it out of that
        weight, ``zero`` counts 0 in that weight; either way the edge counts in the others.
    drop_missing_ids : bool
        True leaves out lines whose id is empty or a word such as NA, with a note.
    whole : bool
        True takes a file as whole although it does not end with a line break.
    encoding : str, optional
        Encoding of the text; UTF-8 when not given.
    """

    nodes: Path | None
    pre: str | None
    post: str | None
    weights: str | Sequence[str] | None
    unit: str | None
    columns: Mapping[str, str] | None
    separator: str | None
    text_ids: bool
    sum_pairs: bool
    count_lines: bool
    missing_weights: MissingWeights
    drop_missing_ids: bool
    whole: bool
    encoding: str | None


def read_edge_list(path: Path, **options: Unpack[EdgeListOptions]) -> Connectome:
    """Read an edge list.

    Parameters
    ----------
    path : Path
        CSV, TSV or text, with or without gzip, or Feather, Arrow or Parquet. The header names
        pre, post and weights, or aliases of them (docs/formats/edge-list.md). A table with one
        line for each synapse is counted; one with lines for each neuropil is summed.
    **options : EdgeListOptions
        How it is to be read.

    Returns
    -------
    Connectome
        Ids are Int64 or String, exactly as written. ``source.notes`` says what was left out,
        summed or assumed.

    Raises
    ------
    InputError
        When the file is damaged or breaks a rule of the connectome; names file, line and column.
    ConfigError
        When an option makes no sense.
    """
    reading = TextReading(
        options.get("separator"),
        options.get("whole", False),
        options.get("encoding"),
        _OFFERS,
    )
    table = _open(path, reading)
    columns = _choose(table, options)
    nodes = options.get("nodes") or _nodes_beside(path)
    drop, text_ids = options.get("drop_missing_ids", False), options.get("text_ids", False)
    node_table, notes = _read_nodes(Path(nodes), reading, text_ids, drop) if nodes else (None, ())
    # One id that is text makes all of them text, in both tables, or nothing would join.
    text_ids = text_ids or (node_table is not None and node_table["id"].dtype == pl.String)
    kept = keep_lines(table, columns, drop_missing_ids=drop)
    edges = collect_edges(
        kept,
        columns,
        None if node_table is None else node_table["id"],
        unit=options.get("unit"),
        text_ids=text_ids,
        sum_pairs=options.get("sum_pairs", False),
        missing_weights=options.get("missing_weights", "refuse"),
    )
    files = (*describe_file(path).files, *(describe_file(Path(nodes)).files if nodes else ()))
    source = Source(path.name, files=files, notes=(*edges.notes, *notes))
    with kept.locating({"pre": columns.pre, "post": columns.post}):
        return Connectome.from_frames(
            edges.list_nodes() if node_table is None else node_table,
            edges.frame,
            units=edges.units,
            source=source,
            directed=edges.directed,
        )


def _open(path: Path, reading: TextReading) -> DelimitedText | ColumnarTable:
    if path.name.endswith(COLUMNAR_ENDINGS):
        return ColumnarTable.read(path)
    return DelimitedText.read(path, reading=reading)


def _choose(table: DelimitedText | ColumnarTable, options: EdgeListOptions) -> EdgeColumns:
    given = dict(options.get("columns") or {})
    for end, column in (("pre", options.get("pre")), ("post", options.get("post"))):
        if column is not None:
            given[end] = column
    weights = options.get("weights")
    # A text is a sequence too: n_syn would be taken for the columns n, _, s, y and n. An empty one
    # is no column, and is refused.
    chosen = [weights] if isinstance(weights, str) else list(weights or ())
    return choose_columns(table, given, chosen, count_lines=options.get("count_lines", False))


def _nodes_beside(path: Path) -> Path | None:
    beside = nodes_path(path)
    return beside if beside.is_file() else None


def nodes_path(path: Path) -> Path:
    """Name the node table that belongs to an edge list.

    Parameters
    ----------
    path : Path
        Name of the edge list.

    Returns
    -------
    Path
        The same name with ``.nodes`` before its ending.

    Examples
    --------
    >>> nodes_path(Path("fly.csv.gz")).name
    'fly.nodes.csv.gz'
    """
    ending = max((each for each in ENDINGS if path.name.endswith(each)), key=len, default="")
    stem = path.name.removesuffix(ending)
    return path.with_name(f"{stem}.nodes{ending}")


def _read_nodes(
    path: Path, reading: TextReading, text_ids: bool, drop: bool
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    table = _open(path, reading)
    present = table.frame.columns
    names = {"id": match_column(table, "id", _NODE_ALIASES["id"], None, " of them id")}
    for name in ("cell_type", "neurotransmitter"):
        found = [each for each in (name, *_NODE_ALIASES[name]) if each in present]
        names |= {name: found[0]} if found else {}
    ours = {column: name for name, column in names.items()}
    kept = table.without_missing([names["id"]], drop=drop)
    (ids,) = kept.parse_ids(names["id"], as_text=text_ids)
    columns = [ids.alias("id")]
    for column in present:
        name = ours.get(column, column)
        if name in _PLACES:
            columns.append(kept.parse_places(column).alias(name))
        elif name != "id":
            text = kept.frame[column]
            typed = text if name in _TEXT_COLUMNS else kept.guess_type(column)
            columns.append(typed.alias(name))
    nodes = pl.DataFrame(columns)
    with kept.locating(names):
        check_nodes(nodes)
    return nodes, kept.notes


def write_edge_list(connectome: Connectome, path: Path) -> None:
    """Write an edge list and, beside it, the table of the neurons.

    Space, source and provenance are not kept. A weight that is null is an empty field, and is read
    again with ``missing_weights="null"``.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Name of the edge list; the ending chooses the separator and gzip.

    Raises
    ------
    InputError
        When an id holds a line break; write a connectome folder.
    OutputError
        When the place cannot be written.
    """
    if text := find_broken_id(connectome.nodes["id"]):
        raise InputError(
            f"cannot hold the id {text!r}",
            where=str(path),
            repair="Write a connectome folder, which holds everything.",
        )
    units = connectome.units
    headed = connectome.edges.rename(
        {
            # The unit is left out only where a reader would put the same one back.
            name: name if _DEFAULT_UNITS.get(name) == units[name] else f"{name} [{units[name]}]"
            for name in connectome.weight_names
        }
    )
    # Neurons first: an edge list without them would be read as if all labels were unknown.
    _write_table(connectome.nodes, nodes_path(path))
    _write_table(headed, path)


def _write_table(frame: pl.DataFrame, path: Path) -> None:
    separator = "\t" if ".tsv" in path.name else ","
    with atomic_write(path) as temporary:
        # Compressed here, because the temporary name has no ending for Polars to go by.
        if path.suffix == ".gz":
            text = io.BytesIO()
            frame.write_csv(text, separator=separator)
            # Without a time stamp the same connectome gives the same bytes.
            temporary.write_bytes(gzip.compress(text.getbuffer(), mtime=0))
        else:
            frame.write_csv(temporary, separator=separator)


def _sniff(path: Path) -> bool:
    if not path.is_file():
        return False
    if not path.name.endswith(_TEXT):
        return path.name.endswith((*ENDINGS, *COLUMNAR_ENDINGS))
    # Any file may end in .txt: only one that names both ends is taken for an edge list.
    try:
        table, header = DelimitedText.peek(path)
        empty = DelimitedText(path, table.separator, pl.DataFrame(schema=dict.fromkeys(header)))
        for end, aliases in EDGE_ALIASES.items():
            match_column(empty, end, aliases, None)
    except InputError:
        return False
    return True


FORMAT = Format(
    name="edge-list",
    endings=ENDINGS,
    description="table with one line for each edge, and NAME.nodes.csv for the neurons",
    sniff=_sniff,
    read=read_edge_list,
    write=write_edge_list,
    also_reads=(*_TEXT, *COLUMNAR_ENDINGS),
    aliases=EDGE_ALIASES,
    options={
        "nodes": "table of the neurons with a column id",
        "pre": "column of the presynaptic ids",
        "post": "column of the postsynaptic ids",
        "weights": "columns of weights",
        "unit": "unit of the weights that state none",
        "columns": "our name of each column to the file's",
        "separator": "character between columns",
        "text_ids": "keep ids that look like numbers as text",
        "sum_pairs": "sum the weights of lines with the same pre and post",
        "count_lines": "count the lines of each pair, one a synapse",
        "missing_weights": "null or zero where an edge has no number in a weight",
        "drop_missing_ids": "leave out lines whose id is missing",
        "whole": "take a file as whole that does not end with a line break",
        "encoding": "encoding of the text, such as latin-1",
    },
)
