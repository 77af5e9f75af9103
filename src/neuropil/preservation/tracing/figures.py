"""Figures of connections: against the length of their way, and against a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.preservation.tracing.break_rates import BreakRate
from neuropil.preservation.tracing.delays import AXON, PATCH
from neuropil.preservation.tracing.recovery import recover_independent

if TYPE_CHECKING:
    import matplotlib.figure

__all__ = ["draw_delays", "draw_recovery"]

# From a neighbour to across a brain [mm], and the rates of run lengths of .5 to 100 mm.
_NEAR, _FAR, _POINTS = 0.03, 30.0, 80
_RATES = (4.0, 2.0, 0.4, 0.1, 0.02)
# A local circuit: the way that the title speaks of [mm].
_LOCAL = 1.0
# Wider bands leave open whether nothing or everything is recovered.
_EVERYTHING = 0.95


def draw_recovery(writer: RunWriter, rate: BreakRate) -> None:
    """Draw which share of connections is recovered, by the length of their axon.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    rate : BreakRate
        Of one's own sample.
    """
    low, high = (float(recover_independent(each, _LOCAL)) for each in (rate.high, rate.low))
    both = 100 * (2 * rate.level - 1)
    figure = Figure(
        "recovery",
        _say_band(low, high),
        "Lines: share of connections of one synapse that are recovered, against the way along the "
        "axon (and 0.15 mm of dendrite), for expected run lengths of long neurites. Band: what "
        f"the breaks of this sample allow ({both:.3g} % interval, {rate.low:.3g} to "
        f"{rate.high:.3g} breaks for each mm).",
        "Falling curves over a logarithmic length, and a band between the two rates.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        axes = page.subplots()
        ways = np.geomspace(_NEAR, _FAR, _POINTS)
        ends = [recover_independent(each, ways) for each in (rate.high, rate.low)]
        axes.fill_between(ways, 100 * ends[0], 100 * ends[1], color=INK, alpha=0.12, linewidth=0)
        rows = [_frame(name, ways, end) for name, end in zip(("low", "high"), ends, strict=True)]
        for place, each in enumerate(_RATES):
            share = recover_independent(each, ways)
            name = f"ERL {2 / each:g} mm"
            # Rarer breaks are drawn darker.
            axes.plot(ways, 100 * share, color=ACCENT, alpha=0.3 + 0.7 * place / len(_RATES))
            at = int(np.abs(share - 0.5).argmin())
            axes.annotate(
                name,
                (ways[at], 100 * share[at]),
                xytext=(5, 3),
                textcoords="offset points",
                color=ACCENT,
                fontsize=8,
            )
            rows.append(_frame(name, ways, share))
        axes.set(xscale="log", xlim=(_NEAR, _FAR), ylim=(0, 101))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set(xlabel="way along the axon [mm]", ylabel="connections recovered [%]")
        return pl.concat(rows)

    writer.draw(figure, (7.2, 4.4), draw)


def _say_band(low: float, high: float) -> str:
    """Say which share of connections a sample allows, or that it cannot tell."""
    if high - low >= _EVERYTHING:
        return f"This sample cannot tell how many connections are recovered over {_LOCAL:g} mm"
    shares = f"{100 * low:.3g} to {100 * high:.3g} %"
    return f"Over {_LOCAL:g} mm of axon this sample allows {shares} of connections"


def _frame(name: str, ways: np.ndarray, share: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"curve": name, "axon": ways, "share": share})


# What is left after a delay, its colour and its name.
_LEFT = (
    ("perfused", ACCENT, "perfused tissue"),
    ("connections_small", WARM, "connections"),
)


def draw_delays(writer: RunWriter, foreseen: pl.DataFrame, minutes: float) -> None:
    """Draw what is believed of a delay, each belief by itself.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    foreseen : pl.DataFrame
        As ``foresee_delays`` returns it.
    minutes : float
        The delay that was asked about [min].
    """
    names = foreseen["prior"].unique(maintain_order=True).to_list()
    figure = Figure(
        "delays",
        "What is believed of a delay before wash-out, and not what any brain has shown",
        "Blue: share of the tissue that is still perfused, which is the share of connections left "
        "where lost patches are far larger than they; orange: connections left where a way of "
        f"{AXON:g} mm crosses patches of {PATCH:g} mm. Lines: means; bands: 95 % of the brains "
        f"that each belief allows. Dashed: {minutes:g} minutes.",
        "One panel for each belief, with falling curves and wide bands.",
    )

    def draw(page: matplotlib.figure.Figure) -> pl.DataFrame:
        panels = page.subplots(1, len(names), sharey=True, squeeze=False)[0]
        for axes, name in zip(panels, names, strict=True):
            rows = foreseen.filter(pl.col("prior") == name)
            for quantity, colour, label in _LEFT:
                low, middle, high = (
                    100 * rows[f"{quantity}{end}"].to_numpy() for end in ("_low", "", "_high")
                )
                axes.fill_between(rows["minutes"], low, high, color=colour, alpha=0.2, linewidth=0)
                axes.plot(rows["minutes"], middle, color=colour, label=label)
            axes.axvline(minutes, color=INK, linestyle="--", linewidth=1)
            axes.set(title=name, xlabel="delay [min]", ylim=(-2, 102))
        panels[0].set_ylabel("left [%]")
        panels[-2].legend(frameon=False, loc="lower left", fontsize=8)
        return foreseen

    writer.draw(figure, (9.6, 3.4), draw)
