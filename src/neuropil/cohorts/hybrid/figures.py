"""Figures of ``hybrid-latents``, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.cohorts.hybrid.models.mixture import TiedMixture
from neuropil.cohorts.hybrid.models.rivals import label_of
from neuropil.connectome import fill_matrices
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = [
    "draw_contents",
    "draw_harmonisation",
    "draw_map",
    "draw_models",
    "draw_offset",
    "order_table",
]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

# More points hide each other; more names run together.
_POINTS, _NAMES = 2000, 30
_OWN = ("mixture", "hybrid")


def order_table(table: Array) -> tuple[Whole, Whole]:
    """Order rows by size, and columns so that each stands near the row it has most of.

    Parameters
    ----------
    table : (s, k) array
        Subjects by site and category.

    Returns
    -------
    rows, columns : int arrays
        The orders.
    """
    rows = np.argsort(-table.sum(axis=1), kind="stable")
    shares = table[rows] / np.maximum(table[rows].sum(axis=1, keepdims=True), 1)
    columns = np.lexsort((-shares.max(axis=0), shares.argmax(axis=0)))
    return rows, columns


def draw_map(
    writer: RunWriter,
    mixture: TiedMixture,
    seen: tuple[Array, Whole],
    sites: tuple[Whole, Sequence[str]] | None,
    ari: float | None,
) -> None:
    """Draw subjects where categories differ most, beside how sites fall into categories.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    mixture : TiedMixture
        Its means and covariance give the directions.
    seen : pair of (n, d) array and (n,) int array
        Features and category of every subject.
    sites : pair of (n,) int array and sequence of str, or None
        Site of every subject, -1 where it is not known, and the names.
    ari : float or None
        Agreement of both.
    """
    features, found = seen
    places = _project_between(mixture, features)
    agreement = (
        f"agree with sites to an adjusted Rand index of {ari:.2f}" if ari is not None else ""
    )
    title = f"Found categories {agreement}" if agreement else "Found categories"
    figure = Figure(
        "map",
        title,
        f"Left: subjects (n = {len(found):,}; at most {_POINTS:,} are drawn) on the two directions "
        "in which categories differ most, in standard deviations within categories; a colour a "
        "category. Right: share of each site's subjects by category, sites from the largest "
        "down; no site's label was used to find them.",
        "A scatter of subjects coloured by category, and a table of sites by categories.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, 1 if sites is None else 2, squeeze=False)[0]
        _scatter(panels[0], places, found)
        if sites is not None:
            _draw_table(page, panels[1], found, sites)
        columns = {"x": places[:, 0], "y": places[:, 1], "category": found}
        if sites is not None:
            names = [None if one < 0 else sites[1][one] for one in sites[0]]
            columns["site"] = names  # type: ignore[assignment]
        return pl.DataFrame(columns)

    writer.draw(figure, (9.2, 4.4), draw)


def _project_between(mixture: TiedMixture, features: Array) -> Array:
    """Return the two canonical coordinates of linear discriminant analysis, shape (n, 2)."""
    root = np.linalg.cholesky(mixture.covariance)
    centre = mixture.weights @ mixture.means
    means = np.linalg.solve(root, (mixture.means - centre).T).T * np.sqrt(mixture.weights)[:, None]
    directions = np.linalg.svd(means, full_matrices=False)[2][:2]
    white = np.linalg.solve(root, (features - centre).T).T
    found = np.zeros((len(features), 2))
    found[:, : len(directions)] = white @ directions.T
    return found


def _scatter(axes: matplotlib.axes.Axes, places: Array, found: Whole) -> None:
    from matplotlib import colormaps

    step = max(1, -(-len(found) // _POINTS))
    colours = colormaps["tab20"](found[::step] % 20)
    axes.scatter(places[::step, 0], places[::step, 1], c=colours, s=7, linewidths=0)
    for category in np.unique(found):
        middle = np.median(places[found == category], axis=0)
        axes.text(
            middle[0], middle[1], str(category + 1), fontsize=7, ha="center", va="center", color=INK
        )
    axes.set(title="subjects by category", xlabel="first direction", ylabel="second direction")


def _draw_table(
    page: matplotlib.figure.Figure,
    axes: matplotlib.axes.Axes,
    found: Whole,
    sites: tuple[Whole, Sequence[str]],
) -> None:
    labels, names = sites
    table = np.zeros((len(names), int(found.max()) + 1))
    np.add.at(table, (labels[labels >= 0], found[labels >= 0]), 1)
    rows, columns = order_table(table)
    rows = rows[:_NAMES]
    shares = table[rows] / np.maximum(table[rows].sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares[:, columns], cmap="Blues", vmin=0, vmax=1, aspect="auto")
    page.colorbar(image, ax=axes, label="share of the site")
    axes.set_yticks(range(len(rows)), [names[row] for row in rows], fontsize=7)
    axes.set_xticks(range(len(columns)), [str(column + 1) for column in columns], fontsize=7)
    axes.set(title="sites by category", xlabel="category")


def draw_models(writer: RunWriter, table: pl.DataFrame, n_categories: int) -> None:
    """Draw the agreement of every model's categories with the sites.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : pl.DataFrame
        One row a model and seed, with ``model`` and ``ari``.
    n_categories : int
        How many every model was asked for.
    """
    models = list(dict.fromkeys(table["model"]))
    seeds = table["seed"].n_unique()
    figure = Figure(
        "models",
        "Agreement of categories with sites, by model",
        f"Adjusted Rand index with the sites, which no model has seen; every model was asked for "
        f"{n_categories} categories. Points: {seeds} seeds; bars: their mean. Orange: the models "
        "of this study; ink: rivals.",
        "Points and a bar of the mean for every model.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        for place, model in enumerate(models[::-1]):
            values = table.filter(pl.col("model") == model)["ari"].to_numpy()
            colour = WARM if model in _OWN else INK
            axes.barh(place, values.mean(), color=colour, alpha=0.25, height=0.7)
            axes.plot(values, np.full(len(values), place), "o", color=colour, markersize=4)
            axes.text(1.01, place, f"{values.mean():.2f}", va="center", fontsize=8)
        axes.set_yticks(range(len(models)), [label_of(one) for one in models[::-1]])
        axes.set(xlim=(min(0.0, float(table["ari"].min())), 1), xlabel="adjusted Rand index")  # type: ignore[arg-type]
        return table

    writer.draw(figure, (7.4, 0.9 + 0.32 * len(models)), draw)


def draw_contents(writer: RunWriter, table: pl.DataFrame, continuous: int) -> None:
    """Draw what continuous coordinates tell beside what as many principal components tell.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : pl.DataFrame
        ``what, coordinates, value, low, high, chance``.
    continuous : int
        Number of coordinates.
    """
    names = list(dict.fromkeys(table["what"]))
    figure = Figure(
        "contents",
        "What the continuous coordinates tell, and what they no longer tell",
        f"Of {continuous} continuous coordinates of the hybrid model (blue) and as many principal "
        "components (grey), in subjects who were not fitted; lines: 95 % over resampled subjects. "
        "Dotted: mean of shuffled subjects. Site: balanced accuracy; two values: area under the "
        "ROC curve; numbers: r. Age is told within sites.",
        "Pairs of bars for the site and every trait.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        for side, (kind, colour) in enumerate((("hybrid", ACCENT), ("components", "0.6"))):
            part = table.filter(pl.col("coordinates") == kind)
            at = np.array([names.index(one) for one in part["what"]]) + 0.38 * (side - 0.5)
            value = part["value"].to_numpy()
            limits = part.select("low", "high").to_numpy().T
            label = "hybrid" if kind == "hybrid" else "PCA"
            axes.bar(at, value, 0.36, color=colour, label=label)
            axes.errorbar(at, value, np.abs(limits - value), fmt="none", ecolor=INK, linewidth=1)
            for place, chance in zip(at, part["chance"], strict=True):
                axes.plot([place - 0.19, place + 0.19], [chance, chance], ":", color=INK)
        axes.set_xticks(range(len(names)), names)
        axes.set(ylim=(0, 1), ylabel="told in unseen subjects")
        axes.legend(frameon=False)
        return table

    writer.draw(figure, (1.8 + 1.5 * len(names), 3.2), draw)


def draw_harmonisation(writer: RunWriter, table: pl.DataFrame, labels: dict[str, str]) -> None:
    """Draw how much of the sites is found after harmonising, and what of traits is kept.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    table : pl.DataFrame
        One row a way: ``way, k_means, tied`` and the traits.
    labels : dict of str to str
        Ways for readers.
    """
    traits = [name for name in table.columns if name not in ("way", "k_means", "tied")]
    groups = [("k_means", "sites found\nby k-means"), ("tied", "sites found\nby a mixture")]
    groups += [(name, name) for name in traits]
    figure = Figure(
        "harmonisation",
        "What harmonising takes out, and what it keeps",
        "Left of the line, less is better: adjusted Rand index between clusters of the harmonised "
        "connections and the sites. Right, as high as measured is best: how well each trait is "
        "told from all connections (area under the ROC curve, or r within sites for numbers). All "
        "fitted without the tested subjects; the found categories know no site.",
        "Groups of bars, one bar a way to harmonise.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        colours = {"raw": "0.8", "standardised": "0.6", "combat": "0.4", "found": WARM}
        width = 0.8 / table.height
        for place, way in enumerate(table["way"]):
            values = [float(table[name][place]) for name, _ in groups]
            at = np.arange(len(groups)) + (place - (table.height - 1) / 2) * width
            axes.bar(at, values, width * 0.9, color=colours.get(way, ACCENT), label=labels[way])
            for x, value in zip(at, values, strict=True):
                axes.text(
                    x, max(value, 0) + 0.01, f"{max(value, 0.0):.2f}", ha="center", fontsize=6
                )
        axes.axvline(1.5, color="0.7", linewidth=1)
        axes.set_xticks(range(len(groups)), [label for _, label in groups])
        axes.set(ylim=(min(0.0, axes.get_ylim()[0]), 1.15))
        axes.legend(frameon=False, ncols=2, loc="upper left", fontsize=8)
        return table

    writer.draw(figure, (2.2 + 1.6 * len(groups), 3.6), draw)


def draw_offset(writer: RunWriter, offset: Array, n_regions: int, words: tuple[str, str]) -> None:
    """Draw what one category adds to every connection.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    offset : (n_edges,) array
        Beside the mean of the cohort.
    n_regions : int
        Number of regions.
    words : pair of str
        The category, and the quantity.
    """
    which, quantity = words
    figure = Figure(
        "offset",
        f"What {which} adds to every connection",
        f"Difference from the mean of the cohort in {quantity}, regions in the order of the data; "
        "red: stronger. Of all categories the one whose offset is largest.",
        "A heat map of differences.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        # The largest one in a hundred would leave all others white.
        largest = float(np.quantile(np.abs(offset), 0.99)) or 1.0
        square = fill_matrices(offset[None], n_regions)[0]
        image = axes.imshow(square, cmap="RdBu_r", vmin=-largest, vmax=largest)
        page.colorbar(image, ax=axes, label=f"difference of {quantity}")
        axes.set(xlabel="region", ylabel="region")
        rows, columns = np.triu_indices(n_regions, 1)
        return pl.DataFrame({"first": rows, "second": columns, "offset": offset})

    writer.draw(figure, (5.4, 4.4), draw)
