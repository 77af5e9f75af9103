"""Downloads of FlyWire Codex: a table of connections by neuropil, and tables of the neurons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import Operation, Source
from neuropil.formats.format import Format
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.neuron_tables import (
    NeuronColumns,
    count_unlisted,
    find_positions,
    join_neurons,
    read_neurons,
    unite_ids,
)
from neuropil.formats.parsing.pair_weights import LineColumns, collect_ids, sum_lines
from neuropil.formats.parsing.table_sets import ColumnTest, TableSet, recognise, sort_tables
from neuropil.formats.parsing.text_files import TextReading
from neuropil.formats.parsing.whole_numbers import parse_ids, read_whole_numbers, require_least

__all__ = ["FORMAT", "read_codex"]

_LINES = LineColumns("pre_root_id", "post_root_id", "syn_count", "neuropil")
# The same table has other names for its ids in the releases on Zenodo and in CAVE.
_ALIASES = {"pre_pt_root_id": _LINES.pre, "post_pt_root_id": _LINES.post}
_OFFERS = frozenset(("whole", "encoding"))
_TRANSMITTERS = {
    "ACH": "acetylcholine",
    "DA": "dopamine",
    "GABA": "gaba",
    "GLUT": "glutamate",
    "HIST": "histamine",
    "OCT": "octopamine",
    "SER": "serotonin",
    "TYR": "tyramine",
}
# As in every other format of neuropil; center are neurons of the midline.
_SIDES = {"left": "L", "right": "R", "center": "C"}


def _simplify(name: str) -> str:
    # Tables of the newer datasets have headings for people: "Root ID", "Super Class".
    return name.strip().lower().replace(" ", "_")


_NEURONS = NeuronColumns(
    id="root_id",
    simplify=_simplify,
    names={
        "primary_type": "cell_type",
        "primary_cell_type": "cell_type",
        "additional_type(s)": "additional_types",
        "alternative_cell_type(s)": "additional_types",
        "nt_type": "neurotransmitter",
        "predicted_nt_type": "neurotransmitter",
        "nt_type_score": "neurotransmitter_score",
        "predicted_nt_confidence": "neurotransmitter_score",
        "soma_side": "side",
        # Codex writes areas and volumes under names that end in nm; ours end in their unit.
        "area_nm": "area_nm2",
        "size_nm": "volume_nm3",
    },
    numbers=frozenset(
        [
            *("nt_type_score", "predicted_nt_confidence", "length_nm", "area_nm", "size_nm"),
            *("ach_avg", "da_avg", "gaba_avg", "glut_avg", "oct_avg", "ser_avg"),
        ]
    ),
    # What is not in these lists stays as it is: a new transmitter must not become null.
    words={
        "neurotransmitter": lambda column: column.replace(_TRANSMITTERS),
        "side": lambda column: column.replace(_SIDES),
    },
)


def _line_names(names: Iterable[str]) -> dict[str, str]:
    """Find the name in the file of each column of a table of connections."""
    simple = {_simplify(name): name for name in names}
    aliases = {ours: simple[theirs] for theirs, ours in _ALIASES.items() if theirs in simple}
    return aliases | {
        name: simple[name]
        for name in (*_LINES.whole.ids, "syn_count", "neuropil")
        if name in simple
    }


def _is_connections(names: frozenset[str]) -> bool:
    # Without the neuropil it is an edge list like any other, or a table of single synapses.
    found = _line_names(names)
    return "neuropil" in found and bool(found.keys() & {_LINES.pre, _LINES.post})


def _has(column: str, without: str = "") -> ColumnTest:
    def test(names: frozenset[str]) -> bool:
        simple = {_simplify(name) for name in names}
        # By columns, not by file names: browsers rename downloads, and people do too.
        return simple >= {"root_id", column} and without not in simple

    return test


_CONNECTIONS, _COORDINATES = "connections", "coordinates"
_KINDS = {
    _CONNECTIONS: _is_connections,
    "cell types": _has("primary_type"),
    "classification": _has("super_class"),
    "neurons": _has("nt_type"),
    "names": _has("name"),
    "cell stats": _has("length_nm"),
    # Labels of the community have a position as well.
    _COORDINATES: _has("position", without="label"),
}


def read_codex(
    *paths: Path,
    regions: Sequence[str] = (),
    voxel_nm: Sequence[float] = (1.0, 1.0, 1.0),
    drop_missing_ids: bool = False,
    whole: bool = False,
    encoding: str | None = None,
) -> Connectome:
    """Read tables as FlyWire Codex offers them for download.

    Codex lists a pair of neurons from a number of synapses on (5 in the whole brain, FAFB), unless
    the file is one without threshold. The smallest number found stands in the name of the source
    and in the provenance; a pair that is not listed may still have synapses.

    Parameters
    ----------
    *paths : Path
        Files in any order, or a folder of them: connections and, where at hand, classification,
        cell types, neurons, names, cell stats, coordinates. The names of the columns tell which
        is which.
    regions : sequence of str
        Neuropils, such as ``EB``, whose synapses become weights too, as ``synapse_count_EB``.
    voxel_nm : sequence of float
        Size of the unit of the coordinates along x, y and z [nm]; Codex gives them in nm.
    drop_missing_ids : bool
        True leaves out lines whose id is empty or a word such as NA, with a note.
    whole : bool
        True takes tables as whole although they do not end with a line break.
    encoding : str, optional
        Encoding of the tables; UTF-8 when not given.

    Returns
    -------
    Connectome
        Neurons sorted by id, also those that only the connections name. The weight
        ``synapse_count`` [synapses] is the sum over all neuropils.

    Raises
    ------
    InputError
        When a table is missing, damaged or contradicts another; names file, line and column.
    ConfigError
        When ``voxel_nm`` is not three positive numbers.
    """
    tables = sort_tables(paths, _KINDS, "Codex")
    connections = tables.require(_CONNECTIONS, "connections.csv.gz", paths)
    reading = TextReading(whole=whole, encoding=encoding, offers=_OFFERS)
    neurons, notes = _read_neurons(tables, reading, drop_missing_ids)
    columns = _find_lines(connections, reading)
    lines = read_whole_numbers(
        connections, columns.whole, reading, drop_missing_ids=drop_missing_ids
    )
    ids = unite_ids(collect_ids(lines, columns), neurons.values())
    places, more = _read_positions(tables, voxel_nm, reading, drop_missing_ids)
    # Positions join after the ids are known: coordinates and nothing else do not make a neuron.
    nodes = join_neurons(ids, neurons | places)
    pairs = sum_lines(lines, columns, ids)
    weights = pairs.weigh(regions)
    # The file does not state its threshold; what is not listed is not zero (docs/formats/codex.md).
    fewest = int(weights["synapse_count"].min())
    log = {
        **tables.log(),
        "weights": list(weights),
        "voxel_nm": list(voxel_nm),
        "lines": lines.frame.height,
        "fewest_synapses_of_a_pair": fewest,
        "neurons_in_no_table": count_unlisted(ids, neurons.values()),
    }
    name = f"{connections.name} of Codex, pairs of {fewest} or more synapses"
    edges, units = pairs.to_edges(ids, weights), dict.fromkeys(weights, "synapses")
    source = Source(name, files=tables.describe(), notes=(*lines.notes, *notes, *more))
    return Connectome(
        nodes, edges, units, source=source, provenance=(Operation("read_codex", log),)
    )


def _find_lines(path: Path, reading: TextReading) -> LineColumns:
    """Find the columns of the table of connections; a name that is missing stays for the error."""
    found = _line_names(DelimitedText.peek(path, reading=reading)[1])
    pre, post, count, region = (
        found.get(name, name) for name in (*_LINES.whole.ids, "syn_count", "neuropil")
    )
    return LineColumns(pre, post, count, region)


def _read_neurons(
    tables: TableSet, reading: TextReading, drop: bool
) -> tuple[dict[Path, pl.DataFrame], list[str]]:
    # Names repeat the groups of the neurons.
    special = {"names": replace(_NEURONS, dropped=frozenset({"group"}))}
    frames: dict[Path, pl.DataFrame] = {}
    notes: list[str] = []
    for kind, path in tables.files.items():
        if kind not in (_CONNECTIONS, _COORDINATES):
            frames[path], more = read_neurons(
                path, special.get(kind, _NEURONS), reading, drop_missing_ids=drop
            )
            notes.extend(more)
    return frames, notes


def _read_positions(
    tables: TableSet, voxel_nm: Sequence[float], reading: TextReading, drop: bool
) -> tuple[dict[Path, pl.DataFrame], tuple[str, ...]]:
    if _COORDINATES not in tables.files:
        return {}, ()
    path = tables.files[_COORDINATES]
    table = DelimitedText.read(path, reading=reading)
    # Headings for people, Root ID and Position, are the same columns.
    named = {_simplify(name): name for name in table.frame.columns}
    table = table.without_missing([named[_NEURONS.id]], drop=drop)
    (ids,) = parse_ids(table, [named[_NEURONS.id]])
    # 0 is the segment of the background in the segmentation, and no neuron.
    require_least(table, ids, 1, "an id")
    return {path: find_positions(table, ids, named["position"], voxel_nm)}, table.notes


FORMAT = Format(
    name="codex",
    endings=(),
    description="downloads of FlyWire Codex: connections, tables of the neurons, or their folder",
    sniff=lambda *paths: bool(recognise(paths, _KINDS)),
    read=read_codex,
    options={
        "regions": "neuropils whose synapses become weights too",
        "voxel_nm": "size of the unit of the coordinates [nm]",
        "drop_missing_ids": "leave out lines whose id is missing",
        "whole": "take tables as whole that do not end with a line break",
        "encoding": "encoding of the tables, such as latin-1",
    },
    several=True,
)
