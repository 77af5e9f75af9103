"""Gene expression of brain regions, where the regions lie, and how they are connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.direction import find_asymmetry
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.validation import list_some
from neuropil.contracts import InputError, Operation, Source

__all__ = ["GeneAtlas"]

Floats = npt.NDArray[np.float64]

_UNKNOWN_SOURCE = Source(name="not stated")
_PLACES = ("x_mm", "y_mm", "z_mm")


@dataclass(frozen=True, eq=False, repr=False)
class GeneAtlas:
    """Regions with gene expression, centroids and connectivity matrices, all in one order.

    A region may lack expression, or be outside a matrix: its whole row is then NaN. Nothing is
    filled in.

    Parameters
    ----------
    parcellation : Parcellation
        The regions, with centroid ``x_mm``, ``y_mm``, ``z_mm`` [mm] and ``hemisphere``; where
        known ``network``, and ``cortical`` (true or false; all true when there is no column).
    genes : pl.DataFrame
        Column ``symbol``; where known ``chromosome`` and ``start`` [base pairs].
    expression : (n_regions, n_genes) array
        Expression; a row is finite, or NaN as a whole.
    matrices : mapping of str to (n_regions, n_regions) array
        Symmetric connectivity or similarity by name, to five digits: halves that were rounded
        apart are averaged. Outside a matrix, rows and columns are NaN.
    sphere : (n_regions, 3) array, optional
        Unit vectors of cortical regions on a spherical surface; NaN for the others.
    source : Source
        Origin of the data.
    notes : tuple of str
        What a reader of results should know about the data.
    provenance : tuple of Operation
        What was done, first to last.

    Raises
    ------
    InputError
        When a shape does not fit, a row of expression is NaN in part, or a matrix is asymmetric
        or not finite; the message names the region.
    """

    parcellation: Parcellation
    genes: pl.DataFrame
    expression: Floats
    matrices: Mapping[str, Floats] = field(default_factory=dict)
    sphere: Floats | None = None
    source: Source = _UNKNOWN_SOURCE
    notes: tuple[str, ...] = ()
    provenance: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        n = self.parcellation.n_regions
        _check_places(self.parcellation.regions)
        _check_cortical(self.parcellation.regions)
        # The parcellation gives n, and everything else is held against it: one order for all.
        expression = np.asarray(self.expression, dtype=np.float64)
        _check_shape("expression", expression, (n, self.genes.height))
        _check_rows(expression, self.region_names)
        checked = {}
        for name, matrix in self.matrices.items():
            square = np.asarray(matrix, dtype=np.float64)
            _check_shape(f"matrix {name}", square, (n, n))
            _check_matrix(name, square, self.region_names)
            # Halves that were rounded apart become one, so that every reader of either agrees.
            same = np.array_equal(square, square.T, equal_nan=True)
            checked[name] = square if same else (square + square.T) / 2
        if self.sphere is not None:
            _check_shape("sphere", self.sphere, (n, 3))
        object.__setattr__(self, "expression", expression)
        # A plain dictionary could be changed behind the checks.
        object.__setattr__(self, "matrices", MappingProxyType(checked))

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return self.parcellation.n_regions

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return self.genes.height

    @property
    def region_names(self) -> tuple[str, ...]:
        """Name of each region."""
        return tuple(self.parcellation.regions["name"])

    @property
    def coordinates(self) -> Floats:
        """Centroids, (n_regions, 3) [mm]."""
        return self.parcellation.regions.select(_PLACES).to_numpy().astype(np.float64)

    @property
    def sides(self) -> npt.NDArray[np.str_]:
        """``L``, ``R`` or nothing for each region."""
        return self.parcellation.regions["hemisphere"].fill_null("").to_numpy().astype(str)

    @property
    def cortical(self) -> npt.NDArray[np.bool_]:
        """Which regions are cortex."""
        regions = self.parcellation.regions
        # Parcellations that do not tell cortex from the rest, such as Schaefer's, are cortex alone.
        if "cortical" not in regions.columns:
            return np.ones(self.n_regions, dtype=bool)
        return regions["cortical"].to_numpy().astype(bool)

    @property
    def networks(self) -> npt.NDArray[np.str_]:
        """Network of each region; nothing where it has none."""
        regions = self.parcellation.regions
        if "network" not in regions.columns:
            return np.full(self.n_regions, "")
        return regions["network"].fill_null("").to_numpy().astype(str)

    def expressed(self) -> npt.NDArray[np.bool_]:
        """Tell which regions have expression."""
        return np.asarray(np.isfinite(self.expression).all(axis=1))

    def covered(self, name: str) -> npt.NDArray[np.bool_]:
        """Tell which regions a matrix covers.

        Raises
        ------
        InputError
            When there is no such matrix; the message lists those that exist.
        """
        # The diagonal stands for the row: the constructor has refused rows that are covered in
        # part.
        return np.isfinite(np.diag(self.matrix(name)))

    def matrix(self, name: str) -> Floats:
        """Return a matrix by its name.

        Raises
        ------
        InputError
            When there is none; the message lists those that exist.
        """
        if name not in self.matrices:
            raise InputError(
                f"no matrix {name!r}",
                where=self.source.name,
                repair=f"The matrices are: {', '.join(self.matrices) or 'none'}.",
            )
        return self.matrices[name]

    def select(self, keep: npt.ArrayLike, reason: str) -> GeneAtlas:
        """Keep some regions.

        Parameters
        ----------
        keep : (n_regions,) bool array
            Which.
        reason : str
            Why the others go, for the provenance.

        Returns
        -------
        GeneAtlas
            With one more entry in its provenance that names what was dropped.

        Raises
        ------
        InputError
            When no region would be left.
        """
        mask = np.asarray(keep, dtype=bool)
        if not mask.any():
            raise InputError(
                f"expected regions, none is left: {reason}",
                where=self.source.name,
                repair="Choose another matrix or other genes.",
            )
        dropped = [name for name, kept in zip(self.region_names, mask, strict=True) if not kept]
        # What changes nothing leaves no trace in the provenance.
        if not dropped:
            return self
        return replace(
            self,
            parcellation=replace(
                self.parcellation,
                regions=self.parcellation.regions.filter(pl.Series(mask)),
                # The labels of vertices name keys of all regions and would be refused as unknown.
                labels=None,
            ),
            expression=self.expression[mask],
            matrices={name: each[np.ix_(mask, mask)] for name, each in self.matrices.items()},
            sphere=None if self.sphere is None else self.sphere[mask],
            provenance=(
                *self.provenance,
                Operation("select", {"reason": reason, "dropped": list(dropped)}),
            ),
        )

    def __repr__(self) -> str:
        return (
            f"GeneAtlas({self.n_regions} regions, {self.n_genes} genes, "
            f"matrices {', '.join(self.matrices) or 'none'})"
        )


def _check_places(regions: pl.DataFrame) -> None:
    missing = [name for name in ("hemisphere", *_PLACES) if name not in regions.columns]
    if missing:
        raise InputError(
            f"expected the columns hemisphere, x_mm, y_mm, z_mm, found no {', '.join(missing)}",
            where="regions",
            repair="Add them; millimetres in MNI space, x to the right.",
        )
    unknown = regions.filter(pl.any_horizontal(pl.col(_PLACES).is_null()))["name"]
    if len(unknown):
        raise InputError(
            f"expected a centroid for each region, found none for {list_some(unknown)}",
            where="regions",
            repair="Give their centroids, or leave these regions out.",
        )


def _check_cortical(regions: pl.DataFrame) -> None:
    if "cortical" not in regions.columns:
        return
    column = regions["cortical"]
    # A text such as no is true in Python, and would make cortex of everything.
    known = column.is_in([0, 1]) if column.dtype.is_numeric() else column.is_not_null()
    if column.dtype != pl.Boolean and not column.dtype.is_numeric():
        known = pl.Series([False] * len(column))
    if not known.fill_null(value=False).all():
        row = int((~known.fill_null(value=False)).arg_true()[0])
        raise InputError(
            f"expected true or false, found {column[row]!r} for {regions['name'][row]!r}",
            where="regions, column cortical",
            repair="Give a boolean for each region.",
        )


def _check_shape(what: str, array: Floats, expected: tuple[int, ...]) -> None:
    if array.shape != expected:
        raise InputError(
            f"expected shape {expected}, found {array.shape}",
            where=what,
            repair="Rows are regions in the order of the parcellation.",
        )


def _check_rows(expression: Floats, names: Sequence[str]) -> None:
    missing = ~np.isfinite(expression)
    # A single missing value would have to be filled in, and a fill from neighbours makes expression
    # smoother than it was measured.
    partly = missing.any(axis=1) & ~missing.all(axis=1)
    if partly.any():
        region = names[int(np.flatnonzero(partly)[0])]
        raise InputError(
            f"expected all genes or none for a region, found some missing in {int(partly.sum())}",
            where=f"expression, region {region}",
            repair="Drop these genes, or the regions; values are not filled in.",
        )
    if missing.all():
        raise InputError(
            f"expected expression, all {len(names)} regions are NaN",
            where="expression",
            repair="Read the table with the right column of regions.",
        )


def _check_matrix(name: str, matrix: Floats, names: Sequence[str]) -> None:
    # Only the covered block is held to symmetry, because NaN does not equal itself.
    inside = np.isfinite(np.diag(matrix))
    block = matrix[np.ix_(inside, inside)]
    place = np.flatnonzero(inside)
    if not np.isfinite(block).all():
        row, column = place[np.argwhere(~np.isfinite(block))[0]]
        raise InputError(
            "expected finite values, found a value that is not",
            where=f"matrix {name}, regions {names[row]} and {names[column]}",
            repair="Drop a region from the whole matrix where a value is missing.",
        )
    stray = np.isfinite(matrix[~inside]).any(axis=1) | np.isfinite(matrix[:, ~inside]).any(axis=0)
    if stray.any():
        row = int(np.flatnonzero(~inside)[np.argmax(stray)])
        raise InputError(
            "expected NaN in the whole row and column of a region that is not covered",
            where=f"matrix {name}, region {names[row]}",
            repair="Give the diagonal a value, or set the row and column to NaN.",
        )
    # Pairs are read from one triangle, and the other must not say otherwise but for rounding.
    asymmetric = find_asymmetry(block) if block.size else None
    if asymmetric:
        row, column = place[list(asymmetric)]
        raise InputError(
            f"expected a symmetric matrix, found {matrix[row, column]:.6g} and "
            f"{matrix[column, row]:.6g}",
            where=f"matrix {name}, regions {names[row]} and {names[column]}",
            repair="Average it with its transpose if the measure has no direction.",
        )
