"""Groups of animals that were seeded alike and looked at once each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Visits
from neuropil.contracts import InputError
from neuropil.progression.data import DISTANCE, invert_distances, measure_distances
from neuropil.progression.dynamics.laplacians import build_laplacian
from neuropil.progression.group_maps.spread import GroupMaps

__all__ = ["AnimalGroup", "CandidateGraph", "list_candidates", "measure_distances", "split_groups"]

Array = npt.NDArray[np.float64]

EXPRESSION = "_expression"
"""Ending of the columns of the table of regions by which take-up may be weighted."""


@dataclass(frozen=True, eq=False)
class AnimalGroup:
    """Maps of single animals of one group.

    Parameters
    ----------
    name : str
        Name of the group.
    times : (m,) array
        Time since seeding of each map.
    values : (m, n) array
        Pathology of each region, NaN where it was not measured.
    start : (n,) array
        State at time 0.
    unit : str
        Unit of the times.
    """

    name: str
    times: Array
    values: Array
    start: Array
    unit: str = "month"

    def __len__(self) -> int:
        return len(self.times)

    def average(self, rows: npt.NDArray[np.int64] | None = None) -> GroupMaps:
        """Average the animals of each time.

        Parameters
        ----------
        rows : (k,) array of int, optional
            Which animals, some of them several times; all when not given.

        Returns
        -------
        GroupMaps
            One map for each time; NaN where no animal was measured.
        """
        rows = np.arange(len(self)) if rows is None else rows
        times, values = self.times[rows], self.values[rows]
        moments = np.unique(times)
        means = np.stack([_mean_known(values[times == moment]) for moment in moments])
        return GroupMaps(moments, means, self.start)

    def resample(self, n: int, rng: np.random.Generator) -> Iterator[GroupMaps]:
        """Draw animals with replacement within each time.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : numpy.random.Generator
            Source of the draws.

        Yields
        ------
        GroupMaps
            The average of one draw.
        """
        # Within times: a draw without one of them would have no map to compare.
        each = [np.flatnonzero(self.times == moment) for moment in np.unique(self.times)]
        for _ in range(n):
            yield self.average(np.concatenate([rng.choice(rows, rows.size) for rows in each]))


def _mean_known(values: Array) -> Array:
    """Average over rows without NaN; NaN where a column has nothing else."""
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    sums = np.where(known, values, 0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def split_groups(visits: Visits, start: Array) -> tuple[AnimalGroup, ...]:
    """Divide animals by the column ``group`` of their table; all are one group without it.

    Parameters
    ----------
    visits : Visits
        Animals, times since seeding above 0.
    start : (n,) array
        State at time 0.

    Raises
    ------
    InputError
        When there are fewer than two times, so that none can be foretold from an earlier one.
    """
    if np.unique(visits.times).size < 2:
        raise InputError(
            f"expected maps at two times or more, found {np.unique(visits.times).size}",
            where="visits",
            repair="Add animals of another time; one map shows no spread.",
        )
    subjects, unit = visits.subjects, visits.time_unit
    owner = visits.subject_rows()
    if "group" not in subjects.columns:
        return (AnimalGroup("all", visits.times, visits.values, start, unit),)
    labels = subjects["group"].to_numpy().astype(str)[owner]
    return tuple(
        AnimalGroup(name, visits.times[labels == name], visits.values[labels == name], start, unit)
        for name in dict.fromkeys(labels)
    )


@dataclass(frozen=True, eq=False)
class CandidateGraph:
    """A graph along which pathology may spread, and what weights the take-up of a region.

    Parameters
    ----------
    name : str
        Name of the graph.
    weights : (n, n) array
        Row = source, column = target.
    expression : (n,) array or None
        What multiplies the row of each region, such as how much of the protein it makes.
    wired : bool
        Whether it is wiring; nearness is not.
    """

    name: str
    weights: Array
    expression: Array | None = None
    wired: bool = True

    def laplacian(self, weights: npt.ArrayLike | None = None) -> Array:
        """Build the Laplacian, divided by its largest eigenvalue.

        Parameters
        ----------
        weights : (n, n) array, optional
            Other wiring in place of its own, such as that of a null.

        References
        ----------
        Henderson et al. 2019, Nat. Neurosci. 22:1248, for the scale.
        """
        wiring = self.weights if weights is None else np.asarray(weights, dtype=np.float64)
        if self.expression is not None:
            wiring = wiring * self.expression[:, None]
        return build_laplacian(wiring, scale="eigenvalue")


def list_candidates(visits: Visits, graphs: Mapping[str, Array]) -> tuple[CandidateGraph, ...]:
    """List the graphs, those weighted by expression, and the nearness of regions.

    Parameters
    ----------
    visits : Visits
        Whose table of regions may have coordinates [mm] and columns such as ``snca_expression``.
    graphs : mapping of str to (n, n) array
        Row = source, column = target.

    Returns
    -------
    tuple of CandidateGraph
        The graphs in their order, then those weighted by expression, then ``1/distance``, the
        rival without wiring.
    """
    regions = visits.parcellation.regions
    found = [CandidateGraph(name, weights) for name, weights in graphs.items()]
    for column in regions.columns:
        if column.endswith(EXPRESSION):
            name = column.removesuffix(EXPRESSION).capitalize()
            expressed = regions[column].to_numpy().astype(np.float64)
            found += [
                CandidateGraph(f"{graph} x {name}", weights, expressed)
                for graph, weights in graphs.items()
            ]
    if measure_distances(visits) is not None:
        found.append(CandidateGraph(DISTANCE, invert_distances(visits), wired=False))
    return tuple(found)
