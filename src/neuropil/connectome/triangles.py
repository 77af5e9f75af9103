"""Upper triangles of symmetric matrices: one row of edges for each subject, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError

__all__ = [
    "Order",
    "Symmetrise",
    "TriangleReading",
    "count_regions",
    "fill_matrices",
    "find_smallest_eigenvalues",
    "order_by_rows",
    "read_triangles",
]

Floats = npt.NDArray[np.floating[Any]]
Order = Literal["row", "column"]
Symmetrise = Literal["mean", "upper"]

# As for a single matrix: halves that were computed or rounded apart agree to five digits.
_RELATIVE, _ABSOLUTE = 1e-5, 1e-8
# Half precision keeps three digits; four units of the last place are rounding in any precision.
_ROUNDINGS = 4
# Matrices of one block of subjects, in double precision, stay below this many numbers (64 MB).
_BLOCK = 1 << 23


@dataclass(frozen=True, slots=True)
class TriangleReading:
    """How the arrays of a cohort are written.

    Parameters
    ----------
    order : {"row", "column"}
        Whether triangles go along the rows or along the columns of the upper half.
    symmetrise : {"mean", "upper"}, optional
        What is taken of a matrix whose halves differ; refused when not given.
    ids : sequence of str
        Ids of the subjects, for messages; empty where they have none.

    Raises
    ------
    ConfigError
        When a word is another; the message lists those there are.
    """

    order: Order = "row"
    symmetrise: Symmetrise | None = None
    ids: Sequence[str] = ()

    def __post_init__(self) -> None:
        # A slip such as order="colum" would be taken for the other word.
        words = (
            ("order", self.order, get_args(Order)),
            ("symmetrise", self.symmetrise, (None, *get_args(Symmetrise))),
        )
        for option, value, known in words:
            if value not in known:
                raise ConfigError(
                    f"expected {option} to be one of {', '.join(map(repr, known))}, found "
                    f"{value!r}",
                    where="cohort",
                    repair=f"Such as {option}={known[-1]!r}.",
                )

    def name(self, subject: int) -> str:
        """Name a subject by its id, else by its position."""
        return repr(self.ids[subject]) if subject < len(self.ids) else str(subject)


def count_regions(n_edges: int, where: str) -> int:
    """Find the number of regions whose pairs are so many.

    Parameters
    ----------
    n_edges : int
        Number of pairs.
    where : str
        What has them, for the error.

    Returns
    -------
    int
        Number of regions n, with n (n - 1) / 2 pairs.

    Raises
    ------
    InputError
        When no number of regions has that many pairs; names the nearest numbers that do.

    Examples
    --------
    >>> count_regions(2278, "SC")
    68
    """
    n = (1 + isqrt(1 + 8 * n_edges)) // 2
    if n_edges and n * (n - 1) // 2 == n_edges:
        return n
    # One region has no pair: two are the fewest.
    below = max(n, 2)
    near = " or ".join(f"{m * (m - 1) // 2} ({m} regions)" for m in (below, below + 1))
    raise InputError(
        f"expected the pairs of a number of regions, such as {near}, found {n_edges} edges",
        where=where,
        repair="Give each pair of regions once without the diagonal, or give square matrices.",
    )


def order_by_rows(n_regions: int) -> npt.NDArray[np.int64]:
    """List where the pairs of the upper triangle, row by row, stand in a triangle by columns.

    Parameters
    ----------
    n_regions : int
        Number of regions.

    Returns
    -------
    ndarray
        (n_edges,) positions: ``by_rows = by_columns[:, order_by_rows(n)]``.

    Examples
    --------
    >>> order_by_rows(4)
    array([0, 1, 3, 2, 4, 5])
    """
    rows, columns = np.triu_indices(n_regions, 1)
    # Before column c stand the c (c - 1) / 2 pairs of the columns to its left.
    places: npt.NDArray[np.int64] = columns * (columns - 1) // 2 + rows
    return places


def fill_matrices(edges: Floats, n_regions: int, diagonal: float = 0.0) -> Floats:
    """Build the symmetric matrix of each row of edges.

    Parameters
    ----------
    edges : (n, n_edges) array
        Upper triangles, row by row.
    n_regions : int
        Number of regions.
    diagonal : float
        Value of the diagonal.

    Returns
    -------
    ndarray
        (n, n_regions, n_regions) of the same type.
    """
    rows, columns = np.triu_indices(n_regions, 1)
    matrices = np.full((len(edges), n_regions, n_regions), diagonal, dtype=edges.dtype)
    matrices[:, rows, columns] = edges
    matrices[:, columns, rows] = edges
    return matrices


def read_triangles(
    values: npt.ArrayLike, name: str, reading: TriangleReading
) -> tuple[npt.NDArray[Any], list[str]]:
    """Bring triangles, or square matrices, to upper triangles row by row.

    Parameters
    ----------
    values : (n, n_edges) or (n, n_regions, n_regions) array_like
        A triangle or a matrix for each subject; NaN where a value is missing. The diagonal is not
        used.
    name : str
        The modality, for messages.
    reading : TriangleReading
        How they are written.

    Returns
    -------
    edges : ndarray
        (n, n_edges), row by row.
    notes : list of str
        What was mirrored, averaged or left out.

    Raises
    ------
    InputError
        When the shape is another, or a matrix is asymmetric beyond the rounding of its numbers;
        names subject and cells.
    """
    array = np.asarray(values)
    if array.ndim == 3 and array.shape[1] == array.shape[2] and array.dtype.kind in "biuf":
        return _extract(array, name, reading)
    if array.ndim != 2:
        raise InputError(
            "expected numbers of shape (subjects, edges) or (subjects, regions, regions), found "
            f"{array.dtype} of shape {array.shape}",
            where=repr(name),
            repair="Give one triangle or one square matrix for each subject.",
        )
    if reading.order == "column":
        array = array[:, order_by_rows(count_regions(array.shape[1], repr(name)))]
    return array, []


def _extract(
    matrices: npt.NDArray[Any], name: str, reading: TriangleReading
) -> tuple[npt.NDArray[Any], list[str]]:
    rows, columns = np.triu_indices(matrices.shape[1], 1)
    upper, lower = matrices[:, rows, columns], matrices[:, columns, rows]
    notes = _note_diagonal(matrices, name)
    halves = _mirror_halves(upper, lower)
    if halves:
        notes.append(
            f"{name!r} has values in one half of the matrix alone in {halves} of {len(upper)} "
            "subjects; they were mirrored."
        )
    apart = _find_apart(upper, lower)
    if apart is None:
        return upper, notes
    if reading.symmetrise == "mean":
        notes.append(f"{name!r} was not symmetric; its two halves were averaged.")
        return (upper.astype(np.float64) + lower) / 2, notes
    if reading.symmetrise == "upper":
        notes.append(f"{name!r} was not symmetric; its upper half was taken.")
        return upper, notes
    subject, edge = apart
    row, column = int(rows[edge]), int(columns[edge])
    raise InputError(
        f"expected symmetric matrices, found {upper[subject, edge]:.6g} in row {row}, column "
        f"{column} and {lower[subject, edge]:.6g} in row {column}, column {row}",
        where=f"{name!r}, subject {reading.name(subject)}",
        repair="Average both halves with symmetrise='mean', or take the upper one with "
        "symmetrise='upper'.",
    )


def _note_diagonal(matrices: npt.NDArray[Any], name: str) -> list[str]:
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    # A diagonal of one value, such as the 1 of correlations, says nothing that is lost.
    known = diagonal[np.isfinite(diagonal)]
    if not known.size or np.allclose(known, known[0], rtol=0, atol=_RELATIVE):
        return []
    return [f"The diagonal of {name!r} was left out."]


def _mirror_halves(upper: npt.NDArray[Any], lower: npt.NDArray[Any]) -> int:
    """Fill, in place, the half that is empty in a subject; return in how many it was."""
    filled_above, filled_below = (upper != 0).any(axis=1), (lower != 0).any(axis=1)
    below, above = filled_above & ~filled_below, filled_below & ~filled_above
    lower[below] = upper[below]
    upper[above] = lower[above]
    return int(below.sum() + above.sum())


def _find_apart(upper: npt.NDArray[Any], lower: npt.NDArray[Any]) -> tuple[int, int] | None:
    """Find the first subject and edge whose two values differ beyond rounding."""
    same = (upper == lower) | ((upper != upper) & (lower != lower))  # noqa: PLR0124 - NaN
    # Whole numbers must agree exactly: counts are not computed twice.
    if upper.dtype.kind == "f" and not same.all():
        digits = max(_RELATIVE, _ROUNDINGS * float(np.finfo(upper.dtype).eps))
        largest = float(np.abs(upper[np.isfinite(upper)]).max(initial=0.0))
        wide = (upper.astype(np.float64), lower.astype(np.float64))
        same |= np.isclose(*wide, rtol=digits, atol=_ABSOLUTE * largest)
    if same.all():
        return None
    subject, edge = np.argwhere(~same)[0]
    return int(subject), int(edge)


def find_smallest_eigenvalues(edges: Floats, n_regions: int) -> npt.NDArray[np.float64]:
    """Compute the smallest eigenvalue of each matrix with ones on its diagonal.

    Parameters
    ----------
    edges : (n, n_edges) array
        Upper triangles, row by row.
    n_regions : int
        Number of regions.

    Returns
    -------
    ndarray
        (n,) float64. Regions all of whose edges are NaN are left out, since a part of a positive
        semidefinite matrix is one as well; NaN where other edges are missing too.
    """
    found = np.full(len(edges), np.nan)
    step = max(1, _BLOCK // n_regions**2)
    for start in range(0, len(edges), step):
        block = fill_matrices(edges[start : start + step].astype(np.float64), n_regions, 1.0)
        whole = np.isfinite(block).all(axis=(1, 2))
        found[start : start + step][whole] = np.linalg.eigvalsh(block[whole])[:, 0]
        for place in np.flatnonzero(~whole):
            found[start + place] = _find_partial(block[place])
    return found


def _find_partial(matrix: npt.NDArray[np.float64]) -> float:
    measured = np.isfinite(matrix).sum(axis=1) > 1  # the diagonal is always there
    part = matrix[np.ix_(measured, measured)]
    if not part.size or not np.isfinite(part).all():
        return np.nan
    return float(np.linalg.eigvalsh(part)[0])
