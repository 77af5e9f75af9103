"""Figures of the experiments on a fitted circuit, each with the numbers it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.circuits.experiments.ensemble import Ensemble, Stiffness
from neuropil.circuits.experiments.ring_neurons import Anchoring
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_ablations", "draw_anchoring", "draw_perturbation", "draw_stiffness"]

_COLOURS = {"intact": INK, "frozen": ACCENT, "retrained": WARM}
_GUESSING = 90.0  # median error of a heading that knows nothing [deg]


def draw_ablations(writer: RunWriter, table: pl.DataFrame) -> None:
    """Draw what is left of the compass without each set of types.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    table : pl.DataFrame
        What :func:`~neuropil.circuits.experiments.effects.measure_ablations` returned.
    """

    def draw(figure: matplotlib.figure.Figure) -> pl.DataFrame:
        names = list(dict.fromkeys(table["ablated"]))
        modes = [mode for mode in _COLOURS if mode in table["mode"].to_list()]
        panels = (
            ("bumps", "starts with a bump, of 32"),
            ("hold_median", "error at 10 s [deg]"),
            ("gain", "velocity gain"),
        )
        for axes, (column, label) in zip(figure.subplots(1, 3, sharey=True), panels, strict=True):
            for number, mode in enumerate(modes):
                rows = table.filter(pl.col("mode") == mode)
                at = [names.index(name) for name in rows["ablated"]]
                # Two bars of 0.26 side by side, with a little room, around the tick of their set.
                shift = 0.0 if mode == "intact" else 0.28 * (number - 1.5)
                axes.barh(
                    np.asarray(at) + shift, rows[column], 0.26, color=_COLOURS[mode], label=mode
                )
            axes.axvline(0, color=INK, lw=0.6)
            axes.set(xlabel=label)
            axes.set_yticks(range(len(names)), [_without(name) for name in names])
        axes.invert_yaxis()
        figure.legend(
            *axes.get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False
        )
        return table

    writer.draw(
        Figure(
            "ablations",
            "What is left without a cell type",
            "Each set of types loses all its synapses, its bias and its velocity input. Frozen: "
            "the other numbers stay as they were fitted. Retrained: they are refitted.",
            "Bars of bump count, error and gain for each set of removed types.",
        ),
        (8.0, 1.4 + 0.5 * table["ablated"].n_unique()),
        draw,
    )


def _without(name: str) -> str:
    return "intact" if name == "none" else f"no {name}"


def draw_perturbation(writer: RunWriter, table: pl.DataFrame) -> None:
    """Draw the error against the dose of a perturbation.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    table : pl.DataFrame
        What :func:`~neuropil.circuits.experiments.effects.measure_perturbation` returned.
    """
    kind = table["kind"][0]

    def draw(figure: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = figure.subplots()
        axes.axhline(_GUESSING, color=INK, lw=0.8, ls="--")
        axes.annotate("guessing", (0, _GUESSING), xytext=(2, 3), textcoords="offset points")
        for mode in ("frozen", "retrained"):
            rows = table.filter(pl.col("mode") == mode)
            if rows.is_empty():
                continue
            medians = rows.group_by("dose", maintain_order=True).agg(pl.col("hold_median").median())
            axes.plot(rows["dose"], rows["hold_median"], "o", color=_COLOURS[mode], ms=3, alpha=0.5)
            axes.plot(
                medians["dose"], medians["hold_median"], color=_COLOURS[mode], lw=1.6, label=mode
            )
        axes.set(xlabel=f"dose of {kind}", ylabel="error at 10 s, median [deg]", ylim=(0, None))
        axes.legend(frameon=False)
        return table

    writer.draw(
        Figure(
            "perturbation",
            "Error against the dose of a perturbation",
            f"Perturbation of the synapse counts: {kind}. Dots are draws, lines their medians. "
            "Frozen: numbers as they were fitted to the wiring itself. Retrained: refitted to "
            "the perturbed wiring.",
            "Error at ten seconds against the dose, frozen and retrained.",
        ),
        (4.6, 3.6),
        draw,
    )


def draw_stiffness(
    writer: RunWriter,
    names: tuple[str, ...],
    stiffness: Stiffness,
    ensemble: Ensemble | None = None,
) -> None:
    """Draw which gains the task pins down.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    names : tuple of str
        Cell types.
    stiffness : Stiffness
        How sharply the loss rises around the fit.
    ensemble : Ensemble, optional
        Its better half gives each gain's spread between fits.
    """

    def draw(figure: matplotlib.figure.Figure) -> pl.DataFrame:
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        image = left.imshow(stiffness.pinned, cmap="Blues", vmin=0, vmax=1)
        spread = None if ensemble is None else ensemble.best().spread()[0]
        for row, column in np.ndindex(stiffness.pinned.shape):
            value = stiffness.pinned[row, column] if spread is None else spread[row, column]
            shade = "white" if stiffness.pinned[row, column] > 0.6 else INK
            left.text(
                column, row, f"{value:.2f}", ha="center", va="center", color=shade, fontsize=8
            )
        ticks = range(len(names))
        left.set_xticks(ticks, names, rotation=40, ha="right")
        left.set_yticks(ticks, names)
        left.set(xlabel="presynaptic", ylabel="postsynaptic")
        left.spines[:].set_visible(False)
        figure.colorbar(image, ax=left, label="uncertainty removed")
        # A logarithm shows no zero; 1e-4 is a ten-thousandth of the prior that the line marks.
        values = np.maximum(stiffness.eigenvalues, 1e-4)
        right.semilogy(np.arange(1, values.size + 1), values, "o", color=ACCENT, ms=4)
        right.axhline(1, color=WARM, lw=1, ls="--")
        right.set(xlabel="direction, stiffest first", ylabel="curvature of the loss")
        return pl.DataFrame(
            {
                "post": np.repeat(names, len(names)),
                "pre": np.tile(names, len(names)),
                "uncertainty_removed": stiffness.pinned.ravel(),
            }
            | ({} if spread is None else {"spread_over_fits": spread.ravel()})
        )

    numbers = "share of it" if ensemble is None else "spread of the gain over the ensemble"
    writer.draw(
        Figure(
            "stiffness",
            "Which gains the task pins down",
            "Left: share of a unit prior's uncertainty about each gain that the objectives remove "
            f"around this fit; numbers: {numbers}. Right: curvature of the loss along each "
            "direction of the fitted numbers, 0.0001 or less at the bottom. Above the dashed line "
            "a direction is stiffer than the prior.",
            "Heat map over type pairs beside a falling spectrum of curvatures.",
        ),
        (8.0, 3.8),
        draw,
    )


def draw_anchoring(writer: RunWriter, trace: Anchoring) -> None:
    """Draw bumps that a cue pulls to its place.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    trace : Anchoring
        Bumps from 16 headings.
    """

    def draw(figure: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = figure.subplots()
        wrapped = np.mod(trace.heading, 360)
        for number, heading in enumerate(wrapped.T):
            jumps = np.abs(np.diff(heading, prepend=heading[0])) > 180
            label = "bumps from 16 headings" if number == 0 else None
            shown = np.where(jumps, np.nan, heading)
            axes.plot(trace.time, shown, color=ACCENT, lw=0.9, label=label)
        axes.plot(trace.time, np.mod(trace.cue, 360), color=WARM, lw=3, label="cue")
        axes.set(
            xlabel="time [s]",
            ylabel="heading [deg]",
            ylim=(0, 360),
            yticks=range(0, 361, 90),
        )
        axes.legend(loc="upper center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.16))
        columns = {f"heading_{number}_deg": item for number, item in enumerate(wrapped.T)}
        return pl.DataFrame({"time_s": trace.time, "cue_deg": trace.cue} | columns)

    writer.draw(
        Figure(
            "anchoring",
            "A visual cue pulls the bump to its place",
            "Ring neurons are driven by a cue after 4 s in the dark; after 8 s the cue jumps by "
            "90 deg. Each ring neuron prefers the heading that its inhibition of the EPG leaves "
            "free, which is taken from the wiring; what real ring neurons see is not in it.",
            "Sixteen traces of heading that converge onto a cue and follow it when it jumps.",
        ),
        (8.0, 3.6),
        draw,
    )
