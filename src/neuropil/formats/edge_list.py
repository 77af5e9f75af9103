"""Edge lists: one line for each edge, in CSV or TSV, with an optional table of the neurons."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from neuropil.connectome import Connectome, check_edges, check_nodes
from neuropil.contracts import Source, atomic_write
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.delimited_text import DelimitedText

__all__ = ["FORMAT", "nodes_path", "read_edge_list", "write_edge_list"]

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")

# Names that Codex, CAVE, neuPrint, networkx and igraph use.
_EDGE_ALIASES = {
    "pre": ("pre_id", "pre_root_id", "pre_pt_root_id", "bodyId_pre", "source", "from"),
    "post": ("post_id", "post_root_id", "post_pt_root_id", "bodyId_post", "target", "to"),
    "synapse_count": ("weight", "syn_count", "n_syn", "synapses", "count"),
}
_NODE_ALIASES = {
    "id": ("root_id", "pt_root_id", "bodyId", "body_id", "neuron_id", "node"),
    "cell_type": ("type",),
    "neurotransmitter": ("nt_type", "nt"),
}
# Labels stay text even where all look like numbers, as clusters that are named 1, 2, 3.
_TEXT_COLUMNS = ("cell_type", "instance", "side", "region", "neurotransmitter")
# As neuropil writes it: a unit in brackets after the name is the only one a CSV can carry.
_WITH_UNIT = re.compile(r"^(?P<name>.+?) \[(?P<unit>.+)\]$")
_DEFAULT_UNITS = {"synapse_count": "synapses"}
_HOW_TO_NAME = (
    "Write the unit in the header, as in area [um2], or name the columns to read, as in "
    "columns={'pre': 'bodyId_pre', 'post': 'bodyId_post', 'synapse_count': 'weight'}."
)


def read_edge_list(
    path: Path,
    *,
    nodes: Path | None = None,
    columns: Mapping[str, str] | None = None,
    separator: str | None = None,
    text_ids: bool = False,
    sum_pairs: bool = False,
) -> Connectome:
    """Read an edge list.

    Parameters
    ----------
    path : Path
        CSV or TSV, with or without gzip. The header names ``pre``, ``post`` and weights, or
        common aliases of them; a weight other than ``synapse_count`` has its unit in brackets,
        as in ``contact_area [um2]``.
    nodes : Path, optional
        Table of the neurons with a column ``id``. When not given, ``NAME.nodes.csv`` beside
        ``NAME.csv`` where that exists, else the sorted ids of the edges.
    columns : mapping of str to str, optional
        Our name to the file's, such as ``{"pre": "bodyId_pre", "area [um2]": "area"}``. When it
        names a weight, other columns are left out.
    separator : str, optional
        Character between columns; a tab for names with ``.tsv``, else a comma.
    text_ids : bool
        True keeps ids that look like numbers as text.
    sum_pairs : bool
        True sums the weights of lines with the same pre and post, such as one for each region.

    Returns
    -------
    Connectome
        Ids are Int64 or String, exactly as written.

    Raises
    ------
    InputError
        When the file is damaged or breaks a rule of the connectome; names file, line and column.
    """
    table = DelimitedText.read(path, separator)
    names, units = _name_columns(table, columns or {})
    nodes = nodes or _nodes_beside(path)
    files = (*describe_file(path).files, *(describe_file(nodes).files if nodes else ()))
    node_table = _read_nodes(nodes, separator, text_ids) if nodes else None
    # One id that is text makes all of them text, in both tables, or nothing would join.
    if node_table is not None and node_table["id"].dtype == pl.String:
        text_ids = True
    pre, post = table.parse_ids(names["pre"], names["post"], as_text=text_ids)
    weights = [table.parse_numbers(names[name]).alias(name) for name in units]
    edges = pl.DataFrame([pre.alias("pre"), post.alias("post"), *weights])
    if node_table is None:
        node_table = _nodes_of(edges)
    with table.locating(names):
        if sum_pairs:
            edges = _sum_pairs(edges, node_table["id"], units)
        return Connectome.from_frames(
            node_table, edges, units=units, source=Source(path.name, files=files)
        )


def _name_columns(
    table: DelimitedText, given: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Find the column of pre, post and each weight, and the unit of each weight."""
    found = _match(table, _EDGE_ALIASES, given, required=("pre", "post"))
    # Who names weights means these alone; who names only the ends still wants all weights.
    if any(name not in ("pre", "post") for name in given):
        found = {name: found[name] for name in ("pre", "post", *given)}
    else:
        taken = set(found.values())
        found |= {name: name for name in table.frame.columns if name not in taken}
    names: dict[str, str] = {}
    units: dict[str, str] = {}
    for label, column in found.items():
        name, unit = _split_unit(label)
        if name in names:
            raise table.fault(f"expected one weight {name}, found two", _HOW_TO_NAME, column=column)
        names[name] = column
        if name in ("pre", "post"):
            continue
        if not unit:
            raise table.fault(
                "expected a weight with its unit, found neither a unit nor a known name",
                _HOW_TO_NAME,
                column=column,
            )
        units[name] = unit
    return names, units


def _sum_pairs(edges: pl.DataFrame, node_ids: pl.Series, units: Mapping[str, str]) -> pl.DataFrame:
    # Checked line by line first: a negative or unknown line must not vanish in a sum.
    check_edges(edges, node_ids, unique_pairs=False, units=units)
    return edges.group_by("pre", "post", maintain_order=True).sum()


def _match(
    table: DelimitedText,
    aliases: Mapping[str, tuple[str, ...]],
    given: Mapping[str, str],
    required: tuple[str, ...],
) -> dict[str, str]:
    present = table.frame.columns
    listed = f"The columns are: {', '.join(present)}."
    names = dict(given)
    for name, others in aliases.items():
        # Our own name wins over aliases, so that a file with both is not refused.
        found = [name] if name in present else [other for other in others if other in present]
        if name in given or not found:
            continue
        # Two aliases at once, such as weight and count, are two quantities: choosing would be a
        # guess.
        if len(found) > 1:
            raise table.fault(
                f"expected one column for {name}, found {', '.join(found)}",
                f"Choose one, as in columns={{{name!r}: {found[0]!r}}}.",
            )
        names[name] = found[0]
    for name in (*required, *given):
        if names.get(name) not in present:
            expected = names.get(name, f"{name} or one of its aliases")
            raise table.fault(f"expected a column {expected}, found none", listed)
    return names


def _split_unit(name: str) -> tuple[str, str]:
    match = _WITH_UNIT.match(name)
    return (match["name"], match["unit"]) if match else (name, _DEFAULT_UNITS.get(name, ""))


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


def _read_nodes(path: Path, separator: str | None, text_ids: bool) -> pl.DataFrame:
    table = DelimitedText.read(path, separator)
    names = _match(table, _NODE_ALIASES, {}, required=("id",))
    ours = {column: name for name, column in names.items()}
    (ids,) = table.parse_ids(names["id"], as_text=text_ids)
    columns = [ids.alias("id")]
    for column in table.frame.columns:
        name = ours.get(column, column)
        if name != "id":
            text = table.frame[column]
            typed = text if name in _TEXT_COLUMNS else table.guess_type(column)
            columns.append(typed.alias(name))
    nodes = pl.DataFrame(columns)
    with table.locating(names):
        check_nodes(nodes)
    return nodes


def _nodes_of(edges: pl.DataFrame) -> pl.DataFrame:
    # Sorted, so that the order of the lines does not change the rows of any matrix.
    ids = pl.concat([edges["pre"], edges["post"]]).unique().drop_nulls().sort()
    return ids.alias("id").to_frame()


def write_edge_list(connectome: Connectome, path: Path) -> None:
    """Write an edge list and, beside it, the table of the neurons.

    Space, source and provenance are not kept.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Name of the edge list; the ending chooses the separator and gzip.

    Raises
    ------
    OutputError
        When the place cannot be written.
    """
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


FORMAT = Format(
    name="edge-list",
    endings=ENDINGS,
    description="CSV or TSV with one line for each edge, and NAME.nodes.csv for the neurons",
    sniff=lambda path: path.is_file() and path.name.endswith(ENDINGS),
    read=read_edge_list,
    write=write_edge_list,
    options={
        "nodes": "table of the neurons with a column id",
        "columns": "our name of each column to the file's",
        "separator": "character between columns",
        "text_ids": "keep ids that look like numbers as text",
        "sum_pairs": "sum the weights of lines with the same pre and post",
    },
)
