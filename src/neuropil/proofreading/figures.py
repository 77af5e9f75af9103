"""Figures of ``proofreading``, each with the numbers it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.proofreading.work import Mended

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_calibration", "draw_curve", "draw_section"]

# Largest edge of a section in the report [pixels].
_EDGE = 250
_BINS = 15


def draw_section(writer: RunWriter, mended: Mended, truth: str) -> None:
    """Draw one section: the image, the segmentation before and after, and the truth.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    mended : Mended
        What was mended.
    truth : str
        Name of the segmentation without errors.
    """
    volume = mended.volume
    place = volume.shape[0] // 2
    region = (slice(place, place + 1), slice(0, _EDGE), slice(0, _EDGE))
    after = mended.mended_labels()[region][0]
    layers = {
        "before": volume.segmentation(mended.segmentation, region)[0],
        "after": after,
        "truth": volume.segmentation(truth, region)[0],
    }
    counts = {name: len(np.unique(labels)) for name, labels in layers.items()}
    figure = Figure(
        "section",
        f"{counts['before']} objects in this section, {counts['after']} after joining, "
        f"{counts['truth']} in truth",
        f"Section {place} of {volume.source.name}. Every object has a colour of its own, drawn at "
        "random; the object that holds most of a true one has its colour, so that equal colours "
        "are right.",
        "Four panels of one section: the image, and objects as coloured areas before, after and "
        "in truth.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, 4)
        panels[0].imshow(volume.read_image(region)[0], cmap="gray", interpolation="nearest")
        panels[0].set_title("image")
        for axes, (name, labels) in zip(panels[1:], layers.items(), strict=True):
            axes.imshow(_colour(labels, layers["truth"]), interpolation="nearest")
            axes.set_title(f"{name}: {counts[name]}")
        for axes in panels:
            axes.set_axis_off()
        return pl.DataFrame({"segmentation": list(counts), "objects": list(counts.values())})

    writer.draw(figure, (9.6, 2.8), draw)


def _colour(labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give each true object a colour, its largest part the same one, all else a darker one."""
    rng = np.random.default_rng(7)
    palette = rng.uniform(0.35, 1, (int(truth.max()) + 1, 3))
    shown = np.zeros((*labels.shape, 3))
    for body in np.unique(truth):
        inside = truth == body
        names, counts = np.unique(labels[inside], return_counts=True)
        for name in names:
            shade = 1.0 if name == names[counts.argmax()] else rng.uniform(0.35, 0.75)
            shown[inside & (labels == name)] = palette[body] * shade
    edges = np.zeros(labels.shape, bool)
    edges[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edges[1:] |= labels[1:] != labels[:-1]
    shown[edges] = 0
    return shown


def draw_curve(writer: RunWriter, mended: Mended) -> None:
    """Draw both parts of the variation of information as objects are joined.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    mended : Mended
        What was joined.
    """
    curve, row = mended.curve, mended.chosen
    total = curve.split + curve.merge
    figure = Figure(
        "curve",
        f"{curve.joins[row]:,} joins bring the variation of information from {total[0]:.2f} to "
        f"{total[row]:.2f} bit",
        "Split: what is cut too often. Merge: what is joined wrongly. Joins are made the surest "
        "first, each judged by a model trained on the other half of the sections; the line marks "
        "where joining stops, chosen inside the training halves.",
        "Three lines over the number of joins, with a vertical line at the chosen number.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        for name, values, colour in (
            ("total", total, INK),
            ("split", curve.split, ACCENT),
            ("merge", curve.merge, WARM),
        ):
            axes.plot(curve.joins, values, color=colour, marker=".", label=name)
        axes.axvline(curve.joins[row], color="0.6", linestyle=":")
        axes.set(xlabel="joins", ylabel="variation of information [bit]", ylim=(0, None))
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        return pl.DataFrame(
            {
                "threshold": curve.threshold,
                "joins": curve.joins,
                "split": curve.split,
                "merge": curve.merge,
                "rand_error": curve.rand_error,
            }
        )

    writer.draw(figure, (6.4, 3.2), draw)


def draw_calibration(writer: RunWriter, mended: Mended) -> None:
    """Draw how often the proofreader is right when it says how sure it is.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    mended : Mended
        What was said.
    """
    judged = mended.judged
    part = np.minimum((judged.probability * _BINS).astype(int), _BINS - 1)
    n = np.bincount(part, minlength=_BINS)
    held = n > 0
    said = np.bincount(part, judged.probability, _BINS)[held] / n[held]
    true = np.bincount(part, judged.same.astype(float), _BINS)[held] / n[held]
    figure = Figure(
        "calibration",
        f"Probabilities are off by {judged.calibration_error():.3f} on average",
        f"{len(judged.same):,} touching pairs in {_BINS} bins of the probability that both are "
        "one; the area of a point grows with its pairs. On the dotted line they are as often one "
        "as is said.",
        "Points near a diagonal line: share of pairs that are one over the probability given.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        axes.plot([0, 1], [0, 1], color="0.6", linestyle=":")
        axes.scatter(said, true, s=8 + 200 * n[held] / n.max(), color=ACCENT)
        axes.set(xlabel="probability given", ylabel="share that are one", aspect="equal")
        axes.spines[["top", "right"]].set_visible(False)
        return pl.DataFrame({"said": said, "share": true, "pairs": n[held]})

    writer.draw(figure, (3.8, 3.6), draw)
