"""Figures of people at unknown stages, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.progression.brains import PROJECTIONS, draw_brain, find_places
from neuropil.progression.fit import ProgressionModel

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = [
    "draw_course",
    "draw_course_brains",
    "draw_edges",
    "draw_later_visits",
    "draw_models",
    "draw_shares",
    "draw_stages",
]

Array = npt.NDArray[np.float64]

_GREY = "#9aa5b1"
# Regions and moments that fit beside each other on a page.
_REGIONS, _MOMENTS = 6, 5
# Edges whose names can be read: as many raised as lowered.
_EDGES = 8
# Of a normal distribution, 90 % within: the level of the intervals of stages.
_WITHIN = 1.645


def draw_course(writer: RunWriter, model: ProgressionModel, test: Visits) -> None:
    """Draw the course of some regions, with unseen scans where their people stand.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    model : ProgressionModel
        Fitted.
    test : Visits
        Unseen people.
    """
    course, noise = model.course_, model.model_.noise
    stages = model.stage(test)["stage"].to_numpy()
    times = stages[test.subject_rows()] + test.gaps()
    band = _WITHIN * noise.total * (model.model_.scale.high - model.model_.scale.low)
    # From the first region to pass half of what it reaches to the last one, evenly apart.
    halfway = (course.states > course.states[-1] / 2).argmax(axis=0)
    shown = halfway.argsort(kind="stable")[
        np.linspace(0, len(halfway) - 1, _REGIONS).round().astype(int)
    ]
    names = test.region_names
    figure = Figure(
        "course",
        f"{names[shown[0]]} is early, {names[shown[-1]]} late: one course, on which people stand",
        f"Line: the course of a region, with 90 % of single values around it. Dots: "
        f"{test.n_visits} scans of {test.n_subjects} people who were not fitted, at the stage at "
        f"which their own scans place them. Regions in the order in which they pass half of what "
        f"they reach. {test.quantity} [{test.unit}].",
        "Six panels of rising curves with dots around them.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(2, _REGIONS // 2, sharex=True, sharey=True).ravel()
        rows = []
        for axes, place in zip(panels, shown, strict=True):
            line = course.states[:, place]
            axes.fill_between(course.times, line - band, line + band, color=ACCENT, alpha=0.15)
            axes.plot(course.times, line, color=ACCENT)
            axes.scatter(times, test.values[:, place], s=9, color=INK, alpha=0.6, linewidth=0)
            axes.set_title(names[place], fontsize=9)
            rows.append(pl.DataFrame({"time": course.times, "course": line}))
            rows[-1] = rows[-1].with_columns(pl.lit(names[place]).alias("region"))
        for axes in panels[_REGIONS // 2 :]:
            axes.set_xlabel(f"stage [{test.time_unit}]")
        return pl.concat(rows)

    writer.draw(figure, (9.6, 4.6), draw)


def draw_course_brains(writer: RunWriter, model: ProgressionModel, regions: Parcellation) -> None:
    """Draw the course on the brain, from three sides.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    model : ProgressionModel
        Fitted.
    regions : Parcellation
        Drawn where it has coordinates.
    """
    places = find_places(regions)
    if places is None:
        return
    course = model.model_.course
    moments = np.linspace(0, course.duration, _MOMENTS)
    states = course.at(moments)
    figure = Figure(
        "course_brain",
        "Where pathology is along the course",
        "Each dot is a region, larger and darker with more pathology, on one scale from 0 to the "
        "largest value of the course. Columns: stages. Rows: three sides.",
        "Rows of brain maps as dots that darken from left to right.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(len(PROJECTIONS), len(moments), squeeze=False)
        ringed = np.zeros(states.shape[1], bool)
        for row, view in enumerate(PROJECTIONS):
            for axes, moment, state in zip(panels[row], moments, states, strict=True):
                draw_brain(axes, places.seen(view), state / states.max(), ringed)
                if row == 0:
                    axes.set_title(f"{model.model_.time_unit} {moment:g}", fontsize=9)
            panels[row, 0].set_ylabel(view, fontsize=9)
        return pl.DataFrame(
            {
                "region": list(model.model_.regions) * len(moments),
                "stage": np.repeat(moments, states.shape[1]),
                "share": states.ravel(),
            }
        )

    writer.draw(figure, (1.6 * len(moments), 4.4), draw)


def draw_stages(writer: RunWriter, people: pl.DataFrame, unit: str) -> None:
    """Draw where everyone stands, with the interval of each.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    people : pl.DataFrame
        ``stage``, ``low``, ``high`` and ``n_visits`` of each person.
    unit : str
        Unit of time.
    """
    table = people.sort("stage")
    figure = Figure(
        "stages",
        f"{table.height} people along the course",
        "Each line is the 90 % interval of a person's stage at the first visit, each dot the "
        "stage of least squares. Orange: people with several visits. Long lines early and late: "
        "there the course hardly changes.",
        "Horizontal intervals in the order of the stage, and a histogram of stages.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        above, below = page.subplots(2, 1, sharex=True, height_ratios=[1, 3])
        stage = table["stage"].to_numpy()
        above.hist(stage, bins=26, color=_GREY)
        above.set_ylabel("people")
        several = (table["n_visits"] > 1).to_numpy()
        for chosen, colour, label in ((~several, ACCENT, "one visit"), (several, WARM, "several")):
            rows = np.flatnonzero(chosen)
            low, high = (table[end].to_numpy()[rows] for end in ("low", "high"))
            below.hlines(rows, low, high, color=colour, linewidth=0.8, alpha=0.6)
            below.scatter(stage[rows], rows, s=5, color=colour, label=label)
        below.legend(frameon=False, loc="upper left")
        below.set(xlabel=f"stage [{unit}]", yticks=[], ylabel="people")
        return table.select("subject", "n_visits", "stage", "low", "high")

    writer.draw(figure, (6.4, 5.2), draw)


def draw_models(writer: RunWriter, models: pl.DataFrame) -> None:
    """Draw the fit to unseen people of the model and of its rivals.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    models : pl.DataFrame
        ``model``, and ``r`` and ``sse`` with ``_low`` and ``_high``.
    """
    own, best = models.row(0, named=True), models[1:].sort("r").row(-1, named=True)
    figure = Figure(
        "models",
        f"r = {own['r']:.3f} on unseen people; the best rival, {best['model']}, has "
        f"{best['r']:.3f}",
        "Mean over scans of r across regions, and the sum of squares, with 95 % intervals over "
        "people. Filled: this model. Each model places people by their own scans, but the mean "
        "of the group, which is the same for everyone.",
        "Two panels of dots with intervals, one row a model.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, 2, sharey=True)
        rows = np.arange(models.height)
        fills = [ACCENT, *["white"] * (models.height - 1)]
        for axes, name, label in zip(
            panels, ("r", "sse"), ("r across regions", "sum of squares"), strict=True
        ):
            axes.hlines(rows, models[f"{name}_low"], models[f"{name}_high"], color=ACCENT)
            axes.scatter(models[name], rows, c=fills, edgecolors=ACCENT, zorder=3, s=36)
            axes.set_xlabel(label)
        # The mean of the group is many times worse, and would press all others into one line.
        panels[1].set_xscale("log")
        panels[0].set_yticks(rows, models["model"])
        panels[0].invert_yaxis()
        return models

    writer.draw(figure, (9.6, 1.0 + 0.36 * models.height), draw)


def draw_later_visits(
    writer: RunWriter,
    table: pl.DataFrame,
    errors: tuple[Mapping[str, Array], Array],
    unit: str,
) -> None:
    """Draw how well last visits are foretold from those before.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : pl.DataFrame
        ``predictor``, ``rmse``, ``low``, ``high``, ``n``.
    errors : tuple
        Mean squared error of each predicted scan by predictor, and its (k,) time since the visit
        before.
    unit : str
        Unit of time.
    """
    squares, gaps = errors
    order = table.sort("rmse")
    first = order.row(0, named=True)
    figure = Figure(
        "later_visits",
        f"The last visit is foretold best by: {first['predictor']}",
        f"{first['n']} people with several visits who were not fitted; their last scan was not "
        "looked at. Left: root mean squared error in shares of the range, 95 % intervals over "
        "people. Right: people by the time since the visit before.",
        "Dots with intervals by predictor, and dots over the time between visits.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        left, right = page.subplots(1, 2)
        rows = np.arange(order.height)
        left.hlines(rows, order["low"], order["high"], color=ACCENT)
        left.scatter(order["rmse"], rows, color=ACCENT, s=36)
        left.set_yticks(rows, order["predictor"])
        left.invert_yaxis()
        left.set_xlabel("root mean squared error")
        shown = (("course from the scan", ACCENT), ("persistence", WARM))
        for name, colour in shown:
            right.scatter(gaps, np.sqrt(squares[name]), s=14, color=colour, label=name)
        right.set(xlabel=f"time since the visit before [{unit}]", ylim=(0, None))
        right.legend(frameon=False)
        return order

    writer.draw(figure, (9.6, 3.0), draw)


def draw_shares(
    writer: RunWriter, shares: Mapping[str, float], halves: Sequence[Mapping[str, float]]
) -> None:
    """Draw the share of each view in the graph, and what two halves of the people find.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    shares : mapping of str to float
        Of all training people.
    halves : sequence of mapping
        Of two halves of them.
    """
    figure = Figure(
        "shares",
        "Which graphs carry the spread, and whether two halves of the people agree",
        "Bars: share of each graph in the mixture that all training people give. Dots: two "
        "halves of them. Shares that the halves do not agree on are not identified.",
        "Bars of shares with two dots each.",
    )
    names = list(shares)

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        rows = np.arange(len(names))
        axes.barh(rows, [shares[name] for name in names], color=_GREY)
        for half in halves:
            axes.scatter([half[name] for name in names], rows, color=ACCENT, zorder=3)
        axes.set_yticks(rows, names)
        axes.invert_yaxis()
        axes.set(xlabel="share", xlim=(0, 1))
        return pl.DataFrame(
            {
                "graph": names,
                "share": [shares[name] for name in names],
                "half_1": [halves[0][name] for name in names],
                "half_2": [halves[1][name] for name in names],
            }
        )

    writer.draw(figure, (6.4, 0.9 + 0.32 * len(names)), draw)


def draw_edges(writer: RunWriter, edges: pl.DataFrame, halves: Sequence[Array]) -> None:
    """Draw which edges data raise or lower most, and whether two halves of the people agree.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    edges : pl.DataFrame
        ``first``, ``second``, ``weight`` and, with a prior, ``prior`` and ``reason``.
    halves : sequence of (p,) array
        Weights that two halves of the people find.
    """
    base = edges["prior"] if "prior" in edges.columns else pl.Series([edges["weight"].mean()])
    change = _log_ratio(edges["weight"].to_numpy(), base.to_numpy())
    parts = [_log_ratio(half, base.to_numpy()) for half in halves]
    order = change.argsort()
    shown = [*order[::-1][:_EDGES], *order[:_EDGES][::-1]]
    names = [f"{edges['first'][int(row)]} - {edges['second'][int(row)]}" for row in shown]
    figure = Figure(
        "edges",
        f"What data change about the graph: {names[0]} is raised most",
        "Bars: by what factor the weight of an edge differs from its prior (from the mean weight "
        "where there is none). Dots: what two halves of the people find; edges on which they "
        "disagree are not identified. Reasons of the prior stand in the table of edges.",
        "Bars of edges to the right and to the left, with two dots each.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        rows = np.arange(len(shown))
        axes.barh(rows, change[shown], color=_GREY)
        for part in parts:
            axes.scatter(part[shown], rows, color=ACCENT, s=14, zorder=3)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(rows, names, fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel("log2 of weight over prior")
        return edges[[int(row) for row in shown]].with_columns(
            pl.Series("log2_change", change[shown]),
            pl.Series("half_1", parts[0][shown]),
            pl.Series("half_2", parts[1][shown]),
        )

    writer.draw(figure, (8.0, 5.4), draw)


def _log_ratio(weights: Array, base: Array) -> Array:
    """Return log2 of the ratio, 0 where either is 0; both are brought to one sum first."""
    base = np.broadcast_to(base, weights.shape)
    used = (weights > 0) & (base > 0)
    scale = base[used].sum() / weights[used].sum()
    ratio = np.divide(weights * scale, base, out=np.ones_like(weights), where=used)
    return np.log2(ratio)
