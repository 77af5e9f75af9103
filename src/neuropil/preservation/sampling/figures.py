"""The figure of what clean tiles exclude, with the numbers it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.preservation.sampling.bounds import FractionBounds
from neuropil.preservation.sampling.independent_tiles import tiles_needed, upper_bound

if TYPE_CHECKING:
    import matplotlib.figure

__all__ = ["draw_exclusion"]

# Of the evaluation of a whole pig brain, and what a claim of 1 % takes.
_JUDGED, _CLAIMED = 4, 0.01
# From one tile to where a thousandth is excluded.
_MOST = 10_000
_POINTS = 60
_OWN = "this sample"


def draw_exclusion(writer: RunWriter, bounds: FractionBounds | None = None) -> None:
    """Draw which bad share so many clean tiles exclude.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    bounds : FractionBounds, optional
        Of one's own sample, shown at its number of blocks.
    """
    needed = tiles_needed(_CLAIMED)
    judged = upper_bound(_JUDGED)
    figure = Figure(
        "exclusion",
        f"{_say_open(bounds)}; a claim of 1 % takes {needed}",
        "Line: the bad share of the brain that n clean tiles at independent places exclude with "
        "95 % confidence; shares below the line stay possible. Orange: the four blocks by which a "
        "whole brain was judged. Tiles of one block are not independent, and count as one at worst."
        + (" Dark ring: this sample, at its blocks." if bounds else ""),
        "A falling line on two logarithmic axes with marked points.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        tiles = np.unique(np.geomspace(1, _MOST, _POINTS).round().astype(int))
        open_shares = np.array([upper_bound(int(n)) for n in tiles])
        axes.fill_between(tiles, 100 * open_shares, 1e-2, color=ACCENT, alpha=0.12, linewidth=0)
        axes.plot(tiles, 100 * open_shares, color=ACCENT)
        points = [("four blocks", _JUDGED, judged, WARM)]
        points += [("claim of 1 %", needed, upper_bound(needed), ACCENT)]
        if bounds:
            points.append((_OWN, bounds.counts.n_blocks, bounds.high, INK))
        for label, n, share, colour in points:
            # A ring around a dot: a sample of four blocks lies where the four blocks lie.
            own = label == _OWN
            axes.scatter(
                [n],
                [100 * share],
                s=110 if own else 36,
                facecolor="none" if own else colour,
                edgecolor=colour,
                linewidth=2 if own else 1,
                zorder=4 if own else 3,
                clip_on=False,
                label=f"{label}: {n}, {100 * share:.3g} %",
            )
        axes.legend(loc="upper right", frameon=False)
        axes.set(xscale="log", yscale="log", xlim=(0.7, _MOST), ylim=(2e-2, 110))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:g}")
        axes.set(xlabel="clean tiles at independent places", ylabel="bad share left open [%]")
        curve = pl.DataFrame({"point": "clean tiles", "tiles": tiles, "share": open_shares})
        marked = pl.DataFrame(
            {
                "point": [label for label, *_ in points],
                "tiles": [n for _, n, *_ in points],
                "share": [share for *_, share, _ in points],
            }
        )
        return pl.concat([curve, marked])

    writer.draw(figure, (7.2, 4.4), draw)


def _say_open(bounds: FractionBounds | None) -> str:
    """Say what this sample leaves open, or the four blocks where there is no sample."""
    if bounds is None:
        return f"{_JUDGED} clean blocks leave {100 * upper_bound(_JUDGED):.1f} % open"
    counts = bounds.counts
    blocks = "block" if counts.n_blocks == 1 else "blocks"
    leave = "leaves" if counts.n_blocks == 1 else "leave"
    left = f"{leave} {100 * bounds.high:.1f} % open"
    if not counts.n_bad:
        return f"{counts.n_blocks} clean {blocks} {left}"
    bad = f"{counts.n_bad} of {counts.n_tiles} tiles damaged"
    return f"{counts.n_blocks} {blocks} with {bad} {left}"
