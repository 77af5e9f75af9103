"""The figure of gaps: how far a scorer and simple rules see across missing sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, WARM, Figure, RunWriter
from neuropil.proofreading.gaps.folds import SCORER

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_gaps"]

_BINARY, _CHOICE = "split-error-binary", "split-error-choice"
_TITLES = {_BINARY: "Is this its other end?", _CHOICE: "Which of two is its other end?"}
_CHANCE = 0.5
# Judges beside the scorer, from the best one down, in colours that grey print keeps apart.
_COLOURS = {SCORER: ACCENT, "overlap of faces": WARM, "nearest centroid": "#b08900"}


def draw_gaps(writer: RunWriter, scores: pl.DataFrame, thickness: float) -> None:
    """Draw accuracy against the length of the gap, of the scorer and of simple rules.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    scores : polars.DataFrame
        What :func:`~neuropil.proofreading.gaps.folds.tabulate_judges` returned.
    thickness : float
        Thickness of a section [nm].
    """
    shown = scores.filter(pl.col("missing_sections") > 0, pl.col("judge").is_in(list(_COLOURS)))
    shown = shown.with_columns((pl.col("missing_sections") * thickness).alias("gap_nm"))
    means = {task: _mean(scores, SCORER, task) for task in (_BINARY, _CHOICE)}
    longest = float(shown["gap_nm"].to_numpy().max())
    figure = Figure(
        "gaps",
        f"Across gaps of up to {longest:,.0f} nm, {means[_BINARY]:.1%} of candidates are judged "
        f"rightly and {means[_CHOICE]:.1%} of choices are right",
        "An object ends at missing sections; its other end is among objects alike in size. Points "
        "are shares of right answers with 95 % intervals over objects, judged by a model that was "
        "trained on the other half of the sections. Rules see the two faces of the gap alone. The "
        "percentages are means over gaps; the dotted line is chance.",
        "Two panels, each with three falling lines over the length of the gap: the proofreader on "
        "top, overlap of faces and nearest centroid below it, and chance at one half.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, 2, sharey=True)
        for axes, (task, title) in zip(panels, _TITLES.items(), strict=True):
            _draw_panel(axes, shown.filter(pl.col("task") == task))
            axes.set_title(title)
        panels[0].set(ylabel="share of right answers", ylim=(0.4, 1.02))
        # Above both panels: within one it would hide points.
        lines = panels[0].get_legend_handles_labels()
        page.legend(*lines, frameon=False, loc="outside upper left", ncols=len(_COLOURS))
        return shown

    writer.draw(figure, (8.4, 3.6), draw)


def _mean(scores: pl.DataFrame, judge: str, task: str) -> float:
    [value] = scores.filter(judge=judge, task=task, missing_sections=0)["accuracy"]
    return float(value)


def _draw_panel(axes: matplotlib.axes.Axes, shown: pl.DataFrame) -> None:
    gaps = np.unique(shown["gap_nm"].to_numpy())
    apart = np.ptp(gaps) / 100
    for place, (judge, colour) in enumerate(_COLOURS.items()):
        own = shown.filter(pl.col("judge") == judge).sort("gap_nm")
        # Side by side, so that intervals do not hide each other.
        gap = own["gap_nm"].to_numpy() + (place - 1) * apart
        value, low, high = (own[name].to_numpy() for name in ("accuracy", "low", "high"))
        axes.errorbar(
            gap, value, (value - low, high - value), color=colour, marker="o", ms=4, label=judge
        )
    axes.axhline(_CHANCE, color="0.5", linestyle=":")
    axes.text(gaps[-1], _CHANCE, "chance", color="0.4", ha="right", va="top")
    axes.set(xlabel="gap [nm]", xticks=gaps)
