"""Figures of ``preservation``, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.ndimage import binary_dilation

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.preservation.axes.table import measure_axes
from neuropil.preservation.data import TissueBlock, cut_tiles, read_column
from neuropil.preservation.fit import PreservationAssay
from neuropil.preservation.score import Found

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_found", "draw_places", "draw_tiles"]

# Pictures of a report: the first blocks; the table of tiles has all.
_SHOWN, _IN_A_ROW = 8, 4
# Edge of what is shown of a tile [nm]: neurites can still be told by eye.
_WINDOW = 2000.0
_GREY = "#9a9a9a"


def draw_tiles(
    writer: RunWriter,
    blocks: Sequence[TissueBlock],
    found: Sequence[Found],
    assay: PreservationAssay,
) -> None:
    """Draw one tile of each block with what the assay marked on it.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    blocks : sequence of TissueBlock
        The tissue.
    found : sequence of Found
        What was found in each block.
    assay : PreservationAssay
        What read them.
    """
    shown = list(zip(blocks, found, strict=True))[:_SHOWN]
    figure = Figure(
        "tiles",
        "What the assay marked, one tile a block",
        f"Windows of {_WINDOW / 1000:g} um from the middle of each block. Orange: gaps between "
        "free ends of membranes. Blue: ambiguous zones. Grey: voids. Above each: the loss of the "
        "adapted Rand error that is foretold, and the kind of damage that the tile is most like.",
        "Grey images of tissue with coloured areas and lines where damage was found.",
    )
    rows = -(-len(shown) // _IN_A_ROW)

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        grid = page.subplots(rows, min(len(shown), _IN_A_ROW), squeeze=False)
        numbers = [
            _draw_tile(axes, block, one, assay)
            for axes, (block, one) in zip(grid.flat, shown, strict=False)
        ]
        for axes in grid.flat:
            axes.set_axis_off()
        return pl.DataFrame(numbers, infer_schema_length=None)

    writer.draw(figure, (9.6, 2.9 * rows), draw)


def _draw_tile(
    axes: matplotlib.axes.Axes, block: TissueBlock, found: Found, assay: PreservationAssay
) -> dict[str, object]:
    region = next(cut_tiles(block.volume, assay.spacing, assay.tile))
    places = list(range(*region[0].indices(block.volume.shape[0])))
    middle = len(places) // 2
    section = read_column(
        block.volume, (slice(places[middle], places[middle] + 1), region[1], region[2])
    )
    table = measure_axes(section, assay.detector_.predict(section))
    window = _centre(section.shape[1:], _WINDOW / section.voxel_size[2])
    axes.imshow(section.read_image()[0][window], cmap="gray", interpolation="nearest")
    row = found.judged.tiles.row(middle, named=True)
    passed = bool(row["passed"])
    if passed:
        _tint(axes, table.map_zones()[0][window] > 0.5, ACCENT, 0.45)
        _tint(axes, table.map_voids()[0][window] > 0.5, INK, 0.5)
        # Lines of one pixel would hardly be seen.
        _tint(axes, binary_dilation(table.map_gaps()[0][window] > 0, iterations=2), WARM, 1.0)
    said = f"loss {row['loss']:.2f}, like {row['kind']}" if passed else "not assessable"
    axes.set_title(f"{found.name}\n{said}", fontsize=8, color=WARM if row["bad"] else INK)
    return {
        "block": found.name,
        "tile": middle,
        "loss": row["loss"],
        "kind": row["kind"],
        "gap_fraction": row["gap_fraction"],
        "zone_fraction": row["zone_fraction"],
        "void_fraction": row["void_fraction"],
    }


def _centre(shape: tuple[int, ...], edge: float) -> tuple[slice, slice]:
    cuts = []
    for n in shape:
        length = min(n, max(round(edge), 1))
        cuts.append(slice((n - length) // 2, (n - length) // 2 + length))
    return cuts[0], cuts[1]


def _tint(
    axes: matplotlib.axes.Axes, mask: npt.NDArray[np.bool_], colour: str, opacity: float
) -> None:
    from matplotlib.colors import to_rgb

    layer = np.zeros((*mask.shape, 4))
    layer[mask] = (*to_rgb(colour), opacity)
    axes.imshow(layer, interpolation="nearest")


def draw_found(writer: RunWriter, found: Sequence[Found], n_own: int, limit: float) -> None:
    """Draw the foretold loss of each block, beside the true one where it is known.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    found : sequence of Found
        What was found in each block, copies with planted damage last.
    n_own : int
        Number of blocks that are no copies.
    limit : float
        Loss beyond which a tile is bad.
    """
    true = _true_losses(found, n_own)
    figure = Figure(
        "losses",
        "Foretold loss by block" + (", beside the true one" if true else ""),
        "Dots: mean over assessable tiles of the foretold loss of the adapted Rand error; bars: "
        "mean 90 % intervals of single tiles. "
        + ("Crosses: true loss against the undamaged block. " if true else "")
        + f"Dashed: the limit beyond which a tile is bad, {limit:.2f}. Grey: not assessable.",
        "Rows of dots with horizontal bars and crosses.",
    )
    rows = [_summarise(one, true.get(one.name)) for one in found]

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        for place, row in enumerate(rows):
            middle = row["loss"]
            if middle is None:
                axes.text(limit, place, " not assessable", color=_GREY, va="center")
            else:
                colour = WARM if middle > limit else ACCENT
                axes.plot(
                    [row["low"], row["high"]], [place, place], color=colour, linewidth=3, alpha=0.4
                )
                axes.scatter([middle], [place], color=colour, s=40, zorder=3)
            if row["true"] is not None:
                axes.scatter([row["true"]], [place], marker="x", color=INK, s=46, zorder=4)
        axes.axvline(limit, color=INK, linestyle="--", linewidth=1)
        axes.axvline(0, color=_GREY, linewidth=1)
        axes.set_yticks(range(len(rows)), [str(row["block"]) for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel("loss of the adapted Rand error")
        return pl.DataFrame(rows, infer_schema_length=None)

    writer.draw(figure, (7.2, 1.4 + 0.42 * len(rows)), draw)


def _true_losses(found: Sequence[Found], n_own: int) -> dict[str, float]:
    """Return the true loss of copies whose undamaged block is known."""
    clean = {one.name: one.judged.tiles["true_error"].mean() for one in found[:n_own]}
    losses = {}
    for one in found[n_own:]:
        before = clean.get(one.name.partition(",")[0])
        after = one.judged.tiles["true_error"].mean()
        if before is not None and after is not None:
            losses[one.name] = float(after) - float(before)  # type: ignore[arg-type]
    return losses


def _summarise(found: Found, true: float | None) -> dict[str, Any]:
    passed = found.judged.tiles.filter("passed")
    return {
        "block": found.name,
        "loss": passed["loss"].mean(),
        "low": passed["loss_low"].mean(),
        "high": passed["loss_high"].mean(),
        "true": true,
        "tiles": found.judged.tiles.height,
        "assessable": passed.height,
    }


def draw_places(writer: RunWriter, found: Sequence[Found], limit: float) -> None:
    """Draw the foretold loss of each tile where it lies in its block.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    found : sequence of Found
        What was found in each block.
    limit : float
        Loss beyond which a tile is bad: the middle of the colours.
    """
    shown = list(found)[:_SHOWN]
    figure = Figure(
        "places",
        "Where tiles are damaged",
        "Each square is a tile: depth in the block downwards, columns of tiles side by side. "
        f"White: no loss; orange: {2 * limit:.2f} or more. Grey: not assessable.",
        "A heat map for each block.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        import matplotlib

        axes = page.subplots(1, len(shown), squeeze=False)[0]
        colours = matplotlib.colormaps["Oranges"].with_extremes(bad=_GREY)
        for one, panel in zip(shown, axes, strict=True):
            values = _grid(one.judged.tiles)
            picture = panel.imshow(values, cmap=colours, vmin=0, vmax=2 * limit, aspect="auto")
            panel.set_title(one.name.replace(", ", "\n"), fontsize=7)
            panel.set_xticks([])
        axes[0].set_ylabel("tile, downwards")
        page.colorbar(picture, ax=axes.tolist(), label="foretold loss", shrink=0.8)
        table = [
            one.judged.tiles.select("z_nm", "y_nm", "x_nm", "passed", "loss").with_columns(
                block=pl.lit(one.name)
            )
            for one in shown
        ]
        return pl.concat(table)

    writer.draw(figure, (9.6, 3.4), draw)


def _grid(tiles: pl.DataFrame) -> npt.NDArray[np.float64]:
    """Return losses by depth and column, NaN where a tile is not assessable."""
    deep = np.unique(tiles["z_nm"].to_numpy(), return_inverse=True)[1]
    across = tiles.select("y_nm", "x_nm").to_numpy()
    column = np.unique(across, axis=0, return_inverse=True)[1].ravel()
    values = np.full((deep.max() + 1, column.max() + 1), np.nan)
    loss = np.where(tiles["passed"].to_numpy(), tiles["loss"].to_numpy(), np.nan)
    values[deep, column] = loss
    return values
