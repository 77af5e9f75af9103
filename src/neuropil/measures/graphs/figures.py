"""Figures of the wiring: types beside their null, and how unequal the neurons are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, render_svg
from neuropil.measures.graphs.graph import Degrees, UndirectedDegrees

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["Drawing", "draw_degrees", "draw_type_matrix"]

Drawing = tuple[Figure, bytes, pl.DataFrame]
"""What a picture shows, the picture as SVG, and one row for each of its marks."""

_NO_DATA = "#e5e9ed"
# Types whose names can still be read on a page, and cells in which a number fits; not tuned.
_MOST_SHOWN = 60
_MOST_WRITTEN = 12
# Powers of 2, so that a halving is as dark as a doubling.
_LIMIT = 4.0
"""Factors beyond 2 to this power have the darkest colour."""


def draw_type_matrix(
    types: pl.DataFrame, unit: str, n_nulls: int, *, directed: bool = True
) -> Drawing:
    """Draw the weight between types, and its ratio to the mean of the null.

    Parameters
    ----------
    types : pl.DataFrame
        From :func:`measure_wiring`. Of more than 60 types, the 60 with most weight are drawn.
    unit : str
        Unit of the weight.
    n_nulls : int
        Number of null draws behind it.
    directed : bool
        False where each pair of types is one row of the table, and both cells of the picture.

    Returns
    -------
    figure : Figure
        Title, caption and description.
    svg : bytes
        The picture.
    data : pl.DataFrame
        One row for each cell that is drawn.
    """
    names = _choose(types)
    shown = types.filter(pl.col("pre").is_in(names) & pl.col("post").is_in(names))
    ends = ("postsynaptic", "presynaptic") if directed else ("", "")
    width = 5.0 + 0.08 * len(names)

    def draw(figure: matplotlib.figure.Figure) -> None:
        left, right = figure.subplots(1, 2)
        mirrored = shown if directed else _mirror(shown)
        _draw_weight(figure, left, _square(mirrored, names, "weight"), names, unit)
        _draw_ratio(figure, right, mirrored, names)
        for axes in (left, right):
            axes.set(xlabel=ends[0], ylabel=ends[1])

    svg, _ = render_svg((1.8 * width, 0.8 * width), draw, font_size=9)
    rows = "Rows send, columns receive." if directed else "Edges have no direction."
    return _describe(len(names), types, unit, n_nulls, rows), svg, shown


def draw_degrees(degrees: Degrees | UndirectedDegrees, unit: str) -> Drawing:
    """Draw which share of the neurons has at least so many partners, and so much weight.

    Parameters
    ----------
    degrees : Degrees or UndirectedDegrees
        From :func:`compute_degrees` or :func:`compute_undirected_degrees`.
    unit : str
        Unit of the weight.

    Returns
    -------
    figure : Figure
        Title, caption and description.
    svg : bytes
        The picture.
    data : pl.DataFrame
        One row for each step of the curves.
    """
    shown = _list_degrees(degrees)
    curves = pl.concat(
        [
            _survive(values).select(pl.lit(axis).alias("axis"), pl.lit(way).alias("way"), pl.all())
            for axis, way, values in shown
        ]
    )
    partners = [(way, values) for axis, way, values in shown if axis == "partners"]

    def draw(figure: matplotlib.figure.Figure) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_curves(left, curves.filter(axis="partners"))
        _draw_curves(right, curves.filter(axis="weight"))
        left.set(xlabel="partners", ylabel="share of neurons with at least as many")
        right.set(xlabel=f"weight [{unit}]")
        if len(partners) > 1:
            left.legend(frameon=False)

    about = Figure(
        "degrees",
        "Partners and weight of the neurons",
        "Share of the neurons that have at least so many partners (left) and at least so much "
        f"weight [{unit}] (right); both axes logarithmic. n = {partners[0][1].size:,} neurons.",
        "Falling curves. Median and largest number of partners: "
        f"{', '.join(f'{_middle(values)} {way}'.rstrip() for way, values in partners)}.",
    )
    return about, render_svg((7.0, 3.2), draw, font_size=9)[0], curves


def _list_degrees(
    degrees: Degrees | UndirectedDegrees,
) -> tuple[tuple[str, str, np.ndarray], ...]:
    """Name the axis and the way of each curve; undirected graphs have no ways."""
    if isinstance(degrees, UndirectedDegrees):
        return ("partners", "", degrees.degree), ("weight", "", degrees.strength)
    return (
        ("partners", "incoming", degrees.incoming),
        ("partners", "outgoing", degrees.outgoing),
        ("weight", "incoming", degrees.incoming_strength),
        ("weight", "outgoing", degrees.outgoing_strength),
    )


def _middle(values: np.ndarray) -> str:
    return f"{np.median(values):g} and {values.max():g}"


def _survive(values: np.ndarray) -> pl.DataFrame:
    """Share of the values that are at least as large as each of those above 0."""
    distinct, counts = np.unique(values[values > 0], return_counts=True)
    share = np.cumsum(counts[::-1])[::-1] / values.size
    return pl.DataFrame({"value": distinct.astype(np.float64), "share_at_least": share})


def _draw_curves(axes: matplotlib.axes.Axes, curves: pl.DataFrame) -> None:
    for way, colour in (("incoming", ACCENT), ("outgoing", WARM), ("", ACCENT)):
        curve = curves.filter(way=way)
        if curve.is_empty():
            continue
        axes.step(
            curve["value"], curve["share_at_least"], where="pre", color=colour, lw=1.4, label=way
        )
    axes.set(xscale="log", yscale="log")
    axes.spines[["top", "right"]].set_visible(False)


def _choose(types: pl.DataFrame) -> list[str]:
    """Name the types to draw, those with most weight, in alphabetical order."""
    weight = pl.concat(
        [types.select(pl.col(side).alias("type"), "weight") for side in ("pre", "post")]
    )
    total = weight.group_by("type", maintain_order=True).sum().sort("weight", descending=True)
    return sorted(total["type"].head(_MOST_SHOWN).to_list())


def _mirror(shown: pl.DataFrame) -> pl.DataFrame:
    """Add the other cell of each pair of types."""
    back = shown.rename({"pre": "post", "post": "pre"}).select(shown.columns)
    return pl.concat([shown, back.filter(pl.col("pre") != pl.col("post"))])


def _square(shown: pl.DataFrame, names: list[str], column: str) -> np.ndarray:
    place = {name: index for index, name in enumerate(names)}
    square = np.full((len(names), len(names)), np.nan)
    rows = [place[name] for name in shown["pre"]]
    columns = [place[name] for name in shown["post"]]
    square[rows, columns] = shown[column].to_numpy()
    return square


def _draw_weight(
    figure: matplotlib.figure.Figure,
    axes: matplotlib.axes.Axes,
    weight: np.ndarray,
    names: list[str],
    unit: str,
) -> None:
    axes.set_facecolor(_NO_DATA)
    wide = np.nanmax(weight) >= 10
    grey = np.log10(1 + weight) if wide else weight
    image = axes.imshow(grey, cmap="Greys", vmin=0, interpolation="nearest")
    bar = figure.colorbar(image, ax=axes, label=unit, shrink=0.75)
    if wide:
        ticks = [0, *(10**power for power in range(int(np.nanmax(grey)) + 1))]
        bar.set_ticks(
            [np.log10(1 + tick) for tick in ticks], labels=[f"{tick:,}" for tick in ticks]
        )
    _write_cells(axes, weight, grey / np.nanmax(grey))
    _name_axes(axes, names)
    axes.set_title("Observed weight")


def _draw_ratio(
    figure: matplotlib.figure.Figure,
    axes: matplotlib.axes.Axes,
    shown: pl.DataFrame,
    names: list[str],
) -> None:
    weight, null = _square(shown, names, "weight"), _square(shown, names, "weight_null")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = weight / null
        power = np.log2(ratio)
    axes.set_facecolor(_NO_DATA)
    clipped = np.clip(power, -_LIMIT, _LIMIT)
    image = axes.imshow(clipped, cmap="RdBu_r", vmin=-_LIMIT, vmax=_LIMIT, interpolation="nearest")
    bar = figure.colorbar(image, ax=axes, label="observed / null mean", shrink=0.75)
    bar.set_ticks([-4.0, -2.0, 0.0, 2.0, 4.0], labels=["1/16", "1/4", "1", "4", "16"])
    _write_cells(axes, ratio, np.abs(clipped) / _LIMIT)
    rows, columns = np.nonzero(_square(shown, names, "weight_q") < 0.05)
    colour = np.where(np.abs(clipped[rows, columns]) > _LIMIT / 2, "white", INK)
    small = len(names) <= _MOST_WRITTEN
    shift = 0.36 if small else 0.0  # beside the number where there is one
    axes.scatter(columns + shift, rows - shift, s=12 if small else 3, c=colour, linewidths=0)
    _name_axes(axes, names)
    axes.set_title("Ratio to the null (dot: q < 0.05)")


def _write_cells(axes: matplotlib.axes.Axes, values: np.ndarray, darkness: np.ndarray) -> None:
    """Write the numbers into the cells where there is room for them."""
    if len(values) > _MOST_WRITTEN:
        return
    for row, column in np.argwhere(np.isfinite(values)):
        shade = "white" if darkness[row, column] > 0.6 else INK
        value = values[row, column]
        text = f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
        axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=7)


def _name_axes(axes: matplotlib.axes.Axes, names: list[str]) -> None:
    ticks = range(len(names))
    axes.set_xticks(ticks, names, rotation=90)
    axes.set_yticks(ticks, names)
    axes.tick_params(length=0, labelsize=9 if len(names) <= 20 else 5)
    axes.spines[:].set_visible(False)


def _describe(n_shown: int, types: pl.DataFrame, unit: str, n_nulls: int, rows: str) -> Figure:
    n_types = pl.concat([types["pre"], types["post"]]).n_unique()
    part = "" if n_shown == n_types else f" The {n_shown} types of {n_types} with most weight."
    significant = int((types["weight_q"] < 0.05).sum())
    return Figure(
        "types",
        "Wiring between types, and its ratio to chance",
        f"{rows}{part} Left: weight [{unit}]. Right: the "
        f"weight divided by its mean in {n_nulls} nulls, colours logarithmic and darkest beyond "
        f"{2**_LIMIT:g}-fold; a dot marks q < 0.05, two-sided and corrected for all pairs of "
        "types. Light grey: no pair of neurons, or no weight in data and null.",
        f"Two heat maps of type by type. {significant} of {types.height} pairs of types differ "
        "from the null at q < 0.05.",
    )
