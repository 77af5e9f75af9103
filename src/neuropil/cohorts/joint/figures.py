"""Figures of ``joint-individual``, each with the numbers it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.cohorts.joint.catalogue import CATALOGUE
from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.cohorts.joint.evaluation import Evaluation
from neuropil.cohorts.joint.interpretation import Traversal, name_regions
from neuropil.cohorts.joint.pairing import PairingTest
from neuropil.connectome import Cohort, fill_matrices
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter, SeedTree

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_models", "draw_pairing", "draw_traversal"]


def draw_pairing(writer: RunWriter, pairing: PairingTest) -> None:
    """Draw the likeness of subjects in both modalities beside that of shuffled subjects.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    pairing : PairingTest
        What was found.
    """
    found = "are" if pairing.p < 0.05 else "are not shown to be"
    figure = Figure(
        "pairing",
        f"Subjects alike in one modality {found} alike in the other",
        f"Grey: Mantel's r of {len(pairing.null):,} shuffles of the subjects of one modality. "
        f"Line: r of the pairing as given, {pairing.value:.3f} (p = {pairing.p:.3g}, "
        f"n = {pairing.n} subjects).",
        "Histogram of r of shuffled pairs, with a line at r of the true pairing.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        axes.hist(pairing.null, bins=40, color="0.8")
        axes.axvline(pairing.value, color=ACCENT, linewidth=2)
        axes.annotate(
            "as given",
            (pairing.value, 0.92),
            (-6, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right",
            color=ACCENT,
        )
        axes.set(xlabel="Mantel's r between modalities", ylabel="shuffles")
        axes.spines[["top", "right"]].set_visible(False)
        kinds = ["shuffled"] * len(pairing.null) + ["as given"]
        return pl.DataFrame({"kind": kinds, "r": [*pairing.null, pairing.value]})

    writer.draw(figure, (6.4, 2.6), draw)


def draw_models(
    writer: RunWriter, evaluation: Evaluation, config: JointIndividualConfig, seed: SeedTree
) -> None:
    """Draw what every model explains of one modality by the other, beyond the group's mean.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    evaluation : Evaluation
        Scores of held-out subjects.
    config : JointIndividualConfig
        Names the modalities.
    seed : SeedTree
        Of the resampling.
    """
    models = list(dict.fromkeys(evaluation.table["model"]))
    rows = []
    for target in config.modalities:
        for model in models:
            low, high = evaluation.interval(model, target, "r_squared", seed)
            rows.append((model, target, evaluation.value(model, target, "r_squared"), low, high))
    table = pl.DataFrame(rows, ["model", "target", "r_squared", "low", "high"], orient="row")
    figure = Figure(
        "models",
        "What one modality tells of the other, beyond the group's mean",
        "R² of held-out subjects against the mean of all others; bars: 95 % over "
        "resampled subjects. Left of the line a model is worse than giving everybody the mean.",
        "Points with bars for every model, one panel for each predicted modality.",
    )
    writer.draw(figure, (7.4, 1.2 + 0.32 * len(models)), lambda page: _draw_rows(page, table))


def _draw_rows(page: matplotlib.figure.Figure, table: pl.DataFrame) -> pl.DataFrame:
    targets = list(dict.fromkeys(table["target"]))
    panels = np.atleast_1d(page.subplots(1, len(targets), sharey=True))
    for axes, target in zip(panels, targets, strict=True):
        part = table.filter(pl.col("target") == target)
        places = np.arange(part.height)[::-1]
        values = part["r_squared"].to_numpy()
        spread = np.abs(part.select("low", "high").to_numpy().T - values)
        colours = [WARM if CATALOGUE[name].network else INK for name in part["model"]]
        axes.axvline(0, color="0.7", linewidth=1)
        for place, value, bar, colour in zip(places, values, spread.T, colours, strict=True):
            axes.errorbar(value, place, xerr=bar[:, None], fmt="o", color=colour, markersize=5)
        axes.set_yticks(places, [CATALOGUE[name].label for name in part["model"]])
        (source,) = (other for other in targets if other != target)
        axes.set(title=f"{target} from {source}", xlabel="R² against the mean")
        axes.spines[["top", "right"]].set_visible(False)
    return table


# More lines than this hide each other, and more names than this run together.
_LINES, _NAMES = 40, 12


def draw_traversal(writer: RunWriter, traversal: Traversal, cohort: Cohort) -> None:
    """Draw which connections move with a coordinate: all as a matrix, the most moved as lines.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    traversal : Traversal
        What moves.
    cohort : Cohort
        Names the regions.
    """
    name = "joint" if traversal.modality is None else traversal.modality.lower()
    figure = Figure(
        f"traversal-{name}",
        f"What moves with {traversal.label}",
        "Change of every connection as the coordinate goes from minus to plus two standard "
        "deviations, all others at 0; red: stronger. Left: all connections, regions in the order "
        f"of the data. Right: the {_LINES} that move most, regions around the circle in that "
        "order, those with most lines named.",
        "A heat map of changes and a circle of the largest ones, for each modality.",
    )
    names = name_regions(cohort)

    moving = {modality: moved for modality, moved in traversal.moved.items() if moved.any()}

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(len(moving), 2, squeeze=False)
        for (matrix, circle), (modality, moved) in zip(panels, moving.items(), strict=True):
            largest = float(np.abs(moved).max())
            square = fill_matrices(moved[None], cohort.n_regions)[0]
            image = matrix.imshow(square, cmap="RdBu_r", vmin=-largest, vmax=largest)
            page.colorbar(image, ax=matrix, shrink=0.8, label=f"change of {modality}")
            matrix.set(title=modality, xticks=[], yticks=[])
            _draw_circle(circle, square, names)
        rows, columns = np.triu_indices(cohort.n_regions, 1)
        regions = np.array(names)
        return pl.DataFrame({"first": regions[rows], "second": regions[columns], **moving})

    writer.draw(figure, (8.4, 4.0 * len(moving)), draw)


def _draw_circle(axes: matplotlib.axes.Axes, square: np.ndarray, names: list[str]) -> None:
    n = len(square)
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    places = np.column_stack([np.cos(angles), np.sin(angles)])
    rows, columns = np.triu_indices(n, 1)
    order = np.argsort(-np.abs(square[rows, columns]), kind="stable")[:_LINES]
    lines = [(a, b) for a, b in zip(rows[order], columns[order], strict=True) if square[a, b] != 0]
    axes.scatter(places[:, 0], places[:, 1], s=4, color="0.6")
    for a, b in lines:
        # Towards the centre, so that lines between near regions can be told apart.
        t = np.linspace(0, 1, 20)[:, None]
        curve = (1 - t) ** 2 * places[a] + t**2 * places[b]
        axes.plot(*curve.T, color="#b2182b" if square[a, b] > 0 else "#2166ac", linewidth=0.8)
    busiest = np.bincount(np.array(lines, int).ravel(), minlength=n)
    for region in np.argsort(-busiest, kind="stable")[:_NAMES]:
        if not busiest[region]:
            continue
        x, y = 1.08 * places[region]
        side = "left" if x >= 0 else "right"
        turn = np.degrees(angles[region]) + (0 if x >= 0 else 180)
        axes.text(
            x,
            y,
            names[region],
            fontsize=6,
            ha=side,
            va="center",
            rotation=turn,
            rotation_mode="anchor",
        )
    axes.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
    axes.set_axis_off()
