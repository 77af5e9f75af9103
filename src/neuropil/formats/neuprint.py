"""Adjacencies exported from neuPrint: neurons, total connections, connections by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import InputError, Operation, Source
from neuropil.formats.format import Format
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.neuron_tables import (
    NeuronColumns,
    count_unlisted,
    join_neurons,
    read_neurons,
    unite_ids,
)
from neuropil.formats.parsing.pair_weights import (
    Counts,
    LineColumns,
    PairWeights,
    collect_ids,
    sum_lines,
)
from neuropil.formats.parsing.table_sets import ColumnTest, recognise, sort_tables
from neuropil.formats.parsing.text_files import TextReading
from neuropil.formats.parsing.whole_numbers import read_whole_numbers

__all__ = ["FORMAT", "read_neuprint"]

_PRE, _POST, _REGION = "bodyId_pre", "bodyId_post", "roi"
_LIST, _TOTAL, _BY_REGION = "neurons", "total connections", "connections by region"
_LINES = {
    _TOTAL: LineColumns(_PRE, _POST, "weight"),
    _BY_REGION: LineColumns(_PRE, _POST, "weight", _REGION),
}
_OFFERS = frozenset(("whole", "encoding"))
# Sides of the soma in neuPrint; as in every other format of neuropil.
_SIDES = {"LHS": "L", "RHS": "R"}

_NEURONS = NeuronColumns(
    id="bodyId",
    names={"type": "cell_type", "somaSide": "side", "consensusNt": "neurotransmitter"},
    # Only these are numbers: an instance or a tract may look like one and is none.
    numbers=frozenset(("pre", "post", "upstream", "downstream", "synweight", "mito", "size")),
    words={"side": lambda column: column.replace(_SIDES)},
)


def _connects(by_region: bool) -> ColumnTest:
    def test(names: frozenset[str]) -> bool:
        return bool(names & {_PRE, _POST}) and (_REGION in names) is by_region

    return test


# Tables of connections go first: the neurons' column bodyId tells them only when nothing else does.
_KINDS = {
    _TOTAL: _connects(by_region=False),
    _BY_REGION: _connects(by_region=True),
    _LIST: lambda names: _NEURONS.id in names,
}


def read_neuprint(
    *paths: Path,
    regions: Sequence[str] = (),
    drop_missing_ids: bool = False,
    whole: bool = False,
    encoding: str | None = None,
) -> Connectome:
    """Read the tables that neuPrint and its Python client export.

    The synapses of a pair are those of the table of total connections. The table by region may
    sum to less, where synapses lie outside the regions that were asked for, or to more, where
    regions contain each other; how many pairs do so stands in the provenance. Only without a
    table of totals the sum over regions is taken, which is right for primary regions.

    Parameters
    ----------
    *paths : Path
        Files in any order, or a folder of them: ``traced-neurons.csv``,
        ``traced-total-connections.csv``, ``traced-roi-connections.csv``, or others with the same
        columns, which tell which is which.
    regions : sequence of str
        Regions, such as ``EB``, whose synapses become weights too, as ``synapse_count_EB``.
    drop_missing_ids : bool
        True leaves out lines whose id is empty or a word such as NA, with a note.
    whole : bool
        True takes tables as whole although they do not end with a line break.
    encoding : str, optional
        Encoding of the tables; UTF-8 when not given.

    Returns
    -------
    Connectome
        Neurons sorted by id, also those that only the connections name; weight
        ``synapse_count`` [synapses].

    Raises
    ------
    InputError
        When a table is missing, damaged or contradicts another; names file, line and column.
    """
    tables = sort_tables(paths, _KINDS, "neuPrint")
    # Without totals the regions serve; without both there is nothing to read.
    if _BY_REGION not in tables.files:
        tables.require(_TOTAL, "traced-total-connections.csv", paths)
    reading = TextReading(whole=whole, encoding=encoding, offers=_OFFERS)
    read = {
        path: read_neurons(path, _NEURONS, reading, drop_missing_ids=drop_missing_ids)
        for kind, path in tables.files.items()
        if kind == _LIST
    }
    neurons = {path: frame for path, (frame, _) in read.items()}
    lines = {
        kind: read_whole_numbers(
            tables.files[kind], columns.whole, reading, drop_missing_ids=drop_missing_ids
        )
        for kind, columns in _LINES.items()
        if kind in tables.files
    }
    connected = [collect_ids(table, _LINES[kind]) for kind, table in lines.items()]
    ids = unite_ids(pl.concat(connected), neurons.values())
    nodes = join_neurons(ids, neurons)
    pairs, weights, compared = _weigh(lines, ids, regions)
    # `_LINES` lists totals before regions, so that totals rule where they are there.
    ruling = next(iter(lines))
    log = {
        **tables.log(),
        "weights": list(weights),
        "synapse_count": "as listed" if ruling == _TOTAL else "sum over regions",
        "sums_over_regions": compared,
        "neurons_in_no_table": count_unlisted(ids, neurons.values()),
    }
    edges, units = pairs.to_edges(ids, weights), dict.fromkeys(weights, "synapses")
    notes = [note for table in lines.values() for note in table.notes]
    notes += [note for _, told in read.values() for note in told]
    if ruling == _BY_REGION:
        notes.append(
            "synapse_count is the sum over the regions of the table: synapses in a region that "
            "lies within another one of the table count twice."
        )
    source = Source(
        f"{tables.files[ruling].name} of neuPrint", files=tables.describe(), notes=tuple(notes)
    )
    return Connectome(
        nodes, edges, units, source=source, provenance=(Operation("read_neuprint", log),)
    )


def _weigh(
    lines: Mapping[str, DelimitedText], ids: pl.Series, regions: Sequence[str]
) -> tuple[PairWeights, dict[str, Counts], dict[str, int] | None]:
    """Take totals from their own table, regions from the other, and compare the two."""
    sums = [sum_lines(table, _LINES[kind], ids) for kind, table in lines.items()]
    if len(sums) == 1:
        return sums[0], sums[0].weigh(regions), None
    totals, parts = sums
    # Every pair with regions needs a total; one without is a sign of two different exports.
    place = _find_pairs(totals, parts, lines[_BY_REGION], ids)
    total = totals.total()
    weights = {}
    for name, values in parts.weigh(regions).items():
        # A pair without a line for a region has no synapse there.
        weights[name] = np.zeros_like(total)
        weights[name][place] = values
    inside = weights["synapse_count"]
    compared = {
        "pairs_equal_to_the_total": int((inside == total).sum()),
        "pairs_below_the_total": int((inside < total).sum()),
        "pairs_above_the_total": int((inside > total).sum()),
    }
    return totals, {**weights, "synapse_count": total}, compared


def _find_pairs(
    totals: PairWeights, parts: PairWeights, lines: DelimitedText, ids: pl.Series
) -> npt.NDArray[np.intp]:
    """Find each pair that has regions among those with a total, which no region exceeds."""
    # Both are sorted by pre and post, so that one number for a pair can be searched for.
    listed, wanted = (each.pre.astype(np.int64) * len(ids) + each.post for each in (totals, parts))
    # A pair beyond the last one is found at the end and then does not match.
    place = np.minimum(np.searchsorted(listed, wanted), len(listed) - 1)
    missing = np.flatnonzero(listed[place] != wanted)
    if missing.size:
        what = (
            f"expected a pair of the table of totals, found one that is not there "
            f"({missing.size} such pairs)"
        )
        raise _fault_of_pair(what, lines, parts.name_pair(ids, missing[0]))
    # The sum of regions may exceed the total where they overlap; a single one cannot.
    largest, limit = parts.largest(), totals.total()[place]
    over = np.flatnonzero(largest > limit)
    if over.size:
        what = (
            f"expected at most {limit[over[0]]} synapses, as in the table of totals, "
            f"found {largest[over[0]]} in one region"
        )
        raise _fault_of_pair(what, lines, parts.name_pair(ids, over[0]))
    return place


def _fault_of_pair(what: str, lines: DelimitedText, pair: tuple[int, int]) -> InputError:
    same = (lines.frame[_PRE] == pair[0]) & (lines.frame[_POST] == pair[1])
    row = int(same.arg_true()[0])
    place = f"{_PRE}, {_POST}"
    return lines.fault(what, "Export both tables together.", row=row, column=place)


def _sniff(*paths: Path) -> bool:
    kinds = recognise(paths, _KINDS)
    # A table of totals alone is an edge list too, and that format has more options.
    return bool(kinds) and (kinds != {_TOTAL} or len(paths) > 1 or paths[0].is_dir())


FORMAT = Format(
    name="neuprint",
    endings=(),
    description="exports of neuPrint: neurons, connections in total or by region, or their folder",
    sniff=_sniff,
    read=read_neuprint,
    options={
        "regions": "regions whose synapses become weights too",
        "drop_missing_ids": "leave out lines whose id is missing",
        "whole": "take tables as whole that do not end with a line break",
        "encoding": "encoding of the tables, such as latin-1",
    },
    several=True,
)
