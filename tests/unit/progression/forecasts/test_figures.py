"""Figures of forecasts hold the numbers of their tables, and say them."""

from __future__ import annotations

import numpy as np
import polars as pl

from neuropil.contracts import RunWriter, SeedTree
from neuropil.progression.forecasts.figures import (
    draw_forecasts,
    draw_sources,
    tabulate_forecasts,
)
from neuropil.progression.forecasts.recipes import RECIPES
from neuropil.progression.forecasts.validation import foretell_last_maps, score_forecasts


def begin(folder):
    writer = RunWriter(folder / "run", "progression", "Forecasts", seed=0, config={})
    writer.begin([])
    return writer


def test_each_study_has_a_dumbbell_and_a_gain(tmp_path, graph, plant):
    forecasts = foretell_last_maps(plant(graph, spread=0), graph, RECIPES["susceptibility"])
    scores = score_forecasts(forecasts, SeedTree(0), 100)
    rows = tabulate_forecasts(forecasts, scores)
    assert rows["r"].to_list() == scores.r.tolist()
    assert rows["blocks"].to_list() == [39] * 6
    writer = begin(tmp_path)
    draw_forecasts(writer, rows, (float(scores.persistence.mean()), scores.mean, 0.01, 0.2))
    run = writer.finish()
    [figure] = run.figures
    assert figure.title == (
        f"The last map is foretold better than by the map before in {scores.n_better} of 6 studies"
    )
    assert f"(mean {scores.mean:.3f})" in figure.caption
    assert "[+0.010, +0.200]" in figure.caption
    shown = run.figure_data(figure)
    assert list(shown["study"]) == rows.sort("gain")["study"].to_list()


def test_sources_stand_beside_their_null(tmp_path):
    names = ["tracts", "distance"]
    rows = pl.DataFrame(
        {"source": names, "r": [0.8, 0.7], "null_low": [0.6, 0.6], "null_high": [0.7, 0.7]}
    )
    writer = begin(tmp_path)
    draw_sources(writer, rows, 0.75)
    run = writer.finish()
    [figure] = run.figures
    assert figure.title == "Of the graphs alone, tracts foretell the last map best"
    np.testing.assert_array_equal(run.figure_data(figure)["r"], [0.8, 0.7])
