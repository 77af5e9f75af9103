"""Expression, centroids and matrices of the same regions in one NumPy file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import GeneAtlas, Parcellation
from neuropil.contracts import InputError, Source
from neuropil.formats.format import Format
from neuropil.formats.parsing.array_names import list_arrays

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
# What NumPy raises for a damaged archive is not documented; all of it is named in one way.
_DAMAGE = (OSError, EOFError, ValueError, AttributeError, TypeError)


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
    try:
        # Opened here, because NumPy leaves the file open when it finds it damaged.
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (*_DAMAGE, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"expected a NumPy archive of numbers and text, cannot read it ({error})",
            where=str(path),
            repair=f"Save it with np.savez(path, {', '.join(f'{name}=...' for name in NEEDED)}).",
        ) from error
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise InputError(
            f"expected the arrays {', '.join(NEEDED)}, found no {', '.join(missing)}",
            where=str(path),
            repair="Add them; matrices are optional but for one.",
        )
    return arrays


def read_matched_arrays(
    path: Path, *, genes: pl.DataFrame | None = None, source: Source | None = None
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
    names = [str(name) for name in arrays["regions"]]
    cortex = _cortical_rows(arrays, names)
    table = pl.DataFrame({"symbol": [str(name) for name in arrays["genes"]]})
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


def _cortical_rows(arrays: Arrays, names: list[str]) -> npt.NDArray[np.int64]:
    if "cortex_idx" in arrays:
        return arrays["cortex_idx"].astype(np.int64)
    sizes = [array.shape[0] for name, array in arrays.items() if name.endswith("_ctx")]
    if sizes:
        return np.arange(sizes[0])
    # Schaefer names of the cortex hold the number of networks, as 7Networks_LH_Vis_1.
    labelled = [row for row, name in enumerate(names) if "Networks_" in name]
    return np.array(labelled or range(len(names)), dtype=np.int64)


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
        suffix = next((each for each in _SUFFIXES if key.endswith(each)), "")
        name = MATRIX_NAMES.get(key.removesuffix(suffix))
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


def _read(path: Path) -> GeneAtlas:
    # Without the table of positions, which is an object of Python and no option that one can type.
    return read_matched_arrays(path)


def _sniff(path: Path) -> bool:
    # Damaged files too: the reader then says what is wrong with them.
    return path.is_file() and path.suffix == ".npz" and "matrix" not in list_arrays(path)


FORMAT = Format(
    name="gene-arrays",
    endings=(),
    description=f".npz with the arrays {', '.join(NEEDED)} and matrices by name; only read",
    sniff=_sniff,
    read=_read,
    holds=GeneAtlas,
)
