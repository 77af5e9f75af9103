"""Files of one's own: expression, centroids and a matrix, matched by the names of regions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import GeneAtlas, Parcellation, list_some
from neuropil.contracts import InputError, Source
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.region_tables import (
    find_repeated,
    parse_cells,
    parse_names,
    parse_sides,
    parse_truth,
    parse_whole_numbers,
)
from neuropil.formats.parsing.table_sets import recognise

__all__ = ["FORMAT", "read_atlas"]

_DATE = re.compile(r"^([0-9]{1,2}-(mar|sep|dec|oct)|(mar|sep|dec|oct)-[0-9]{1,2})$", re.IGNORECASE)
_PLACES = ("x_mm", "y_mm", "z_mm")
_FILES = 3  # expression, coordinates, connectivity
# Tables whose missing cells are read here; other formats say themselves what a missing cell means.
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_RELMAT = "_relmat."  # a table too, whose sidecar says what its cells mean


@dataclass(frozen=True, eq=False)
class _Named:
    """What a file says about its regions, and the file to name in faults."""

    path: Path
    names: list[str]
    values: npt.NDArray[np.float64]
    table: DelimitedText | None = None

    def fault(self, what: str, repair: str, row: int | None = None) -> InputError:
        if self.table is not None:
            return self.table.fault(what, repair, row=row)
        return InputError(what, where=str(self.path), repair=repair)


def read_atlas(expression: Path, coordinates: Path, connectivity: Path) -> GeneAtlas:
    """Read an atlas from three files whose regions have the same names in the same order.

    Parameters
    ----------
    expression : Path
        CSV: name of the region in the first column, one column for each gene. A region without
        expression has empty cells throughout.
    coordinates : Path
        CSV with the columns ``region``, ``x_mm``, ``y_mm``, ``z_mm`` [mm]; optional
        ``hemisphere`` (L or R, or a word for them; the sign of x when not given), ``network``,
        ``cortical`` (true or false, or a word for them).
    connectivity : Path
        Symmetric matrix with the names of regions: any format that ``neuropil convert`` reads,
        such as a labelled CSV, ``.npz`` or a BIDS ``_relmat.tsv``. In a labelled CSV a region
        without connectivity has empty cells throughout, in its line and in its column.

    Returns
    -------
    GeneAtlas
        With the matrix ``FC``, whatever it measures; a note names the regions without it.

    Raises
    ------
    InputError
        When a file is missing or damaged, a gene is there twice, a cell is no number where one is
        needed, or the regions of two files differ in name or order; names file, line and column.
    """
    paths = (expression, coordinates, connectivity)
    for path in paths:
        if not path.exists():
            raise InputError(
                "there is no such file",
                where=str(path),
                repair=f"Check the name; the current folder is {Path.cwd()}.",
            )
    genes, symbols = _read_expression(expression)
    places, regions = _read_places(coordinates)
    # Order is compared and never repaired: a silent sort hides files of two parcellations.
    _require_same(genes, places)
    matrix = _read_matrix(connectivity)
    _require_same(genes, matrix)
    notes = _leave_out(matrix)
    # A name that is there twice in a hemisphere is named with its line.
    assert places.table is not None
    with places.table.locating({"name": "region"}):
        parcellation = Parcellation(regions)
    return GeneAtlas(
        parcellation,
        pl.DataFrame({"symbol": symbols}),
        genes.values,
        {"FC": matrix.values},
        source=Source(
            name=expression.name,
            # A connectome folder as matrix has no bytes of its own to record.
            files=tuple(
                record for path in paths if path.is_file() for record in describe_file(path).files
            ),
        ),
        notes=notes,
    )


def _read_expression(path: Path) -> tuple[_Named, list[str]]:
    table = DelimitedText.read(path)
    first, *columns = table.frame.columns
    symbols = [name.strip() for name in columns]
    repeated = find_repeated(symbols)
    if repeated:
        column, gene = repeated
        raise table.fault(
            f"expected each gene once, found {gene!r} again in the column {column!r}",
            "Average its probes or keep one of them.",
            column=column,
        )
    # 1-Mar and 2-Sep were MARCHF1 and SEPTIN2: which gene it was, no file can tell for certain.
    if dates := [name for name in symbols if _DATE.match(name)]:
        raise table.fault(
            f"expected the symbols of genes, found {dates[0]!r}, a date that a spreadsheet made of "
            f"one ({len(dates)} such columns)",
            "Write the symbol again, such as MARCHF1 or SEPTIN2, in a text editor.",
            column=dates[0],
        )
    names = parse_names(table, first)
    cells = parse_cells(table, columns)
    partly = np.isnan(cells) & ~np.isnan(cells).all(axis=1, keepdims=True)
    if partly.any():
        row, place = (int(each) for each in np.argwhere(partly)[0])
        raise table.fault(
            f"expected all genes or none for a region, found none of {symbols[place]!r} for "
            f"{names[row]!r}",
            "Drop this gene or this region, or fill the cell; values are not filled in here.",
            row=row,
            column=columns[place],
        )
    return _Named(path, names, cells, table), symbols


def _read_places(path: Path) -> tuple[_Named, pl.DataFrame]:
    table = DelimitedText.read(path)
    found = table.frame.columns
    missing = [name for name in ("region", *_PLACES) if name not in found]
    if missing:
        raise table.fault(
            f"expected the columns region, x_mm, y_mm, z_mm, found no {', '.join(missing)}",
            "Add them; millimetres, x to the right.",
        )
    names, places = parse_names(table, "region"), parse_whole_numbers(table, _PLACES)
    columns = [
        pl.Series("key", np.arange(1, len(names) + 1)),
        pl.Series("name", names),
        _sides(table, places[:, 0]),
    ]
    if "network" in found:
        columns.append(table.frame["network"].cast(pl.String).str.strip_chars())
    if "cortical" in found:
        columns.append(parse_truth(table, "cortical"))
    columns += [pl.Series(name, places[:, axis]) for axis, name in enumerate(_PLACES)]
    return _Named(path, names, places, table), pl.DataFrame(columns)


def _sides(table: DelimitedText, x: npt.NDArray[np.float64]) -> pl.Series:
    if "hemisphere" in table.frame.columns:
        return parse_sides(table, "hemisphere")
    # MNI space runs from left to right, with 0 between the hemispheres: a region there is in
    # neither.
    sides = ["L" if value < 0 else "R" if value > 0 else None for value in x]
    return pl.Series("hemisphere", sides, dtype=pl.String)


def _read_matrix(path: Path) -> _Named:
    if path.name.endswith(_TABLES) and _RELMAT not in path.name:
        return _read_labelled(path)
    # Imported here, because the registry of all formats names this one as well.
    from neuropil.formats.registry import read

    # These state no measure; correlations are what such tables hold, and may be negative.
    named = path.name.endswith((".npz", ".npy"))
    options = {"weight": "connectivity", "unit": "correlation"} if named else {}
    connectome = read(path, **options)
    matrix = connectome.adjacency(connectome.weight_names[0]).toarray()
    return _Named(path, [str(each) for each in connectome.nodes["id"]], np.asarray(matrix))


def _read_labelled(path: Path) -> _Named:
    """Read a matrix with names along both sides, in which a region may be missing."""
    table = DelimitedText.read(path)
    corner, *labels = table.frame.columns
    names = parse_names(table, corner)
    if len(labels) != len(names):
        raise table.fault(
            f"expected a square matrix, found {len(names)} lines and {len(labels)} columns",
            "Give one line and one column for each region, with its name at both.",
        )
    # Lines in another order than columns would give a matrix whose diagonal is not the diagonal.
    for row, (name, label) in enumerate(zip(names, labels, strict=True)):
        if name != label.strip():
            raise table.fault(
                f"expected the region {label.strip()!r} as in the header, found {name!r}",
                "Order lines and columns alike.",
                row=row,
                column=corner or "1",
            )
    return _Named(path, names, parse_cells(table, labels), table)


def _leave_out(matrix: _Named) -> tuple[str, ...]:
    """Put NaN into rows and columns of regions without connectivity, and say so."""
    values = matrix.values
    missing = np.isnan(values)
    diagonal = np.eye(len(values), dtype=bool)
    # The diagonal is not asked: programs fill it whether or not a region was measured.
    off = missing | diagonal
    lost: npt.NDArray[np.bool_] = np.logical_and(off.all(axis=1), off.all(axis=0))
    wrong = missing & ~diagonal & ~lost[:, None] & ~lost
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        raise _refuse_gap(matrix, row, column)
    notes = []
    measured = ~lost
    if (missing & diagonal)[measured].any():
        # GeneAtlas takes a finite diagonal as the sign that a region is covered.
        values[diagonal] = np.where(np.isnan(values[diagonal]), 0.0, values[diagonal])
        notes.append(f"The diagonal of {matrix.path.name} has missing cells; it is not used.")
    values[lost], values[:, lost] = np.nan, np.nan
    if lost.any():
        names = [name for name, gone in zip(matrix.names, lost, strict=True) if gone]
        several = f"{len(names)} regions have" if len(names) > 1 else "1 region has"
        left = "are" if len(names) > 1 else "is"
        notes.append(
            f"{several} no values in {matrix.path.name} and {left} left out: {', '.join(names)}."
        )
    return tuple(notes)


def _refuse_gap(matrix: _Named, row: int, column: int) -> InputError:
    one, other = matrix.names[row], matrix.names[column]
    what = f"expected a number for {one!r} and {other!r}, found nothing"
    repair = "Fill it, or empty the whole line and column of a region to leave it out."
    if matrix.table is None:
        return matrix.fault(what, repair)
    return matrix.table.fault(what, repair, row=row, column=matrix.table.frame.columns[column + 1])


def _require_same(one: _Named, other: _Named) -> None:
    names, others = one.names, other.names
    if names == others:
        return
    missing = [name for name in names if name not in set(others)]
    known = set(names)
    added = [row for row, name in enumerate(others) if name not in known]
    if missing or added or len(names) != len(others):
        what = f"expected the {len(names)} regions of {one.path.name}, found {len(others)}"
        parts = [f"without {list_some(map(repr, missing))}"] if missing else []
        if added:
            parts.append(f"with {list_some(repr(others[row]) for row in added)} besides")
        raise other.fault(
            " ".join([what, " and ".join(parts)]).rstrip(),
            "Give the same regions in both files, one without values as a line of empty cells.",
            added[0] if added and not missing else None,
        )
    row = next(index for index, (a, b) in enumerate(zip(names, others, strict=True)) if a != b)
    raise other.fault(
        f"expected the regions in the order of {one.path.name}, found {others[row]!r} where "
        f"{names[row]!r} stands there",
        "Order both files alike; they are not sorted silently.",
        row,
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
