"""Many connectomes on one parcellation, and what is known of their subjects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.cohort_checks import (
    check_connectivity,
    check_subjects,
    check_units,
    have_same_regions,
    have_same_values,
)
from neuropil.connectome.cohort_description import list_cohort_facts, note_indefinite
from neuropil.connectome.cohort_selection import find_places, list_values
from neuropil.connectome.description import render_html
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.triangles import (
    Order,
    Symmetrise,
    TriangleReading,
    count_regions,
    fill_matrices,
    find_smallest_eigenvalues,
    read_triangles,
)
from neuropil.contracts import InputError, Operation, Source

__all__ = ["Cohort"]

Floats = npt.NDArray[np.floating[Any]]
Truths = npt.NDArray[np.bool_]

_UNKNOWN_SOURCE = Source(name="not stated")


@dataclass(frozen=True, eq=False, repr=False)
class Cohort:
    """Undirected connectivity of many subjects, one modality a name, all on the same regions.

    A cohort is never changed: each operation returns a new one with one more entry in
    ``provenance``. Build one from arrays with :meth:`from_arrays`.

    Parameters
    ----------
    subjects : pl.DataFrame
        Column ``id`` (text, unique); other columns are free, such as ``site``, ``age``, ``sex``.
    connectivity : mapping of str to (n_subjects, n_edges) array
        Upper triangles, row by row (``np.triu_indices(n_regions, 1)``), by the name of the
        modality, such as ``SC`` and ``FC``. A subject without a modality is a row of NaN; single
        values may be NaN too, as of regions without variance.
    parcellation : Parcellation, optional
        The regions, in the order of the rows and columns of every matrix.
    units : mapping of str to str
        Unit of each modality, such as ``streamlines`` or ``correlation``; ``not stated`` where
        none is given.
    source : Source
        Origin of the data.
    provenance : tuple of Operation
        What was done, first to last.
    notes : tuple of str
        What was left out, assumed or changed, and what a reader of results should know.

    Raises
    ------
    TableError
        When the table of subjects is empty, or an id or a value in it is not allowed.
    InputError
        When an array does not fit the subjects, the regions or its unit; names the modality.
    """

    subjects: pl.DataFrame
    connectivity: Mapping[str, Floats]
    parcellation: Parcellation | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    source: Source = _UNKNOWN_SOURCE
    provenance: tuple[Operation, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        subjects = check_subjects(self.subjects)
        arrays = check_connectivity(self.connectivity, subjects["id"])
        units = check_units(self.units, arrays)
        object.__setattr__(self, "subjects", subjects)
        # Plain dictionaries could be changed behind the checks.
        object.__setattr__(self, "connectivity", MappingProxyType(arrays))
        object.__setattr__(self, "units", MappingProxyType(units))
        if self.parcellation and self.parcellation.n_regions != self.n_regions:
            raise InputError(
                f"expected {self.n_regions} regions, as the {self.n_edges} edges have, found "
                f"{self.parcellation.n_regions}",
                where="parcellation",
                repair="Give the regions of the rows of the matrices, in their order.",
            )

    @classmethod
    def from_arrays(
        cls,
        connectivity: Mapping[str, npt.ArrayLike],
        subjects: Any = None,  # noqa: ANN401
        *,
        parcellation: Parcellation | None = None,
        units: Mapping[str, str] | None = None,
        source: Source | None = None,
        order: Order = "row",
        symmetrise: Symmetrise | None = None,
    ) -> Self:
        """Build a cohort from triangles or square matrices.

        Parameters
        ----------
        connectivity : mapping of str to (n, n_edges) or (n, n_regions, n_regions) array
            Triangles, or matrices, of each modality. Diagonals are not used. A matrix with values
            in one half alone is mirrored, with a note.
        subjects : pl.DataFrame or pandas.DataFrame, optional
            (n,) rows with the column ``id``; ids 0 to n - 1 when not given.
        parcellation : Parcellation, optional
            The regions.
        units : mapping of str to str, optional
            Unit of each modality.
        source : Source, optional
            Origin of the data.
        order : {"row", "column"}
            How triangles are written: row by row, as NumPy does, or column by column of the upper
            triangle, as MATLAB's ``A(triu(true(n), 1))`` does. Matrices need no order.
        symmetrise : {"mean", "upper"}, optional
            What is taken of matrices whose halves differ beyond the rounding of their numbers;
            they are refused when not given.

        Returns
        -------
        Cohort
            With a note where correlations of a subject cannot be those of one matrix.

        Raises
        ------
        TableError, InputError
            As the constructor, and for asymmetric matrices.

        Examples
        --------
        >>> cohort = Cohort.from_arrays({"SC": [[3, 0, 1], [2, 5, 0]]})
        >>> cohort.n_subjects, cohort.n_regions, cohort.matrices("SC")[0].tolist()
        (2, 3, [[0.0, 3.0, 0.0], [3.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        """
        table = None if subjects is None else check_subjects(subjects)
        reading = TriangleReading(order, symmetrise, () if table is None else table["id"].to_list())
        arrays, notes = {}, []
        for name, values in connectivity.items():
            arrays[name], found = read_triangles(values, name, reading)
            notes += found
        if table is None:
            n = next((len(array) for array in arrays.values()), 0)
            table = pl.DataFrame({"id": [str(row) for row in range(n)]})
            notes.append("The subjects have no ids of their own; they are numbered from 0.")
        given = {"order": order, "symmetrise": symmetrise}
        done = Operation("from_arrays", {"modalities": list(arrays), **given})
        origin = source or _UNKNOWN_SOURCE
        cohort = cls(table, arrays, parcellation, units or {}, origin, (done,))
        return replace(cohort, notes=(*notes, *note_indefinite(cohort, connectivity)))

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return self.subjects.height

    @property
    def n_edges(self) -> int:
        """Number of pairs of regions."""
        return int(next(iter(self.connectivity.values())).shape[1])

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return count_regions(self.n_edges, "connectivity")

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities, in order."""
        return tuple(self.connectivity)

    @property
    def ids(self) -> tuple[str, ...]:
        """Id of each subject."""
        return tuple(self.subjects["id"])

    def __len__(self) -> int:
        return self.n_subjects

    def edges(self, modality: str) -> Floats:
        """Return the upper triangles of a modality by its name.

        Returns
        -------
        ndarray
            (n_subjects, n_edges), row by row; read-only.

        Raises
        ------
        InputError
            When there is no such modality; the message lists them.
        """
        if modality not in self.connectivity:
            raise InputError(
                f"there is no modality {modality!r}",
                where=self.source.name,
                repair=f"The modalities are: {', '.join(self.modalities)}.",
            )
        return self.connectivity[modality]

    def present(self, modality: str) -> Truths:
        """Tell which subjects have a modality.

        Returns
        -------
        ndarray
            (n_subjects,) booleans: False where the whole row is NaN.
        """
        return np.asarray((~np.isnan(self.edges(modality))).any(axis=1))

    def n_missing(self, modality: str) -> int:
        """Count the values that are NaN in the subjects who have a modality."""
        return int(np.isnan(self.edges(modality)[self.present(modality)]).sum())

    def matrices(self, modality: str, *, diagonal: float = 0.0) -> Floats:
        """Build the symmetric matrices of a modality.

        Parameters
        ----------
        modality : str
            Its name.
        diagonal : float
            Value of the diagonal, such as 1 for correlations.

        Returns
        -------
        ndarray
            (n_subjects, n_regions, n_regions).
        """
        return fill_matrices(self.edges(modality), self.n_regions, diagonal)

    def smallest_eigenvalues(self, modality: str) -> npt.NDArray[np.float64]:
        """Compute the smallest eigenvalue of each matrix with ones on its diagonal.

        That of a correlation matrix is 0 or more. Triangles that were read in another order than
        they were written give matrices with eigenvalues far below.

        Returns
        -------
        ndarray
            (n_subjects,) float64. Regions without any value are left out; NaN where other values
            are missing.
        """
        return find_smallest_eigenvalues(self.edges(modality), self.n_regions)

    def take(self, rows: npt.ArrayLike) -> Self:
        """Keep some subjects.

        Parameters
        ----------
        rows : (n_subjects,) bool array, or array of int
            Which: a mask, or positions in the order wanted, each once.

        Returns
        -------
        Cohort
            The same modalities and regions.

        Raises
        ------
        InputError
            When a mask has another length, a position is beyond the subjects or is there twice,
            or no subject is left.
        """
        places = find_places(rows, self.n_subjects)
        ids = [self.ids[place] for place in places]
        return self._keep(places, Operation("take", {"ids": list(ids)}))

    def select(self, expression: str) -> Self:
        """Keep the subjects that match.

        Parameters
        ----------
        expression : str
            A condition on the columns of ``subjects``, such as ``"site == 'NYU' and age < 30"``.

        Raises
        ------
        InputError
            When the expression cannot be read, names an unknown column, or matches no subject.

        Examples
        --------
        >>> subjects = pl.DataFrame({"id": ["a", "b"], "site": ["NYU", "UCLA"]})
        >>> Cohort.from_arrays({"SC": [[1], [2]]}, subjects).select("site == 'UCLA'").ids
        ('b',)
        """
        condition = compile_expression(expression, self.subjects.schema)
        places = np.flatnonzero(self.subjects.select(condition).to_series().to_numpy())
        if not places.size:
            raise InputError(
                f"expected at least one subject, select keeps none of {self.n_subjects}",
                where=f"selection {expression!r}",
                repair=list_values(self.subjects, expression),
            )
        return self._keep(places, Operation("select", {"expression": expression}))

    def with_connectivity(
        self,
        connectivity: Mapping[str, npt.ArrayLike],
        *,
        units: Mapping[str, str] | None = None,
        operation_name: str = "with_connectivity",
    ) -> Self:
        """Add modalities, or replace those of the same name.

        Parameters
        ----------
        connectivity : mapping of str to (n_subjects, n_edges) array
            Upper triangles, row by row.
        units : mapping of str to str, optional
            Unit of each new modality, and of each old one whose unit changes.
        operation_name : str
            Name in the provenance.

        Returns
        -------
        Cohort
            With the new modalities after the old ones.

        Raises
        ------
        InputError
            When an array does not fit the subjects, the regions or its unit.
        """
        done = Operation(operation_name, {"modalities": list(connectivity)})
        arrays: dict[str, Any] = {**self.connectivity, **connectivity}
        cohort = replace(
            self,
            connectivity=arrays,
            units={**self.units, **(units or {})},
            provenance=(*self.provenance, done),
        )
        return replace(cohort, notes=(*self.notes, *note_indefinite(cohort, connectivity)))

    def equals(self, other: Cohort) -> bool:
        """Compare content: subjects, modalities, units and regions, with their order and types.

        Parameters
        ----------
        other : Cohort
            Another cohort.

        Returns
        -------
        bool
            True where all are equal, NaN being equal to NaN; source, notes and provenance do not
            count.
        """
        return (
            self.subjects.schema == other.subjects.schema
            and self.subjects.equals(other.subjects)
            and dict(self.units) == dict(other.units)
            and have_same_regions(self.parcellation, other.parcellation)
            and have_same_values(self.connectivity, other.connectivity)
        )

    def describe(self) -> str:
        """Describe the cohort in a few lines of text."""
        return "\n".join(f"{name}: {value}" for name, value in list_cohort_facts(self))

    def __repr__(self) -> str:
        kinds = ", ".join(f"{name} [{unit}]" for name, unit in self.units.items())
        return (
            f"Cohort({self.n_subjects} subjects, {self.n_regions} regions, {kinds}, "
            f"{self.source.name})"
        )

    def _repr_html_(self) -> str:
        return render_html(list_cohort_facts(self), self.subjects, "subjects")

    def _keep(self, places: npt.NDArray[np.int64], done: Operation) -> Self:
        kept = {}
        for name, array in self.connectivity.items():
            kept[name] = array[places]
            # Nobody else has this array: closed here, it is not copied once more.
            kept[name].flags.writeable = False
        provenance = (*self.provenance, done)
        return replace(
            self, subjects=self.subjects[places], connectivity=kept, provenance=provenance
        )
