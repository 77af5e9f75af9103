"""The pairs on which the proofreader is most surely wrong, as a person would look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import Figure, MissingDependencyError, RunWriter
from neuropil.proofreading.rendering.pictures import Picture, Pictures, Studio
from neuropil.proofreading.tasks.pairs import make_pair_item
from neuropil.proofreading.work import Mended

if TYPE_CHECKING:
    import matplotlib.figure

__all__ = ["draw_hardest", "find_hardest"]

# Six pictures of four panels are about a megabyte of the report.
_MOST = 6
# Edge of a panel [pixels], about twice what a page shows.
_EDGE = 256


def find_hardest(mended: Mended, most: int = _MOST) -> list[int]:
    """Find the pairs about which the proofreader is wrong and most sure.

    Parameters
    ----------
    mended : Mended
        What was said of pairs.
    most : int
        How many, at most.

    Returns
    -------
    list of int
        Rows of the pairs, the surest first.
    """
    judged = mended.judged
    surprise = np.abs(judged.same - judged.probability)
    wrong = np.flatnonzero((judged.probability >= 0.5) != judged.same)
    return [int(row) for row in wrong[np.argsort(-surprise[wrong], kind="stable")][:most]]


def draw_hardest(writer: RunWriter, mended: Mended) -> None:
    """Draw the hardest pairs, each from three sides and in the image.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    mended : Mended
        What was said of pairs.
    """
    studio = Studio(mended.volume, mended.segmentation, _EDGE, with_slices=True, slice_size=_EDGE)
    for number, row in enumerate(find_hardest(mended), start=1):
        # The larger object is the base, as people would have it.
        base = int(np.argmax(mended.pairs.voxels[row]))
        try:
            pictures = studio.take(make_pair_item(mended.pairs, row, base))
        except MissingDependencyError as error:
            writer.note(f"The hardest pairs are not drawn: {error}")
            return
        _draw(writer, mended, row, pictures, number)


def _draw(writer: RunWriter, mended: Mended, row: int, pictures: Pictures, number: int) -> None:
    said, same = float(mended.judged.probability[row]), bool(mended.judged.same[row])
    first, second = (piece.labels[0] for piece in pictures.item.shown)
    z, y, x = pictures.item.center
    answer, truth = _bodies(said >= 0.5), _bodies(same)
    figure = Figure(
        f"hard-{number}",
        f"Said to be {answer} (probability of one: {said:.3f}), in truth {truth}",
        f"Objects {first} (blue) and {second} (orange) meet at z {z:.0f}, y {y:.0f}, x {x:.0f} nm. "
        f"Truth: {truth}. Answer: {answer}, with a probability of {said:.3f} that they are one. "
        f"From the front, the side and the top in a cube of {pictures.boxes[0].edge:.0f} nm, and "
        f"the section of the image through the contact, {pictures.window:.0f} nm wide.",
        "Three views of two objects in blue and orange, and a section of the image with their "
        "outlines.",
    )
    shown = (*pictures.views, *pictures.slices[:1])
    numbers = {
        "first": int(first),
        "second": int(second),
        "z_nm": z,
        "y_nm": y,
        "x_nm": x,
        "same_body": same,
        "probability": said,
    }

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        _show(page, shown)
        return pl.DataFrame([numbers])

    writer.draw(figure, (8.6, 2.4), draw)


def _bodies(one: bool) -> str:
    return "one neuron" if one else "two neurons"


def _show(page: matplotlib.figure.Figure, shown: tuple[Picture, ...]) -> None:
    for axes, picture in zip(page.subplots(1, len(shown)), shown, strict=True):
        # Without resampling: the file holds the pixels as they were drawn.
        axes.imshow(picture.pixels, interpolation="none")
        # Without ticks, whose places are found also where they are not drawn.
        axes.set(title=picture.label, xticks=[], yticks=[])
        axes.set_axis_off()
