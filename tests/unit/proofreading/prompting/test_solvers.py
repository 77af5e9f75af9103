"""Models whose right score is known get that score."""

import re
from dataclasses import replace

import pytest
from scipy.stats import binom

from neuropil.contracts import SeedTree
from neuropil.language import Reply, Usage
from neuropil.proofreading.prompting.language_solver import LanguageSolver
from neuropil.proofreading.prompting.scores import score_answers
from neuropil.proofreading.prompting.solvers import (
    ConstantSolver,
    GuessingSolver,
    Task,
)
from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.pictures import Pictures

N = 1000


class _Camera:
    """Takes no picture, and remembers which item is asked about."""

    def take(self, item):
        self.item = item
        return Pictures(item, (Box(item.center, item.half_width),), (), species="mouse")


class _Model:
    """Answers by a rule that may know the right answer."""

    name = "fake"

    def __init__(self, camera, rule):
        self.camera = camera
        self.rule = rule

    def generate(self, messages, *, sample=0):
        assert re.search(r"\d+ nm", messages[-1].text)
        return Reply(self.rule(self.camera.item, sample), Usage(100, 5, 0.001))


def _solver(rule, votes=1):
    camera = _Camera()
    return LanguageSolver(_Model(camera, rule), "null", votes, SeedTree(3), camera)


def _say(answer):
    return f"<analysis>.</analysis><answer>{answer}</answer>"


def _noisy(item, sample):
    hit = SeedTree(0).child(item.id).child(sample).generator().random() < 0.8
    return _say(item.answer if hit else {"1": "-1", "-1": "1"}[item.answer])


@pytest.fixture(scope="module")
def task(block, make_item):
    items = tuple(
        make_item("split-error-binary", 2 * k, 2 * k + 1, answer="1" if k % 2 else "-1")
        for k in range(N)
    )
    return Task("planted", items, block)


def test_the_oracle_is_always_right(task):
    score = score_answers(task.items, _solver(lambda item, _: _say(item.answer)).solve(task))
    assert (score.balanced_accuracy, score.low, score.high) == (1.0, 1.0, 1.0)
    assert score.usage.input_tokens == 100 * N
    assert score.usage.output_tokens == 5 * N
    assert score.usage.usd == pytest.approx(N / 1000)


def test_always_yes_is_chance_when_balanced(task):
    most = replace(task, items=tuple(item for k, item in enumerate(task.items) if k % 8 != 0))
    for solver in (ConstantSolver("1"), _solver(lambda *_: _say("1"))):
        score = score_answers(most.items, solver.solve(most))
        assert score.balanced_accuracy == 0.5
        assert score.accuracy == pytest.approx(4 / 7)
        assert (score.recall, score.specificity, score.shares["1"]) == (1.0, 0.0, 1.0)


def test_nine_votes_of_four_in_five_are_right_98_times_in_100(task):
    answers = _solver(_noisy, votes=9).solve(task)
    closed_form = binom.sf(4, 9, 0.8)
    assert closed_form == pytest.approx(0.9804, abs=5e-5)
    assert score_answers(task.items, answers).balanced_accuracy == pytest.approx(0.980, abs=0.01)
    single = score_answers(task.items, answers, by="sample")
    assert single.balanced_accuracy == pytest.approx(0.8, abs=0.015)
    assert (single.n, single.readings) == (N, 9 * N)
    assert answers[0].probability in {k / 9 for k in range(5, 10)}


def test_guessing_stays_within_chance(task):
    score = score_answers(task.items, GuessingSolver(SeedTree(1)).solve(task))
    assert score.chance_low <= score.accuracy <= score.chance_high
    assert score.chance == 0.5


def test_unreadable_replies_are_no_answers(task):
    def mumble(item, _):
        return "I cannot tell" if item.answer == "1" else _say("-1")

    answers = _solver(mumble).solve(task)
    left_out = score_answers(task.items, answers)
    assert (left_out.n, left_out.failures, left_out.accuracy) == (N // 2, N // 2, 1.0)
    penalised = score_answers(task.items, answers, failures="penalise")
    assert (penalised.n, penalised.failures, penalised.balanced_accuracy) == (N, N // 2, 0.5)


def test_pictures_are_drawn_from_the_volume_when_none_are_given(block, make_item):
    seen = []

    class Watching:
        name = "watching"

        def generate(self, messages, *, sample=0):
            assert sample == 0
            seen.extend(image.label for image in messages[-1].images)
            return Reply(_say("1"))

    few = Task("one", (make_item("merge-error-binary", 1),), block)
    [answer] = LanguageSolver(Watching()).solve(few)
    assert seen == ["front", "side", "top"]
    assert (answer.value, answer.probability) == ("1", None)
    assert LanguageSolver(Watching()).name == "watching (description)"
