"""SONATA networks: HDF5 files of nodes and of edges, with optional tables of their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from neuropil.connectome import (
    NOT_STATED,
    Connectome,
    TableError,
    check_edges,
    settle_direction,
    sum_edges,
)
from neuropil.contracts import InputError, Operation, Source
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.hdf5_tables import Group, holds_voxels, is_hdf5, open_hdf5
from neuropil.formats.parsing.id_texts import trim
from neuropil.formats.parsing.weight_names import read_names, read_units
from neuropil.formats.sonata.edges import (
    LEAVE_OUT,
    NEGATIVE,
    Lines,
    Negative,
    find_signs,
    read_lines,
    weigh,
)
from neuropil.formats.sonata.population import Population
from neuropil.formats.sonata.writing import COUNT, ENDING, IDS, write_sonata

__all__ = ["FORMAT", "read_sonata", "write_sonata"]

_FILES = (".h5", ".hdf5")
_AXES = ("x", "y", "z")
# Positions share the coordinates of the morphologies, which SONATA gives in micrometres.
_NM_OF_UM = 1000.0


def read_sonata(
    *paths: Path,
    population: str | None = None,
    node_types: Path | None = None,
    edge_types: Path | None = None,
    weights: Sequence[str] | None = None,
    units: Mapping[str, str] | str | None = None,
    negative: Negative = "refuse",
) -> Connectome:
    """Read a network in SONATA; needs ``neuropil[em]``.

    Parameters
    ----------
    *paths : Path
        The file of the nodes and the file of the edges, or a folder that holds both. Of a single
        file the other one is looked for in the same folder.
    population : str, optional
        Population of the nodes, or of the edges between them; not needed where there is one
        population of edges within one of nodes.
    node_types, edge_types : Path, optional
        Tables of the types; when not given, ``NAME_node_types.csv`` beside ``NAME_nodes.h5``, and
        ``NAME_edge_types.csv`` beside ``NAME_edges.h5``, where they exist.
    weights : sequence of str, optional
        Attributes of the edges that become weights beside ``synapse_count``; ``syn_weight`` when
        not given, where every edge has it; none with ``""``.
    units : mapping of str to str, or str, optional
        Unit of weights other than ``synapse_count``, such as ``"syn_weight:uS"``; that of the
        file, else ``not stated``.
    negative : {"refuse", "sign", "split"}
        What becomes of negative weights, by which point neurons are inhibitory: ``sign`` keeps the
        sign in the node column ``sign`` where the edges of each node have one; ``split`` makes two
        weights, ``NAME_excitatory`` and ``NAME_inhibitory``.

    Returns
    -------
    Connectome
        ``synapse_count`` [synapses] is the sum of ``nsyns`` over the edges of a pair, each of which
        is one synapse where the file has no ``nsyns``; other weights are those of one synapse, and
        are summed over the synapses of a pair. Ids are those of the file. ``x``, ``y``, ``z`` [um]
        become ``x_nm``, ``y_nm``, ``z_nm``.

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
        lines = read_lines(edges, node_ids, table["id"], read_names(weights))
        # Fixed widths of text are filled up with blanks; our own files have none to lose.
        if not lines.own:
            table = table.with_columns(trim(column) for column in table.iter_columns())
        lines, signs = find_signs(lines, edge_group, table["id"], negative)
        if signs is not None:
            table = _add_signs(table, signs, nodes)
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
        notes = [*lines.notes, *_note_others(roots, given, edge_group)]
        if skipped:
            notes.append(f"Attributes of the nodes were left out: {', '.join(map(repr, skipped))}.")
        source = _describe((nodes, edges), notes)
        return _build(table, lines, (nodes, edges), (source, done), read_units(units))


def _add_signs(table: pl.DataFrame, signs: pl.Series, nodes: Population) -> pl.DataFrame:
    """Add the column of signs; one that the file has must say the same."""
    if "sign" not in table.columns:
        return table.with_columns(signs.alias("sign"))
    differs = (table["sign"].cast(pl.Int64, strict=False) != signs).fill_null(value=False)
    if differs.any():
        raise nodes.group.fault(
            f"expected the signs of the edges, found another of the node "
            f"{table['id'].filter(differs)[0]!r}",
            'Correct it, or read with negative="split".',
            "sign",
        )
    return table


def _describe(populations: Sequence[Population], notes: Sequence[str]) -> Source:
    files = dict.fromkeys(each.group.path for each in populations)
    files |= dict.fromkeys(each.types for each in populations if each.types)
    records = tuple(record for path in files for record in describe_file(path).files)
    return Source(populations[0].group.path.name, files=records, notes=tuple(notes))


def _build(
    nodes: pl.DataFrame,
    lines: Lines,
    populations: tuple[Population, Population],
    origin: tuple[Source, Operation],
    units: Mapping[str, str],
) -> Connectome:
    source, done = origin
    weights = lines.table.columns[2:]
    known = {**lines.units, **units}
    named = {name: known.get(name, NOT_STATED) for name in weights}
    if unknown := [name for name in units if name not in weights]:
        raise populations[1].group.fault(
            f"expected units of the weights {', '.join(map(repr, weights))}, found one of "
            f"{unknown[0]!r}",
            f'Name a weight, as in units="{weights[-1]}:uS".',
        )
    try:
        # Checked edge by edge first: a negative one must not vanish in a sum.
        check_edges(lines.table, nodes["id"], unique_pairs=False, allow_null=False, units=named)
        edges = sum_edges(weigh(lines, populations[1].group))
        made = Connectome(nodes, edges, named, source=source, provenance=(done,))
        return settle_direction(made)
    except TableError as error:
        group = populations[error.table == "edges"].group
        place = ", ".join(error.where.split(", ")[1:]) if error.where else ""
        repair = _repair(error, lines)
        fault = group.fault(error.what, repair)
        where = f"{fault.where}, {place}" if place else fault.where
        raise InputError(error.what, where=where, repair=repair) from error


def _repair(error: TableError, lines: Lines) -> str:
    column = error.column
    if column not in lines.table.columns[2:] or column == COUNT:
        return error.repair
    if error.row is not None and lines.table[column][error.row] < 0:
        return f"{NEGATIVE}, or with {LEAVE_OUT}."
    return f"{error.repair} Read with {LEAVE_OUT}."


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
        if _ends(edge) == (_name(node),) * 2 and population in (None, _name(node), _name(edge))
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
        repair=_repair_choice(best),
    )


def _repair_choice(fits: Sequence[tuple[Group, Group]]) -> str:
    """Name an option that chooses one of several pairs of populations."""
    if not fits:
        return "Name the file of the nodes and that of the edges within them."
    node, edge = fits[-1]
    alike = [pair for pair in fits if _name(pair[0]) == _name(node)]
    # The nodes may be those of several populations of edges, which then tell them apart.
    name = _name(node) if len(alike) == 1 else _name(edge)
    return f"Name the two files, or the population, as in population={name!r}."


def _note_others(roots: Mapping[Path, Group], given: Sequence[Path], chosen: Group) -> list[str]:
    """Say in a note which populations of edges of the files that were named are not read."""
    others = [
        f"{_name(edge)} from {' to '.join(_ends(edge))}"
        for root in roots.values()
        for edge in _populations(root, "edges")
        if (edge.path, _name(edge)) != (chosen.path, _name(chosen)) and edge.path in given
    ]
    return [f"Populations of edges were left out: {', '.join(others)}."] if others else []


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


def _sniff(*paths: Path) -> bool:
    if len(paths) == 1 and paths[0].is_dir():
        return bool(_hdf5_in(paths[0]))
    # A file with a dataset of three axes is a volume; what is damaged is left to the reader.
    return all(path.suffix in _FILES and is_hdf5(path) and not holds_voxels(path) for path in paths)


FORMAT = Format(
    name="sonata",
    endings=(ENDING,),
    description="SONATA network: HDF5 files of nodes and edges, or their folder",
    sniff=_sniff,
    read=read_sonata,
    write=write_sonata,
    options={
        "population": "population of the nodes or of the edges",
        "node_types": "table of the types of nodes",
        "edge_types": "table of the types of edges",
        "weights": "attributes of the edges that become weights too",
        "units": "unit of each weight",
        "negative": "sign or split keeps negative weights",
    },
    several=True,
)
