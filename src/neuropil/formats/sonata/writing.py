"""SONATA files for other programs: one population of nodes, one of the edges within it."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl

from neuropil.connectome import Connectome, find_rows
from neuropil.contracts import InputError, OutputError, atomic_write
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.sonata.population import MISSING

__all__ = ["COUNT", "ENDING", "IDS", "OURS", "STRENGTH", "SYNAPSES", "WEIGHTS", "write_sonata"]

ENDING = ".sonata"
"""Ending of a folder that neuropil writes."""

COUNT, SYNAPSES = "synapse_count", "nsyns"
"""Our name of the number of synapses of an edge, and that of SONATA."""

STRENGTH, _TOTAL = "syn_weight", "neuropil_syn_weight"
"""The attribute that SONATA reserves for the strength of one synapse."""

OURS = {SYNAPSES: COUNT, _TOTAL: STRENGTH}
"""Our name of a weight by that of its attribute, where they differ."""

IDS = "neuropil_id"
"""Attribute of nodes whose ids are text or negative, which SONATA does not allow."""

WEIGHTS = "neuropil_weights"
"""Attribute of the edges that lists the weights in their order."""

_NODES, _EDGES = "neurons", "neurons_to_neurons"
# Mark of a SONATA file, from its specification.
_MAGIC = 0x0A7A
_NM_OF_UM = 1000.0
# HDF5 has no null: a filler stands in the dataset and a mask beside it tells.
_FILLERS: dict[type[pl.DataType], int | float | bool | str] = {
    pl.Int64: 0,
    pl.Float64: 0.0,
    pl.Boolean: False,
    pl.String: "",
}
# Names that mean something else in SONATA: a plain x is a position in micrometres.
_RESERVED = {
    "node": (IDS, "dynamics_params", "@library", ".", "", "x", "y", "z"),
    "edge": (SYNAPSES, _TOTAL, "dynamics_params", "@library", ".", ""),
}


def write_sonata(connectome: Connectome, path: Path) -> None:
    """Write a folder with ``nodes.h5`` and ``edges.h5``; needs ``neuropil[em]``.

    Space, source and provenance are not kept.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Name of a folder that does not exist yet, such as ``fly.sonata``.

    Raises
    ------
    InputError
        When HDF5 could not hold a column; the message names a format that can.
    OutputError
        When the folder exists or the place cannot be written.
    MissingDependencyError
        When h5py is not installed.
    """
    h5py = import_extra("h5py", "em", path)
    if path.exists():
        raise OutputError(
            "cannot write: there is a file or folder of that name",
            where=str(path),
            repair="Choose another name, or remove it first.",
        )
    _require_room(connectome, path)
    ids = connectome.nodes["id"]
    # SONATA ids are unsigned integers; others are numbered and kept beside.
    plain = ids.dtype == pl.Int64 and not (ids < 0).any()
    numbers = ids.to_numpy() if plain else np.arange(len(ids))
    with atomic_write(path) as temporary:
        temporary.mkdir()
        with h5py.File(temporary / "nodes.h5", "w") as file:
            _write_nodes(h5py, file, connectome.nodes, numbers, keep_ids=not plain)
        with h5py.File(temporary / "edges.h5", "w") as file:
            _write_edges(h5py, file, connectome, numbers)


def _require_room(connectome: Connectome, path: Path) -> None:
    for kind, table in (("node", connectome.nodes), ("edge", connectome.edges)):
        for column in table.iter_columns():
            name = column.name
            problem = None
            if type(column.dtype) not in _FILLERS:
                problem = f"holds numbers, text and booleans, found {column.dtype}"
            elif name in _RESERVED[kind] or "/" in name or "\0" in name or name.endswith(MISSING):
                problem = f"cannot hold a column named {name!r}"
            elif column.dtype == pl.String and column.str.contains("\0", literal=True).any():
                problem = "cannot hold text with the character NUL"
            elif kind == "edge" and column.null_count():
                problem = f"holds a value for each edge, found {column.null_count()} without one"
            if problem:
                raise InputError(
                    problem,
                    where=f"{path}, {kind} column {name}",
                    repair="Write a connectome folder, which holds everything.",
                )


def _write_nodes(
    h5py: ModuleType,
    file: Any,  # noqa: ANN401 - objects of an untyped library
    nodes: pl.DataFrame,
    numbers: np.ndarray,
    *,
    keep_ids: bool,
) -> None:
    population = _start(file, f"nodes/{_NODES}", "node", len(numbers))
    # Unsigned, as the specification asks for.
    population.create_dataset("node_id", data=numbers.astype(np.uint64))
    columns = list(nodes.drop("id").iter_columns())
    types = [column for column in columns if column.name == "node_type_id"]
    if types and types[0].dtype == pl.Int64 and not types[0].null_count():
        columns.remove(types[0])
        population["node_type_id"][...] = types[0].to_numpy()
    if keep_ids:
        columns.append(nodes["id"].alias(IDS))
    for axis in ("x", "y", "z"):
        name = f"{axis}_nm"
        # Other programs look for micrometres; neuropil takes the exact number beside them.
        if name in nodes.columns and nodes[name].dtype.is_numeric() and axis not in nodes.columns:
            places = (nodes[name].cast(pl.Float64) / _NM_OF_UM).fill_null(float("nan"))
            population["0"].create_dataset(axis, data=places.to_numpy())
    for column in columns:
        _write_column(h5py, population["0"], column)


def _write_edges(
    h5py: ModuleType,
    file: Any,  # noqa: ANN401
    connectome: Connectome,
    numbers: np.ndarray,
) -> None:
    edges = connectome.edges
    population = _start(file, f"edges/{_EDGES}", "edge", edges.height)
    for name, end in (("pre", "source"), ("post", "target")):
        rows = find_rows(edges[name], connectome.nodes["id"]).to_numpy()
        dataset = population.create_dataset(f"{end}_node_id", data=numbers[rows].astype(np.uint64))
        # The attribute by which readers find the nodes of both ends.
        dataset.attrs["node_population"] = _NODES
    names = {name: SYNAPSES if name == COUNT else name for name in connectome.weight_names}
    if COUNT in names and STRENGTH in names:
        names[STRENGTH] = _TOTAL
        # Simulators multiply it by nsyns; ours is that of all synapses of the pair, and stands
        # beside it because a quotient need not give it back.
        one = edges[STRENGTH] / pl.select(pl.max_horizontal(edges[COUNT], 1)).to_series()
        _write_column(h5py, population["0"], one.alias(STRENGTH))
        population["0"][STRENGTH].attrs["units"] = connectome.units[STRENGTH]
    for name, theirs in names.items():
        _write_column(h5py, population["0"], edges[name].alias(theirs))
        population["0"][theirs].attrs["units"] = connectome.units[name]
    population.attrs[WEIGHTS] = json.dumps(list(names.values()))


def _start(file: Any, place: str, kind: str, n: int) -> Any:  # noqa: ANN401
    """Make a population with a single group, and the index that SONATA asks for."""
    file.attrs["magic"] = np.uint32(_MAGIC)
    file.attrs["version"] = np.array([0, 1], dtype=np.uint32)
    population = file.create_group(place)
    # Required by the specification also where there are no types; -1 is no type's number.
    population.create_dataset(f"{kind}_type_id", data=np.full(n, -1, dtype=np.int64))
    population.create_dataset(f"{kind}_group_id", data=np.zeros(n, dtype=np.int64))
    population.create_dataset(f"{kind}_group_index", data=np.arange(n, dtype=np.int64))
    # The order of the columns is kept.
    population.create_group("0", track_order=True)
    return population


def _write_column(h5py: ModuleType, group: Any, column: pl.Series) -> None:  # noqa: ANN401
    filled = column.fill_null(_FILLERS[type(column.dtype)])
    if column.dtype == pl.String:
        # h5py cannot store NumPy's own type of text; objects become text of variable length.
        texts = np.array(filled.to_list(), dtype=object)
        group.create_dataset(column.name, data=texts, dtype=h5py.string_dtype())
    else:
        group.create_dataset(column.name, data=filled.to_numpy())
    if column.null_count():
        group.create_dataset(f"{column.name}{MISSING}", data=column.is_null().to_numpy())
