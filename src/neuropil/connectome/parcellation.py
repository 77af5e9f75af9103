"""How a brain is divided into regions, and which vertex of a surface lies in which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.validation import TableError, list_some
from neuropil.contracts import InputError, Operation, Source

__all__ = ["Parcellation"]

_UNKNOWN_SOURCE = Source(name="not stated")
_TEXTS = ("name", "hemisphere", "network", "colour")
_PLACES = ("x_mm", "y_mm", "z_mm")
_SIDES = ("L", "R")
# As in SVG and CSS, with an optional opacity; lower case, so that equal colours are equal texts.
_COLOUR = r"^#[0-9a-f]{6}([0-9a-f]{2})?$"

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Parcellation:
    """Regions in a fixed order, which is that of the rows and columns of every matrix on them.

    Parameters
    ----------
    regions : pl.DataFrame
        Columns ``key`` (unique whole numbers) and ``name`` (unique within a hemisphere). Other
        columns are free; these have a meaning: ``hemisphere`` (L, R, or null for neither),
        ``network``, ``colour`` (``#rrggbb`` or ``#rrggbbaa``), and the centroid ``x_mm``, ``y_mm``,
        ``z_mm`` [mm] in ``space``.
    labels : (n_vertices,) integer array, optional
        Key of each vertex of a surface; None where only the table is known.
    space : str, optional
        Surface or coordinate space, such as ``fsLR 32k`` or ``MNI152``.
    background : int, optional
        Key of vertices that lie in no region, such as the medial wall.
    source : Source
        Origin of the data.
    provenance : tuple of Operation
        What was done, first to last.

    Raises
    ------
    TableError
        When a column is missing or of another type, a key or a name is repeated, or a value is
        not allowed; the message names row and column.
    InputError
        When a label is no key of a region, or a region has the key of the background.
    """

    regions: pl.DataFrame
    labels: Labels | None = None
    space: str | None = None
    background: int | None = None
    source: Source = _UNKNOWN_SOURCE
    provenance: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "regions", _normalise(self.regions))
        _check_keys(self.regions, self.background)
        _check_columns(self.regions)
        if self.labels is not None:
            labels = _check_labels(self.labels, self.regions["key"], self.background)
            object.__setattr__(self, "labels", labels)

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return self.regions.height

    def count_vertices(self) -> Labels:
        """Count the vertices of each region.

        Returns
        -------
        ndarray
            (n_regions,) int64, in the order of ``regions``.

        Raises
        ------
        InputError
            When the parcellation has no labels.

        Examples
        --------
        >>> regions = pl.DataFrame({"key": [4, 2], "name": ["V1", "V2"]})
        >>> Parcellation(regions, np.array([2, 0, 2, 4]), background=0).count_vertices()
        array([1, 2])
        """
        if self.labels is None:
            raise InputError(
                "expected labels of vertices, found none",
                where="parcellation",
                repair="Read the parcellation from a surface file, such as .label.gii.",
            )
        keys, counts = np.unique(self.labels, return_counts=True)
        found = pl.DataFrame({"key": keys, "count": counts})
        joined = self.regions.select("key").join(found, on="key", how="left", maintain_order="left")
        return joined["count"].fill_null(0).to_numpy()

    def __repr__(self) -> str:
        vertices = "no vertices" if self.labels is None else f"{self.labels.size} vertices"
        return f"Parcellation({self.n_regions} regions, {vertices}, {self.space or 'no space'})"


def _normalise(regions: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("key", "name") if name not in regions.columns]
    if missing:
        raise TableError(
            f"expected the columns key, name, found {', '.join(regions.columns) or 'none'}",
            table="regions",
            column=missing[0],
            repair="Rename or add the missing column.",
        )
    if regions.is_empty():
        raise TableError(
            "expected at least one region, found none", table="regions", repair="Add the regions."
        )
    if not regions["key"].dtype.is_integer():
        raise TableError(
            f"expected whole numbers, found {regions['key'].dtype}",
            table="regions",
            column="key",
            repair="Convert the column first.",
        )
    # Labels are compared with the keys as Int64, whichever width the file had.
    return regions.select(pl.col("key").cast(pl.Int64), "name", pl.exclude("key", "name"))


def _check_keys(regions: pl.DataFrame, background: int | None) -> None:
    for name in ("key", "name"):
        _refuse(regions[name].is_null(), "expected a value, found null", name, "Fill it.")
    repeated = ~regions["key"].is_first_distinct()
    named = list_some(regions["key"].filter(repeated))
    _refuse(repeated, f"expected unique keys, found repeated {named}", "key", "Renumber them.")
    # Both hemispheres of an atlas often use one set of names, so that the side belongs to the name.
    sides = [name for name in ("name", "hemisphere") if name in regions.columns]
    again = ~pl.Series(regions.select(pl.struct(sides).is_first_distinct()).to_series())
    named = list_some(regions["name"].filter(again))
    what = f"expected each name once in a hemisphere, found {named} again"
    _refuse(again, what, "name", "Rename the region, or add the column hemisphere.")
    # Otherwise vertices of that key would be a region and no region at once.
    if background is not None and background in regions["key"]:
        raise InputError(
            f"expected no region with the key {background} of the background, found "
            f"{regions.filter(pl.col('key') == background)['name'][0]!r}",
            where="regions, column key",
            repair="Drop this region, or name another background.",
        )


def _check_columns(regions: pl.DataFrame) -> None:
    for name in (*_TEXTS, *_PLACES):
        # A column of nulls has no type of its own; it is read so from files where nothing is known.
        if name not in regions.columns or regions[name].dtype == pl.Null:
            continue
        dtype = regions[name].dtype
        fits = dtype == pl.String if name in _TEXTS else dtype.is_numeric()
        if not fits:
            raise TableError(
                f"expected {'text' if name in _TEXTS else 'numbers'}, found {dtype}",
                table="regions",
                column=name,
                repair="Convert the column first.",
            )
    for column in regions.iter_columns():
        if column.dtype.is_float():
            wrong = ~column.is_finite()
            what = f"expected finite numbers, found {list_some(column.filter(wrong).unique())}"
            _refuse(wrong, what, column.name, "Use null where the value is not known.")
    for name, valid, expected in _patterns(regions):
        found = list_some(repr(value) for value in regions[name].filter(~valid))
        what = f"expected {expected}, found {found}"
        _refuse(~valid, what, name, "Correct it, or use null.")


def _patterns(regions: pl.DataFrame) -> list[tuple[str, pl.Series, str]]:
    rules = []
    if "hemisphere" in regions.columns:
        # Cast for a column of nulls, on which Polars has no text operations.
        sides = regions["hemisphere"].cast(pl.String)
        rules.append(("hemisphere", sides.is_in(_SIDES), "L or R"))
    if "colour" in regions.columns:
        colours = regions["colour"].cast(pl.String)
        rules.append(("colour", colours.str.contains(_COLOUR), "a colour such as #1f77b4"))
    return rules


def _check_labels(labels: npt.ArrayLike, keys: pl.Series, background: int | None) -> Labels:
    # Floats are refused and not rounded: they are values of a map, given in place of labels.
    array = np.asarray(labels)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise InputError(
            f"expected one whole number for each vertex, found {array.dtype} of shape "
            f"{tuple(array.shape)}",
            where="labels",
            repair="Give a one-dimensional array of keys.",
        )
    # A vertex of an unknown key would silently belong to nothing in every measure.
    known = keys.to_list() if background is None else [*keys.to_list(), background]
    wrong = np.flatnonzero(~np.isin(array, known))
    if wrong.size:
        first = int(wrong[0])
        raise InputError(
            f"expected keys of regions, found {array[first]} ({wrong.size} such vertices)",
            where=f"labels, vertex {first}",
            repair=f"Add the region, or name the background: background={array[first]}.",
        )
    return array.astype(np.int64)


def _refuse(wrong: pl.Series, what: str, column: str, repair: str) -> None:
    # Null counts as right: what may not be null is checked for that first.
    rows = wrong.fill_null(value=False).arg_true()
    if len(rows):
        raise TableError(what, table="regions", row=int(rows[0]), column=column, repair=repair)
