"""What the study is given: visits, and the graphs along which pathology may spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil import datasets
from neuropil.connectome import Cohort, Connectome, Visits, label_regions, list_some
from neuropil.contracts import ConfigError, InputError, Loaded, Operation, Source
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.dynamics.laplacians import (
    build_laplacian,
    check_weights,
    find_largest_eigenvalue,
)
from neuropil.progression.forecasts.study_maps import are_studies
from neuropil.progression.priors.regions import RegionSet, load_region_set
from neuropil.progression.priors.sources import load_prior

__all__ = [
    "COMPANIONS",
    "DISTANCE",
    "REAL",
    "VisitsOnGraphs",
    "check_visits",
    "find_start",
    "invert_distances",
    "load_visits",
    "measure_distances",
    "read_graphs",
]

Array = npt.NDArray[np.float64]

REAL = "henderson2019-asyn"
"""What is taken where no data are named."""

DISTANCE = "1/distance"
"""The rival graph, of the nearness of regions without any wiring."""

COMPANIONS: Mapping[str, str] = MappingProxyType(
    {
        "henderson2019-asyn": "henderson2019-connectome",
        "henderson2019-cell-counts": "henderson2019-connectome",
        "nexis-mouse": "nexis-mouse-connectome",
        "ucl-tau": "ucl-tractography",
        "synthetic-progression": "synthetic-progression-views",
    }
)
"""Graphs in the same regions, for each dataset of visits."""


@dataclass(frozen=True, eq=False)
class VisitsOnGraphs:
    """Visits, and graphs in the same regions and order.

    Parameters
    ----------
    visits : Visits
        Pathology of each region at each visit.
    graphs : mapping of str to (n, n) array
        Strength of each connection, row = source, column = target, 0 or more.
    start : (n,) array or None
        State at time 0, where it is known because it was injected; times then count from there.
    prior : (n, n) array or None
        Weights that are held likely before any pathology is seen.
    reasons : tuple of str
        Why, for each pair above the diagonal; empty without a prior.

    Raises
    ------
    InputError
        When there is no graph, or one has other regions or cannot be computed with.
    """

    visits: Visits
    graphs: Mapping[str, Array]
    start: Array | None = None
    prior: Array | None = None
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.graphs:
            raise InputError(
                "expected a graph along which pathology may spread, found none",
                where="connectomes",
                repair="Name a dataset or a file with a connectome of the same regions.",
            )
        n = self.visits.n_regions
        for name, graph in self.graphs.items():
            if check_weights(graph, f"graph {name}").shape != (n, n):
                raise InputError(
                    f"expected the {n} regions of the visits, found {len(graph)}",
                    where=f"graph {name}",
                    repair="Bring the graph to the regions of the visits.",
                )

    @property
    def source(self) -> Source:
        """Origin of the visits."""
        return self.visits.source

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the visits should know first."""
        return self.visits.notes

    @property
    def provenance(self) -> tuple[Operation, ...]:
        """What was done to the visits since."""
        return self.visits.provenance


def load_visits(config: ProgressionConfig) -> Loaded[VisitsOnGraphs]:
    """Return the visits that the settings name and their graphs, or the planted cohort, with a note.

    Raises
    ------
    ConfigError
        When a name is neither a dataset nor something that exists, or no graphs are named for
        visits of one's own.
    InputError
        When a graph lacks a region of the visits.
    """  # noqa: E501 - the first line says what the rest is about
    notes: tuple[str, ...] = ()
    if config.data is None:
        visits, notes = datasets.load_or_substitute(REAL, kind=Visits)
    else:
        visits = datasets.load_or_read(config.data, kind=Visits)
    if config.regions is not None:
        visits = _place_regions(visits, load_region_set(config.regions))
    names = config.connectomes or _find_companion(visits)
    graphs: dict[str, Array] = {}
    for name in names:
        graphs |= read_graphs(name, visits.region_names)
    prior, reasons = (
        (None, ()) if config.prior is None else _join_prior(config.prior, visits, graphs)
    )
    return Loaded(VisitsOnGraphs(visits, graphs, find_start(visits), prior, reasons), notes)


def _place_regions(visits: Visits, known: RegionSet) -> Visits:
    """Give each region of the visits the place that it has in a set of regions."""
    rows = _match(known.labels, visits.region_names, f"regions {known.name}")
    # A region without a place stays without one, which what needs it says.
    places = [known.regions[row].place or (None, None, None) for row in rows]
    columns = [
        pl.Series(name, values, dtype=pl.Float64)
        for name, values in zip(("x_mm", "y_mm", "z_mm"), zip(*places, strict=True), strict=True)
    ]
    parcellation = visits.parcellation
    placed = replace(parcellation, regions=parcellation.regions.with_columns(columns))
    return replace(visits, parcellation=placed)


def _join_prior(
    name: str, visits: Visits, graphs: Mapping[str, Array]
) -> tuple[Array, tuple[str, ...]]:
    """Return the squared probabilities together with the graphs, each at its scale, and reasons."""
    held = load_prior(name, visits.parcellation)
    parts = [_scale(np.square(held.fused))]
    if graphs:
        parts.append(_scale(np.sum([_scale(graph) for graph in graphs.values()], axis=0)))
    return _scale(np.sum(parts, axis=0)), held.say_reasons()


def _scale(graph: Array) -> Array:
    """Bring the largest eigenvalue of the Laplacian to 1."""
    scaled: Array = graph / find_largest_eigenvalue(build_laplacian(graph))
    return scaled


def _find_companion(visits: Visits) -> tuple[str, ...]:
    name = visits.source.name
    if name not in COMPANIONS:
        raise ConfigError(
            f"expected graphs along which {name} may spread, found none",
            where="connectomes",
            repair="Name one or more connectomes of the same regions, such as SC.csv,FC.csv.",
        )
    return (COMPANIONS[name],)


def read_graphs(name: str, regions: tuple[str, ...]) -> dict[str, Array]:
    """Load the graphs of a dataset or a file, in the order of the regions.

    Parameters
    ----------
    name : str
        Dataset name, or a file. Of a cohort the mean of each modality is taken. A directed
        connectome of one weight gives two graphs, ``retrograde`` (spread against axons) and
        ``anterograde``; one of several weights gives one graph for each.
    regions : tuple of str
        Names of the regions.

    Returns
    -------
    dict of str to (n, n) array
        Row = source, column = target.

    Raises
    ------
    ConfigError, InputError
        When there is nothing of that name, or regions are missing; the message lists them.
    """
    found: Any = _load_any(name)
    if isinstance(found, Cohort):
        if found.parcellation is None:
            raise InputError(
                "expected a cohort whose regions have names, found numbers alone",
                where=f"graph {name}",
                repair="Read it together with the table of its regions.",
            )
        labels = label_regions(found.parcellation)
        graphs = {each: found.matrices(each).mean(axis=0) for each in found.modalities}
    else:
        labels = tuple(found.nodes["id"])
        graphs = _list_weights(found)
    rows = _match(labels, regions, f"graph {name}")
    return {each: np.ascontiguousarray(graph[np.ix_(rows, rows)]) for each, graph in graphs.items()}


def _load_any(name: str) -> Cohort | Connectome:
    if name in datasets.names(Cohort):
        return datasets.load(name, kind=Cohort)
    return datasets.load_or_read(name, kind=Connectome)


def _list_weights(connectome: Connectome) -> dict[str, Array]:
    weights = {name: connectome.adjacency(name).toarray() for name in connectome.weight_names}
    if len(weights) > 1:
        return weights
    ((name, matrix),) = weights.items()
    if not connectome.directed:
        return {name: matrix}
    return {"retrograde": matrix, "anterograde": np.ascontiguousarray(matrix.T)}


def _match(labels: tuple[str, ...], regions: tuple[str, ...], where: str) -> list[int]:
    places = {label: place for place, label in enumerate(labels)}
    missing = [region for region in regions if region not in places]
    if missing:
        raise InputError(
            f"expected each region of the visits, found none of {list_some(map(repr, missing))} "
            f"({len(missing)} of {len(regions)} regions)",
            where=where,
            repair="Name the regions of visits and of what goes with them alike.",
        )
    return [places[region] for region in regions]


def find_start(visits: Visits) -> Array | None:
    """Return the injected regions as a state at time 0, or None where none is marked.

    Parameters
    ----------
    visits : Visits
        Whose table of regions may have a column ``seed`` of yes and no.
    """
    regions = visits.parcellation.regions
    if "seed" not in regions.columns:
        return None
    return regions["seed"].to_numpy().astype(np.float64)


def measure_distances(visits: Visits) -> Array | None:
    """Return the distances between regions, (n, n) [mm], or None where places are not known.

    Parameters
    ----------
    visits : Visits
        Whose table of regions may have coordinates.
    """
    regions = visits.parcellation.regions
    if not {"x_mm", "y_mm", "z_mm"} <= set(regions.columns):
        return None
    places = regions.select("x_mm", "y_mm", "z_mm").to_numpy()
    distance: Array = np.linalg.norm(places[:, None] - places, axis=-1)
    return distance


def invert_distances(visits: Visits) -> Array:
    """Return the nearness of regions as a graph, (n, n) [1 / mm], 0 on the diagonal.

    Parameters
    ----------
    visits : Visits
        Whose regions have coordinates.

    Raises
    ------
    InputError
        When they have none; add x_mm, y_mm and z_mm to the table of regions.
    """
    distance = measure_distances(visits)
    if distance is None:
        raise InputError(
            "expected coordinates of the regions, found none",
            where=visits.source.name,
            repair="Add x_mm, y_mm and z_mm to the table of regions.",
        )
    return np.divide(1.0, distance, out=np.zeros_like(distance), where=distance > 0)


# Ten people to fit, five to choose the round and five to judge it are the least of which anything
# can be said.
_FEWEST_PEOPLE, _FEWEST_HELD_OUT = 20, 5


def check_visits(config: ProgressionConfig, data: VisitsOnGraphs) -> None:
    """Refuse visits from which no course can be learned.

    Parameters
    ----------
    config : ProgressionConfig
        Settings.
    data : VisitsOnGraphs
        Visits and graphs.

    Raises
    ------
    InputError
        When people stand at unknown stages and there are too few, or animals have one time.
    ConfigError
        When a prior is named for animals with a known seed, whose graphs are compared as they are.
    """
    if data.start is not None or are_studies(data.visits):
        if config.prior is not None:
            raise ConfigError(
                f"expected no prior for animals with a known seed, found {config.prior}",
                where="prior",
                repair="Leave it out: their graphs are compared as they are.",
            )
        return
    people = data.visits.n_subjects
    held = round(config.cohort.held_out * people)
    if people < _FEWEST_PEOPLE or held < _FEWEST_HELD_OUT:
        raise InputError(
            f"expected {_FEWEST_PEOPLE} people or more, {_FEWEST_HELD_OUT} of them to test, found "
            f"{people} and {held}",
            where=data.visits.source.name,
            repair="Add people, or hold out a larger share with cohort.held_out.",
        )
