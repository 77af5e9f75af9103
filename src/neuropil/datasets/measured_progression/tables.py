"""Tables of numbers as publishers wrote them: squares without a header, columns with gaps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome, Parcellation
from neuropil.contracts import Source

__all__ = ["build_connectome", "load_arrays", "name_sides", "read_columns", "read_square"]

Floats = npt.NDArray[np.float64]


def read_square(path: Path) -> Floats:
    """Read a square of numbers that commas separate, without a header."""
    return np.loadtxt(path, delimiter=",", ndmin=2)


def read_columns(path: Path) -> pl.DataFrame:
    """Read a table in CSV, in which NA and an empty cell are missing."""
    return pl.read_csv(path, infer_schema_length=None, null_values=["NA", ""])


def load_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read all arrays of an archive of NumPy."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive}


def name_sides(labels: Sequence[str]) -> pl.DataFrame:
    """Split labels such as ``L_insula`` into a table of regions.

    Parameters
    ----------
    labels : sequence of str
        (n,) labels; one without ``L_`` or ``R_`` belongs to neither side.

    Returns
    -------
    pl.DataFrame
        ``key`` from 1, ``name`` without the side, ``hemisphere``.

    Examples
    --------
    >>> name_sides(["L_insula", "brainstem"]).rows()
    [(1, 'insula', 'L'), (2, 'brainstem', None)]
    """
    sided = [each[:2] in ("L_", "R_") for each in labels]
    return pl.DataFrame(
        {
            "key": range(1, len(labels) + 1),
            "name": [each[2:] if side else each for each, side in zip(labels, sided, strict=True)],
            "hemisphere": pl.Series(
                [each[0] if side else None for each, side in zip(labels, sided, strict=True)],
                dtype=pl.String,
            ),
        }
    )


def build_connectome(
    matrix: Floats,
    parcellation: Parcellation,
    names: Sequence[str],
    weight: tuple[str, str],
    source: Source,
) -> Connectome:
    """Build a connectome of regions whose nodes are in the order of the parcellation.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Weights, row = pre, column = post.
    parcellation : Parcellation
        The regions; their sides and places become columns of the nodes.
    names : sequence of str
        (n_regions,) ids of the nodes.
    weight : tuple of str
        Name of the weight, and its unit.
    source : Source
        Origin of the data.

    Returns
    -------
    Connectome
        Undirected where the matrix is symmetric.
    """
    regions = parcellation.regions
    nodes = pl.DataFrame({"id": list(names), "region": regions["name"]})
    if "hemisphere" in regions.columns:
        nodes = nodes.with_columns(regions["hemisphere"].alias("side"))
    if "x_mm" in regions.columns:
        # Nodes have their places in nanometres, as neurons have.
        nodes = nodes.with_columns(
            [(regions[f"{axis}_mm"] * 1e6).alias(f"{axis}_nm") for axis in "xyz"]
        )
    return Connectome.from_matrix(
        matrix,
        nodes,
        weight=weight[0],
        unit=weight[1],
        space=parcellation.space,
        source=source,
        directed=not np.array_equal(matrix, matrix.T),
    )
