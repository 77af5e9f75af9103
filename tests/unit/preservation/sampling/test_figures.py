"""The figure of what clean tiles exclude shows the numbers it returns."""

from __future__ import annotations

import polars as pl
import pytest

from neuropil.contracts import RunWriter
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.bounds import bound_fraction
from neuropil.preservation.sampling.figures import draw_exclusion


def test_four_blocks_and_a_claim_of_one_per_cent_are_marked(tmp_path):
    writer = RunWriter(tmp_path / "run", "preservation", "Samples", seed=0, config={})
    writer.begin([])
    sample = bound_fraction(BlockCounts.of([0] * 12, 3))
    draw_exclusion(writer, sample)
    run = writer.finish()
    [figure] = run.figures
    left = f"{100 * sample.high:.1f} % open"
    assert figure.title == f"12 clean blocks leave {left}; a claim of 1 % takes 299"
    shown = run.figure_data(figure)
    rows = {row["point"]: row for row in shown.iter_rows(named=True)}
    assert rows["four blocks"]["share"] == pytest.approx(0.527, abs=1e-3)
    assert rows["claim of 1 %"]["tiles"] == 299
    assert (rows["this sample"]["tiles"], rows["this sample"]["share"]) == (12, sample.high)
    curve = shown.filter(pl.col("point") == "clean tiles")["share"]
    assert (curve.diff().drop_nulls() < 0).all()


@pytest.mark.parametrize(
    ("bad", "title"),
    [
        (None, "4 clean blocks leave 52.7 % open; a claim of 1 % takes 299"),
        ([0] * 4, "4 clean blocks leave 52.7 % open; a claim of 1 % takes 299"),
        ([0], "1 clean block leaves 95.0 % open; a claim of 1 % takes 299"),
        ([2], "1 block with 2 of 3 tiles damaged leaves"),
        ([1, 3], "2 blocks with 4 of 6 tiles damaged leave"),
    ],
)
def test_the_title_tells_the_number_of_this_sample(tmp_path, bad, title):
    writer = RunWriter(tmp_path / "run", "preservation", "Samples", seed=0, config={})
    writer.begin([])
    draw_exclusion(writer, None if bad is None else bound_fraction(BlockCounts.of(bad, 3)))
    [figure] = writer.finish().figures
    assert figure.title.startswith(title)
