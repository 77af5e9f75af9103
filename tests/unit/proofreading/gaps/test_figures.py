"""The figure of gaps shows the numbers of the table, and says them in its title."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from neuropil.contracts import RunWriter
from neuropil.proofreading.gaps.figures import draw_gaps

NAMES = ["judge", "task", "missing_sections", "bases", "accuracy", "low", "high"]
JUDGES = {"proofreader": 0.9, "nearest centroid": 0.6, "overlap of faces": 0.7, "random": 0.5}


@pytest.fixture
def scores() -> pl.DataFrame:
    rows = [
        (judge, task, gap, 60, mean + 0.05 * better, mean - 0.1, 1.0)
        for judge, mean in JUDGES.items()
        for task, better in (("split-error-binary", 0), ("split-error-choice", 1))
        for gap in (3, 16, 0)
    ]
    return pl.DataFrame(rows, NAMES, orient="row")


def test_the_figure_holds_every_gap_of_three_judges(tmp_path: Path, scores: pl.DataFrame) -> None:
    writer = RunWriter(tmp_path / "run", "proofreading", "Gaps", seed=0, config={})
    writer.begin([])
    draw_gaps(writer, scores, 40.0)
    run = writer.finish()
    [figure] = run.figures
    assert figure.title == (
        "Across gaps of up to 640 nm, 90.0% of candidates are judged rightly and 95.0% of choices "
        "are right"
    )
    shown = run.figure_data(figure)
    assert set(shown["judge"]) == set(JUDGES) - {"random"}
    assert sorted(set(shown["gap_nm"])) == [120, 640]
    assert len(shown) == 3 * 2 * 2
