"""The figure of recovered connections shows the numbers it returns."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.contracts import RunWriter
from neuropil.preservation.tracing.break_rates import TracedBlocks, estimate_break_rate
from neuropil.preservation.tracing.figures import draw_recovery


def test_curves_and_the_band_of_the_sample_are_shown(tmp_path):
    writer = RunWriter(tmp_path / "run", "preservation", "Scaling", seed=0, config={})
    writer.begin([])
    rate = estimate_break_rate(TracedBlocks.of([0, 1, 0], [1.0] * 3))
    draw_recovery(writer, rate)
    run = writer.finish()
    [figure] = run.figures
    low, high = (100 * np.exp(-each * 1.15) for each in (rate.high, rate.low))
    assert figure.title == (
        f"Over 1 mm of axon this sample allows {low:.3g} to {high:.3g} % of connections"
    )
    shown = run.figure_data(figure)
    names = {"low", "high", *(f"ERL {erl} mm" for erl in ("0.5", "1", "5", "20", "100"))}
    assert set(shown["curve"]) == names
    row = shown.filter(pl.col("curve") == "ERL 1 mm").row(0, named=True)
    assert row["share"] == pytest.approx(np.exp(-2 * (row["axon"] + 0.15)))


def test_a_band_of_everything_is_called_so(tmp_path):
    writer = RunWriter(tmp_path / "run", "preservation", "Scaling", seed=0, config={})
    writer.begin([])
    draw_recovery(writer, estimate_break_rate(TracedBlocks.of([0], [0.01])))
    [figure] = writer.finish().figures
    assert figure.title == "This sample cannot tell how many connections are recovered over 1 mm"
