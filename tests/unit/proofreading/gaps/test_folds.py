"""Both halves are judged by what was trained on the other, beside the rules."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.proofreading.gaps.folds import SCORER, JudgedGaps, judge_gaps, tabulate_judges
from neuropil.proofreading.gaps.nulls import GapRule
from neuropil.proofreading.gaps.training import GapTraining
from neuropil.proofreading.tasks.gaps import GapPlan

PLANS = (
    GapPlan(sections=(12,), bases=16, planes=2, half_width=800.0),
    GapTraining(sections=(12,), spacing=6, easy=1.0, trees=10),
)


@pytest.fixture(scope="module")
def judged(tilted: Volume) -> JudgedGaps:
    return judge_gaps(tilted, "tubes", "lower", PLANS, SeedTree(0))


def test_the_judged_items_are_those_of_the_named_half(judged: JudgedGaps, tilted: Volume) -> None:
    assert len(judged.items) == 3 * 16
    assert {item.part for item in judged.items} == {"test"}
    middle = tilted.shape[0] / 2 * tilted.voxel_size[0]
    assert all(item.center[0] < middle for item in judged.items)
    assert judged.trained == 3 * 16
    assert judged.shared == 0


def test_every_judge_says_something_of_every_option(judged: JudgedGaps) -> None:
    assert list(judged.chances) == [SCORER, *get_args(GapRule)]
    for said in judged.chances.values():
        assert [len(one) for one in said] == [len(item.shown) - 1 for item in judged.items]
        assert all(0 <= chance <= 1 for one in said for chance in one)
    assert set(judged.seconds) == {"asking", "training", "judging"}


def test_the_scorer_is_ahead_of_the_rules(judged: JudgedGaps) -> None:
    table = tabulate_judges([judged], SeedTree(0)).filter(missing_sections=0)
    by_judge = {
        judge: table.filter(judge=judge, task="split-error-choice")["accuracy"].item()
        for judge in judged.chances
    }
    scorer = by_judge.pop(SCORER)
    assert scorer > max(by_judge.values()) + 0.2


def test_halves_are_tabulated_together(judged: JudgedGaps) -> None:
    table = tabulate_judges([judged, judged], SeedTree(0))
    once = tabulate_judges([judged], SeedTree(0))
    # The same bases a second time: grades are means over the items of a base.
    assert table["accuracy"].to_list() == once["accuracy"].to_list()
    assert table.columns[0] == "judge"


def test_json_brings_all_back(judged: JudgedGaps) -> None:
    again = JudgedGaps.from_json(json.loads(json.dumps(judged.to_json())))
    assert [item.id for item in again.items] == [item.id for item in judged.items]
    assert [item.facts for item in again.items] == [item.facts for item in judged.items]
    for judge, said in judged.chances.items():
        np.testing.assert_array_equal(
            np.concatenate(again.chances[judge]), np.concatenate(list(said))
        )
    assert (again.trained, again.shared) == (judged.trained, judged.shared)
