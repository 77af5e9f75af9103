"""Figure of how merge errors are told and located."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import ACCENT, WARM, Figure, RunWriter
from neuropil.proofreading.merges.halves import FOUND, JudgedMerges

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_merges"]

Floats = npt.NDArray[np.float64]

_BINS = np.linspace(0, 1, 21)
# Places of a box are at most this far from the join along each axis, and few are farther in all.
_FARTHEST = 2000.0


def draw_merges(writer: RunWriter, judged: JudgedMerges) -> None:
    """Draw the probabilities of joined and single objects, and how far proposed cuts are off.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    judged : JudgedMerges
        What detectors said of the half that they were not trained on.
    """
    right, found = judged.grade_binary().mean(), judged.found.mean()
    figure = Figure(
        "merges",
        f"{right:.0%} of joined and single objects are told; {found:.0%} of joins are found at the "
        "first place that is proposed",
        f"{len(judged.joined):,} pairs of two objects joined where they touch and a single one "
        "that branches beside them, matched in size, each judged by a detector that was trained "
        "on the other half of the sections. Right: distance from the proposed cut to the middle "
        f"of the sheet where the objects were joined; dotted, the {FOUND:g} nm that count as "
        "found; the point is what a random place in the object finds "
        f"({judged.chance.mean():.0%}).",
        "Left: two histograms of the probability of a merge error, of joined and of single "
        "objects. Right: two rising curves, the share of joins that lie within a distance.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        left, right = page.subplots(1, 2)
        counted = _draw_probabilities(left, judged)
        return pl.concat([counted, _draw_distances(right, judged)])

    writer.draw(figure, (8.4, 3.2), draw)


def _draw_probabilities(axes: matplotlib.axes.Axes, judged: JudgedMerges) -> pl.DataFrame:
    frames = []
    for name, values, colour in (
        ("joined", judged.joined, WARM),
        ("single", judged.single, ACCENT),
    ):
        counts, _ = np.histogram(values, _BINS)
        axes.stairs(counts, _BINS, color=colour, fill=True, alpha=0.35)
        axes.stairs(counts, _BINS, color=colour, label=name)
        frames.append(_frame(name, _BINS[:-1], counts))
    axes.axvline(0.5, color="0.6", linestyle=":")
    axes.set(xlabel="probability of a merge error", ylabel="objects", xlim=(0, 1))
    # Bars reach across the whole width: the names stand above them.
    axes.set_ylim(0, 1.2 * axes.get_ylim()[1])
    axes.legend(frameon=False, loc="upper center", ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    return pl.concat(frames)


def _draw_distances(axes: matplotlib.axes.Axes, judged: JudgedMerges) -> pl.DataFrame:
    distance = np.linspace(0, _FARTHEST, 81)
    frames = []
    for name, off, colour in (
        ("first of three proposals", judged.off, WARM),
        ("best of three proposals", judged.off_three, ACCENT),
    ):
        share = (off[:, None] <= distance).mean(0)
        axes.plot(distance, share, color=colour, label=name)
        frames.append(_frame(name, distance, share))
    axes.axvline(FOUND, color="0.6", linestyle=":")
    axes.plot(FOUND, judged.chance.mean(), "o", color="0.4", label="random place")
    frames.append(_frame("random place", np.array([FOUND]), judged.chance.mean(keepdims=True)))
    axes.set(xlabel="distance from the join [nm]", ylabel="share of joins", ylim=(0, 1))
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    return pl.concat(frames)


def _frame(name: str, place: Floats, value: Floats) -> pl.DataFrame:
    return pl.DataFrame({"line": [name] * len(place), "at": place, "value": value.astype(float)})
