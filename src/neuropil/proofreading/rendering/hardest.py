"""The pairs on which the proofreader is most surely wrong, as a person would look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import Figure, MissingDependencyError, RunWriter
from neuropil.proofreading.rendering.pictures import Picture, Pictures, Studio
from neuropil.proofreading.rendering.slices import draw_slice
from neuropil.proofreading.rendering.views import BLUE, ORANGE
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH
from neuropil.proofreading.tasks.pairs import make_pair_item
from neuropil.proofreading.work import Mended

if TYPE_CHECKING:
    import matplotlib.figure

__all__ = ["draw_hardest", "find_hardest"]

# Six pictures of four panels are about a megabyte of the report.
_MOST = 6
# Edge of a panel [pixels], about twice what a page shows.
_EDGE = 256
# [nm] Nearer than this nothing is seen of the neurites around.
_NEAREST, _RIM = 400.0, 1.1


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
    for number, row in enumerate(find_hardest(mended), start=1):
        try:
            shown = _take(mended, row)
        except MissingDependencyError as error:
            writer.note(f"The hardest pairs are not drawn: {error}")
            return
        _draw(writer, mended, row, shown, number)


def _take(mended: Mended, row: int) -> Pictures:
    """Draw a pair from three sides and in the image, as near as shows the smaller object whole."""
    volume, name = mended.volume, mended.segmentation
    labels, voxels = mended.pairs.labels[row], mended.pairs.voxels[row]
    # The larger object is the base, as people would have it.
    base = int(np.argmax(voxels))
    near = _reach(mended, int(labels[1 - base]), mended.pairs.center[row])
    item = make_pair_item(mended.pairs, row, base, float(np.clip(near, _NEAREST, SPLIT_HALF_WIDTH)))
    taken = Studio(volume, name, _EDGE).take(item)
    pieces = list(zip(item.shown, (BLUE, ORANGE), strict=True))
    section = draw_slice(volume, pieces, taken.boxes[0], "xy", _EDGE, name)
    return replace(taken, slices=(Picture("xy slice", section),), window=taken.boxes[0].edge)


def _reach(mended: Mended, label: int, center: npt.NDArray[np.float64]) -> float:
    """Return how far an object reaches from a place along an axis, with a rim [nm]."""
    places = np.nonzero(mended.volume.segmentation(mended.segmentation) == label)
    size = np.asarray(mended.volume.voxel_size)
    ends = np.array([[along.min(), along.max() + 1] for along in places]) * size[:, None]
    return float(np.abs(ends - center[:, None]).max()) * _RIM


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
        "From the front, the side and the top, and the section of the image through the contact; "
        f"all show a cube of {pictures.window:.0f} nm, and what reaches beyond is cut off.",
        "Three views of two objects in blue and orange, and a section of the image with their "
        "outlines.",
    )
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
        _show(page, (*pictures.views, *pictures.slices))
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
