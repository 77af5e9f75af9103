"""Questions are balanced from the first to the last, and the same whenever they are drawn."""

from collections import Counter

import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.proofreading import SPLIT_TASKS, Pairs, list_tasks, pose_questions, swap_options


@pytest.fixture(scope="module")
def pairs():
    """A chain of 60 objects, of which every third pair of neighbours is one body."""
    first = np.arange(1, 60)
    labels = np.column_stack([first, first + 1])
    center = np.column_stack([np.zeros(59), np.zeros(59), 100.0 * first])
    voxels = 1000 + 10 * labels
    return Pairs(labels, first % 3 == 0, voxels, np.full(59, 50), center, "planted: pairs")


def test_both_forms_are_balanced_at_any_length(pairs):
    found = pose_questions(pairs, SPLIT_TASKS, 20, SeedTree(0))
    assert list(found) == list(SPLIT_TASKS)
    for items in found.values():
        assert len(items) == 20
        for n in range(2, 21, 2):
            [one, other] = Counter(item.answer for item in items[:n]).values()
            assert one == other


def test_choices_are_asked_in_both_orders(pairs):
    items = pose_questions(pairs, SPLIT_TASKS, 12, SeedTree(0))["split-error-choice"]
    assert [swap_options(item) for item in items[::2]] == list(items[1::2])
    assert len({item.id for item in items}) == 12


def test_a_seed_gives_the_same_questions_and_another_one_others(pairs):
    def ids(seed):
        return [
            item.id
            for items in pose_questions(pairs, SPLIT_TASKS, 10, SeedTree(seed)).values()
            for item in items
        ]

    assert ids(0) == ids(0)
    assert ids(0) != ids(1)


def test_no_more_are_asked_than_there_are(pairs):
    items = pose_questions(pairs, SPLIT_TASKS, 1000, SeedTree(0))["split-error-binary"]
    assert len(items) == 2 * int(pairs.same.sum())


def test_a_task_is_named_by_its_form_or_for_both():
    assert list_tasks(["split-error"]) == SPLIT_TASKS
    assert list_tasks(["split-error-choice", "split-error-choice"]) == ("split-error-choice",)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["split-eror"],
            "language.tasks: expected a task, found 'split-eror'. Did you mean split-error? Choose "
            "among: split-error, split-error-binary, split-error-choice.",
        ),
        (
            [],
            "language.tasks: expected at least one task, found none. Choose among: split-error, "
            "split-error-binary, split-error-choice.",
        ),
    ],
)
def test_unknown_tasks_are_refused(names, message):
    with pytest.raises(ConfigError) as refused:
        list_tasks(names)
    assert str(refused.value) == message
