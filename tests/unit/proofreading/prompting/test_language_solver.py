"""A language model is asked side by side, within a budget, and each item is drawn once."""

import threading
from typing import ClassVar

import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.language import BudgetError, Reply, Usage
from neuropil.proofreading import LanguageSolver, Task
from neuropil.proofreading.prompting.language_solver import Stopwatch
from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.pictures import Pictures


class _Camera:
    """Draws nothing, and counts how often it is asked to."""

    def __init__(self):
        self.taken = []

    def take(self, item):
        self.taken.append(item.id)
        return Pictures(item, (Box(item.center, item.half_width),), ())


class _Model:
    """Answers 1 and 2 in turn by the number of the sample, up to a limit."""

    name = "fake"
    settings: ClassVar = {"a": 1}

    def __init__(self, limit=10**9):
        self.left = limit
        self.lock = threading.Lock()

    def generate(self, messages, *, sample=0):
        assert messages
        with self.lock:
            self.left -= 1
            if self.left < 0:
                raise BudgetError("spent", where="fake", repair="Pay.")
        return Reply(f"<answer>{(1, -1)[sample % 2]}</answer>", Usage(10, 1, 0.5))


@pytest.fixture
def task(block, make_item):
    items = tuple(make_item("split-error-binary", 2 * k, 2 * k + 1) for k in range(20))
    return Task("planted", items, block)


@pytest.mark.parametrize("workers", [1, 8])
def test_answers_do_not_depend_on_how_many_are_asked_at_once(task, workers):
    camera = _Camera()
    solver = LanguageSolver(_Model(), "null", 3, SeedTree(0), camera, workers)
    answers = solver.solve(task)
    assert [answer.item for answer in answers] == [item.id for item in task.items]
    assert {answer.samples for answer in answers} == {("1", "-1", "1")}
    assert {answer.value for answer in answers} == {"1"}
    assert {answer.usage for answer in answers} == {Usage(30, 3, 1.5)}
    # Each item is drawn once, however many votes it has.
    assert sorted(camera.taken) == sorted(item.id for item in task.items)


def test_where_the_budget_ends_whole_items_are_kept(task):
    solver = LanguageSolver(_Model(limit=10), "null", 3, SeedTree(0), _Camera())
    answers, stopped = solver.solve_within_budget(task)
    assert [answer.item for answer in answers] == [item.id for item in task.items[:3]]
    assert str(stopped) == "fake: spent. Pay."
    with pytest.raises(BudgetError):
        LanguageSolver(_Model(limit=10), "null", 3, SeedTree(0), _Camera()).solve(task)


def test_a_stopwatch_is_the_model_with_its_times():
    watch = Stopwatch(_Model())
    assert (watch.name, watch.settings) == ("fake", {"a": 1})
    assert watch.generate(("messages",)).text == "<answer>1</answer>"
    assert len(watch.milliseconds) == 1


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ConfigError, match="expected a mode of prompts, found 'long'"):
        LanguageSolver(None, "long")
    with pytest.raises(ConfigError, match="expected at least one vote, found 0"):
        LanguageSolver(None, votes=0)
