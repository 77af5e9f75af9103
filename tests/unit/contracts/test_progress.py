"""One bar over the whole of some work, moved by its stages."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from neuropil.contracts import StagedProgress, in_stages
from neuropil.pipelines import load_study, study_names


class _Recorder:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.tasks, self.done, self.notes = [], 0, []

    @contextmanager
    def track(self, label, total):
        self.tasks.append((label, total))

        def advance(steps, note=""):
            self.done += steps
            self.notes.append(note)

        yield advance


def test_stages_move_one_bar_by_the_time_that_they_take():
    listener = _Recorder()
    with in_stages(listener, "compass", {"explore": 30.0, "polish": 10.0}) as progress:
        with progress.track("explore", 3) as advance:
            advance(1, "loss 5")
            assert listener.done == 250
            assert listener.notes[-1] == "explore, loss 5"
            advance(1)
            assert listener.done == 500
        # It ended before its last step, as a stage does that has converged.
        assert listener.done == 750
        with progress.track("polish", 1) as advance:
            advance(1)
        assert listener.done == StagedProgress.steps
    assert listener.tasks == [("compass", StagedProgress.steps)]


def test_fractions_of_steps_add_up():
    listener = _Recorder()
    with (
        in_stages(listener, "compass", dict.fromkeys("abcdefg", 1.0)) as progress,
    ):
        for label in "abcdefg":
            with progress.track(label, 11) as advance:
                for _ in range(11):
                    advance(1)
    assert listener.done == StagedProgress.steps


def test_a_stage_that_was_not_foreseen_is_named_and_takes_no_share():
    listener = _Recorder()
    with in_stages(listener, "compass", {"explore": 1.0}) as progress:
        with progress.track("refit", 2) as advance:
            advance(2, "loss 1")
        assert listener.done == 0
        assert listener.notes == ["refit", "refit, loss 1", "refit"]
        for _ in range(2):
            with progress.track("explore", 1) as advance:
                advance(1)
        assert listener.done == StagedProgress.steps


def test_without_stages_every_task_has_its_own_bar():
    listener = _Recorder()
    with in_stages(listener, "compass", {}) as progress:
        assert progress is listener


@pytest.mark.parametrize("name", study_names())
def test_stages_of_studies_take_time(name):
    assert all(seconds > 0 for seconds in load_study(name).stages.values())
