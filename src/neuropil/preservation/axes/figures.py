"""Figures of the axes: a section with its damage drawn in, and its axes against a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.preservation.axes.grids import PIXEL
from neuropil.preservation.axes.reading import Reading
from neuropil.preservation.axes.reference import JUDGED, AxisReference
from neuropil.preservation.axes.table import AXES, AxisTable

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_axis_profile", "draw_damage"]

_FADED = "#9aa5b1"
_GAP = "#d1495b"
_TITLES = {
    "gap_fraction": "missing membrane",
    "zone_fraction": "ambiguous zones",
    "void_fraction": "voids",
}


def draw_damage(writer: RunWriter, table: AxisTable, section: int) -> None:
    """Draw one section, and the same with gaps, ambiguous zones and voids drawn in.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : AxisTable
        Of a volume.
    section : int
        Number of the section.
    """
    row = table.rows.row(section, named=True)
    shares = {axis: row[axis] for axis in JUDGED}
    said = ", ".join(
        f"{100 * share:.1f} % {_TITLES[axis]}"
        for axis, share in shares.items()
        if share is not None
    )
    edge = table.sections[section].image.shape[1] * PIXEL / 1000
    gaps = len(table.readings[section].traced.links.lengths)
    figure = Figure(
        f"damage-{section}",
        f"Section {section}: {said}",
        f"Left: the section, {edge:.1f} um wide. Right: membranes that were followed (dark), gaps "
        f"between their free ends (red lines; {gaps}), "
        "ambiguous interstitial zones (orange) and voids (blue).",
        "A section of tissue, and beside it the same with membranes, gaps, zones and voids.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        left, right = page.subplots(1, 2)
        image = table.sections[section].image
        # Three spreads on either side of the median: voids and dirt saturate, tissue does not.
        for axes in (left, right):
            axes.imshow(image, cmap="gray", vmin=-3, vmax=3, interpolation="nearest")
            axes.set_axis_off()
        _overlay(right, table.readings[section], (image.shape[0], image.shape[1]))
        return _list_gaps(table.readings[section])

    writer.draw(figure, (9.2, 4.8), draw)


def _overlay(axes: matplotlib.axes.Axes, reading: Reading, shape: tuple[int, int]) -> None:
    from matplotlib.colors import to_rgb

    ky, kx = reading.voids.shape
    # Cells cover the section, and a little more where the last of them is not full.
    extent = (-0.5, 3 * kx - 0.5, 3 * ky - 0.5, -0.5)
    colours = np.zeros((ky, kx, 4))
    colours[reading.zones] = (*to_rgb(WARM), 0.5)
    colours[reading.voids] = (*to_rgb(ACCENT), 0.5)
    axes.imshow(colours, extent=extent, interpolation="nearest")
    rows, columns = np.nonzero(reading.traced.lines.lines)
    axes.scatter(columns, rows, s=0.4, color=INK, linewidths=0)
    links = reading.traced.links
    for start, stop in zip(links.starts, links.stops, strict=True):
        axes.plot([start[1], stop[1]], [start[0], stop[0]], color=_GAP, linewidth=2)
    axes.set_xlim(-0.5, shape[1] - 0.5)
    axes.set_ylim(shape[0] - 0.5, -0.5)


def _list_gaps(reading: Reading) -> pl.DataFrame:
    links = reading.traced.links
    return pl.DataFrame(
        {
            "start_y": links.starts[:, 0] * PIXEL,
            "start_x": links.starts[:, 1] * PIXEL,
            "stop_y": links.stops[:, 0] * PIXEL,
            "stop_x": links.stops[:, 1] * PIXEL,
            "length": links.lengths,
        }
    )


def draw_axis_profile(writer: RunWriter, table: AxisTable, reference: AxisReference) -> None:
    """Draw the judged axes of all sections against sound ones.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : AxisTable
        Of a volume.
    reference : AxisReference
        Of sound sections.
    """
    verdicts = reference.judge(table.rows)
    damaged = int(verdicts["damaged"].sum())
    figure = Figure(
        "axis-profile",
        f"{damaged} of {verdicts.height} sections lie beyond sound ones along at least one axis",
        f"Each dot is a section: {', '.join(AXES[axis] for axis in JUDGED)}. Line: median of "
        f"{reference.n} sound sections; dashed: limit above which a section counts as damaged "
        "(orange).",
        "Dots of sections along three axes of damage, with the median and the limit of sound ones.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, len(JUDGED))
        for axes, axis in zip(panels, JUDGED, strict=True):
            _draw_axis(axes, table.rows, axis, reference)
        panels[0].set_ylabel("%")
        return table.rows.select("section", *JUDGED).join(
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
    axes.set_xlabel("section")
    axes.set_ylim(bottom=0)
