"""Figures of repair: one section before, damaged and healed, and errors by instrument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.ndimage import uniform_filter

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.preservation.data import TissueBlock, cut_tiles, read_column
from neuropil.preservation.fit import PreservationAssay
from neuropil.preservation.repair.healing import heal_gaps
from neuropil.preservation.segmenting.segments import fragment

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_healing", "draw_instruments"]

# Edge of what is shown [nm]: neurites can still be told by eye.
_WINDOW = 1500.0
# Probability from which on a drawn way is shown.
_DRAWN = 0.2
_MARKS = {False: "o", True: "^"}


@dataclass(frozen=True, eq=False)
class _Panel:
    title: str
    image: npt.NDArray[Any]
    segments: npt.NDArray[np.int32]
    drawn: npt.NDArray[np.bool_]


def draw_healing(
    writer: RunWriter, blocks: Sequence[TissueBlock], assay: PreservationAssay
) -> None:
    """Draw a section of a damaged copy before damage, damaged, and with its gaps closed.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    blocks : sequence of TissueBlock
        The tissue; the first copy with gaps is shown, or else the last block.
    assay : PreservationAssay
        Fitted.
    """
    chosen = next((one for one in blocks if ", gaps" in one.name), blocks[-1])
    before = next((one for one in blocks if one.name == chosen.name.partition(",")[0]), chosen)
    panels = _look(chosen, assay, "damaged" if before is not chosen else "as it is")
    if before is not chosen:
        panels = [_look(before, assay, "before")[0], *panels]
    window = _choose_window(panels[-1].drawn, round(_WINDOW / chosen.volume.voxel_size[2]))
    panels = [_cut(panel, window) for panel in panels]
    figure = Figure(
        "healing",
        f"Segments of {chosen.name}, and what closing gaps makes of them",
        f"The same window of {_WINDOW / 1000:g} um, where most was drawn. Colours: segments, "
        "each of any colour; one that runs through several cells is a merger. Orange lines: "
        "membranes that were drawn where free ends and the image speak for one.",
        "Grey images of tissue under coloured segments, side by side.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        grid = page.subplots(1, len(panels), squeeze=False)[0]
        for axes, panel in zip(grid, panels, strict=True):
            _draw_panel(axes, panel)
        return pl.DataFrame(
            {
                "panel": [one.title for one in panels],
                "segments": [len(np.unique(one.segments)) for one in panels],
                "drawn": [float(one.drawn.mean()) for one in panels],
            }
        )

    writer.draw(figure, (9.6, 3.6), draw)


def _look(block: TissueBlock, assay: PreservationAssay, title: str) -> list[_Panel]:
    """Segment the middle section of a block as it is, and with its gaps closed."""
    region = next(cut_tiles(block.volume, assay.spacing, assay.tile))
    places = list(range(*region[0].indices(block.volume.shape[0])))
    middle = places[len(places) // 2]
    section = read_column(block.volume, (slice(middle, middle + 1), region[1], region[2]))
    probability = assay.detector_.predict(section)
    healed = heal_gaps(section, probability)
    drawn = healed.drawn[0] > _DRAWN
    image, threshold = section.read_image()[0], assay.plan_.threshold
    return [
        _Panel(name, image, fragment(seen[0], section.voxel_size[1:]).segment(threshold), shown)
        for name, seen, shown in (
            (title, probability, np.zeros_like(drawn)),
            ("healed", healed.probability, drawn),
        )
    ]


def _choose_window(drawn: npt.NDArray[np.bool_], edge: int) -> tuple[slice, slice]:
    """Choose the square in which most was drawn, the middle where nothing was."""
    near = uniform_filter(drawn.astype(np.float32), edge, mode="constant")
    middle = [n // 2 for n in drawn.shape]
    if drawn.any():
        middle = [int(place) for place in np.unravel_index(int(near.argmax()), drawn.shape)]
    starts = [
        min(max(at - edge // 2, 0), max(n - edge, 0))
        for at, n in zip(middle, drawn.shape, strict=True)
    ]
    return slice(starts[0], starts[0] + edge), slice(starts[1], starts[1] + edge)


def _cut(panel: _Panel, window: tuple[slice, slice]) -> _Panel:
    return _Panel(panel.title, panel.image[window], panel.segments[window], panel.drawn[window])


def _draw_panel(axes: matplotlib.axes.Axes, panel: _Panel) -> None:
    import matplotlib
    from matplotlib.colors import to_rgb

    axes.imshow(panel.image, cmap="gray", interpolation="nearest")
    colours = matplotlib.colormaps["tab20"](panel.segments % 20)
    colours[..., 3] = 0.4
    axes.imshow(colours, interpolation="nearest")
    layer = np.zeros((*panel.drawn.shape, 4))
    layer[panel.drawn] = (*to_rgb(WARM), 1.0)
    axes.imshow(layer, interpolation="nearest")
    axes.set_title(panel.title)
    axes.set_axis_off()


def draw_instruments(writer: RunWriter, table: pl.DataFrame) -> None:
    """Draw the error of each block by detector, without and with closed gaps.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : pl.DataFrame
        Rows of ``score_sections`` with ``block``.
    """
    means = table.group_by("block", "instrument", "healed", maintain_order=True).agg(
        pl.col("arand").mean(), pl.len().alias("sections")
    )
    names = means["block"].unique(maintain_order=True).to_list()
    instruments = means["instrument"].unique(maintain_order=True).to_list()
    figure = Figure(
        "instruments",
        "What damage costs two detectors, and what closing gaps gives back",
        f"Adapted Rand error of each block, mean over sections. Blue: {instruments[0]} detector; "
        f"orange: {instruments[-1]}, which learnt from damaged sections too. Circles: as it is; "
        "triangles: with gaps closed. What the retrained detector saves was the instrument's "
        "loss; what both lose the image may not hold.",
        "Rows of four dots, one row for each block.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        colours = dict(zip(instruments, (ACCENT, WARM), strict=False))
        for row in means.iter_rows(named=True):
            place = names.index(row["block"]) + (0.18 if row["healed"] else -0.18)
            axes.scatter(
                row["arand"],
                place,
                color=colours[row["instrument"]],
                marker=_MARKS[row["healed"]],
                label=f"{row['instrument']}{', gaps closed' if row['healed'] else ''}",
            )
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel("adapted Rand error")
        # Each block has the same four dots: one legend for all.
        handles, labels = axes.get_legend_handles_labels()
        entries = dict(zip(labels, handles, strict=True))
        axes.legend(
            entries.values(),
            entries.keys(),
            frameon=False,
            loc="center left",
            bbox_to_anchor=(1.02, 0.5),
        )
        return means

    writer.draw(figure, (7.2, 1.4 + 0.45 * len(names)), draw)
