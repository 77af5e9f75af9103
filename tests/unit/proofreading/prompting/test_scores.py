"""Scores are those of scikit-learn, and failures are never silently a no."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.prompting.scores import chance_interval, score_answers
from neuropil.proofreading.prompting.solvers import Answer


def _ask(make_item, task, truth):
    return [make_item(task, k, answer=answer) for k, answer in enumerate(truth)]


def _answer(items, values):
    return [Answer(item.id, value) for item, value in zip(items, values, strict=True)]


def test_binary_scores_equal_those_of_scikit_learn(make_item):
    rng = np.random.default_rng(0)
    truth = rng.choice(["1", "-1"], 300, p=[0.3, 0.7])
    given = np.where(rng.random(300) < 0.7, truth, rng.choice(["1", "-1"], 300))
    items = _ask(make_item, "merge-error-binary", truth)
    score = score_answers(items, _answer(items, given))
    assert score.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, given))
    assert score.accuracy == pytest.approx(accuracy_score(truth, given))
    assert score.precision == pytest.approx(precision_score(truth, given, pos_label="1"))
    assert score.recall == pytest.approx(recall_score(truth, given, pos_label="1"))
    assert score.f1 == pytest.approx(f1_score(truth, given, pos_label="1"))
    assert score.specificity == pytest.approx(recall_score(truth, given, pos_label="-1"))
    assert score.shares["1"] == pytest.approx((given == "1").mean())
    assert score.low < score.balanced_accuracy < score.high
    classes = [(score.recall, (truth == "1").sum()), (score.specificity, (truth == "-1").sum())]
    normal = 2 * 1.96 * np.sqrt(sum(share * (1 - share) / n for share, n in classes) / 4)
    assert score.high - score.low == pytest.approx(normal, rel=0.1)


def test_classes_that_do_not_occur_do_not_count(make_item):
    truth = list("aaab") * 5
    items = _ask(make_item, "segment-type", truth)
    score = score_answers(items, _answer(items, ["a"] * 10 + ["g"] * 10))
    # Of class a, 8 of 15 are right, and of class b none.
    assert score.balanced_accuracy == pytest.approx(8 / 30)
    assert score.chance == 0.5
    assert score.precision is None
    assert score.shares == {"a": 0.5, "b": 0.0, "g": 0.5}


def test_items_of_one_group_are_resampled_together(make_item):
    # Every item twice, as a choice in both orders: the interval is that of the half.
    rng = np.random.default_rng(0)
    truth = np.array(["1", "-1"] * 100)
    given = np.where(rng.random(200) < 0.7, truth, "1")
    items = _ask(make_item, "merge-error-binary", np.tile(truth, 2))
    once = score_answers(items[:200], _answer(items[:200], given))
    answers = _answer(items, np.tile(given, 2))
    groups = {item.id: k % 200 for k, item in enumerate(items)}
    twice = score_answers(items, answers, together=groups)
    assert (twice.low, twice.high) == (once.low, once.high)
    apart = score_answers(items, answers)
    assert apart.high - apart.low < 0.85 * (twice.high - twice.low)


def test_answers_may_come_in_any_order_and_intervals_repeat(make_item):
    items = _ask(make_item, "merge-error-binary", ["1", "-1"] * 20)
    answers = _answer(items, ["1"] * 40)
    one = score_answers(items, answers, seed=SeedTree(1))
    assert one == score_answers(items, answers[::-1], seed=SeedTree(1))


def test_samples_weigh_items_alike(make_item):
    items = _ask(make_item, "merge-error-binary", ["1", "-1"])
    answers = [
        Answer(items[0].id, "1", samples=("1", "1", "-1", None)),
        Answer(items[1].id, None, samples=(None, None, None, None)),
    ]
    left_out = score_answers(items, answers, by="sample")
    assert (left_out.n, left_out.accuracy) == (1, pytest.approx(2 / 3))
    assert (left_out.failures, left_out.readings) == (5, 8)
    penalised = score_answers(items, answers, by="sample", failures="penalise")
    assert (penalised.n, penalised.accuracy) == (2, 0.25)


def test_nothing_to_score_gives_no_number(make_item):
    items = _ask(make_item, "merge-error-binary", ["1"])
    score = score_answers(items, _answer(items, [None]))
    assert (score.n, score.balanced_accuracy, score.low, score.chance) == (0, None, None, None)


def test_missing_and_doubled_answers_are_refused(make_item):
    items = _ask(make_item, "merge-error-binary", ["1", "-1"])
    answers = _answer(items, ["1", "1"])
    with pytest.raises(InputError, match=f"2 items, found none for {items[1].id}"):
        score_answers(items, answers[:1])
    with pytest.raises(InputError, match="found several for one of them"):
        score_answers(items, [*answers, answers[0]])


def test_tasks_are_not_mixed(make_item):
    items = [make_item("merge-error-binary", 1), make_item("split-error-binary", 1, 2)]
    with pytest.raises(InputError, match="found merge-error-binary, split-error-binary"):
        score_answers(items, _answer(items, ["1", "1"]))


def test_chance_is_binomial():
    assert chance_interval(1000, 2) == (0.5, 0.469, 0.531)
    assert chance_interval(0, 2) == (None, None, None)
