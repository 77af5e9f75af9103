"""Expression, centroids and matrices of the same regions in one NumPy file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import GeneAtlas, Parcellation, find_missing_ids
from neuropil.contracts import InputError, Source, require_regular_file
from neuropil.formats.format import Format
from neuropil.formats.parsing.array_names import VOLUMES, list_arrays
from neuropil.formats.parsing.id_texts import trim
from neuropil.formats.parsing.numpy_files import read_npz

__all__ = ["FORMAT", "MATRIX_NAMES", "NEEDED", "load_gene_arrays", "read_matched_arrays"]

Arrays = dict[str, npt.NDArray[Any]]

NEEDED = ("expr", "genes", "regions", "coords_mni")
"""Arrays without which a file is no atlas."""

MATRIX_NAMES = {
    "fc_hcp_signed": "FC",
    "fc_enigma": "FC-ENIGMA",
    "sc_consensus": "SC",
    "sc_enigma": "SC-ENIGMA",
    "meg": "MEG",
    "pet_fdg": "FDG",
    "receptor": "receptor",
    "laminar": "laminar",
    "temporal": "temporal",
    "cge_netneuro": "coexpression",
}
"""Name of each matrix in a :class:`~neuropil.connectome.GeneAtlas` by its name in the file."""

# How the published files mark a matrix of the cortex alone; 68 are the Desikan-Killiany parcels.
_SUFFIXES = ("_ctx", "_68")


def load_gene_arrays(path: Path) -> Arrays:
    """Load the arrays of an ``.npz`` file that holds an atlas.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to ndarray
        Its arrays.

    Raises
    ------
    InputError
        When it is damaged, holds pickled objects, or lacks an array of :data:`NEEDED`.
    """
    require_regular_file(path)
    if not zipfile.is_zipfile(path):
        raise InputError(
            f"expected a NumPy archive of numbers and text, found none, of "
            f"{path.stat().st_size} bytes",
            where=str(path),
            repair=f"Save it with np.savez(path, {', '.join(f'{name}=...' for name in NEEDED)}).",
        )
    arrays = read_npz(path)
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise InputError(
            f"expected the arrays {', '.join(NEEDED)}, found no {', '.join(missing)}",
            where=str(path),
            repair="Add them; matrices are optional but for one.",
        )
    return arrays


def read_matched_arrays(
    path: Path,
    *,
    genes: pl.DataFrame | None = None,
    source: Source | None = None,
    repeated_genes: bool = False,
) -> GeneAtlas:
    """Read an atlas from one ``.npz`` file.

    Parameters
    ----------
    path : Path
        Arrays ``expr`` (n, g), ``genes`` (g,), ``regions`` (n,) and ``coords_mni`` (n, 3) [mm];
        optional matrices as named in :data:`MATRIX_NAMES`, (n, n), or with the ending ``_ctx``
        or ``_68`` for the cortex alone; optional ``cortex_idx``.
    genes : pl.DataFrame, optional
        Positions of genes, as :func:`neuropil.datasets.read_gene_positions` returns them.
    source : Source, optional
        Origin; the file's name when not given.
    repeated_genes : bool
        True keeps genes of the same symbol, each with its column, as in published tables whose
        symbols a spreadsheet has made dates.

    Returns
    -------
    GeneAtlas
        Matrices under their names in :data:`MATRIX_NAMES`, negative structural weights of
        ENIGMA's logarithmic scale set to 0.

    Raises
    ------
    InputError
        When the file is damaged, or its arrays do not fit.
    """
    arrays = load_gene_arrays(path)
    names = _read_names(arrays, "regions", path)
    symbols = _read_names(arrays, "genes", path, unique=not repeated_genes)
    _require_numbers(arrays, len(names), path)
    _require_shape(arrays["expr"], (len(names), len(symbols)), f"{path}, array expr")
    cortex = _cortical_rows(arrays, names, path)
    table = pl.DataFrame({"symbol": symbols})
    if genes is not None:
        # A gene without a position keeps its expression: its place is null.
        table = table.join(genes, on="symbol", how="left", maintain_order="left")
    return GeneAtlas(
        Parcellation(_regions(names, arrays["coords_mni"], cortex, path), space="MNI152"),
        table,
        arrays["expr"].astype(np.float64),
        _matrices(arrays, len(names), cortex, path),
        source=source or Source(name=path.name),
    )


def _read_names(arrays: Arrays, key: str, path: Path, *, unique: bool = True) -> list[str]:
    """Read names without the blanks at their ends; each must be there, and once if unique."""
    array = arrays[key]
    if array.ndim != 1 or array.dtype.kind not in "US":
        raise InputError(
            f"expected one text for each, found {array.dtype} of shape {array.shape}",
            where=f"{path}, array {key}",
            repair="Save it as a list of names.",
        )
    kind = np.str_ if array.dtype.kind == "U" else np.bytes_
    texts = [each.decode("utf-8", "replace") if kind is np.bytes_ else each for each in array]
    names = trim(pl.Series(key, list(map(str, texts)), dtype=pl.String))
    missing, repeated = find_missing_ids(names), ~names.is_first_distinct() & unique
    for wrong, what in ((missing, "a name"), (repeated, "each name once")):
        if wrong.any():
            row = int(wrong.arg_true()[0])
            found = f"{names[row]!r}" + ("" if what == "a name" else " again")
            more = " Read with repeated_genes=True to keep both." if key == "genes" else ""
            raise InputError(
                f"expected {what}, found {found}",
                where=f"{path}, array {key}, element {row}",
                repair="Correct the name, or leave its row out of every array."
                + (more if what != "a name" else ""),
            )
    return names.to_list()


def _require_numbers(arrays: Arrays, n: int, path: Path) -> None:
    for key, array in arrays.items():
        known = key in NEEDED or key == "cortex_idx" or _matrix_name(key)[0]
        if known and key not in ("genes", "regions") and array.dtype.kind not in "biuf":
            raise InputError(
                f"expected numbers, found {array.dtype}",
                where=f"{path}, array {key}",
                repair="Save it as numbers, with NaN where one is missing.",
            )
        # As dense matrices and SONATA have them: a mask beside the array of that name.
        if key.endswith(".missing") and array.shape != (n,):
            raise InputError(
                f"expected {n} values, found shape {array.shape}",
                where=f"{path}, array {key}",
                repair="Give one value for each region, or leave the array out.",
            )


def _require_shape(array: npt.NDArray[Any], shape: tuple[int, ...], where: str) -> None:
    if array.shape != shape:
        raise InputError(
            f"expected shape {shape}, found {array.shape}",
            where=where,
            repair="Give one row for each of the array regions, and one column for each gene.",
        )


def _matrix_name(key: str) -> tuple[str | None, str]:
    """Tell the matrix that an array holds, and the ending of its name."""
    suffix = next((each for each in _SUFFIXES if key.endswith(each)), "")
    return MATRIX_NAMES.get(key.removesuffix(suffix)), suffix


def _cortical_rows(arrays: Arrays, names: list[str], path: Path) -> npt.NDArray[np.int64]:
    if "cortex_idx" in arrays:
        return _read_rows(arrays["cortex_idx"], len(names), f"{path}, array cortex_idx")
    sizes = [
        array.shape[0] for name, array in arrays.items() if name.endswith("_ctx") and array.ndim
    ]
    if sizes:
        return np.arange(min(sizes[0], len(names)))
    # Schaefer names of the cortex hold the number of networks, as 7Networks_LH_Vis_1.
    labelled = [row for row, name in enumerate(names) if "Networks_" in name]
    return np.array(labelled or range(len(names)), dtype=np.int64)


def _read_rows(rows: npt.NDArray[Any], n: int, where: str) -> npt.NDArray[np.int64]:
    """Read positions of regions; a negative one would count from the end."""
    whole = rows.astype(np.int64) if rows.dtype.kind in "iu" else None
    if whole is None or rows.ndim != 1 or len(np.unique(whole)) != len(whole):
        what = f"expected whole numbers, each once, found {rows.dtype} of shape {rows.shape}"
    elif len(whole) and not (whole.min() >= 0 and whole.max() < n):
        what = f"expected positions from 0 to {n - 1}, found {whole.min()} to {whole.max()}"
    else:
        return whole
    raise InputError(what, where=where, repair="Count the regions from 0.")


def _regions(
    names: list[str], places: npt.NDArray[Any], cortex: npt.NDArray[np.int64], path: Path
) -> pl.DataFrame:
    if places.shape != (len(names), 3):
        raise InputError(
            f"expected shape ({len(names)}, 3), found {places.shape}",
            where=f"{path}, array coords_mni",
            repair="Give x, y and z for each region, in the order of the array regions.",
        )
    parts = [name.split("_") for name in names]
    # The side is the second part of a Schaefer name, and the first letter of others, as L_insula.
    labelled = [len(part) > 2 and part[0].endswith("Networks") for part in parts]
    sides = [
        (part[1] if known else name)[:1].upper()
        for part, known, name in zip(parts, labelled, names, strict=True)
    ]
    return pl.DataFrame(
        {
            "key": np.arange(1, len(names) + 1),
            "name": names,
            # A midline structure such as the brainstem is in neither.
            "hemisphere": [side if side in ("L", "R") else None for side in sides],
            "network": [
                part[2] if known else None for part, known in zip(parts, labelled, strict=True)
            ],
            "cortical": np.isin(np.arange(len(names)), cortex),
            **{
                f"{axis}_mm": places[:, index].astype(np.float64)
                for index, axis in enumerate("xyz")
            },
        },
        # Where no region states one, a column of nulls would have no type.
        schema_overrides={"network": pl.String, "hemisphere": pl.String},
    )


def _matrices(
    arrays: Arrays, n: int, cortex: npt.NDArray[np.int64], path: Path
) -> dict[str, npt.NDArray[np.float64]]:
    found = {}
    for key, array in arrays.items():
        name, suffix = _matrix_name(key)
        if name is None:
            continue
        # Chosen by the name, not by the size: in a file of cortex alone both sizes are equal.
        rows = cortex if suffix else np.arange(n)
        if array.shape != (rows.size, rows.size):
            raise InputError(
                f"expected shape ({rows.size}, {rows.size}), found {array.shape}",
                where=f"{path}, array {key}",
                repair="Give the matrix of all regions, or end its name in _ctx for the cortex.",
            )
        # NaN, not 0: outside the cortex nothing was measured.
        whole = np.full((n, n), np.nan)
        values = array.astype(np.float64)
        # Published on a log-like scale, where 5 to 20 weak pairs fall below 0: fewer fibres than
        # none.
        whole[np.ix_(rows, rows)] = np.maximum(values, 0) if name == "SC-ENIGMA" else values
        found[name] = whole
    return found


def _read(path: Path, *, repeated_genes: bool = False) -> GeneAtlas:
    # Without the table of positions, which is an object of Python and no option that one can type.
    return read_matched_arrays(path, repeated_genes=repeated_genes)


def _sniff(path: Path) -> bool:
    # Damaged files too: the reader then says what is wrong with them.
    names = list_arrays(path) if path.is_file() and path.suffix == ".npz" else {"matrix"}
    mine = "expr" in names or not VOLUMES & names
    return mine and not {"matrix", "participant_id"} & names


FORMAT = Format(
    name="gene-arrays",
    endings=(),
    description=f".npz with the arrays {', '.join(NEEDED)} and matrices by name; only read",
    sniff=_sniff,
    read=_read,
    holds=GeneAtlas,
    options={"repeated_genes": "keep genes of the same symbol"},
)
