"""Figures of groups of animals with a known seed, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Parcellation
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.progression.brains import PROJECTIONS, draw_brain, find_places
from neuropil.progression.group_maps.animals import AnimalGroup
from neuropil.progression.group_maps.judging import GraphJudgement, JudgedGroup

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_brains", "draw_graphs", "draw_scatter", "draw_seeds"]

Array = npt.NDArray[np.float64]

_GREY = "#9aa5b1"
# As many names as can be read beside each other; the injected regions are always among them.
_SEEDS_SHOWN = 12
# Powers of ten that are shown: what the maps of the mice span between most and hardly any.
_POWERS = 3


def draw_scatter(
    writer: RunWriter, group: AnimalGroup, predicted: Array, chosen: GraphJudgement
) -> None:
    """Draw measured against predicted pathology at each time.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    group : AnimalGroup
        The animals.
    predicted : (t, n) array
        Predictions at the times of the maps.
    chosen : GraphJudgement
        The graph that made them.
    """
    maps, r = group.average(), chosen.held_out.chosen
    figure = Figure(
        "spread",
        f"Spread along {chosen.graph.name} foretells where pathology is: r = {r[-1]:.2f} at a time "
        "not fitted",
        f"Each dot is a region of {group.name} ({len(group)} animals); logarithms, regions without "
        "pathology left out. The rate was chosen on the earlier times; the last was held out. "
        "Lines: least squares.",
        f"Scatter plots of measured over predicted pathology at {len(maps.times)} times.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = np.atleast_1d(page.subplots(1, len(maps.times), sharey=True))
        rows = []
        for place, (axes, moment) in enumerate(zip(panels, maps.times, strict=True)):
            y, x = maps.values[place], predicted[place]
            used = (y > 0) & (x > 0)
            logs = np.log10(x[used]), np.log10(y[used])
            held = place == len(maps.times) - 1
            axes.scatter(*logs, s=12, color=WARM if held else ACCENT, alpha=0.7, linewidth=0)
            ends = np.array([logs[0].min(), logs[0].max()])
            axes.plot(ends, np.polyval(np.polyfit(*logs, 1), ends), color=INK, linewidth=1)
            when = f"{group.unit} {moment:g}{', held out' if held else ''}"
            axes.set_title(f"{when}: r = {r[place]:.2f}")
            axes.set_xlabel("log10 predicted")
            rows.append(pl.DataFrame({"log10_predicted": logs[0], "log10_measured": logs[1]}))
            rows[-1] = rows[-1].with_columns(pl.lit(float(moment)).alias("time"))
        panels[0].set_ylabel("log10 measured")
        return pl.concat(rows)

    writer.draw(figure, (9.6, 3.2), draw)


def draw_graphs(writer: RunWriter, groups: Sequence[JudgedGroup]) -> None:
    """Draw how well each graph foretells the held-out last map, beside its rivals.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    groups : sequence of JudgedGroup
        What was found about each group.
    """
    names = [one.graph.name for one in groups[0].judged]
    figure = Figure(
        "graphs",
        "Which wiring foretells the last map, from the seed alone",
        "r of the last map, the rate chosen on the earlier ones; dots with 95 % intervals over "
        "animals. Grey bar: 95 % of graphs whose weights were put between other regions. Orange "
        "line: the map before, taken as the prediction; it has seen pathology, spread from the "
        "seed has not.",
        "Dots with intervals for each graph, one panel a group, with a grey band and a line.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = np.atleast_1d(page.subplots(1, len(groups), sharey=True))
        rows = [_draw_group(axes, one) for axes, one in zip(panels, groups, strict=True)]
        panels[0].set_yticks(range(len(names)), names)
        panels[0].invert_yaxis()
        return pl.concat(rows)

    writer.draw(figure, (9.6, 1.2 + 0.38 * len(names)), draw)


def _draw_group(axes: matplotlib.axes.Axes, found: JudgedGroup) -> pl.DataFrame:
    r = np.array([one.held_out.last for one in found.judged])
    low = np.array([one.low[-1] for one in found.judged])
    high = np.array([one.high[-1] for one in found.judged])
    null = np.percentile(found.nulls["weights"], [2.5, 97.5])
    axes.axvspan(*null, color=_GREY, alpha=0.35, linewidth=0)
    axes.axvline(found.previous, color=WARM, linewidth=1.5)
    rows = np.arange(len(r))
    axes.hlines(rows, low, high, color=ACCENT, linewidth=1.5)
    shades = [ACCENT if one is found.chosen else "white" for one in found.judged]
    axes.scatter(r, rows, c=shades, edgecolors=ACCENT, zorder=3, s=36)
    axes.set(title=f"{found.group.name}, {len(found.group)} animals", xlabel="r, last map held out")
    return pl.DataFrame(
        {
            "group": [found.group.name] * len(r),
            "graph": [one.graph.name for one in found.judged],
            "r": r,
            "low": low,
            "high": high,
            "chosen": [one is found.chosen for one in found.judged],
        }
    )


def draw_brains(
    writer: RunWriter, regions: Parcellation, group: AnimalGroup, predicted: Array
) -> None:
    """Draw measured and predicted pathology on the brain, from three sides.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    regions : Parcellation
        Drawn where it has coordinates.
    group : AnimalGroup
        The animals.
    predicted : (t, n) array
        Predictions at the times of the maps.
    """
    places = find_places(regions)
    if places is None:
        return
    maps = group.average()
    figure = Figure(
        "brain",
        f"Where pathology is in {group.name}: measured, and predicted from the seed",
        "Each dot is a region, larger and darker with more pathology, on a logarithmic scale over "
        "three powers of ten below the largest value of each map; ring: injected.",
        "Pairs of brain maps as dots, measured and predicted, at each time from three sides.",
    )
    columns = [
        (f"{name}, {group.unit} {moment:g}", values[place])
        for place, moment in enumerate(maps.times)
        for name, values in (("measured", maps.values), ("predicted", predicted))
    ]

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(len(PROJECTIONS), len(columns), squeeze=False)
        for row, view in enumerate(PROJECTIONS):
            for axes, (title, values) in zip(panels[row], columns, strict=True):
                draw_brain(axes, places.seen(view), _grade(values), maps.start > 0)
                if row == 0:
                    axes.set_title(title, fontsize=9)
            panels[row, 0].set_ylabel(view, fontsize=9)
        return _tabulate_brains(regions, maps.times, maps.values, predicted)

    writer.draw(figure, (1.6 * len(columns), 4.4), draw)


def _grade(values: Array) -> Array:
    """Return 1 at the largest value, and 0 at a thousandth of it and below."""
    floor = np.nanmax(values) * 10.0**-_POWERS
    return 1 + np.log10(np.maximum(values, floor) / np.nanmax(values)) / _POWERS


def _tabulate_brains(
    regions: Parcellation, times: Array, measured: Array, predicted: Array
) -> pl.DataFrame:
    names = regions.regions["name"]
    return pl.concat(
        pl.DataFrame(
            {"region": names, "measured": measured[place], "predicted": predicted[place]}
        ).with_columns(pl.lit(float(moment)).alias("time"))
        for place, moment in enumerate(times)
    )


def draw_seeds(writer: RunWriter, names: Sequence[str], scores: Array, start: Array) -> None:
    """Draw which single region explains the maps best as their seed.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    names : sequence of str
        Names of the regions.
    scores : (n,) array
        Mean r over times with each region as the only seed.
    start : (n,) array
        State at time 0: the true seeds are above 0.
    """
    order = scores.argsort()[::-1]
    rank = 1 + int((scores > scores[start > 0].max()).sum())
    shown = [place for row, place in enumerate(order) if row < _SEEDS_SHOWN or start[place] > 0]
    figure = Figure(
        "seeds",
        f"Read backwards: the injected region ranks {rank} of {len(names)} as origin",
        "Mean r over times if pathology had started in that region alone, at its best rate. Dark: "
        "injected. The regions that explain most, and the injected ones.",
        "Bars of regions by how well spread from them explains the maps.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        colours = [ACCENT if start[place] > 0 else _GREY for place in shown]
        axes.barh(range(len(shown)), scores[shown], color=colours)
        axes.set_yticks(range(len(shown)), [names[place] for place in shown])
        axes.invert_yaxis()
        axes.set_xlabel("mean r over times")
        return pl.DataFrame(
            {
                "region": [names[place] for place in order],
                "r": scores[order],
                "injected": start[order] > 0,
            }
        )

    writer.draw(figure, (6.4, 0.9 + 0.26 * len(shown)), draw)
