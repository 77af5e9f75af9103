"""Dense matrices: ``.npz`` with ids and labels, ``.npy`` without, and text with labels or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import (
    NOT_STATED,
    WEIGHT_NAMES,
    Connectome,
    TableError,
    find_rows,
    simplify,
)
from neuropil.contracts import InputError, atomic_write
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.array_names import VOLUMES, list_arrays
from neuropil.formats.parsing.edge_columns import EDGE_ALIASES
from neuropil.formats.parsing.grid_signs import looks_like_grid
from neuropil.formats.parsing.grid_text import read_grid
from neuropil.formats.parsing.id_texts import find_broken_id
from neuropil.formats.parsing.numpy_files import count_axes, read_npy, read_npz
from neuropil.formats.parsing.square_matrix import (
    MatrixRules,
    mirror_half,
    note_shape,
    note_skipped,
    require_no_totals,
    resolve_matrix,
    settle_halves,
)
from neuropil.formats.parsing.text_files import TextReading
from neuropil.formats.parsing.weight_names import find_unit, split_unit

__all__ = ["FORMAT", "MatrixOptions", "read_dense_matrix", "write_dense_matrix"]

_CSV = ".matrix.csv"
_TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
# Names of columns of edge lists and of other tables: a header with one of them heads no matrix.
_NAMES_OF_TABLES = frozenset(
    [
        *(simplify(name) for names in EDGE_ALIASES.values() for name in names),
        *(
            *WEIGHT_NAMES,
            "x",
            "y",
            "z",
            "xmm",
            "ymm",
            "zmm",
            "id",
            "index",
            "value",
            "name",
            "label",
        ),
    ]
)
_AXES = 2
_MISSING = ".missing"
_RESERVED = ("matrix", "ids", "weight", "unit")
# A bare array says nothing of its cells. Counts of synapses and what was read from one are written
# all the same, because most arrays hold these; whoever reads them states it again.
_UNWRITTEN_UNITS = ({"synapse_count": "synapses"}, {"weight": NOT_STATED})
# At 8 bytes a cell, a matrix of 23,000 neurons: it stops a slip before memory ends. Not tuned.
_LARGEST = 4 << 30
# Node columns that NumPy can hold, each with what stands under the mask of missing values.
_FILLERS: dict[type[pl.DataType], int | float | bool | str] = {
    pl.Int64: 0,
    pl.Float64: 0.0,
    pl.Boolean: False,
    pl.String: "",
}

Arrays = dict[str, npt.NDArray[Any]]


class MatrixOptions(TypedDict, total=False):
    """How a matrix is to be read; every option may be left out.

    Parameters
    ----------
    weight : str, optional
        Name of the weight; that of the file, else ``weight``.
    unit : str, optional
        Its unit; that of the file, else what the name says, else ``not stated``.
    separator : str, optional
        Character between columns of a text; found when not given.
    text_ids : bool
        True keeps labels that look like numbers as text.
    skip_missing : bool
        True takes cells of a text without a value as no edges; False refuses them off the
        diagonal.
    whole : bool
        True takes a text as whole although it does not end with a line break.
    encoding : str, optional
        Encoding of a text; UTF-8 when not given.
    mirror : bool
        True takes a matrix of which one half is empty as an undirected graph that was written
        once.
    """

    weight: str | None
    unit: str | None
    separator: str | None
    text_ids: bool
    skip_missing: bool
    whole: bool
    encoding: str | None
    mirror: bool


def read_dense_matrix(path: Path, **options: Unpack[MatrixOptions]) -> Connectome:
    """Read a matrix; row = pre, column = post.

    Parameters
    ----------
    path : Path
        ``.npy``: the (n, n) matrix, whose neurons get the ids 0 to n - 1. ``.npz``: ``matrix``,
        ``ids``, node columns by name, and where known ``weight`` and ``unit``. Text: ids in the
        first line and, in the same order, in the first column; or in the first line alone; or
        none, and the neurons get the ids 0 to n - 1.
    **options : MatrixOptions
        How it is to be read.

    Returns
    -------
    Connectome
        Cells that are 0 are no edges. ``source.notes`` says what was assumed or left out.

    Raises
    ------
    InputError
        When the file is damaged, holds pickled objects, or is no valid matrix.
    """
    require_file(path)
    if not _is_numpy(path):
        return _read_text(path, options)
    arrays = _load(path)
    named = options.get("weight") or (str(arrays["weight"]) if "weight" in arrays else None)
    stated = options.get("unit") or (str(arrays["unit"]) if "unit" in arrays else None)
    weight, unit, notes = _name_weight(arrays["matrix"], named, stated)
    try:
        nodes = _nodes_of(arrays, path)
        ids = None if nodes is None else nodes["id"]
        values, directed, more = _judge(arrays["matrix"], ids, options)
        return Connectome.from_matrix(
            values,
            nodes,
            weight=weight,
            unit=unit,
            source=describe_file(path, [*notes, *more]),
            directed=directed,
        )
    except TableError as error:
        raise InputError(error.what, where=f"{path}, {error.where}", repair=error.repair) from error


def _judge(
    values: npt.NDArray[Any], ids: pl.Series | None, options: MatrixOptions
) -> tuple[npt.NDArray[Any], bool | None, list[str]]:
    """Look for sums beside the nodes and for an empty half; mirror it where that is asked for."""
    # What is no square of numbers is refused, with its reason, by whoever builds the connectome.
    if values.ndim != _AXES or len(set(values.shape)) != 1 or values.dtype.kind not in "biuf":
        return values, None, []
    require_no_totals(values, ids)
    if options.get("mirror", False):
        return mirror_half(values), False, []
    shape = note_shape(values, labelled=ids is not None, directed=None, offer="mirror=True")
    return values, None, shape


def _name_weight(
    values: npt.NDArray[Any], named: str | None, stated: str | None
) -> tuple[str, str, list[str]]:
    """Name the weight of a matrix and its unit, and say so where neither file nor caller does."""
    weight = named or "weight"
    if stated:
        # The name that every study of synapses knows; a matrix seldom states one.
        return named or ("synapse_count" if stated == "synapses" else weight), stated, []
    # Numbers alone say nothing: streamlines are whole numbers as well.
    unit = find_unit(weight, values) if values.dtype.kind in "biuf" else NOT_STATED
    if unit != NOT_STATED:
        return weight, unit, []
    return (
        weight,
        unit,
        [f"The file does not state the unit of {weight!r}; the option unit states it."],
    )


def _load(path: Path) -> Arrays:
    # By the content: either kind of file may have the other's ending.
    archive = list_arrays(path) or path.suffix == ".npz"
    arrays = read_npz(path) if archive else {"matrix": read_npy(path)}
    if "matrix" not in arrays:
        raise InputError(
            f"expected an array matrix, found {', '.join(arrays) or 'none'}",
            where=str(path),
            repair="Save it with np.savez(path, matrix=..., ids=...).",
        )
    return arrays


def _nodes_of(arrays: Arrays, path: Path) -> pl.DataFrame | None:
    columns = {name: array for name, array in arrays.items() if name not in _RESERVED}
    # Columns without ids cannot be tied to rows by anything but trust.
    if "ids" not in arrays:
        if columns:
            raise InputError(
                f"expected an array ids beside {', '.join(columns)}, found none",
                where=str(path),
                repair="Save it with np.savez(path, matrix=..., ids=...).",
            )
        return None
    nodes = {"id": arrays["ids"]}
    nodes |= {name: array for name, array in columns.items() if not name.endswith(_MISSING)}
    for name, array in nodes.items():
        if array.shape != arrays["ids"].shape or array.ndim != 1:
            raise InputError(
                f"expected {arrays['ids'].size} values, found shape {array.shape}",
                where=f"{path}, array {name}",
                repair="Give one value for each neuron.",
            )
    frame = pl.DataFrame(nodes)
    # NumPy has no null; a mask beside the array tells which cells stand for nothing.
    masks = {name.removesuffix(_MISSING) for name in columns if name.endswith(_MISSING)}
    for name in sorted(masks):
        mask = arrays[name + _MISSING]
        if name not in columns or mask.shape != arrays["ids"].shape or mask.dtype != bool:
            raise InputError(
                f"expected {arrays['ids'].size} values of true or false beside an array {name}, "
                f"found {mask.dtype} of shape {mask.shape}"
                + ("" if name in columns else f" and no array {name}"),
                where=f"{path}, array {name}{_MISSING}",
                repair="Give one value for each neuron, or leave the array out.",
            )
    return frame.with_columns(
        frame[name].set(pl.Series(arrays[name + _MISSING]), None) for name in masks
    )


def _read_text(path: Path, options: MatrixOptions) -> Connectome:
    reading = TextReading(
        options.get("separator"),
        options.get("whole", False),
        options.get("encoding"),
        frozenset(("separator", "whole", "encoding")),
    )
    grid = read_grid(path, reading)
    # What neuropil writes says in its corner what the cells are.
    corner, in_brackets = split_unit(grid.corner)
    named = options.get("weight") or (corner if in_brackets else None)
    weight, unit, notes = _name_weight(grid.values, named, options.get("unit") or in_brackets)
    if grid.labels is None:
        notes.append(f"The file has no labels: its {len(grid.values):,} rows were numbered from 0.")
    ids = grid.name_rows(grid.labels, text_ids=options.get("text_ids", False))
    try:
        rules = MatrixRules(
            skip_missing=options.get("skip_missing", False), last_digit=grid.last_digit
        )
        values, skipped = resolve_matrix(grid.values, grid.missing, rules)
        values, mirrored, shape = _judge(values, grid.labels, options)
        directed = mirrored
        if mirrored is None:
            values, directed = settle_halves(values, unit, rules)
        return Connectome.from_matrix(
            values,
            ids.to_frame(),
            weight=weight,
            unit=unit,
            source=describe_file(path, [*notes, *note_skipped(skipped), *shape]),
            directed=directed,
        )
    except TableError as error:
        raise grid.locate_error(error) from error


def write_dense_matrix(connectome: Connectome, path: Path) -> None:
    """Write the matrix of a connectome with one weight.

    Space, source and provenance are not kept, and edges of weight 0 become no edges.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : Path
        Ends in ``.npz``, ``.npy`` or ``.matrix.csv``.

    Raises
    ------
    InputError
        When the file could not hold the connectome; the message names a format that can.
    OutputError
        When the place cannot be written.
    """
    _require_room(connectome, path)
    matrix = _matrix_of(connectome)
    with atomic_write(path) as temporary:
        if path.name.endswith(_CSV):
            labels = connectome.nodes["id"].cast(pl.String)
            columns = [
                pl.Series(label, values) for label, values in zip(labels, matrix.T, strict=True)
            ]
            # A CSV has one place for what its cells are: the corner between the labels.
            weight = connectome.weight_names[0]
            corner = f"{weight} [{connectome.units[weight]}]"
            pl.DataFrame([labels.alias(corner), *columns]).write_csv(temporary)
        else:
            with temporary.open("wb") as handle:
                if path.suffix == ".npy":
                    np.save(handle, matrix, allow_pickle=False)
                else:
                    _save_npz(handle, matrix, connectome)


def _require_room(connectome: Connectome, path: Path) -> None:
    others = [name for name in connectome.nodes.columns if name != "id"]
    # A bare array counts its rows; other ids would be lost in it without a word.
    numbered = connectome.nodes["id"].to_list() == list(range(connectome.n_nodes))
    size = 8 * connectome.n_nodes**2
    odd = [name for name in others if connectome.nodes[name].dtype not in tuple(_FILLERS)]
    problem = None
    if size > _LARGEST:
        problem = f"a dense matrix of {connectome.n_nodes} neurons needs {size / 1e9:.1f} GB"
    elif len(connectome.weight_names) > 1:
        problem = f"holds one weight, found {', '.join(connectome.weight_names)}"
    elif path.suffix != ".npz" and others:
        problem = f"holds no node columns, found {', '.join(others)}"
    elif path.suffix == ".npy" and dict(connectome.units) not in _UNWRITTEN_UNITS:
        problem = f"holds no unit, found {connectome.weight_names[0]}"
    elif path.suffix == ".npy" and not numbered:
        problem = "holds no ids, found ids other than 0 to n - 1"
    elif path.name.endswith(_CSV) and (text := find_broken_id(connectome.nodes["id"])):
        problem = f"cannot hold the id {text!r}"
    elif odd:
        problem = f"holds numbers, text and booleans, found {connectome.nodes[odd[0]].dtype}"
    elif reserved := [name for name in others if name in _RESERVED or name.endswith(_MISSING)]:
        problem = f"cannot hold a node column named {reserved[0]}"
    if problem:
        raise InputError(
            problem, where=str(path), repair="Write a connectome folder, which holds everything."
        )


def _matrix_of(connectome: Connectome) -> npt.NDArray[np.int64 | np.float64]:
    # Not by way of `adjacency`, whose floats cannot hold counts beyond 2^53.
    values = connectome.edges[connectome.weight_names[0]].to_numpy()
    ids = connectome.nodes["id"]
    matrix = np.zeros((len(ids), len(ids)), values.dtype)
    pre, post = (find_rows(connectome.edges[name], ids).to_numpy() for name in ("pre", "post"))
    matrix[pre, post] = values
    return matrix


def _save_npz(handle: Any, matrix: npt.NDArray[Any], connectome: Connectome) -> None:  # noqa: ANN401
    weight = connectome.weight_names[0]
    arrays: Arrays = {
        "matrix": matrix,
        "weight": np.array(weight),
        "unit": np.array(connectome.units[weight]),
    }
    for column in connectome.nodes.iter_columns():
        name = "ids" if column.name == "id" else column.name
        if column.null_count():
            arrays[name + _MISSING] = column.is_null().to_numpy()
        # Polars would give whole numbers with a null to NumPy as floats.
        filled = column.fill_null(_FILLERS[type(column.dtype)]).to_numpy()
        # Text of fixed width: an array of objects would be pickled.
        arrays[name] = filled.astype(np.str_) if column.dtype == pl.String else filled
    np.savez_compressed(handle, allow_pickle=False, **arrays)


def _is_numpy(path: Path) -> bool:
    return path.is_file() and path.suffix in (".npy", ".npz")


def _sniff(path: Path) -> bool:
    if _is_numpy(path):
        # A bare array of three axes is an image.
        if path.suffix == ".npy" and count_axes(path) == 3:
            return False
        # Atlases of genes, cohorts and volumes are in .npz too; what is damaged is left to the
        # reader.
        arrays = list_arrays(path) if path.suffix == ".npz" else frozenset()
        # A file that has neither is a damaged matrix rather than a damaged atlas: matrices are
        # commoner.
        return "matrix" in arrays or not ({"expr", "participant_id"} | VOLUMES) & arrays
    # A relationship matrix has a sidecar, which says more than its cells.
    if not path.is_file() or "_relmat." in path.name or not path.name.endswith(_TEXT):
        return False
    return path.name.endswith(_CSV) or looks_like_grid(path, _NAMES_OF_TABLES)


FORMAT = Format(
    name="dense-matrix",
    endings=(".npz", ".npy", _CSV),
    description="one matrix, row = pre, column = post, with ids (and node columns in .npz)",
    also_reads=_TEXT,
    sniff=_sniff,
    read=read_dense_matrix,
    write=write_dense_matrix,
    options={
        "weight": "name of the weight",
        "unit": "its unit",
        "separator": "character between the columns of a text",
        "text_ids": "keep labels that look like numbers as text",
        "skip_missing": "take cells of a text without a value as no edges",
        "whole": "take a text as whole that does not end with a line break",
        "encoding": "encoding of a text, such as latin-1",
        "mirror": "take a matrix of one half as an undirected graph",
    },
)
