"""BIDS relationship matrices: ``NAME_relmat.tsv`` with ``NAME_relmat.json``.

Follows BIDS Extension Proposal 17, which is a draft: names of files, fields and columns are those
of its schema in bids-standard/bids-specification pull request 1902, as of August 2024 (commits
1140c31 and d63a111).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
import polars as pl

from neuropil.connectome import (
    NOT_STATED,
    SIGNED_UNITS,
    Connectome,
    TableError,
    edges_of_matrix,
    find_rows,
)
from neuropil.contracts import (
    InputError,
    Operation,
    Source,
    atomic_write,
    parse_json,
    write_json,
)
from neuropil.formats.bids_relmat.tables import find_node_file, name_nodes, read_node_indices
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.grid_text import Grid, read_grid
from neuropil.formats.parsing.square_matrix import (
    MatrixRules,
    note_shape,
    note_skipped,
    require_no_totals,
    resolve_matrix,
    settle_halves,
)
from neuropil.formats.parsing.text_files import TextReading
from neuropil.formats.parsing.weight_names import find_unit

__all__ = ["FORMAT", "RelmatOptions", "read_relmat", "write_relmat"]

_ENDINGS = ("_relmat.tsv", "_relmat.dense.tsv")

# Heading of the column of labels, as XCP-D writes it.
_CORNER = "Node"
# At 8 bytes a cell, a matrix of 23,000 nodes: it stops a slip before memory ends. Not tuned.
_LARGEST = 4 << 30
# BIDS names the space in the name of the file, as `space-LABEL`.
_SPACE = re.compile(r"(?:^|_)space-(?P<space>[^_]+)_")


class RelmatOptions(TypedDict, total=False):
    """How a relationship matrix is to be read; every option may be left out.

    Parameters
    ----------
    sidecar : Path, optional
        Its JSON file; ``NAME_relmat.json`` beside it when not given.
    nodes : Path, optional
        Node index file; that which the sidecar names, else ``NAME_nodeindices.tsv`` beside it.
    weight : str, optional
        Name of the weight; ``RelationshipMeasure`` of the sidecar when not given.
    unit : str, optional
        Its unit; ``MeasureUnits`` of the sidecar, else that which the measure implies, else
        ``not stated``.
    text_ids : bool
        True keeps labels that look like numbers as text.
    skip_missing : bool
        True takes cells that are ``n/a`` as no edges; False refuses them off the diagonal.
    whole : bool
        True takes files as whole although they do not end with a line break.
    encoding : str, optional
        Encoding of the tables; UTF-8 when not given.
    """

    sidecar: Path | None
    nodes: Path | None
    weight: str | None
    unit: str | None
    text_ids: bool
    skip_missing: bool
    whole: bool
    encoding: str | None


def read_relmat(path: Path, **options: Unpack[RelmatOptions]) -> Connectome:
    """Read a relationship matrix.

    Parameters
    ----------
    path : Path
        Tab-separated (n, n) numbers, row = pre, column = post; with the labels of the nodes in the
        first line and the first column, in the first line alone, or nowhere.
    **options : RelmatOptions
        How it is to be read.

    Returns
    -------
    Connectome
        Undirected where ``Directed`` is false, or where nothing is said and the matrix is symmetric
        with a unit that is signed, such as correlation. Cells that are 0 are no edges; the
        diagonal counts where ``ValidDiagonal`` is not false.

    Raises
    ------
    InputError
        When a file is missing or damaged, a cell is not allowed, or the matrix is not symmetric
        although ``Directed`` is false; names file, line and column.
    """
    require_file(path)
    reading = TextReading(
        "\t", options.get("whole", False), options.get("encoding"), frozenset(("whole", "encoding"))
    )
    named = options.get("sidecar")
    sidecar = Path(named) if named else path.with_name(f"{_stem(path)}_relmat.json")
    fields = _read_sidecar(sidecar)
    # Without quotes: a quote in a label would be taken for one around it.
    grid = read_grid(path, reading, quotes=False)
    # Options go before the sidecar, because a sidecar of a whole dataset may be wrong for one file.
    listed = options.get("nodes")
    nodes = Path(listed) if listed else find_node_file(path, _stem(path), fields, sidecar)
    table = read_node_indices(nodes, len(grid.values), reading) if nodes else None
    # `Measure` was its name in earlier versions of the draft.
    measure = str(fields.get("RelationshipMeasure") or fields.get("Measure") or "weight")
    weight, unit = options.get("weight") or measure, options.get("unit")
    try:
        return _build(
            grid,
            name_nodes(grid, table, text_ids=options.get("text_ids", False)),
            {weight: unit or _find_unit(fields, measure, grid)},
            MatrixRules(
                fields.get("Directed"),
                fields.get("ValidDiagonal"),
                options.get("skip_missing", False),
                grid.last_digit,
            ),
            _describe_files(path, sidecar, nodes),
            fields,
        )
    except TableError as error:
        # Rows and columns of the table become lines and labels of the file, which a person can look
        # up.
        raise grid.locate_error(error) from error


def _build(
    grid: Grid,
    nodes: pl.DataFrame,
    units: Mapping[str, str],
    rules: MatrixRules,
    source: Source,
    fields: Mapping[str, Any],
) -> Connectome:
    values, skipped = resolve_matrix(grid.values, grid.missing, rules)
    _require_sign(values, fields)
    require_no_totals(values, nodes["id"])
    ((weight, unit),) = units.items()
    values, directed = settle_halves(values, unit, rules)
    ids, edges = edges_of_matrix(values, nodes, weight, signed=unit in SIGNED_UNITS)
    space = _SPACE.search(grid.path.name)
    done = Operation("read_relmat", {"sidecar": dict(fields), "skipped_cells": skipped})
    notes = [*source.notes, *note_skipped(skipped)]
    labelled = grid.labels is not None or nodes.width > 1
    notes += note_shape(values, labelled=labelled, directed=rules.directed)
    if unit == NOT_STATED:
        notes.append(f"The file does not state the unit of {weight!r}; the option unit states it.")
    return Connectome(
        ids,
        edges,
        units,
        space["space"] if space else None,
        replace(source, notes=tuple(notes)),
        (done,),
        directed,
    )


def _describe_files(path: Path, sidecar: Path, nodes: Path | None) -> Source:
    files = [path, sidecar, *([nodes] if nodes else [])]
    records = (record for each in files for record in describe_file(each).files)
    return Source(path.name, files=tuple(records))


def _stem(path: Path) -> str:
    name = path.name
    # The long ending goes first: `.tsv` alone would leave `_relmat` in the stem.
    for ending in (*_ENDINGS, ".tsv"):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _read_sidecar(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(
            "expected the sidecar of the matrix, found none",
            where=str(path),
            repair="Add it beside the matrix, or name it as sidecar.",
        )
    try:
        # Editors on Windows put a byte order mark before JSON, which the parser refuses.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"expected UTF-8 text, found byte {error.object[error.start]:#x}",
            where=str(path),
            repair="Save as UTF-8.",
        ) from error
    fields = parse_json(text, str(path), "Correct it.")
    if not isinstance(fields, dict):
        raise InputError(
            f"expected an object of fields, found {type(fields).__name__}",
            where=str(path),
            repair="Write the fields of BEP 17, such as RelationshipMeasure.",
        )
    for name in ("Directed", "ValidDiagonal"):
        # The text "false" is true to Python: only real booleans decide what a diagonal means.
        if not isinstance(fields.get(name, False), bool):
            raise _refuse_field(path, name, "true or false", fields[name])
    # Any other value says that cells were left out: read as a full matrix, edges would be lost.
    if fields.get("StorageFormat", "Full") != "Full":
        raise _refuse_field(path, "StorageFormat", "Full", fields["StorageFormat"])
    return fields


def _refuse_field(path: Path, name: str, expected: str, found: object) -> InputError:
    return InputError(
        f"expected {expected}, found {found!r}",
        where=f"{path}, field {name}",
        repair="Correct the field, and write all cells of the matrix.",
    )


def _find_unit(fields: Mapping[str, Any], measure: str, grid: Grid) -> str:
    stated = fields.get("MeasureUnits")
    if isinstance(stated, str) and stated not in ("", "n/a"):
        return stated
    # Spelling is free in the draft: Pearson correlation, pearson_correlation.
    return find_unit(measure, grid.values)


def _require_sign(values: np.ndarray, fields: Mapping[str, Any]) -> None:
    if fields.get("NonNegative") is True and (values < 0).any():
        row, column = (int(place[0]) for place in np.nonzero(values < 0))
        raise TableError(
            "expected weights of 0 or more, because NonNegative is true, "
            f"found {values[row, column]}",
            table="matrix",
            row=row,
            column=str(column),
            repair="Correct it, or the field NonNegative of the sidecar.",
        )


def write_relmat(connectome: Connectome, path: Path) -> None:
    """Write the matrix of a connectome with one weight, its sidecar and its node index file.

    Space, source and provenance are not kept, and edges of weight 0 become no edges.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Ends in ``_relmat.tsv`` or ``_relmat.dense.tsv``.

    Raises
    ------
    InputError
        When the files could not hold the connectome; the message names a format that can.
    OutputError
        When the place cannot be written.
    """
    _require_room(connectome, path)
    weight = connectome.weight_names[0]
    column = connectome.edges[weight]
    ids = connectome.nodes["id"]
    # In the weight's own type: floats cannot hold counts beyond 2^53.
    values = np.zeros((len(ids), len(ids)), column.to_numpy().dtype)
    pre, post = (find_rows(connectome.edges[name], ids).to_numpy() for name in ("pre", "post"))
    values[pre, post] = column.to_numpy()
    valid_diagonal = bool(np.diagonal(values).any())
    # The matrix goes last: where it is there, the files that explain it are there too.
    index_file = path.with_name(f"{_stem(path)}_nodeindices.tsv")
    with atomic_write(index_file) as temporary:
        table = _index_nodes(connectome.nodes)
        table.write_csv(temporary, separator="\t", null_value="n/a")
    fields = {
        "RelationshipMeasure": weight,
        "MeasureUnits": connectome.units[weight],
        "Weighted": True,
        "Directed": connectome.directed,
        "ValidDiagonal": valid_diagonal,
        "NonNegative": bool((values >= 0).all()),
        "StorageFormat": "Full",
        "Software": "neuropil",
        "NodeIndicesFile": index_file.name,
    }
    write_json(path.with_name(f"{_stem(path)}_relmat.json"), fields)
    labels = ids.cast(pl.String)
    columns = [labels.alias(_CORNER)]
    for row, label in enumerate(labels):
        cells = pl.Series(label, values[:, row])
        # n/a and not 0: a diagonal of zeros would say that each node is measured to be unlike
        # itself.
        columns.append(cells if valid_diagonal else cells.set(pl.Series(ids == ids[row]), None))
    with atomic_write(path) as temporary:
        table = pl.DataFrame(columns)
        table.write_csv(temporary, separator="\t", null_value="n/a", quote_style="never")


def _index_nodes(nodes: pl.DataFrame) -> pl.DataFrame:
    rows = pl.Series("matrix_index", np.arange(nodes.height))
    given = nodes.columns
    required = [rows]
    if "node_file" not in given:
        required.append(pl.Series("node_file", [None] * nodes.height, dtype=pl.String))
    # The draft requires both columns; they are only filled where the nodes bring none of their own.
    if "node_index" not in given:
        required.append(rows.alias("node_index"))
    return pl.DataFrame(required).hstack(nodes.drop("id"))


def _require_room(connectome: Connectome, path: Path) -> None:
    size = 8 * connectome.n_nodes**2
    problem = None
    if size > _LARGEST:
        problem = f"a dense matrix of {connectome.n_nodes} neurons needs {size / 1e9:.1f} GB"
    elif len(connectome.weight_names) > 1:
        problem = f"holds one weight, found {', '.join(connectome.weight_names)}"
    elif "matrix_index" in connectome.nodes.columns:
        problem = "cannot hold a node column named matrix_index"
    for column in connectome.nodes.select(pl.col(pl.String)).iter_columns():
        # The matrix has no quotes; n/a means in BIDS that a value is missing.
        is_id = column.name == "id"
        wrong = column.str.contains("^$|[\t\r\n]") if is_id else column == "n/a"
        if wrong.any():
            text = column.filter(wrong)[0]
            problem = f"cannot hold the text {text!r} of the node column {column.name}"
    if problem:
        raise InputError(
            problem, where=str(path), repair="Write a connectome folder, which holds everything."
        )


FORMAT = Format(
    name="bids-relmat",
    endings=_ENDINGS,
    description="BIDS relationship matrix (draft BEP 17): _relmat.tsv with _relmat.json",
    sniff=lambda path: path.is_file() and path.name.endswith(_ENDINGS),
    read=read_relmat,
    write=write_relmat,
    options={
        "sidecar": "its JSON file",
        "nodes": "node index file",
        "weight": "name of the weight",
        "unit": "its unit",
        "text_ids": "keep labels that look like numbers as text",
        "skip_missing": "take cells that are n/a as no edges",
        "whole": "take files as whole that do not end with a line break",
        "encoding": "encoding of the tables, such as latin-1",
    },
)
