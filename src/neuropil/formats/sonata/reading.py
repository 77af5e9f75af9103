"""SONATA networks: HDF5 files of nodes and of edges, with optional tables of their types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from neuropil.connectome import Connectome, TableError, check_edges, find_rows, settle_direction
from neuropil.contracts import InputError, Operation, Source
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.hdf5_tables import Group, is_hdf5, open_hdf5
from neuropil.formats.sonata.population import Population
from neuropil.formats.sonata.writing import COUNT, ENDING, IDS, SYNAPSES, WEIGHTS, write_sonata

__all__ = ["FORMAT", "read_sonata", "write_sonata"]

_FILES = (".h5", ".hdf5")
# The attribute that SONATA reserves for the strength of a synapse.
_STRENGTH = "syn_weight"
_NOT_STATED = "not stated"
_AXES = ("x", "y", "z")
# Positions share the coordinates of the morphologies, which SONATA gives in micrometres.
_NM_OF_UM = 1000.0


@dataclass(frozen=True)
class _Lines:
    """Edges of the file, as many between two nodes as it has."""

    table: pl.DataFrame
    units: dict[str, str]
    counted: bool
    skipped: list[str]


def read_sonata(
    *paths: Path,
    population: str | None = None,
    node_types: Path | None = None,
    edge_types: Path | None = None,
    weights: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
) -> Connectome:
    """Read a network in SONATA; needs ``neuropil[em]``.

    Parameters
    ----------
    *paths : Path
        The file of the nodes and the file of the edges, or a folder that holds both. Of a single
        file the other one is looked for in the same folder.
    population : str, optional
        Population of nodes; not needed where edges lie within one alone.
    node_types, edge_types : Path, optional
        Tables of the types; when not given, ``NAME_node_types.csv`` beside ``NAME_nodes.h5``, and
        ``NAME_edge_types.csv`` beside ``NAME_edges.h5``, where they exist.
    weights : sequence of str, optional
        Attributes of the edges that become weights beside ``synapse_count``; ``syn_weight`` when
        not given, where every edge has it.
    units : mapping of str to str, optional
        Unit of weights other than ``synapse_count``; that of the file, else ``not stated``.

    Returns
    -------
    Connectome
        ``synapse_count`` [synapses] is the sum of ``nsyns`` over the edges of a pair, each of which
        is one synapse where the file has no ``nsyns``; other weights are summed as well. Ids are
        those of the file. ``x``, ``y``, ``z`` [um] become ``x_nm``, ``y_nm``, ``z_nm``.

    Raises
    ------
    InputError
        When a file is missing, damaged, refers to other files, or breaks a rule of the connectome;
        names the dataset.
    MissingDependencyError
        When h5py is not installed.
    """
    given, beside = _list_files(paths)
    with ExitStack() as stack:
        roots = {path: stack.enter_context(open_hdf5(path)) for path in (*given, *beside)}
        node_group, edge_group = _choose_populations(roots, given, population)
        nodes = Population("node", node_group, _find_types(node_group.path, "node", node_types))
        edges = Population("edge", edge_group, _find_types(edge_group.path, "edge", edge_types))
        node_ids, table, skipped = _read_nodes(nodes)
        lines = _read_edges(edges, node_ids, table["id"], weights)
        done = Operation(
            "read_sonata",
            {
                "node_population": nodes.name,
                "edge_population": edges.name,
                "edges": lines.table.height,
                "synapses": "summed nsyns" if lines.counted else "one for each edge",
                "skipped": [*skipped, *lines.skipped],
            },
        )
        return _build(table, lines, (nodes, edges), done, units or {})


def _build(
    nodes: pl.DataFrame,
    lines: _Lines,
    populations: tuple[Population, Population],
    done: Operation,
    units: Mapping[str, str],
) -> Connectome:
    files = dict.fromkeys(each.group.path for each in populations)
    files |= dict.fromkeys(each.types for each in populations if each.types)
    records = tuple(record for path in files for record in describe_file(path).files)
    known = {**lines.units, **units}
    named = {name: known.get(name, _NOT_STATED) for name in lines.table.columns[2:]}
    try:
        # Checked edge by edge first: a negative one must not vanish in a sum.
        check_edges(lines.table, nodes["id"], unique_pairs=False, units=named)
        edges = lines.table.group_by("pre", "post", maintain_order=True).sum()
        source = Source(populations[0].group.path.name, files=records)
        made = Connectome(nodes, edges, named, source=source, provenance=(done,))
        return settle_direction(made)
    except TableError as error:
        group = populations[error.table == "edges"].group
        place = ", ".join(error.where.split(", ")[1:]) if error.where else ""
        repair = error.repair
        if error.column in named and error.column != COUNT:
            repair += " Read with weights=[] to leave this weight out."
        fault = group.fault(error.what, repair)
        where = f"{fault.where}, {place}" if place else fault.where
        raise InputError(error.what, where=where, repair=repair) from error


def _list_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """List the files that were named, and others in the folder of a single one."""
    if len(paths) == 1 and paths[0].is_file():
        around = _hdf5_in(paths[0].parent)
        # Nodes and edges are two files that belong together; the one that was named decides.
        return [paths[0]], [path for path in around if path.name != paths[0].name]
    named: list[Path] = []
    for path in paths:
        named += _hdf5_in(path) if path.is_dir() else [path]
    if not named:
        raise InputError(
            f"expected HDF5 files ({', '.join(_FILES)}), found none",
            where=", ".join(map(str, paths)),
            repair="Name the files of the nodes and of the edges.",
        )
    return named, []


def _hdf5_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.suffix in _FILES and is_hdf5(path)]


def _choose_populations(
    roots: Mapping[Path, Group], given: Sequence[Path], population: str | None
) -> tuple[Group, Group]:
    """Find the nodes and the edges within them; files that were named go before others."""
    nodes = [group for root in roots.values() for group in _populations(root, "nodes")]
    edges = [group for root in roots.values() for group in _populations(root, "edges")]
    fits = [
        (node, edge)
        for node, edge in product(nodes, edges)
        # Edges within one population: virtual inputs come from nodes that are not part of it.
        if _ends(edge) == (_name(node),) * 2 and population in (None, _name(node))
    ]
    # What lies beside the named file may only complete it, never compete with it.
    ranks = [sum(group.path in given for group in pair) for pair in fits]
    # At least one file must have been named by the user, directly or by its folder.
    best = [pair for pair, rank in zip(fits, ranks, strict=True) if rank == max(1, *ranks)]
    if len(best) == 1:
        return best[0]
    found = ", ".join(_name(node) for node in nodes) or "none"
    joins = [f"{_name(edge)} from {' to '.join(_ends(edge))}" for edge in edges]
    wanted = f" {population}" if population else ""
    raise InputError(
        f"expected one population of edges within one population of nodes{wanted}, found "
        f"{len(best)} (nodes: {found}; edges: {', '.join(joins) or 'none'})",
        where=", ".join(map(str, given)),
        repair="Name the two files, or the nodes as population.",
    )


def _populations(root: Group, kind: str) -> list[Group]:
    if kind not in root.groups():
        return []
    folder = root.child(kind)
    return [folder.child(name) for name in folder.groups()]


def _name(group: Group) -> str:
    return str(group.group.name).rpartition("/")[2]


def _ends(edge: Group) -> tuple[str, str]:
    """Name the populations of nodes at both ends of the edges."""
    present = edge.datasets()
    names = [
        edge.attribute("node_population", end) if end in present else None
        for end in ("source_node_id", "target_node_id")
    ]
    return str(names[0] or "(not stated)"), str(names[1] or "(not stated)")


def _find_types(path: Path, kind: str, named: Path | None) -> Path | None:
    if named:
        return Path(named)
    # v1_nodes.h5 has its types in v1_node_types.csv, by the convention of the published networks.
    stem = path.stem.removesuffix(f"{kind}s")
    beside = path.with_name(f"{stem}{kind}_types.csv")
    return beside if beside.is_file() else None


def _read_nodes(nodes: Population) -> tuple[pl.Series, pl.DataFrame, list[str]]:
    """Read the ids that edges use, and the table of the nodes."""
    type_ids = nodes.type_ids()
    # Without node_id, edges count the rows from 0, as the specification says.
    numbers = pl.Series("id", np.arange(len(type_ids)))
    if "node_id" in nodes.group.datasets():
        numbers = nodes.group.read_whole("node_id", len(type_ids)).alias("id")
    repeated = ~numbers.is_first_distinct()
    if repeated.any():
        raise nodes.group.fault(
            f"expected each node once, found the id {numbers.filter(repeated)[0]} again",
            "Renumber the nodes.",
            "node_id",
        )
    table, skipped = nodes.read_attributes()
    columns = {column.name: column for column in table.iter_columns()}
    # Ids that SONATA does not allow stand in an attribute, where neuropil wrote the file.
    ids = columns.pop(IDS, numbers).alias("id")
    if "id" in columns:
        columns["sonata_id"] = columns.pop("id").alias("sonata_id")
    # -1 is our own mark for no types; a column of it says nothing.
    if (type_ids != -1).any():
        columns = {"node_type_id": type_ids.alias("node_type_id"), **columns}
    for axis in _AXES:
        place = columns.get(axis)
        if place is not None and place.dtype.is_numeric():
            del columns[axis]
            # Where neuropil wrote the file, the exact number stands beside it.
            columns.setdefault(f"{axis}_nm", (place * _NM_OF_UM).alias(f"{axis}_nm"))
    # NaN is how HDF5 says that a number is not known.
    known = [
        column.fill_nan(None) if column.dtype.is_float() else column for column in columns.values()
    ]
    return numbers, pl.DataFrame([ids, *known]), skipped


def _read_edges(
    edges: Population, node_ids: pl.Series, ids: pl.Series, weights: Sequence[str] | None
) -> _Lines:
    # Our own files list their weights in order; of others only the usual two are taken.
    own = _own_weights(edges.group)
    asked = [_STRENGTH] if weights is None else [name for name in weights if name != SYNAPSES]
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
    skipped = []
    for name in wanted:
        # What was not asked for by name may be missing; what was, may not.
        optional = own is None and (name == SYNAPSES or weights is None)
        if name not in attributes.columns and optional:
            continue
        # A weight that some edges lack cannot be summed; it is left out and named.
        if optional and name != SYNAPSES and attributes[name].null_count():
            skipped.append(name)
            continue
        columns.append(_weight_of(edges.group, attributes, name))
    if own is None and not counted:
        # Each row of the file is then one synapse, and the count the first weight, as everywhere.
        columns.insert(2, pl.Series(COUNT, np.ones(attributes.height, dtype=np.int64)))
    units = {name: unit for name in wanted if (unit := _unit_of(edges.group, name))}
    return _Lines(pl.DataFrame(columns), {COUNT: "synapses", **units}, counted, skipped)


def _own_weights(group: Group) -> list[str] | None:
    """List the weights in their order, where neuropil wrote the file."""
    text = group.attribute(WEIGHTS)
    if text is None:
        return None
    try:
        return [str(name) for name in json.loads(str(text))]
    except (ValueError, TypeError) as error:
        raise group.fault(
            f"expected a JSON list of names in the attribute {WEIGHTS}, found {text!r}",
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
            "Name attributes that every edge has as weights.",
        )
    column = attributes[name]
    ours = COUNT if name == SYNAPSES else name
    if not column.dtype.is_numeric() or column.null_count():
        found = f"{column.null_count()} without" if column.null_count() else str(column.dtype)
        raise group.fault(
            f"expected a number {name} for each edge, found {found}",
            "Fill the attribute in every group of edges, or leave it out of weights.",
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
        if name in inside.datasets() and (unit := inside.attribute("units", name)):
            return str(unit)
    return None


def _sniff(*paths: Path) -> bool:
    if len(paths) == 1 and paths[0].is_dir():
        return bool(_hdf5_in(paths[0]))
    return all(path.suffix in _FILES and is_hdf5(path) for path in paths)


FORMAT = Format(
    name="sonata",
    endings=(ENDING,),
    description="SONATA network: HDF5 files of nodes and edges, or their folder",
    sniff=_sniff,
    read=read_sonata,
    write=write_sonata,
    options={
        "population": "population of nodes",
        "node_types": "table of the types of nodes",
        "edge_types": "table of the types of edges",
        "weights": "attributes of the edges that become weights too",
        "units": "unit of each weight",
    },
    several=True,
)
