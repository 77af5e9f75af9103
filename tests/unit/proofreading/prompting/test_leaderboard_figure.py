"""The leaderboard is drawn with everything it shows beside it."""

import polars as pl
import pytest

from neuropil.contracts import RunWriter, Source
from neuropil.language import Usage
from neuropil.proofreading import Answer, Leaderboard, score_answers
from neuropil.proofreading.prompting.leaderboard_figure import draw_leaderboard


@pytest.fixture
def writer(tmp_path):
    opened = RunWriter(tmp_path / "run", "proofreading", "Proofreading", 0, {})
    opened.begin([Source("planted")])
    return opened


def test_measured_and_published_rows_are_drawn(writer, make_item):
    board = Leaderboard()
    for task in ("split-error-binary", "split-error-choice"):
        items = [make_item(task, k, k + 50, k + 99, answer="1") for k in range(4)]
        answers = [Answer(item.id, "1", usage=Usage(1000, 10, 0.5)) for item in items]
        board = board.add("model $1", task, "bars", score_answers(items, answers), 12.5)
        unread = [Answer(item.id, None) for item in items]
        board = board.add("unread", task, "bars", score_answers(items, unread))
    frame = board.with_published().to_frame()
    draw_leaderboard(writer, frame, "bars")
    run = writer.finish()
    [figure] = run.figures
    assert figure.name == "leaderboard"
    assert "no comparison" in figure.caption
    assert run.figure_data(figure).equals(frame)
    svg = run.figure_svg(figure)
    # Text is drawn as outlines whose comments say what they are.
    for text in ("model $1", "4,040", "2.0000", "12.5", "o4-mini (heuristics)", "human"):
        assert f"<!-- {text} -->" in svg, text
    assert frame.filter(pl.col("solver") == "unread")["value"].null_count() == 2
