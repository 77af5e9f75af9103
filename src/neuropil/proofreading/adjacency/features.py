"""What a scorer of contacts is told: shape, brightness, boundary, and how neighbours compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.marks import DISTANCES

__all__ = ["GROUPS", "ContactFeatures", "describe_contacts"]

Floats = npt.NDArray[np.float64]

GROUPS: Mapping[str, str] = {
    "size": "volumes of both objects",
    "shape": "area, place, spread and direction of the contact, and the form of the objects",
    "brightness": "brightness at the contact and in the objects",
    "ridges": "dark sheets of the image at the contact and in the objects",
    "shade": "darkness of single voxels at the contact and some steps from it",
    "boundary": "maps of a boundary model at the contact and in the objects",
    "rivals": "how the contact compares with the others of both objects",
}
"""Kinds of features; the first part of a feature's name."""

# Middle, quarters and ends; the extremes themselves would hang on single voxels.
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Share of the histogram's steps below which a probability counts as a hole in the boundary.
_HOLE = 0.25


@dataclass(frozen=True, eq=False)
class ContactFeatures:
    """Features of the touching contacts of a graph.

    Parameters
    ----------
    rows : (t,) integer array
        Rows of these contacts among all edges of the graph.
    names : tuple of str
        Names of the features, each with its group, such as ``shape/faces``.
    values : (t, f) array
        The features; NaN where one is not defined.
    """

    rows: npt.NDArray[np.intp]
    names: tuple[str, ...]
    values: npt.NDArray[np.float32]

    def select(self, *wanted: str) -> npt.NDArray[np.float32]:
        """Return some of the features.

        Parameters
        ----------
        *wanted : str
            Groups of :data:`GROUPS`, or names of features.

        Returns
        -------
        (t, f) array
            Their columns, in the order of the table.
        """
        kept = [name in wanted or name.split("/")[0] in wanted for name in self.names]
        return self.values[:, kept]

    def take(self, which: npt.NDArray[Any]) -> ContactFeatures:
        """Return the features of some of the contacts.

        Parameters
        ----------
        which : (t,) bool array or (k,) integer array
            Which.
        """
        return replace(self, rows=self.rows[which], values=self.values[which])


def describe_contacts(
    graph: ContactGraph, rows: npt.NDArray[np.intp] | None = None
) -> ContactFeatures:
    """Compute the features of contacts at which objects share a face.

    Parameters
    ----------
    graph : ContactGraph
        Objects and contacts.
    rows : (t,) integer array, optional
        Which of the touching contacts; all when not given.

    Returns
    -------
    ContactFeatures
        They depend on no order of the two objects, and on sums alone.
    """
    if rows is None:
        rows = np.flatnonzero(graph.touching)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = _describe(_Contacts(graph, rows))
    values = np.stack(list(columns.values()), axis=1).astype(np.float32)
    values[~np.isfinite(values)] = np.nan
    return ContactFeatures(rows, tuple(columns), values)


class _Contacts:
    """Touching contacts, the smaller object of each first."""

    def __init__(self, graph: ContactGraph, rows: npt.NDArray[np.intp]) -> None:
        self.graph, self.rows = graph, rows
        voxels = graph.of_objects("voxels")[:, 0]
        ends = graph.edges[rows]
        swap = voxels[ends[:, 0]] > voxels[ends[:, 1]]
        self.ends = np.where(swap[:, None], ends[:, ::-1], ends)
        self.voxels = voxels[self.ends]
        self.faces = graph.of_contacts("faces")[rows].sum(axis=1)

    def sums(self, name: str) -> Floats:
        return self.graph.of_contacts(name)[self.rows]

    def both(self, values: Floats) -> tuple[Floats, Floats]:
        return values[self.ends[:, 0]], values[self.ends[:, 1]]


def _describe(contacts: _Contacts) -> dict[str, Floats]:
    small, large = contacts.voxels.T
    columns = {
        "size/smaller": np.log(small),
        "size/larger": np.log(large),
        "size/sum": np.log(small + large),
        **_shape(contacts),
        **_histogram(contacts, "brightness"),
    }
    for name in ("ridges", "shade", "boundary"):
        if contacts.graph.contact_layout.has(name):
            columns |= _histogram(contacts, name) | _hole(contacts, name) | _rivals(contacts, name)
            for distance in DISTANCES:
                columns |= _far(contacts, name, distance)
    return columns | _neighbours(contacts)


def _shape(contacts: _Contacts) -> dict[str, Floats]:
    graph, faces = contacts.graph, contacts.faces
    small, large = contacts.voxels.T
    surface = _surfaces(graph)
    small_surface, large_surface = contacts.both(surface)
    middle = contacts.sums("place") / faces[:, None]
    centers = graph.of_objects("place") / graph.of_objects("voxels")
    one, other = contacts.both(centers)
    spreads = _spreads(contacts.sums("place"), contacts.sums("square"), faces)
    axes = contacts.sums("faces") / faces[:, None]
    columns = {
        "shape/faces": np.log(faces),
        # Area grows with the power 2/3 of volume, so that what is left is form and not size.
        "shape/area-over-smaller": faces / small ** (2 / 3),
        "shape/area-over-larger": faces / large ** (2 / 3),
        "shape/share-of-smaller-surface": faces / small_surface,
        "shape/share-of-larger-surface": faces / large_surface,
        "shape/roughness-of-smaller": small_surface / small ** (2 / 3),
        "shape/roughness-of-larger": large_surface / large ** (2 / 3),
        "shape/angle": _cosine(one - middle, other - middle),
        "shape/distance-to-smaller": np.linalg.norm(one - middle, axis=1) / small ** (1 / 3),
        "shape/distance-to-larger": np.linalg.norm(other - middle, axis=1) / large ** (1 / 3),
        "shape/facing": np.sort(axes, axis=1)[:, -1],
    }
    for rank in range(3):
        columns[f"shape/spread-{rank}"] = spreads[:, rank]
    # A contact of a single row of voxels has no second spread to divide by.
    columns["shape/fill"] = faces / np.maximum(spreads[:, 1] * spreads[:, 2], 0.1)
    forms = _spreads(
        graph.of_objects("place"), graph.of_objects("square"), graph.of_objects("voxels")[:, 0]
    )
    for name, form in zip(("smaller", "larger"), contacts.both(forms), strict=True):
        columns[f"shape/length-of-{name}"] = np.log(form[:, 2] + 1)
        columns[f"shape/slimness-of-{name}"] = form[:, 1] / (form[:, 2] + 1e-9)
        columns[f"shape/contact-over-thickness-of-{name}"] = spreads[:, 1] / (form[:, 1] + 0.5)
    bordering = contacts.both(graph.of_objects("border")[:, 0])
    # An object that the end of the block has cut off is small for another reason.
    columns["shape/smaller-at-border"] = np.log1p(bordering[0])
    return columns


def _surfaces(graph: ContactGraph) -> Floats:
    """Return the faces that each object shares with any other, at least 1."""
    faces = graph.of_contacts("faces").sum(axis=1)
    n = len(graph.labels)
    total = np.bincount(graph.edges[:, 0], faces, n) + np.bincount(graph.edges[:, 1], faces, n)
    return np.maximum(total, 1.0)


def _spreads(places: Floats, squares: Floats, counts: Floats) -> Floats:
    """Return standard deviations along principal directions, ascending [voxels]."""
    mean = places / counts[:, None]
    matrix = np.empty((len(counts), 3, 3))
    for column, (i, j) in enumerate(combinations_with_replacement(range(3), 2)):
        value = squares[:, column] / counts - mean[:, i] * mean[:, j]
        matrix[:, i, j] = matrix[:, j, i] = value
    found: Floats = np.sqrt(np.maximum(np.linalg.eigvalsh(matrix), 0.0))
    return found


def _cosine(one: Floats, other: Floats) -> Floats:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.sum(one * other, axis=1) / lengths


def _moments(histogram: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of a histogram, in shares of its range."""
    steps = (np.arange(histogram.shape[1]) + 0.5) / histogram.shape[1]
    counts = histogram.sum(axis=1)
    mean = histogram @ steps / counts
    square = histogram @ steps**2 / counts
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def _quantile(histogram: Floats, share: float) -> Floats:
    """Return a quantile of a histogram, interpolated within the step it falls in."""
    total = np.cumsum(histogram, axis=1)
    sought = share * total[:, -1]
    step = np.argmax(total >= sought[:, None], axis=1)
    at = np.arange(len(histogram))
    within = (sought - (total[at, step] - histogram[at, step])) / histogram[at, step]
    return (step + within) / histogram.shape[1]


def _holes(histogram: Floats) -> Floats:
    return histogram[:, : int(_HOLE * histogram.shape[1])].sum(axis=1)


def _histogram(contacts: _Contacts, name: str) -> dict[str, Floats]:
    seen = contacts.sums(name)
    mean, spread = _moments(seen)
    columns = {f"{name}/mean": mean, f"{name}/sd": spread}
    for share in _QUANTILES:
        columns[f"{name}/{share:.0%}"] = _quantile(seen, share)
    inside, _ = _moments(contacts.graph.of_objects(name))
    small, large = contacts.both(inside)
    columns[f"{name}/smaller-inside"] = small
    columns[f"{name}/larger-inside"] = large
    columns[f"{name}/difference-inside"] = np.abs(small - large)
    columns[f"{name}/step-to-smaller"] = mean - small
    columns[f"{name}/step-to-larger"] = mean - large
    return columns


def _hole(contacts: _Contacts, name: str) -> dict[str, Floats]:
    """Measure the part of a contact where there is no boundary."""
    hole = _holes(contacts.sums(name))
    return {
        f"{name}/hole": np.log1p(hole),
        f"{name}/hole-share": hole / contacts.faces,
        f"{name}/hole-over-smaller": hole / contacts.voxels[:, 0] ** (2 / 3),
    }


def _far(contacts: _Contacts, source: str, distance: int) -> dict[str, Floats]:
    """Describe pairs of distant voxels on both sides of a contact."""
    seen = contacts.sums(f"{source}-apart-{distance}")
    mean, spread = _moments(seen)
    inside, _ = _moments(contacts.graph.of_objects(f"within-{source}-apart-{distance}"))
    small, large = contacts.both(inside)
    name = f"{source}/apart-{distance}"
    columns = {
        f"{name}-mean": mean,
        f"{name}-sd": spread,
        f"{name}-count": np.log1p(seen.sum(axis=1)),
        f"{name}-hole": np.log1p(_holes(seen)),
        f"{name}-hole-share": _holes(seen) / seen.sum(axis=1),
        f"{name}-step-to-smaller": mean - small,
        f"{name}-step-to-larger": mean - large,
    }
    for share in (0.1, 0.5, 0.9):
        columns[f"{name}-{share:.0%}"] = _quantile(seen, share)
    return columns


def _rivals(contacts: _Contacts, source: str) -> dict[str, Floats]:
    """Compare each contact with the others of its two objects."""
    graph = contacts.graph
    touching = np.flatnonzero(graph.touching)
    boundary = graph.of_contacts(source)[touching]
    apart = graph.of_contacts(f"{source}-apart-{DISTANCES[0]}")[touching]
    measures = {
        "mean": _moments(boundary)[0],
        "apart": np.nan_to_num(_moments(apart)[0], nan=1.0),
        "hole": -_holes(boundary),
    }
    at = np.searchsorted(touching, contacts.rows)
    columns: dict[str, Floats] = {}
    for name, values in measures.items():
        best, which, second = _lowest(graph.edges[touching], values, len(graph.labels))
        for side, end in zip(("smaller", "larger"), contacts.ends.T, strict=True):
            other = np.where(which[end] == at, second[end], best[end])
            columns[f"rivals/{source}-{name}-of-{side}"] = values[at] - other
    return columns


def _neighbours(contacts: _Contacts) -> dict[str, Floats]:
    graph = contacts.graph
    ends = graph.edges[graph.touching]
    degree = np.bincount(ends.ravel(), minlength=len(graph.labels)).astype(float)
    small, large = contacts.both(degree)
    return {"rivals/neighbours-of-smaller": small, "rivals/neighbours-of-larger": large}


def _lowest(
    ends: npt.NDArray[np.intp], values: Floats, n: int
) -> tuple[Floats, npt.NDArray[np.intp], Floats]:
    """Return the lowest value at each object, the contact that has it, and the second lowest."""
    if not len(values):
        return np.full(n, np.nan), np.zeros(n, np.intp), np.full(n, np.nan)
    objects = ends.T.ravel()
    contacts = np.tile(np.arange(len(values)), 2)
    order = np.lexsort((values[contacts], objects))
    objects, contacts = objects[order], contacts[order]
    first = np.minimum(np.searchsorted(objects, np.arange(n)), len(objects) - 1)
    second = contacts[np.minimum(first + 1, len(objects) - 1)]
    several = np.bincount(objects, minlength=n) > 1
    which = contacts[first]
    return values[which], which, np.where(several, values[second], np.nan)


def contact_volumes(graph: ContactGraph, rows: npt.NDArray[np.intp]) -> Floats:
    """Return the voxels of both objects of some contacts, the smaller first.

    Parameters
    ----------
    graph : ContactGraph
        Objects and contacts.
    rows : (t,) integer array
        Which contacts.

    Returns
    -------
    (t, 2) array
        Numbers of voxels.
    """
    return np.sort(graph.of_objects("voxels")[:, 0][graph.edges[rows]], axis=1)
