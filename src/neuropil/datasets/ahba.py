"""Regional expression of the Allen Human Brain Atlas beside group connectivity.

Every converter holds its arrays against facts that were measured on the published files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import GeneAtlas, Parcellation
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.gene_positions import find_date_symbols, read_gene_positions
from neuropil.datasets.surface_files import read_region_directions
from neuropil.formats import load_gene_arrays, read_matched_arrays

__all__ = ["convert_cortex", "convert_desikan", "convert_schaefer"]

Arrays = Mapping[str, npt.NDArray[Any]]

_GENES = "ahba_gene_tss.tsv.gz"
_SPHERES = ("raw/enigma/conte69_32k_lh_sphere.gii", "raw/enigma/conte69_32k_rh_sphere.gii")
_TRANSDUCTIVE = (
    "The co-expression matrix was computed from expression that its authors z-scored over all "
    "regions, test regions included; this is mildly transductive."
)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was measured on a file: sizes, regions without expression, clipped connectivity."""

    shape: tuple[int, int]
    cortical: int
    silent: int
    lowest: float
    negative: int
    networks: Mapping[str, int]


# Checksums guard the bytes; these facts guard how the arrays are read.
_FACTS = {
    "dk82_matched.npz": _Facts((82, 15_633), 68, 0, 0.0, 0, {}),
    "schaefer100_matched.npz": _Facts((114, 810), 100, 0, -0.093, 5, {}),
    "schaefer400_matched.npz": _Facts(
        (414, 282),
        400,
        49,
        -0.259,
        20,
        {
            "Vis": 61,
            "SomMot": 77,
            "DorsAttn": 46,
            "SalVentAttn": 47,
            "Limbic": 26,
            "Cont": 52,
            "Default": 91,
        },
    ),
}


def convert_schaefer(files: Mapping[str, Path], source: Source) -> GeneAtlas:
    """Read a Schaefer parcellation with subcortex: expression, all matrices, sphere.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays, the gene positions, the two spheres and the vertex labels.
    source : Source
        Their origin.

    Returns
    -------
    GeneAtlas
        Its notes say which regions have no expression.
    """
    path, labels = _named(files, ".npz"), _named(files, "_conte69.csv")
    arrays = load_gene_arrays(path)
    atlas = read_matched_arrays(path, genes=read_gene_positions(files[_GENES]), source=source)
    _check(arrays, atlas, path.name)
    # Labels of the surface count the parcels from 1 in the order of the table; 0 is the medial
    # wall.
    keys = np.arange(1, int(atlas.cortical.sum()) + 1)
    return _complete(atlas, files, labels, keys)


def convert_desikan(files: Mapping[str, Path], source: Source) -> GeneAtlas:
    """Read the Desikan-Killiany parcellation with subcortex and genome-wide expression.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays, the gene positions, the two spheres and the vertex labels.
    source : Source
        Their origin.

    Returns
    -------
    GeneAtlas
        Its notes name the damaged gene symbols.
    """
    path, labels = _named(files, ".npz"), _named(files, "_conte69.csv")
    arrays = load_gene_arrays(path)
    # Two pairs of its genes have the same date in place of a symbol.
    positions = read_gene_positions(files[_GENES])
    atlas = read_matched_arrays(path, genes=positions, source=source, repeated_genes=True)
    _check(arrays, atlas, path.name)
    # 4 and 39 are the corpus callosum, which carries no parcel.
    keys = np.array([*range(1, 4), *range(5, 36), *range(36, 39), *range(40, 71)])
    dates = find_date_symbols(atlas.genes["symbol"].to_list())
    note = (
        f"{len(dates)} gene symbols of the published table are dates; address genes by column, or "
        "restore them with datasets.repair_gene_symbols."
    )
    return _complete(replace(atlas, notes=(note,)), files, labels, keys)


def convert_cortex(files: Mapping[str, Path], source: Source) -> GeneAtlas:
    """Build the cortex of a Schaefer parcellation from public files alone.

    Parameters
    ----------
    files : mapping of str to Path
        Expression, centroids, matrices, spheres and vertex labels.
    source : Source
        Their origin.

    Returns
    -------
    GeneAtlas
        Cortical regions; their genes carry no positions.
    """
    table = pl.read_csv(_named(files, ".csv", "allgenes"))
    # The table ends with subcortical regions, which the public matrices lack.
    table = table.filter(pl.col("label").str.starts_with("7Networks_"))
    symbols = table.columns[1:]
    lines = _named(files, "_coords.txt").read_text(encoding="utf-8").splitlines()
    places = np.array([line.split()[1:4] for line in lines if line.strip()], dtype=np.float64)
    parts = [name.split("_") for name in table["label"]]
    regions = pl.DataFrame(
        {
            "key": np.arange(1, table.height + 1),
            "name": table["label"],
            "hemisphere": [part[1][0] for part in parts],
            "network": [part[2] for part in parts],
            "cortical": np.ones(table.height, dtype=bool),
            **{f"{axis}_mm": places[:, index] for index, axis in enumerate("xyz")},
        }
    )
    matrices = {
        name: _symmetric(np.load(files[key], allow_pickle=False))
        # In the order of this list, whichever of the matrices a resolution has.
        for stem, name in _PUBLIC_MATRICES.items()
        for key in files
        if Path(key).stem == stem
    }
    atlas = GeneAtlas(
        Parcellation(regions, space="MNI152"),
        pl.DataFrame({"symbol": symbols}),
        table.select(pl.col(symbols).cast(pl.Float64).fill_null(np.nan)).to_numpy(),
        matrices,
        source=source,
    )
    keys = np.arange(1, table.height + 1)
    return _complete(atlas, files, _named(files, "_conte69.csv"), keys)


_PUBLIC_MATRICES = {
    "haemodynamic_connectivity": "FC",
    "consensusSC_wei": "SC",
    "electrophysiological_connectivity": "MEG",
    "metabolic_connectivity": "FDG",
    "receptor_similarity": "receptor",
    "laminar_similarity": "laminar",
    "temporal_similarity": "temporal",
    "gene_coexpression": "coexpression",
}


def _symmetric(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Take rounding of the last digit away; any other asymmetry is left to be refused."""
    # What differs by more is no rounding, and the atlas refuses it.
    if np.allclose(matrix, matrix.T, rtol=0, atol=1e-12):
        averaged: npt.NDArray[np.float64] = (matrix + matrix.T) / 2
        return averaged
    return matrix


def _named(files: Mapping[str, Path], ending: str, beginning: str = "") -> Path:
    (path,) = (
        path
        for name, path in files.items()
        if name.endswith(ending) and Path(name).name.startswith(beginning)
    )
    return path


def _complete(
    atlas: GeneAtlas, files: Mapping[str, Path], labels: Path, keys: npt.NDArray[np.int64]
) -> GeneAtlas:
    """Add the sphere, and the notes on missing expression and on the co-expression matrix."""
    left, right = (files[name] for name in _SPHERES)
    # Subcortical regions lie on no surface.
    sphere = np.full((atlas.n_regions, 3), np.nan)
    sphere[atlas.cortical] = read_region_directions(left, right, labels, keys)
    notes = [*atlas.notes]
    silent = int((~atlas.expressed()).sum())
    if silent:
        notes.append(f"{silent} of {atlas.n_regions} regions have no expression in the table.")
    if "coexpression" in atlas.matrices:
        notes.append(_TRANSDUCTIVE)
    return replace(atlas, sphere=sphere, notes=tuple(notes))


def _check(arrays: Arrays, atlas: GeneAtlas, name: str) -> None:
    """Hold an atlas against the facts of its file; a mismatch means other data."""
    facts = _FACTS[name]
    upper = np.triu_indices(atlas.n_regions, 1)
    # From the arrays and not from the atlas, which has clipped these weights at 0.
    structure = arrays["sc_enigma"][upper]
    cortical = atlas.parcellation.regions.filter("cortical")
    counts = dict(cortical["network"].drop_nulls().value_counts().iter_rows())
    half = cortical.height // 2
    unmatched = {
        "shape of the expression": arrays["expr"].shape == facts.shape,
        "unique regions": len(set(atlas.region_names)) == atlas.n_regions,
        "cortical regions": cortical.height == facts.cortical,
        # Labels of the surface are counted in this order.
        "left half first": bool((cortical["x_mm"][:half] < 0).all()),
        "regions without expression": int((~atlas.expressed()).sum()) == facts.silent,
        "no silent subcortex": bool(atlas.expressed()[~atlas.cortical].all()),
        "lowest functional connectivity": abs(arrays["fc_enigma"][upper].min() - facts.lowest)
        # The lowest value is stated to three decimals.
        < 5e-4,
        "negative structural weights": int((structure < 0).sum()) == facts.negative,
        "diagonals of 0 and 1": _diagonals_fit(arrays),
        "networks": not facts.networks or counts == facts.networks,
    }
    wrong = [fact for fact, holds in unmatched.items() if not holds]
    if wrong:
        raise IntegrityError(
            f"expected the published arrays, these facts do not hold: {', '.join(wrong)}",
            where=name,
            repair="Fetch the file again; if it persists, report it.",
        )


def _diagonals_fit(arrays: Arrays) -> bool:
    # Connectivity of ENIGMA and structure have empty diagonals; similarities have 1 there.
    zero = ("fc_enigma", "sc_enigma", "sc_consensus")
    square = {
        name: array
        for name, array in arrays.items()
        if array.ndim == 2 and array.shape[0] == array.shape[1]
    }
    return all(
        np.allclose(np.diag(array), 0.0 if name.startswith(zero) else 1.0, atol=1e-6)
        for name, array in square.items()
    )
