"""Dense matrices: ``.npz`` with ids and labels, ``.npy`` without, ``.matrix.csv`` with ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome, TableError, find_rows
from neuropil.contracts import InputError, atomic_write
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.array_names import list_arrays
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.numpy_files import read_npy, read_npz

__all__ = ["FORMAT", "read_dense_matrix", "write_dense_matrix"]

_CSV = ".matrix.csv"
_MISSING = ".missing"
_RESERVED = ("matrix", "ids", "weight", "unit")
_DEFAULT_UNITS = {"synapse_count": "synapses"}
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


def read_dense_matrix(
    path: Path, *, weight: str | None = None, unit: str | None = None
) -> Connectome:
    """Read a matrix; row = pre, column = post.

    Parameters
    ----------
    path : Path
        ``.npy``: the (n, n) matrix, whose neurons get the ids 0 to n - 1. ``.npz``: ``matrix``,
        ``ids``, node columns by name, and where known ``weight`` and ``unit``. CSV: ids in the
        first line and, in the same order, in the first column.
    weight : str, optional
        Name of the weight; that of the file, else ``synapse_count``.
    unit : str, optional
        Its unit; that of the file, else ``synapses`` for ``synapse_count``.

    Returns
    -------
    Connectome
        Cells that are 0 are no edges.

    Raises
    ------
    InputError
        When the file is damaged, holds pickled objects, or is no valid matrix.
    """
    require_file(path)
    if not _is_numpy(path):
        return _read_csv(path, weight, unit)
    arrays = _load(path)
    weight = weight or str(arrays.get("weight", "synapse_count"))
    # An empty unit is refused by the connectome: a weight of another name must state its own.
    unit = unit or str(arrays.get("unit", "synapses" if weight == "synapse_count" else ""))
    try:
        return Connectome.from_matrix(
            arrays["matrix"],
            _nodes_of(arrays, path),
            weight=weight,
            unit=unit,
            source=describe_file(path),
        )
    except TableError as error:
        raise InputError(error.what, where=f"{path}, {error.where}", repair=error.repair) from error


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


def _read_csv(path: Path, weight: str | None, unit: str | None) -> Connectome:
    table = DelimitedText.read(path)
    corner, *labels = table.frame.columns
    rows = table.frame[corner]
    ids = table.parse_ids(corner)[0]
    if len(labels) != len(rows):
        raise table.fault(
            f"expected a square matrix, found {len(rows)} rows and {len(labels)} columns",
            "Give one line and one column for each neuron.",
        )
    # Rows in another order than columns would give a matrix whose diagonal is not the diagonal.
    differ = (rows != pl.Series(labels, dtype=pl.String)).fill_null(value=True)
    if differ.any():
        row = int(differ.arg_true()[0])
        raise table.fault(
            f"expected the id {labels[row]} as in the header, found {rows[row]}",
            "Order rows and columns alike.",
            row=row,
            column=corner or "1",
        )
    values = {label: table.parse_numbers(label) for label in labels}
    for label, column in values.items():
        if column.null_count():
            row = int(column.is_null().arg_true()[0])
            raise table.fault(
                "expected a number, found nothing", "Use 0 for none.", row=row, column=label
            )
    # CSV has no room for the name of its weight, and so writing refuses any other.
    weight = weight or "synapse_count"
    with table.locating(dict(zip(map(str, range(len(labels))), labels, strict=True))):
        return Connectome.from_matrix(
            pl.DataFrame(values).to_numpy(),
            ids.alias("id").to_frame(),
            weight=weight,
            unit=unit or ("synapses" if weight == "synapse_count" else ""),
            source=describe_file(path),
        )


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
            pl.DataFrame([labels.alias("id"), *columns]).write_csv(temporary)
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
    elif path.suffix != ".npz" and dict(connectome.units) != _DEFAULT_UNITS:
        problem = f"holds no unit, found {connectome.weight_names[0]}"
    elif path.suffix == ".npy" and not numbered:
        problem = "holds no ids, found ids other than 0 to n - 1"
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
        # An atlas of genes is in .npz too; what is damaged is left to the reader.
        arrays = list_arrays(path) if path.suffix == ".npz" else frozenset()
        # A file that has neither is a damaged matrix rather than a damaged atlas: matrices are
        # commoner.
        return "matrix" in arrays or "expr" not in arrays
    if path.suffix != ".csv" or not path.is_file():
        return False
    if path.name.endswith(_CSV):
        return True
    with path.open(encoding="utf-8-sig", errors="replace") as handle:
        # Two lines tell: the first id stands in the header and begins the next line. Bounded, for a
        # file without breaks.
        header, first = (handle.readline(1 << 16).rstrip().split(",") for _ in range(2))
    return header[0] in ("", "id") and header[1:2] == first[:1]


FORMAT = Format(
    name="dense-matrix",
    endings=(".npz", ".npy", _CSV),
    description="one matrix, row = pre, column = post, with ids (and node columns in .npz)",
    sniff=_sniff,
    read=read_dense_matrix,
    write=write_dense_matrix,
    options={"weight": "name of the weight", "unit": "its unit"},
)
