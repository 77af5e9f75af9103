"""The generated datasets of the registry: visits, views and the graph of one planted cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from neuropil.connectome import Cohort, Connectome, Visits
from neuropil.contracts import Operation, Source
from neuropil.datasets.planted_progression.cohort import plant_progression_cohort
from neuropil.datasets.planted_progression.generated import generate_views
from neuropil.datasets.planted_progression.views import VIEWS

__all__ = ["convert_graph", "convert_views", "convert_visits"]


def convert_visits(files: Mapping[str, Path], source: Source) -> Visits:
    """Generate the easy cohort on generated views; there are no files to read."""
    del files
    planted = plant_progression_cohort("easy", views=generate_views())
    return replace(planted.visits, source=source)


def convert_views(files: Mapping[str, Path], source: Source) -> Cohort:
    """Generate the views on which the cohort rests; there are no files to read."""
    del files
    views = generate_views()
    rows, columns = np.triu_indices(len(views.labels), 1)
    return Cohort(
        pl.DataFrame({"id": ["generated"]}),
        {name: views.graphs[name][rows, columns][None] for name in VIEWS},
        views.parcellation,
        dict.fromkeys(VIEWS, "scaled weight"),
        source,
        (Operation("generate_views", {"seed": 0}),),
    )


def convert_graph(files: Mapping[str, Path], source: Source) -> Connectome:
    """Generate the graph along which the cohort spreads; there are no files to read."""
    del files
    planted = plant_progression_cohort("easy", views=generate_views())
    nodes = pl.DataFrame(
        {
            "id": planted.views.labels,
            "region": planted.views.parcellation.regions["name"],
            "side": planted.views.parcellation.regions["hemisphere"],
        }
    )
    return Connectome.from_matrix(
        planted.truth.graph.matrix,
        nodes,
        weight="connection_strength",
        unit="scaled weight",
        source=source,
        directed=False,
    )
