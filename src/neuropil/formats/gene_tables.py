"""Files of one's own: expression, centroids and a matrix, matched by the names of regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from neuropil.connectome import GeneAtlas, Parcellation, list_some
from neuropil.contracts import InputError, Source
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.table_sets import recognise

__all__ = ["FORMAT", "read_atlas"]

_PLACES = ("x_mm", "y_mm", "z_mm")
_FILES = 3  # expression, coordinates, connectivity


def read_atlas(expression: Path, coordinates: Path, connectivity: Path) -> GeneAtlas:
    """Read an atlas from three files whose regions have the same names in the same order.

    Parameters
    ----------
    expression : Path
        CSV: name of the region in the first column, one column for each gene. A region without
        expression has empty cells throughout.
    coordinates : Path
        CSV with the columns ``region``, ``x_mm``, ``y_mm``, ``z_mm`` [mm]; optional
        ``hemisphere`` (L or R; the sign of x when not given), ``network``, ``cortical``.
    connectivity : Path
        Symmetric matrix with the names of regions: any format that ``neuropil convert`` reads,
        such as a labelled CSV, ``.npz`` or a BIDS ``_relmat.tsv``.

    Returns
    -------
    GeneAtlas
        With the matrix ``FC``, whatever it measures.

    Raises
    ------
    InputError
        When a file is missing or damaged, or the regions of two files differ in name or order.
    """
    for path in (expression, coordinates, connectivity):
        if not path.exists():
            raise InputError(
                "there is no such file",
                where=str(path),
                repair=f"Check the name; the current folder is {Path.cwd()}.",
            )
    # All lines decide the types: the first hundred regions may be those without expression.
    table = _read_table(expression)
    first, *symbols = table.columns
    names = table[first].cast(pl.String).to_list()
    places = _read_places(coordinates)
    # Order is compared and never repaired: a silent sort hides files of two parcellations.
    _require_same(names, places["region"].cast(pl.String).to_list(), expression, coordinates)
    matrix, labels = _read_matrix(connectivity)
    _require_same(names, labels, expression, connectivity)
    return GeneAtlas(
        Parcellation(_regions(places)),
        pl.DataFrame({"symbol": symbols}),
        _numbers(table, symbols, expression),
        {"FC": matrix},
        source=Source(
            name=expression.name,
            files=tuple(
                record
                for path in (expression, coordinates, connectivity)
                # A connectome folder as matrix has no bytes of its own to record.
                if path.is_file()
                for record in describe_file(path).files
            ),
        ),
    )


def _read_table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"not a readable CSV table ({reason})",
            where=str(path),
            repair="Give every line as many cells as the first, with commas between them.",
        ) from error


def _read_places(path: Path) -> pl.DataFrame:
    table = _read_table(path)
    missing = [name for name in ("region", *_PLACES) if name not in table.columns]
    if missing:
        raise InputError(
            f"expected the columns region, x_mm, y_mm, z_mm, found no {', '.join(missing)}",
            where=str(path),
            repair="Add them; millimetres, x to the right.",
        )
    return table


def _regions(places: pl.DataFrame) -> pl.DataFrame:
    # MNI space runs from left to right, with 0 between the hemispheres.
    side = pl.when(pl.col("x_mm") < 0).then(pl.lit("L")).otherwise(pl.lit("R"))
    kept = [name for name in ("network", "cortical") if name in places.columns]
    return places.select(
        pl.int_range(1, pl.len() + 1).alias("key"),
        pl.col("region").cast(pl.String).alias("name"),
        pl.col("hemisphere") if "hemisphere" in places.columns else side.alias("hemisphere"),
        *kept,
        *(pl.col(name).cast(pl.Float64) for name in _PLACES),
    )


def _numbers(table: pl.DataFrame, symbols: list[str], path: Path) -> np.ndarray:
    text = [name for name in symbols if not (table[name].dtype.is_numeric())]
    # A gene without any value is read as a column of nulls, which is no text.
    text = [name for name in text if table[name].dtype != pl.Null]
    if text:
        raise InputError(
            f"expected numbers, found text in the column {text[0]}",
            where=str(path),
            repair="Leave cells of regions without expression empty.",
        )
    values = table.select(pl.col(symbols).cast(pl.Float64).fill_null(np.nan))
    return values.to_numpy()


def _read_matrix(path: Path) -> tuple[np.ndarray, list[str]]:
    # Imported here, because the registry of all formats names this one as well.
    from neuropil.formats.registry import read

    # These state no measure; correlations are what such tables hold, and may be negative.
    named = path.name.endswith((".csv", ".npz", ".npy"))
    options = {"weight": "connectivity", "unit": "correlation"} if named else {}
    connectome = read(path, **options)
    matrix = connectome.adjacency(connectome.weight_names[0]).toarray()
    return np.asarray(matrix, dtype=float), [str(each) for each in connectome.nodes["id"]]


def _require_same(names: list[str], others: list[str], path: Path, other: Path) -> None:
    if names == others:
        return
    missing = [name for name in names if name not in set(others)]
    if missing or len(names) != len(others):
        what = f"expected the {len(names)} regions of {path.name}, found {len(others)}"
        lacking = f" without {list_some(missing)}" if missing else ""
        raise InputError(
            f"{what}{lacking}", where=str(other), repair="Give the same regions in both files."
        )
    row = next(index for index, (a, b) in enumerate(zip(names, others, strict=True)) if a != b)
    raise InputError(
        f"expected the regions in the order of {path.name}, found {others[row]} where "
        f"{names[row]} stands there",
        where=f"{other}, region {row + 1}",
        repair="Order both files alike; they are not sorted silently.",
    )


def _sniff(*paths: Path) -> bool:
    # One coordinate is enough: the reader then names the columns that are missing.
    kinds = {"coordinates": lambda names: bool(names & set(_PLACES))}
    return len(paths) == _FILES and bool(recognise(paths, kinds))


FORMAT = Format(
    name="gene-tables",
    endings=(),
    description="three files in this order: expression and centroids in CSV, and a matrix",
    sniff=_sniff,
    read=read_atlas,
    holds=GeneAtlas,
    several=True,
)
