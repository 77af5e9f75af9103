"""Figures of an analysis, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.transcriptome.analysis import BASE, BOTH, Analysis
from neuropil.transcriptome.catalogue import CATALOGUE
from neuropil.transcriptome.config import TranscriptomeConfig
from neuropil.transcriptome.data import upper_pairs
from neuropil.transcriptome.evaluation import Evaluation
from neuropil.transcriptome.models.spatiomolecular_transformer import AttentionMap

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["write_figures"]

_BAND_MM = 20.0
_SHOWN_GENES, _SHOWN_TOKENS = 25, 24
_COLOURS = {"genes": ACCENT, "coordinates": WARM, "both": "#6b4e9b"}


def write_figures(writer: RunWriter, analysis: Analysis, config: TranscriptomeConfig) -> None:
    """Draw and write the study's figures into a run folder.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    analysis : Analysis
        What was measured.
    config : TranscriptomeConfig
        The last kind of split is shown.
    """
    kind = config.split[-1]
    writer.draw(
        Figure(
            "gain",
            f"What genes add to coordinates, run by run ({kind} splits)",
            "Violet: runs, r of genes and coordinates minus r of coordinates alone on the same "
            "test pairs. Grey: null maps, the same with genes spun over the cortex, mean over the "
            "runs of the first seed; diamond: the data on those runs. Black: means. Heights only "
            "spread the dots.",
            "Two strips of dots: gains of the runs and of the null maps.",
        ),
        (6.4, 2.6),
        lambda figure: _draw_gain(figure, analysis, kind),
    )
    writer.draw(
        Figure(
            "models",
            "Held-out r of every model, beside its null",
            "Dots: runs; bar: mean. Blue: genes, orange: coordinates, violet: both. Grey boxes: "
            "95 % of null maps (genes spun, model trained again), mean over the runs of the first "
            "seed; compare them with the diamond, the model's mean over the same runs.",
            "Strips of r for each model and kind of split.",
        ),
        (7.6, 0.9 + 0.36 * len(analysis.evaluations)),
        lambda figure: _draw_models(figure, analysis, config),
    )
    writer.draw(
        Figure(
            "matrices",
            f"Measured and predicted {analysis.problem.target}",
            "Regions in the order of the data. Predictions are means over the runs in which both "
            f"regions were held out ({kind} splits); white: never held out together.",
            "Heat maps of measured connectivity and of two predictions.",
        ),
        (9.6, 3.5),
        lambda figure: _draw_matrices(figure, analysis, kind),
    )
    writer.draw(
        Figure(
            "distance",
            "r by distance between the regions",
            f"Pearson r of held-out predictions within bands of {_BAND_MM:g} mm, over all runs "
            f"({kind} splits); bands of more than 100 pairs.",
            "Curves of r against distance for each model.",
        ),
        (6.4, 3.4),
        lambda figure: _draw_distance(figure, analysis, kind),
    )
    writer.draw(
        Figure(
            "regions",
            "Error of each region",
            "Mean absolute error of the held-out pairs of each region, genes and coordinates "
            f"({kind} splits), seen from the left, from behind and from above.",
            "Three projections of the region centroids coloured by error.",
        ),
        (9.0, 3.0),
        lambda figure: _draw_regions(figure, analysis, kind),
    )
    if analysis.genes is not None:
        _write_genes(writer, analysis.genes)
    _write_attention(writer, analysis, kind)


def _write_genes(writer: RunWriter, genes: pl.DataFrame) -> None:
    writer.draw(
        Figure(
            "genes",
            "Genes whose shuffling costs most",
            "Loss of held-out r when a gene is shuffled among the test regions; bars: SD "
            "over runs. Filled: q < 0.05 against spun maps, pooled over genes.",
            "Ranking of genes by importance.",
        ),
        (5.6, 5.6),
        lambda figure: _draw_genes(figure, genes),
    )


def _write_attention(writer: RunWriter, analysis: Analysis, kind: str) -> None:
    for (where, model), evaluation in analysis.evaluations.items():
        maps = [run.attention for run in evaluation.runs if run.attention is not None]
        if where == kind and maps:
            label = CATALOGUE[model].label
            writer.draw(
                Figure(
                    f"attention-{model}",
                    f"Attention map of the {label}",
                    "Share of its attention that the token of a row gives to that of a column, "
                    f"mean over blocks, heads, test regions and runs ({kind} splits); tokens by "
                    "their first and last gene on the genome. What a network attends to is not "
                    "what carries its prediction: the ranking by shuffling is the table of genes.",
                    "Heat map of attention between tokens of genes.",
                ),
                (6.4, 4.6),
                partial(_draw_attention, maps=maps),
            )


def _draw_gain(figure: matplotlib.figure.Figure, analysis: Analysis, kind: str) -> pl.DataFrame:
    both, base = analysis.evaluations[kind, BOTH], analysis.evaluations[kind, BASE]
    shown = {"runs": both.values() - base.values()}
    if (kind, BOTH) in analysis.nulls:
        scores = analysis.nulls[kind, BOTH]
        shown["null maps"] = (scores.null - base.values()[: scores.true.size]).mean(axis=1)
    axes = figure.subplots()
    for row, (name, gain) in enumerate(shown.items()):
        colour = _COLOURS["both"] if name == "runs" else "#8b95a1"
        height = row + 0.5 * (np.arange(gain.size) * 0.618034 % 1 - 0.5)
        axes.plot(gain, height, "o", color=colour, ms=4 if name == "runs" else 2.5, alpha=0.7)
        axes.plot([gain.mean()] * 2, [row - 0.35, row + 0.35], color=INK, lw=1.6)
    if "null maps" in shown:
        _mark_compared(axes, float(shown["runs"][: scores.true.size].mean()), 1)
    axes.axvline(0, color=INK, lw=0.6)
    axes.set_yticks(range(len(shown)), list(shown))
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set(xlabel="gain in r over coordinates")
    return pl.concat(
        [pl.DataFrame({"what": [name] * gain.size, "gain": gain}) for name, gain in shown.items()]
    )


def _mark_compared(axes: matplotlib.axes.Axes, value: float, place: float) -> None:
    """Mark the mean over the runs that the nulls had too."""
    axes.plot(value, place, "D", color="white", mec=INK, mew=1.2, ms=6, zorder=3)


def _draw_models(
    figure: matplotlib.figure.Figure, analysis: Analysis, config: TranscriptomeConfig
) -> pl.DataFrame:
    axes = figure.subplots()
    rows, labels = [], []
    for place, ((kind, model), evaluation) in enumerate(analysis.evaluations.items()):
        entry, values = CATALOGUE[model], evaluation.values()
        if (kind, model) in analysis.nulls:
            means = analysis.nulls[kind, model].null.mean(axis=1)
            low, high = np.percentile(means, [2.5, 97.5])
            axes.barh(place, high - low, left=low, height=0.7, color="#c9ced6")
        axes.plot(values, np.full(values.size, place), "o", color=_COLOURS[entry.uses], ms=3)
        if np.isfinite(values).any():
            axes.plot([np.nanmean(values)] * 2, [place - 0.35, place + 0.35], color=INK, lw=1.6)
        if (kind, model) in analysis.nulls:
            _mark_compared(axes, float(analysis.nulls[kind, model].true.mean()), place)
        labels.append(f"{entry.label}, {kind}" if len(config.split) > 1 else entry.label)
        rows.append(pl.DataFrame({"split": kind, "model": model, "r": values}))
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.axvline(0, color=INK, lw=0.4)
    axes.set(xlabel="Pearson r on held-out pairs")
    return pl.concat(rows)


def _draw_matrices(figure: matplotlib.figure.Figure, analysis: Analysis, kind: str) -> pl.DataFrame:
    measured = analysis.problem.connectivity.copy()
    np.fill_diagonal(measured, np.nan)
    shown = {"measured": measured}
    for model in (BASE, BOTH):
        label = CATALOGUE[model].label
        shown[label] = analysis.evaluations[kind, model].average_prediction()
    low, high = np.nanpercentile(measured, [1, 99])
    panels = figure.subplots(1, len(shown))
    upper = upper_pairs(analysis.problem.n)
    columns: dict[str, np.ndarray] = {"first": upper[0], "second": upper[1]}
    for axes, (name, matrix) in zip(panels, shown.items(), strict=True):
        image = axes.imshow(matrix, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")
        axes.set(xticks=[], yticks=[], title=name)
        axes.spines[:].set_visible(False)
        columns[name] = matrix[upper]
    figure.colorbar(image, ax=list(panels), shrink=0.75, label=analysis.problem.target)
    return pl.DataFrame(columns)


def _band_curve(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """Return middles of the distance bands and r in each, pooled over runs."""
    distance, predicted, measured = [], [], []
    for run in evaluation.runs:
        test = run.split.test
        upper = upper_pairs(len(test))
        block = np.ix_(test, test)
        distance.append(evaluation.problem.regions.distance[block][upper])
        predicted.append(run.predicted[upper])
        measured.append(evaluation.problem.connectivity[block][upper])
    d, x, y = (np.concatenate(each) for each in (distance, predicted, measured))
    band = np.floor(d / _BAND_MM).astype(np.int64)
    middles, values = [], []
    for number in np.unique(band):
        inside = band == number
        if inside.sum() > 100 and x[inside].std() and y[inside].std():
            middles.append((number + 0.5) * _BAND_MM)
            values.append(np.corrcoef(x[inside], y[inside])[0, 1])
    return np.array(middles), np.array(values)


def _draw_distance(figure: matplotlib.figure.Figure, analysis: Analysis, kind: str) -> pl.DataFrame:
    axes = figure.subplots()
    rows = []
    styles: dict[str, list[str]] = {}
    for (where, model), evaluation in analysis.evaluations.items():
        if where != kind:
            continue
        entry = CATALOGUE[model]
        middles, values = _band_curve(evaluation)
        order = styles.setdefault(entry.uses, [])
        style = ("-", "--", ":", "-.")[len(order) % 4]
        order.append(model)
        axes.plot(middles, values, style, color=_COLOURS[entry.uses], lw=1.4, label=entry.label)
        rows.append(pl.DataFrame({"model": model, "distance_mm": middles, "r": values}))
    axes.axhline(0, color=INK, lw=0.4)
    axes.set(xlabel="distance [mm]", ylabel="Pearson r")
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return pl.concat(rows)


def _draw_regions(figure: matplotlib.figure.Figure, analysis: Analysis, kind: str) -> pl.DataFrame:
    predicted = analysis.evaluations[kind, BOTH].average_prediction()
    wrong = np.abs(predicted - analysis.problem.connectivity)
    known = np.isfinite(wrong)
    error = np.where(known, wrong, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    places = analysis.problem.regions.coordinates
    views = (("left", 1, 2, "y", "z"), ("behind", 0, 2, "x", "z"), ("above", 0, 1, "x", "y"))
    panels = figure.subplots(1, len(views))
    low, high = np.percentile(error, [2, 98])
    for axes, (name, first, second, across, up) in zip(panels, views, strict=True):
        shown = places[:, 0] <= 0 if name == "left" else np.ones(len(places), dtype=bool)
        dots = axes.scatter(
            places[shown, first],
            places[shown, second],
            c=error[shown],
            cmap="magma_r",
            vmin=low,
            vmax=high,
            s=14,
            linewidths=0,
        )
        axes.set_aspect("equal")
        axes.set(xlabel=f"{across} [mm]", ylabel=f"{up} [mm]", title=name)
    figure.colorbar(dots, ax=list(panels), shrink=0.8, label="mean absolute error")
    return pl.DataFrame(
        {
            "region": analysis.problem.regions.names,
            "error": error,
            **{f"{axis}_mm": places[:, index] for index, axis in enumerate("xyz")},
        }
    )


def _draw_attention(figure: matplotlib.figure.Figure, maps: Sequence[AttentionMap]) -> pl.DataFrame:
    tokens = maps[0].tokens
    weights = np.mean([each.weights for each in maps], axis=0)
    axes = figure.subplots()
    image = axes.imshow(weights, cmap="viridis", vmin=0, interpolation="nearest")
    named = np.arange(0, len(tokens), -(-len(tokens) // _SHOWN_TOKENS))
    names = [tokens[place] for place in named]
    axes.set_yticks(named, names, fontsize=7)
    axes.set_xticks(named, names, fontsize=7, rotation=40, ha="right")
    axes.set(xlabel="key token", ylabel="query token")
    figure.colorbar(image, ax=axes, shrink=0.8, label="share of attention")
    queries, keys = np.indices(weights.shape)
    return pl.DataFrame(
        {
            "query": [tokens[place] for place in queries.ravel()],
            "key": [tokens[place] for place in keys.ravel()],
            "share": weights.ravel(),
        }
    )


def _draw_genes(figure: matplotlib.figure.Figure, genes: pl.DataFrame) -> pl.DataFrame:
    top = genes.filter(level=genes["level"][0]).head(_SHOWN_GENES)
    axes = figure.subplots()
    place = np.arange(top.height)
    found = top["q"].to_numpy() < 0.05 if "q" in top.columns else np.zeros(top.height, dtype=bool)
    colour = np.where(found, ACCENT, "#c9ced6")
    axes.barh(place, top["importance"], xerr=top["deviation"], color=colour, ecolor=INK, height=0.7)
    axes.set_yticks(place, top["gene"].to_list(), fontsize=7)
    axes.invert_yaxis()
    axes.set(xlabel="loss of r when shuffled")
    return top
