"""Every answer has its cost beside it."""

from neuropil.language import Usage
from neuropil.proofreading import Answer, tabulate_answers


def test_tokens_price_and_failures_stand_beside_each_answer(make_item):
    item = make_item("split-error-binary", 1, 2, answer="-1")
    answer = Answer(item.id, "1", 2 / 3, ("1", None, "1"), Usage(300, 20, 0.25))
    [row] = tabulate_answers("model", [item], [answer]).to_dicts()
    assert row == {
        "task": "split-error-binary",
        "item": item.id,
        "solver": "model",
        "truth": "-1",
        "answer": "1",
        "probability": 2 / 3,
        "readings": 3,
        "failures": 1,
        "input_tokens": 300,
        "output_tokens": 20,
        "usd": 0.25,
    }


def test_a_table_without_answers_has_the_same_columns(make_item):
    item = make_item("split-error-binary", 1, 2)
    full = tabulate_answers("model", [item], [Answer(item.id, None)])
    assert full["failures"].to_list() == [1]
    assert tabulate_answers("model", [item], []).schema == full.schema
