"""A neuron as a tree of points: what a tracing or a skeletonised segment gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.lookup import find_rows
from neuropil.connectome.validation import TableError, list_some
from neuropil.contracts import InputError, Source

__all__ = ["Skeleton"]

_UNKNOWN_SOURCE = Source(name="not stated")
# The seven numbers of an SWC line, in the order of the format.
_COLUMNS = {
    "id": pl.Int64,
    "structure": pl.Int64,
    "x": pl.Float64,
    "y": pl.Float64,
    "z": pl.Float64,
    "radius": pl.Float64,
    "parent": pl.Int64,
}
_MEASURES = ("x", "y", "z", "radius")


@dataclass(frozen=True, eq=False, repr=False)
class Skeleton:
    """Points of one neuron, each joined to the one before it on the way to the root.

    Parameters
    ----------
    points : pl.DataFrame
        Columns ``id`` (unique whole numbers), ``structure`` (SWC's number of the kind of neurite: 0
        not stated, 1 soma, 2 axon, 3 basal dendrite, 4 apical dendrite, others free), ``x``, ``y``,
        ``z``, ``radius`` (in ``unit``) and ``parent`` (an id, null at a root). A skeleton in pieces
        has several roots.
    unit : str
        Unit of coordinates and radii, such as ``um`` or ``nm``.
    source : Source
        Origin of the data.

    Raises
    ------
    TableError
        When a column is missing or of another type, an id is repeated, a number is missing, NaN or
        infinite, a radius is negative, a parent is unknown, or parents form a cycle; the message
        names row and column.
    InputError
        When there is no unit.

    Examples
    --------
    >>> points = {"id": [1, 2, 3], "structure": [1, 2, 2], "x": [0.0, 3.0, 3.0]}
    >>> points |= {"y": [0.0, 4.0, 5.0], "z": [0.0] * 3, "radius": [1.0] * 3}
    >>> Skeleton(pl.DataFrame(points | {"parent": [None, 1, 2]}), "um").length()
    6.0
    """

    points: pl.DataFrame
    unit: str
    source: Source = _UNKNOWN_SOURCE

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _normalise(self.points))
        _check_numbers(self.points)
        _check_tree(self.points)
        # SWC states no unit, and files come in micrometres, nanometres and voxels.
        if not self.unit:
            raise InputError(
                "expected a unit of the coordinates, found none",
                where="skeleton",
                repair='Give one, such as unit="um".',
            )

    @property
    def n_points(self) -> int:
        """Number of points."""
        return self.points.height

    def length(self) -> float:
        """Sum the distances between all points and their parents, in ``unit``."""
        rows = self._parent_rows()
        places = self._places()
        # Roots have no parent: row -1 would measure the way to the last point.
        child = np.flatnonzero(rows >= 0)
        return float(np.linalg.norm(places[child] - places[rows[child]], axis=1).sum())

    def branch_points(self) -> pl.Series:
        """List the ids of points with two or more children, a root among them if it has."""
        return self.points["id"].filter(pl.Series(self._count_children() >= 2))

    def tips(self) -> pl.Series:
        """List the ids of points without children."""
        return self.points["id"].filter(pl.Series(self._count_children() == 0))

    def bounding_box(self) -> npt.NDArray[np.float64]:
        """Find the lowest and the highest coordinates of the points.

        Returns
        -------
        ndarray
            (2, 3) lowest and highest x, y and z, in ``unit``; radii do not count.
        """
        places = self._places()
        return np.stack([places.min(axis=0), places.max(axis=0)])

    def __repr__(self) -> str:
        return f"Skeleton({self.n_points} points, {self.length():g} {self.unit} long)"

    def _places(self) -> npt.NDArray[np.float64]:
        return self.points.select("x", "y", "z").to_numpy()

    def _parent_rows(self) -> npt.NDArray[np.int64]:
        return _parent_rows(self.points)

    def _count_children(self) -> npt.NDArray[np.int64]:
        rows = self._parent_rows()
        return np.bincount(rows[rows >= 0], minlength=self.n_points)


def _normalise(points: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in _COLUMNS if name not in points.columns]
    if missing:
        raise TableError(
            f"expected the columns {', '.join(_COLUMNS)}, found {', '.join(points.columns)}",
            table="points",
            column=missing[0],
            repair="Rename or add the missing column.",
        )
    if points.is_empty():
        raise TableError(
            "expected at least one point, found none", table="points", repair="Add the points."
        )
    columns = []
    for name, dtype in _COLUMNS.items():
        found = points[name].dtype
        # Floats in place of ids are refused: long ids have lost digits by then.
        fits = found.is_integer() if dtype == pl.Int64 else found.is_numeric()
        if not fits and found != pl.Null:
            expected = "whole numbers" if dtype == pl.Int64 else "numbers"
            raise TableError(
                f"expected {expected}, found {found}",
                table="points",
                column=name,
                repair="Convert the column first.",
            )
        columns.append(points[name].cast(dtype))
    return pl.DataFrame(columns)


def _check_numbers(points: pl.DataFrame) -> None:
    for name in _COLUMNS:
        column = points[name]
        # Null is how a root says that it has no parent.
        if name != "parent" and column.null_count():
            _refuse(column.is_null(), "expected a value, found null", name, "Fill it.")
    for name in _MEASURES:
        column = points[name]
        wrong = ~column.is_finite()
        if wrong.any():
            found = column.filter(wrong)[0]
            _refuse(wrong, f"expected a finite number, found {found}", name, "Correct it.")
    wrong = points["radius"] < 0
    if wrong.any():
        found = points["radius"].filter(wrong)[0]
        what = f"expected a radius of 0 or more, found {found}"
        _refuse(wrong, what, "radius", "Correct it, or use 0 where it is not known.")
    repeated = ~points["id"].is_first_distinct()
    if repeated.any():
        names = list_some(points["id"].filter(repeated).unique(maintain_order=True))
        what = f"expected unique ids, found repeated {names}"
        _refuse(repeated, what, "id", "Keep one row for each point.")


def _check_tree(points: pl.DataFrame) -> None:
    parents = points["parent"]
    if not parents.null_count():
        raise TableError(
            "expected a root, found a parent at every point",
            table="points",
            column="parent",
            repair="Give the root no parent, which is -1 in SWC.",
        )
    rows = _parent_rows(points)
    # Checked before cycles: a parent that is not there would end the way to the root like a root.
    unknown = parents.is_not_null() & pl.Series(rows < 0)
    if unknown.any():
        what = f"expected the id of a point, found the unknown parent {parents.filter(unknown)[0]}"
        _refuse(unknown, what, "parent", "Add the point, or make this one a root.")
    # Pointer doubling: after k rounds each point has looked 2^k steps towards its root.
    seen = np.where(rows < 0, -1, rows)
    for _ in range(int(points.height).bit_length()):
        # A row of -1 reads the last entry, which the condition throws away.
        seen = np.where(seen < 0, -1, seen[seen])
    # After more steps than there are points, who has met no root goes in a circle.
    looping = pl.Series(seen >= 0)
    if looping.any():
        names = list_some(points["id"].filter(looping))
        what = f"expected a tree, found a cycle on the way to the root of {names}"
        _refuse(looping, what, "parent", "Make one point of the cycle a root.")


def _parent_rows(points: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Find the row of each point's parent; -1 where there is none."""
    rows = find_rows(points["parent"], points["id"])
    return rows.cast(pl.Int64).fill_null(-1).to_numpy()


def _refuse(wrong: pl.Series, what: str, column: str, repair: str) -> None:
    row = int(wrong.arg_true()[0])
    raise TableError(what, table="points", row=row, column=column, repair=repair)
