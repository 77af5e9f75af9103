"""What a run of the study writes: metrics, tables and figures."""

from __future__ import annotations

import numpy as np
import polars as pl

from neuropil.contracts import Metric, NullSummary, RunWriter, SeedTree
from neuropil.measures import summarise_null
from neuropil.transcriptome.analysis import BASE, BOTH, Analysis
from neuropil.transcriptome.catalogue import CATALOGUE
from neuropil.transcriptome.config import TranscriptomeConfig
from neuropil.transcriptome.evaluation import interval_of, measure_gain
from neuropil.transcriptome.figures import write_figures

__all__ = ["metrics_of", "write_results"]

_INTERVAL = "bootstrap over regions"


def write_results(
    writer: RunWriter, analysis: Analysis, config: TranscriptomeConfig, seed: SeedTree
) -> None:
    """Write metrics, tables and figures of an analysis.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    analysis : Analysis
        What was measured.
    config : TranscriptomeConfig
        Settings; the last kind of split is the headline's.
    seed : SeedTree
        Of the resampling.
    """
    writer.add_provenance(analysis.problem.provenance)
    for note in (*analysis.problem.notes, *analysis.notes):
        writer.note(note)
    writer.add_metrics(metrics_of(analysis, config, seed))
    writer.add_table(
        "runs",
        pl.concat(
            [
                evaluation.table().select(pl.lit(kind).alias("split"), pl.all())
                for (kind, _), evaluation in analysis.evaluations.items()
            ],
            how="vertical_relaxed",
        ),
    )
    if analysis.null_maps is not None:
        maps = analysis.null_maps
        moved = pl.Series("moved_mm", maps.moved_mm)
        writer.add_table("spins", maps.ranking.table.with_columns(moved))
    for (kind, model), scores in analysis.nulls.items():
        columns = {f"run_{run}": column for run, column in enumerate(scores.null.T)}
        writer.add_table(f"nulls_{kind}_{model.replace('+', '_and_')}", pl.DataFrame(columns))
    if analysis.genes is not None:
        writer.add_table("genes", analysis.genes)
    write_figures(writer, analysis, config)


def metrics_of(analysis: Analysis, config: TranscriptomeConfig, seed: SeedTree) -> list[Metric]:
    """Return every claim of an analysis, gains first.

    Parameters
    ----------
    analysis : Analysis
        What was measured.
    config : TranscriptomeConfig
        Settings; the last kind of split is the headline's.
    seed : SeedTree
        Of the resampling.

    Returns
    -------
    list of Metric
        Gains over coordinates and over nulls, then r of every model on every split.
    """
    metrics = []
    for kind in reversed(config.split):
        metrics += _gains(analysis, kind, seed, headline=kind == config.split[-1])
    for kind in config.split:
        metrics += _correlations(analysis, kind, seed)
    if analysis.null_maps is not None:
        metrics += _smoothness(analysis)
    return metrics


def _gains(analysis: Analysis, kind: str, seed: SeedTree, *, headline: bool) -> list[Metric]:
    both, base = analysis.evaluations[kind, BOTH], analysis.evaluations[kind, BASE]
    gain = measure_gain(both, base, seed.child("gain").integer())
    null = None
    if (kind, BOTH) in analysis.nulls:
        scores = analysis.nulls[kind, BOTH]
        alone = base.values()[: scores.true.size]
        null = summarise_null(
            "genes spun over the cortex, coordinates kept; trained again",
            (scores.null - alone).mean(axis=1),
            float((scores.true - alone).mean()),
            smaller_is_better=False,
        )
    metrics = [
        Metric(
            f"gain_over_coordinates_{kind}",
            f"gain of genes over coordinates, {kind} splits",
            gain.mean,
            "r",
            gain.n_regions,
            gain.low,
            gain.high,
            f"paired by run; {_INTERVAL}",
            null,
            headline=headline,
            note=f"Mean of {gain.n_runs} runs, SD over runs {gain.deviation:.3f}; the null is "
            "that of the runs of the first seed.",
        )
    ]
    if (kind, "genes") in analysis.nulls:
        metrics.append(_gain_over_nulls(analysis, kind, headline=headline))
    return metrics


def _gain_over_nulls(analysis: Analysis, kind: str, *, headline: bool) -> Metric:
    scores = analysis.nulls[kind, "genes"]
    paired = scores.true - scores.null.mean(axis=0)
    gains = scores.true.mean() - scores.null.mean(axis=1)
    low, high = np.percentile(gains, [2.5, 97.5])
    return Metric(
        f"gain_over_nulls_{kind}",
        f"gain of genes alone over spun genes, {kind} splits",
        scores.gain,
        "r",
        len(scores.null),
        float(low),
        float(high),
        "central 95 % over null maps",
        _null_of(analysis, kind, "genes"),
        headline=headline,
        note=f"n null maps, each trained again on {paired.size} runs; SD of the gain over runs "
        f"{paired.std(ddof=1):.3f}. The null column is r itself: {scores.true.mean():.3f} on the "
        "data.",
    )


def _null_of(analysis: Analysis, kind: str, model: str) -> NullSummary | None:
    if (kind, model) not in analysis.nulls:
        return None
    scores = analysis.nulls[kind, model]
    return summarise_null(
        "genes spun over the cortex; trained again",
        scores.null.mean(axis=1),
        float(scores.true.mean()),
        smaller_is_better=False,
    )


def _correlations(analysis: Analysis, kind: str, seed: SeedTree) -> list[Metric]:
    metrics = []
    for (where, model), evaluation in analysis.evaluations.items():
        if where != kind:
            continue
        low, high = interval_of(evaluation, seed.child("r").integer())
        values = evaluation.values()
        values = values[np.isfinite(values)]
        spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
        metrics.append(
            Metric(
                f"r_{kind}_{model.replace('+', '_and_')}",
                f"r, {CATALOGUE[model].label}, {kind} splits",
                evaluation.mean(),
                "r",
                evaluation.problem.n,
                low,
                high,
                _INTERVAL,
                _null_of(analysis, kind, model),
                headline=model in (BASE, BOTH) and kind == "spatial",
                note=f"Mean of {values.size} of {len(evaluation.runs)} runs, SD over runs "
                f"{spread:.3f}; R^2 {evaluation.mean('r_squared'):.3f}."
                + ("" if values.size else " Its predictions do not vary."),
            )
        )
    return metrics


def _smoothness(analysis: Analysis) -> list[Metric]:
    maps = analysis.null_maps
    assert maps is not None
    label = f"{maps.null.points}, {maps.null.reassignment}"
    distinct = ", ".join(f"{name}: {count}" for name, count in maps.spins.distinct.items())
    return [
        Metric(
            "decay_length_true",
            "decay length of co-expression",
            maps.ranking.true_length,
            "mm",
            analysis.problem.n,
        ),
        Metric(
            "decay_length_best",
            f"the same, mean of the ten best spins ({label})",
            maps.best_length,
            "mm",
            10,
            note=f"Median of all {len(maps.spins)} spins {maps.median_length:.1f} mm. "
            f"{len(maps.order)} of them move genes far enough to be used. Distinct "
            f"permutations: {distinct}.",
        ),
    ]
