"""Measured and published numbers stand in one table, and are never mistaken for each other."""

import pytest

from neuropil.language import Usage
from neuropil.proofreading.prompting.leaderboard import Leaderboard, published_rows
from neuropil.proofreading.prompting.scores import score_answers
from neuropil.proofreading.prompting.solvers import Answer


def _score(make_item):
    items = [make_item("merge-error-binary", k, answer="1" if k % 2 else "-1") for k in range(10)]
    usage = Usage(10, 2, 0.5)
    return score_answers(items, [Answer(item.id, "1", usage=usage) for item in items])


def test_a_measured_row_has_its_cost(make_item):
    table = Leaderboard().add("always 1", "merge-error-binary", "bars", _score(make_item))
    [row] = table.to_frame().to_dicts()
    assert (row["value"], row["n"], row["failures"]) == (0.5, 10, 0)
    assert (row["tokens"], row["usd"], row["published"]) == (120, 5.0, False)


def test_published_rows_come_last_with_their_data(make_item):
    table = Leaderboard().add("always 1", "merge-error-binary", "bars", _score(make_item))
    frame = table.with_published().to_frame()
    assert frame["task"].unique().to_list() == ["merge-error-binary"]
    assert frame["published"].to_list() == [False] + [True] * 14
    assert frame["solver"][1] == "human"
    assert set(frame["data"][1:]) == {"ConnectomeBench, fly", "ConnectomeBench, mouse"}


@pytest.mark.parametrize(
    ("solver", "task", "species", "value", "note"),
    [
        ("o4-mini (heuristics)", "split-error-binary", "mouse", 0.786, "second-hand"),
        ("o4-mini (heuristics)", "split-error-choice", "mouse", 0.850, "two notes agree"),
        ("o4-mini (null)", "merge-error-choice", "fly", 0.740, "two notes agree"),
        ("o4-mini (description)", "merge-error-choice", "fly", 0.670, "second-hand"),
        ("ResNet-50", "merge-error-binary", "mouse", 0.798, "second-hand"),
        ("human", "split-error-choice", "fly", 0.900, "two notes agree"),
        ("Claude 3.7 (description)", "segment-type", "mouse", 0.822, "second-hand"),
        ("chance", "segment-type", "fly", 0.2, "second-hand"),
    ],
)
def test_published_numbers_are_those_of_the_notes(solver, task, species, value, note):
    [row] = [
        row
        for row in published_rows()
        if (row.solver, row.task, row.data) == (solver, task, f"ConnectomeBench, {species}")
    ]
    assert (row.value, row.note, row.published) == (value, note, True)
    assert row.n is None


def test_there_are_as_many_published_numbers_as_in_the_tables():
    assert len(published_rows()) == 9 * 2 + 7 * 8
