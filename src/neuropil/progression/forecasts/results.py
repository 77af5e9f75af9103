"""What a run writes about studies that were seeded and followed over time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import Metric, Task
from neuropil.measures import summarise_null
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs
from neuropil.progression.forecasts.figures import (
    draw_forecasts,
    draw_sources,
    tabulate_forecasts,
)
from neuropil.progression.forecasts.prior_graphs import BOTH, build_prior_graphs
from neuropil.progression.forecasts.recipes import RECIPES
from neuropil.progression.forecasts.study_maps import StudyMaps, read_studies
from neuropil.progression.forecasts.validation import (
    ForecastScores,
    foretell_by_chance,
    foretell_last_maps,
    score_forecasts,
)

__all__ = ["write_forecasts"]

Array = npt.NDArray[np.float64]

_SIDE = "injection_side"
# Draws are cheap beside fits: 1,000 settle the limits of a mean to .002.
_RESAMPLES = 1000
_OVER_BLOCKS = "bootstrap over blocks of each study; the fits stay"


def write_forecasts(task: Task[ProgressionConfig, VisitsOnGraphs]) -> None:
    """Foretell the last map of each study without it, and write what was found.

    Parameters
    ----------
    task : Task
        A run on visits whose subjects are studies (:func:`read_studies`).
    """
    visits = task.data.visits
    studies = read_studies(visits)
    graphs = build_prior_graphs(visits.parcellation, task.data.graphs)
    # Set before the run: the source that foretells best here would have seen the last maps.
    source = BOTH if BOTH in graphs else "tracts"
    regions = visits.parcellation.regions
    sides = regions[_SIDE].to_numpy() if _SIDE in regions.columns else None
    seed = task.seed.child("blocks")
    scored = {}
    for recipe in ("all", "without graph"):
        forecasts = foretell_last_maps(studies, graphs[source], RECIPES[recipe], sides=sides)
        scored[recipe] = score_forecasts(forecasts, seed, _RESAMPLES)
        if recipe == "all":
            rows = tabulate_forecasts(forecasts, scored[recipe])
    scores = scored["all"]
    task.writer.add_metrics(_list_metrics(scores, scored["without graph"]))
    task.writer.add_table("forecasts", rows)
    mean = (float(scores.persistence.mean()), scores.mean, *scores.mean_gain_interval)
    draw_forecasts(task.writer, rows, mean)
    sources = _compare_sources(task, studies, graphs)
    task.writer.add_table("sources", sources)
    draw_sources(task.writer, sources, mean[0])


def _list_metrics(scores: ForecastScores, without: ForecastScores) -> list[Metric]:
    n = scores.r.size
    # Both recipes drew the same blocks, and what they share cancels.
    drawn = scores.drawn.mean(axis=0) - without.drawn.mean(axis=0)
    low, high = (float(limit) for limit in np.percentile(drawn, [2.5, 97.5]))
    return [
        Metric(
            "forecast",
            "mean r of the last map with its forecast, over studies",
            scores.mean,
            "Pearson r",
            n,
            *scores.mean_interval,
            _OVER_BLOCKS,
            headline=True,
            note=f"Better than the map before in {scores.n_better} of {n} studies.",
        ),
        Metric(
            "forecast_gain",
            "mean r that the forecast adds to the map before",
            float(scores.gain.mean()),
            "Pearson r",
            n,
            *scores.mean_gain_interval,
            _OVER_BLOCKS,
        ),
        Metric(
            "graph_gain",
            "mean r that the graph adds to what other studies tell",
            scores.mean - without.mean,
            "Pearson r",
            n,
            low,
            high,
            _OVER_BLOCKS,
            note=f"Without a graph {without.mean:.3f}.",
        ),
    ]


def _compare_sources(
    task: Task[ProgressionConfig, VisitsOnGraphs],
    studies: tuple[StudyMaps, ...],
    graphs: dict[str, Array],
) -> pl.DataFrame:
    """Foretell along each graph alone, and along graphs whose regions were exchanged."""
    rows = []
    with task.progress.track("graphs of the nulls", len(graphs)) as report:
        for source, graph in graphs.items():
            forecasts = foretell_last_maps(studies, graph, RECIPES["graph"])
            r = float(np.mean([one.correlate()[0] for one in forecasts]))
            # By the name of the source, so that another source shifts no draw.
            seed = task.seed.child(f"exchanged {source}")
            draws = range(task.config.maps.nulls)
            drawn = foretell_by_chance(studies, graph, RECIPES["graph"], seed, draws)
            null = summarise_null(source, drawn.mean(axis=1), r, smaller_is_better=False)
            rows.append((source, r, null.low, null.median, null.high, null.p))
            report(1, source)
    columns = ["source", "r", "null_low", "null_median", "null_high", "p"]
    return pl.DataFrame(rows, columns, orient="row")
