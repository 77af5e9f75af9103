"""The figure of the axes of tiles against those of sound ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.preservation.axes.reference import JUDGED, AxisReference
from neuropil.preservation.axes.table import AXES

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_axis_profile"]

_FADED = "#9aa5b1"
_TITLES = {
    "gap_fraction": "missing membrane",
    "zone_fraction": "ambiguous zones",
    "void_fraction": "voids",
}


def draw_axis_profile(writer: RunWriter, rows: pl.DataFrame, reference: AxisReference) -> None:
    """Draw the judged axes of all tiles against sound ones.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    rows : pl.DataFrame
        Axes of tiles, one row each, in the order in which they are drawn.
    reference : AxisReference
        Of sound tiles.
    """
    # Tiles of several blocks have the same numbers of sections.
    rows = rows.with_columns(section=pl.int_range(pl.len()))
    verdicts = reference.judge(rows)
    damaged = int(verdicts["damaged"].sum())
    figure = Figure(
        "axis-profile",
        f"{damaged} of {verdicts.height} tiles lie beyond sound ones along at least one axis",
        f"Each dot is a tile: {', '.join(AXES[axis] for axis in JUDGED)}. Line: median of "
        f"{reference.n} sound tiles; dashed: limit that sound tiles keep "
        "(orange beyond it; whether a tile is damaged is told from its loss). Blocks follow one "
        "another in the order of the run.",
        "Dots of tiles along three axes of damage, with the median and the limit of sound ones.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, len(JUDGED))
        for axes, axis in zip(panels, JUDGED, strict=True):
            _draw_axis(axes, rows, axis, reference)
        panels[0].set_ylabel("%")
        return rows.select("section", *JUDGED).join(
            verdicts.select("section", "damaged", "along"), on="section"
        )

    writer.draw(figure, (9.2, 3.6), draw)


def _draw_axis(
    axes: matplotlib.axes.Axes, rows: pl.DataFrame, axis: str, reference: AxisReference
) -> None:
    limit = reference.limits[axis]
    known = rows.drop_nulls(axis)
    values = known[axis].to_numpy()
    colours = np.where(values > limit.limit, WARM, ACCENT)
    axes.axhline(100 * limit.median, color=_FADED, linewidth=1)
    axes.axhline(100 * limit.limit, color=INK, linewidth=1, linestyle="--")
    axes.scatter(known["section"].to_numpy(), 100 * values, color=colours, s=30, zorder=3)
    axes.set_title(_TITLES[axis])
    axes.set_xlabel("tile")
    axes.set_ylim(bottom=0)
