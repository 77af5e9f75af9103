"""The leaderboard as a picture: values with intervals, and beside them what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_leaderboard"]

# [inch] Of a row of the table, and of a heading with its axis.
_ROW, _HEADING = 0.21, 0.62
# Columns of text on the right, and where they end as a share of their part of the page.
_COLUMNS = MappingProxyType(
    {"value": 0.12, "n": 0.23, "unread": 0.4, "tokens": 0.64, "USD": 0.82, "ms/item": 1.0}
)
_MARKERS = MappingProxyType({"fly": "o", "mouse": "s"})


def draw_leaderboard(writer: RunWriter, frame: pl.DataFrame, data: str) -> None:
    """Draw who answered how well, task by task.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    frame : polars.DataFrame
        Of :meth:`Leaderboard.to_frame`.
    data : str
        What the measured rows are about.
    """
    tasks = frame["task"].unique(maintain_order=True).to_list()
    rows = [_list_rows(frame.filter(task=task)) for task in tasks]
    figure = Figure(
        "leaderboard",
        "Who answers the same questions, and how well",
        f"Balanced accuracy. Filled: measured here on {data}, with 95 % intervals over base "
        "objects, items that were scored, replies that could not be read, tokens, price and time. "
        "Hollow: published by ConnectomeBench on its own data (circle: fly, square: mouse), "
        "which is other data with other questions, and no comparison. The line marks guessing.",
        "For each task a list of solvers with a point between 0 and 1 each, an interval where it "
        "was measured, and columns of counts and costs.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        heights = [_HEADING + _ROW * len(one) for one in rows]
        panels = page.subplots(
            len(tasks), 2, height_ratios=heights, width_ratios=[4, 3], squeeze=False
        )
        for (axes, table), task, some in zip(panels, tasks, rows, strict=True):
            axes.set_title(task)
            _draw_rows(axes, some)
            _write_rows(table, some)
        return frame

    height = sum(_HEADING + _ROW * len(one) for one in rows)
    writer.draw(figure, (9.2, height), draw)


def _list_rows(frame: pl.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    """Gather what stands on one line: a measured row, or both species of a published one."""
    lines: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in frame.to_dicts():
        lines.setdefault((row["solver"], row["published"]), []).append(row)
    return [(solver, some) for (solver, _), some in lines.items()]


def _draw_rows(
    axes: matplotlib.axes.Axes, rows: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
) -> None:
    axes.axvline(0.5, color="0.6", linestyle=":")
    for place, (_, some) in enumerate(rows):
        for row in some:
            _draw_point(axes, place, row)
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8)
    axes.tick_params(axis="y", length=0)
    for label, (_, some) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_color(WARM if some[0]["published"] else INK)
    axes.spines["left"].set_visible(False)


def _draw_point(axes: matplotlib.axes.Axes, place: int, row: Mapping[str, Any]) -> None:
    if row["value"] is None:
        return
    # Points at the rim are drawn whole.
    look: dict[str, Any] = {"markersize": 5, "clip_on": False}
    if row["published"]:
        marker = _MARKERS[row["data"].rpartition(" ")[2]]
        axes.plot(row["value"], place, marker, color=WARM, fillstyle="none", **look)
        return
    if row["low"] is not None:
        axes.plot([row["low"], row["high"]], [place, place], color=ACCENT)
    axes.plot(row["value"], place, "o", color=ACCENT, **look)


def _write_rows(
    axes: matplotlib.axes.Axes, rows: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
) -> None:
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    axes.set_axis_off()
    for name, end in _COLUMNS.items():
        axes.text(end, -0.6, name, ha="right", va="bottom", fontsize=8)
    for place, (_, some) in enumerate(rows):
        if some[0]["published"]:
            continue
        for end, text in zip(_COLUMNS.values(), _say_costs(some[0]), strict=True):
            axes.text(end, place, text, ha="right", va="center", fontsize=8)


def _say_costs(row: Mapping[str, Any]) -> tuple[str, ...]:
    value, passed = row["value"], row["ms_per_item"]
    return (
        "" if value is None else f"{value:.3f}",
        str(row["n"]),
        str(row["failures"]),
        f"{row['tokens']:,}",
        f"{row['usd']:.4f}" if row["usd"] else "0",
        "" if passed is None else f"{passed:,.1f}",
    )
