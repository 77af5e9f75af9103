"""What a run writes about studies: forecasts, sources of graphs, and their figures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import RunWriter, SeedTree, SilentProgress, Task
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs
from neuropil.progression.forecasts.results import write_forecasts


@pytest.fixture
def data(graph, plant):
    """Put the planted studies into visits, as a dataset holds them."""
    studies = plant(graph)
    regions = pl.DataFrame(
        {
            "key": range(1, len(graph) + 1),
            "name": [f"r{place}" for place in range(len(graph))],
            **{f"seed_{one.name}": one.maps.start.astype(bool) for one in studies},
        }
    )
    table = pl.DataFrame(
        {
            "subject": np.repeat([one.name for one in studies], 3),
            "time": np.concatenate([one.maps.times for one in studies]),
        }
    )
    subjects = pl.DataFrame(
        {"id": [one.name for one in studies], "laboratory": [one.laboratory for one in studies]}
    )
    values = np.concatenate([one.maps.values for one in studies])
    visits = Visits(table, values, Parcellation(regions), subjects, "month")
    return VisitsOnGraphs(visits, {"retrograde": graph})


def test_forecasts_sources_and_gains_are_written(tmp_path, data):
    writer = RunWriter(tmp_path / "run", "progression", "Forecasts", seed=0, config={})
    writer.begin([])
    config = ProgressionConfig(maps={"nulls": 2})
    write_forecasts(Task(config, data, SeedTree(0), writer, SilentProgress()))
    run = writer.finish()
    metrics = {one.id: one for one in run.metrics}
    assert list(metrics) == ["forecast", "forecast_gain", "graph_gain"]
    assert metrics["forecast"].headline
    assert metrics["forecast"].low < metrics["forecast"].value < metrics["forecast"].high
    assert metrics["graph_gain"].value == pytest.approx(
        metrics["forecast"].value - float(metrics["graph_gain"].note.split()[-1].rstrip(".")),
        abs=0.001,
    )
    assert [figure.name for figure in run.figures] == ["forecasts", "sources"]
    assert run.table("sources")["source"].to_list() == ["tracts"]
    assert run.table("forecasts").height == 6
