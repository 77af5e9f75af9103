"""Several graphs on the same regions, and how much pathology each region can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort, Parcellation, label_regions
from neuropil.contracts import DataUnavailableError
from neuropil.datasets.planted_progression.graphs import clean_view

__all__ = ["VIEWS", "GraphViews", "load_measured_views", "load_views_or_generate"]

Floats = npt.NDArray[np.float64]

VIEWS = ("SC", "FC", "gene_coexpression", "laminar_similarity")
"""Names of the views from which a graph is mixed, in their order."""

# The 99th percentile of a normal distribution, in standard deviations: what the pathological
# component reaches in a region is taken as the most that it can hold (Chaggar et al.).
_PERCENTILE = 2.33
# Below this a region would hold so little that noise hides its course.
_SMALLEST = 0.2


@dataclass(frozen=True, eq=False)
class GraphViews:
    """Views of one connectome, scaled alike, with the capacity of the regions.

    Parameters
    ----------
    parcellation : Parcellation
        The regions.
    graphs : mapping of str to (n_regions, n_regions) array
        Symmetric graphs of weights of 0 or more, by the names in ``VIEWS``, each scaled so that
        the largest eigenvalue of its Laplacian is 1.
    capacity : (n_regions,) array
        Share of the largest, in (0, 1].
    origin : str
        Which data they are, in words.
    licence : str
        Of the graphs, and of what is made of them.
    """

    parcellation: Parcellation
    graphs: Mapping[str, Floats]
    capacity: Floats
    origin: str
    licence: str = "generated"

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each region with its side, such as ``L_entorhinal``."""
        return label_regions(self.parcellation)


def load_measured_views() -> GraphViews:
    """Load the measured views of 68 cortical regions.

    SC and FC are those of ``enigma-dk68``, gene co-expression and laminar similarity those of
    ``hansen-dk68``, matched by name; the capacity is read from ``chaggar-tau-moments``.

    Returns
    -------
    GraphViews
        In the order of ``enigma-dk68``: left, then right.

    Raises
    ------
    DataUnavailableError
        When one of the three datasets cannot be had; bring it, or use ``generate_views``.
    """
    # Imported here: the registry of datasets must not wait for what is generated.
    from neuropil.datasets.loading import load

    group, similar = load("enigma-dk68", kind=Cohort), load("hansen-dk68", kind=Cohort)
    moments = load("chaggar-tau-moments", kind=Parcellation)
    assert group.parcellation is not None
    labels = label_regions(group.parcellation)
    graphs = {name: clean_view(group.matrices(name)[0]) for name in ("SC", "FC")}
    assert similar.parcellation is not None
    place = {label: row for row, label in enumerate(label_regions(similar.parcellation))}
    order = [place[label] for label in labels]
    for name in VIEWS[2:]:
        graphs[name] = clean_view(similar.matrices(name)[0][np.ix_(order, order)])
    capacity = _measure_capacity(moments, labels)
    origin = "measured views of enigma-dk68 and hansen-dk68, capacity of chaggar-tau-moments"
    return GraphViews(group.parcellation, graphs, capacity, origin, similar.source.licence)


def _measure_capacity(moments: Parcellation, labels: tuple[str, ...]) -> Floats:
    table = moments.regions.with_columns(pl.Series("label", label_regions(moments)))
    rows = pl.DataFrame({"label": labels}).join(table, on="label", maintain_order="left")
    reach = (
        rows["pathological_mean"]
        + _PERCENTILE * rows["pathological_variance"].sqrt()
        - rows["healthy_mean"]
    ).to_numpy()
    return np.clip(reach / reach.max(), _SMALLEST, 1.0)


def load_views_or_generate() -> tuple[GraphViews, tuple[str, ...]]:
    """Load the measured views, or generate some where they cannot be had.

    Returns
    -------
    views : GraphViews
        Measured or generated.
    notes : tuple of str
        Empty where they are measured, else one sentence that says so.
    """
    from neuropil.datasets.planted_progression.generated import generate_views

    try:
        return load_measured_views(), ()
    except DataUnavailableError:
        note = "Measured connectomes could not be had; generated views were used instead."
        return generate_views(), (note,)
