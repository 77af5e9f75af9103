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
from neuropil.preservation.score import Found, measure_tiles
from neuropil.preservation.traceability.doses import ACQUISITION

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure
    import matplotlib.image

__all__ = ["draw_found", "draw_places", "draw_tiles"]

# Pictures of a report: the worst blocks; the table of tiles has all.
_SHOWN, _IN_A_ROW = 8, 4
# More rows would make a figure longer than two screens.
_MOST_ROWS = 40
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
        The tissue; of those of one name the middle one is drawn.
    found : sequence of Found
        What was found in each of them.
    assay : PreservationAssay
        What read them.
    """
    together: dict[str, list[tuple[TissueBlock, Found]]] = {}
    for block, one in zip(blocks, found, strict=True):
        together.setdefault(block.name, []).append((block, one))
    middles = [parts[len(parts) // 2] for parts in together.values()]
    shown = [middles[place] for place in _choose_worst([one for _, one in middles], _SHOWN)]
    figure = Figure(
        "tiles",
        "What the assay marked, one tile a block",
        f"Windows of {_WINDOW / 1000:g} um from the middle of each block. Orange: gaps between "
        "free ends of membranes. Blue: ambiguous zones. Grey: voids. Above each: the loss of the "
        "adapted Rand error that is foretold, and the kind of damage that the tile is most like, "
        f"in orange where the tile is damaged.{_say_left_out(len(shown), len(middles))}",
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
        What was found in each block, one entry a block, copies with planted damage last.
    n_own : int
        Number of blocks that are no copies.
    limit : float
        Foretold loss beyond which a tile may be damaged.
    """
    true = _true_losses(found, n_own)
    shown = [found[place] for place in _choose_worst(found, _MOST_ROWS)]
    figure = Figure(
        "losses",
        "Foretold loss by block" + (", beside the true one" if true else ""),
        "Dots: mean over assessable tiles of the foretold loss of the adapted Rand error; bars: "
        "mean 90 % intervals of single tiles. Orange: blocks with damaged tiles, counted at the "
        "right among those that can be assessed. "
        + ("Crosses: true loss against the undamaged block. " if true else "")
        + f"Dashed: the limit of {limit:.2f}. {_say_rule(shown, limit)}"
        + _say_left_out(len(shown), len(found)),
        "Rows of dots with horizontal bars and crosses.",
    )
    rows = [_summarise(one, true.get(one.name)) for one in shown]

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        for place, row in enumerate(rows):
            _draw_block(axes, place, row)
        axes.axvline(limit, color=INK, linestyle="--", linewidth=1)
        axes.axvline(0, color=_GREY, linewidth=1)
        axes.set_yticks(range(len(rows)), [str(row["block"]) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel("loss of the adapted Rand error")
        return pl.DataFrame(rows, infer_schema_length=None)

    writer.draw(figure, (7.2, 1.4 + 0.42 * len(rows)), draw)


def _draw_block(axes: matplotlib.axes.Axes, place: int, row: dict[str, Any]) -> None:
    colour, count = _GREY, "not assessable"
    if row["loss"] is not None:
        colour = WARM if row["bad"] else ACCENT
        ends = [row["low"], row["high"]]
        axes.plot(ends, [place, place], color=colour, linewidth=3, alpha=0.4)
        axes.scatter([row["loss"]], [place], color=colour, s=40, zorder=3)
        count = f"{row['bad']} of {row['assessable']}"
    right = axes.get_yaxis_transform()
    axes.text(1.01, place, count, transform=right, color=colour, va="center", fontsize=8)
    if row["true"] is not None:
        axes.scatter([row["true"]], [place], marker="x", color=INK, s=46, zorder=4)


def _choose_worst(found: Sequence[Found], most: int) -> list[int]:
    """Return the places of the blocks with most damage, in the order of the run."""
    ranks = []
    for place, one in enumerate(found):
        row = _summarise(one, None)
        known = row["loss"] is not None
        rank = (-row["bad"] / row["assessable"], -row["loss"]) if known else (1.0, 0.0)
        ranks.append((*rank, place))
    return sorted(place for *_, place in sorted(ranks)[:most])


def _say_left_out(shown: int, n: int) -> str:
    return f" Shown are the {shown} worst of {n} blocks." if shown < n else ""


def _say_rule(found: Sequence[Found], limit: float) -> str:
    """Say when a tile is damaged, and why tiles beyond the limit are not."""
    rule = (
        "A tile is damaged where its foretold loss is beyond the limit, its interval does not hold "
        "0, and it is most like damage of tissue."
    )
    spared = measure_tiles(found).filter("passed").filter(pl.col("loss") > limit, ~pl.col("bad"))
    if not spared.height:
        return rule
    microscope = int(spared["kind"].is_in(ACQUISITION).sum())
    clean = int((spared["kind"] == "clean").sum())
    reasons = {
        "most like a fault of the microscope": microscope,
        "most like clean tissue": clean,
        "with an interval that holds 0": spared.height - microscope - clean,
    }
    counted = ", ".join(f"{n} {reason}" for reason, n in reasons.items() if n)
    return f"{rule} Tiles beyond the limit that are not damaged: {counted}."


def _true_losses(found: Sequence[Found], n_own: int) -> dict[str, float]:
    """Return the true loss of copies whose undamaged block is known."""
    clean = {one.name: one.judged.tiles["true_error"].mean() for one in found[:n_own]}
    losses = {}
    for one in found[n_own:]:
        before = clean.get(one.name.rpartition(", ")[0])
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
        "bad": int(passed["bad"].sum()),
    }


def draw_places(writer: RunWriter, found: Sequence[Found], n_own: int, limit: float) -> None:
    """Draw the foretold loss of each tile where it lies in its block.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    found : sequence of Found
        What was found in each block, one entry a block, copies with planted damage last.
    n_own : int
        Number of blocks that are no copies.
    limit : float
        Foretold loss beyond which tiles may be damaged: the middle of the colours.
    """
    shown = [found[place] for place in _choose_worst(found, _SHOWN)]
    title = f"Where tiles are damaged: {_say_bad(found[:n_own])}"
    copies = found[n_own:]
    figure = Figure(
        "places",
        f"{title}, and {_say_bad(copies)} in damaged copies" if copies else title,
        "Each square is a tile: depth in the block downwards, or the order of the table for single "
        "tiles; columns of tiles side by side. Orange: damaged. Blue: not damaged. The darker, the "
        f"more loss is foretold, up to {2 * limit:.2f} or more. {_say_rule(shown, limit)} Grey: "
        f"not assessable.{_say_left_out(len(shown), len(found))}",
        "A heat map for each block.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, len(shown), squeeze=False)[0]
        pictures = [
            _draw_places(panel, one, 2 * limit) for one, panel in zip(shown, panels, strict=True)
        ]
        panels[0].set_ylabel("tile, downwards")
        labels = ("foretold loss, not damaged", "foretold loss, damaged")
        for place, label in enumerate(labels):
            if place == 0 or any(one.judged.tiles["bad"].any() for one in shown):
                page.colorbar(pictures[0][place], ax=panels.tolist(), label=label, shrink=0.8)
        names = ("z_nm", "y_nm", "x_nm", "passed", "bad", "loss")
        return measure_tiles(shown).select(*names, "block")

    # Wide enough for two scales of colours beside one block.
    writer.draw(figure, (min(9.6, 3.6 + 1.2 * len(shown)), 3.4), draw)


def _say_bad(found: Sequence[Found]) -> str:
    passed = measure_tiles(found).filter("passed")
    return f"{int(passed['bad'].sum())} of {passed.height}"


def _draw_places(
    panel: matplotlib.axes.Axes, found: Found, most: float
) -> list[matplotlib.image.AxesImage]:
    """Draw tiles that are not damaged, and over them those that are."""
    from matplotlib.colors import LinearSegmentedColormap

    losses, bad = _grid(found.judged.tiles)
    panel.set_facecolor(_GREY)
    pictures = []
    for colour, hidden in ((ACCENT, bad), (WARM, ~bad)):
        colours = LinearSegmentedColormap.from_list(colour, ["white", colour])
        values = np.ma.masked_where(hidden | np.isnan(losses), losses)
        pictures.append(panel.imshow(values, cmap=colours, vmin=0, vmax=most, aspect="auto"))
    panel.set_title(found.name.replace(", ", "\n"), fontsize=7)
    panel.set_xticks([])
    ends = sorted({0, len(losses) - 1})
    panel.set_yticks(ends, [str(end + 1) for end in ends], fontsize=7)
    return pictures


def _grid(tiles: pl.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return losses by depth and column, NaN where none is assessable, and which are damaged."""
    # Single tiles all begin at 0, each in its own picture: they are put below one another.
    again = tiles.select(pl.int_range(pl.len()).over("z_nm", "y_nm", "x_nm").alias("again"))
    below = tiles.select("z_nm").hstack(again).to_numpy()
    deep = np.unique(below, axis=0, return_inverse=True)[1].ravel()
    across = tiles.select("y_nm", "x_nm").to_numpy()
    column = np.unique(across, axis=0, return_inverse=True)[1].ravel()
    values = np.full((deep.max() + 1, column.max() + 1), np.nan)
    values[deep, column] = np.where(tiles["passed"].to_numpy(), tiles["loss"].to_numpy(), np.nan)
    bad = np.zeros(values.shape, dtype=bool)
    bad[deep, column] = tiles["bad"].fill_null(False).to_numpy()
    return values, bad
