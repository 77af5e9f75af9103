"""The figure of forecasts: each last map beside what persistence says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

    from neuropil.progression.forecasts.validation import Forecast, ForecastScores

__all__ = ["draw_forecasts", "draw_sources", "tabulate_forecasts"]

_FADED = "#9aa5b1"


def tabulate_forecasts(forecasts: Sequence[Forecast], scores: ForecastScores) -> pl.DataFrame:
    """Return one row a study: forecast, persistence, and how sure the gain is.

    Parameters
    ----------
    forecasts : sequence of Forecast
        One a study.
    scores : ForecastScores
        What :func:`score_forecasts` made of them.

    Returns
    -------
    pl.DataFrame
        ``study``, ``regions``, ``blocks``, ``persistence``, ``r`` with ``low`` and ``high``,
        ``gain`` with ``gain_low`` and ``gain_high``, and the ``features`` that were chosen.
    """
    return pl.DataFrame(
        {
            "study": [one.name for one in forecasts],
            "regions": [one.truth.size for one in forecasts],
            "blocks": [int(one.block.max()) + 1 for one in forecasts],
            "persistence": scores.persistence,
            "r": scores.r,
            "low": scores.intervals[:, 0],
            "high": scores.intervals[:, 1],
            "gain": scores.gain,
            "gain_low": scores.gain_intervals[:, 0],
            "gain_high": scores.gain_intervals[:, 1],
            "features": [", ".join(one.features) for one in forecasts],
        }
    )


def draw_forecasts(
    writer: RunWriter, rows: pl.DataFrame, mean: tuple[float, float, float, float]
) -> None:
    """Draw a dumbbell for each study: persistence, forecast, and the gain between them.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    rows : pl.DataFrame
        From :func:`tabulate_forecasts`.
    mean : (float, float, float, float)
        Mean r of persistence and of the forecast, and the 95 % interval of their difference.
    """
    # Given and not computed from the rows: the interval of the mean needs the resamples.
    before, after, low, high = mean
    # The order of the gains, largest on top, so that both panels can be read in one glance.
    shown = rows.sort("gain")
    better = int((rows["gain"] > 0).sum())
    sure = int((rows["gain_low"] > 0).sum())
    figure = Figure(
        "forecasts",
        f"The last map is foretold better than by the map before in {better} of {rows.height} "
        f"studies",
        f"Pearson r with the last map, which no fit has seen. Open: the map before, taken as it is "
        f"(mean {before:.3f}). Full: forecast from it and from what other studies tell (mean "
        f"{after:.3f}). Right: the gain, with 95 % intervals over blocks of regions that were "
        f"measured as one; mean {after - before:+.3f} [{low:+.3f}, {high:+.3f}]. Taken one by one, "
        f"{sure} of {rows.height} intervals lie above 0 (dark).",
        "Dumbbells of persistence and forecast for each study, and beside them gains with "
        "intervals.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        left, right = page.subplots(1, 2, sharey=True, width_ratios=[3, 2])
        _draw_dumbbells(left, shown)
        _draw_gains(right, shown)
        names = [name.replace("__", ", ") for name in shown["study"]]
        left.set_yticks(range(shown.height), names)
        return shown

    writer.draw(figure, (9.2, 1.5 + 0.36 * rows.height), draw)


def _draw_dumbbells(axes: matplotlib.axes.Axes, shown: pl.DataFrame) -> None:
    rows = np.arange(shown.height)
    before, after = (shown[name].to_numpy() for name in ("persistence", "r"))
    axes.hlines(rows, before, after, color=ACCENT, linewidth=3, alpha=0.35)
    axes.scatter(
        before, rows, facecolors="white", edgecolors=WARM, s=46, zorder=3, label="map before"
    )
    axes.scatter(after, rows, color=ACCENT, s=46, zorder=3, label="forecast")
    # Outside, above: inside it would hide the studies that are foretold least.
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    axes.set_xlabel("r with the last map")


def _draw_gains(axes: matplotlib.axes.Axes, shown: pl.DataFrame) -> None:
    rows = np.arange(shown.height)
    gain, low, high = (shown[name].to_numpy() for name in ("gain", "gain_low", "gain_high"))
    # Grey where the study alone does not show it; the mean over studies may still do.
    colours = np.where(low > 0, ACCENT, _FADED)
    axes.axvline(0, color=INK, linewidth=1)
    axes.hlines(rows, low, high, color=colours, linewidth=1.5)
    axes.scatter(gain, rows, color=colours, s=36, zorder=3)
    axes.set_xlabel("gain in r")


def draw_sources(writer: RunWriter, rows: pl.DataFrame, persistence: float) -> None:
    """Draw what each source of a graph is worth, beside graphs whose regions were exchanged.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    rows : pl.DataFrame
        One row a source: ``source``, mean ``r``, and ``null_low``, ``null_high``, 2.5th and 97.5th
        percentile of its null.
    persistence : float
        Mean r of the map before.
    """
    best = rows.sort("r")["source"][-1]
    figure = Figure(
        "sources",
        f"Of the graphs alone, {best} foretell the last map best",
        "Mean r with the last map over studies, from the state and the mean state of each region's "
        "neighbours. Dots: the graph; grey bars: 95 % of graphs whose regions were exchanged; "
        "line: the map before, taken as it is.",
        "One dot and one grey bar for each source of a graph, and a vertical line.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        places = np.arange(rows.height)
        low, high = (rows[name].to_numpy() for name in ("null_low", "null_high"))
        axes.hlines(places, low, high, color=_FADED, linewidth=9, alpha=0.6)
        axes.axvline(persistence, color=WARM, linewidth=1.5)
        axes.text(persistence, -0.6, "map before", color=WARM, ha="center", va="bottom")
        axes.scatter(rows["r"].to_numpy(), places, color=ACCENT, s=46, zorder=3)
        axes.set_yticks(places, rows["source"].to_list())
        axes.set_ylim(rows.height - 0.5, -0.5)
        # Sources differ in the third decimal: more ticks would run into each other.
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("mean r with the last map")
        return rows

    writer.draw(figure, (6.4, 1.2 + 0.4 * rows.height), draw)
