"""An active learner asks where it doubts, and needs fewer answers for a rare kind of contact."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.models.querying import ActiveLearner, LearningCurve, follow_learning

PLAN = PairPlan(trees=15, leaves=6, leaf_size=5, share=1.0)


def plant(n, seed):
    """Contacts of which one in twelve is of one body, in a corner of two features."""
    values = np.random.default_rng(seed).uniform(0, 1, (n, 4)).astype(np.float32)
    return values, (values[:, 0] > 0.8) & (values[:, 1] > 0.6)


@pytest.fixture(scope="module")
def planted():
    return plant(600, 1)


def test_the_most_doubtful_contacts_are_asked_about(planted):
    values, same = planted
    learner = ActiveLearner(values, np.ones(600), SeedTree(0), PLAN)
    first = learner.ask(50)
    assert len(np.unique(first)) == 50
    learner.tell(first, same[first])
    doubt = np.abs(learner.scorer_.judge(values) - 0.5)
    asked = learner.ask(10)
    left = np.setdiff1d(np.arange(600), first)
    np.testing.assert_allclose(np.sort(doubt[asked]), np.sort(doubt[left])[:10])


def test_a_contact_is_asked_about_once(planted):
    values, same = planted
    learner = ActiveLearner(values, np.ones(600), SeedTree(0), PLAN)
    while len(rows := learner.ask(100)):
        learner.tell(rows, same[rows])
    assert sorted(learner.answered) == list(range(600))
    np.testing.assert_array_equal(learner.same, same[learner.answered])


def test_contacts_are_drawn_until_both_answers_are_known(planted):
    values, _ = planted
    learner = ActiveLearner(values, np.ones(600), SeedTree(0), PLAN)
    rows = learner.ask(20)
    learner.tell(rows, np.ones(20, bool))
    assert learner.scorer_ is None
    drawn = ActiveLearner(values, np.ones(600), SeedTree(0), PLAN, "random")
    drawn.tell(rows, np.ones(20, bool))
    np.testing.assert_array_equal(learner.ask(20), drawn.ask(20))


def test_doubt_needs_fewer_answers_than_chance(planted):
    values, same = planted
    other, truth = plant(1000, 2)

    def judge(scorer):
        return float(roc_auc_score(truth, scorer.judge(other)))

    needs = {"uncertain": [], "random": []}
    for choice, found in needs.items():
        for repeat in range(3):
            learner = ActiveLearner(
                values, np.ones(600), SeedTree(0).child(str(repeat)), PLAN, choice
            )
            curve = follow_learning(learner, same, judge, 30, 300)
            assert curve.answers.tolist() == list(range(30, 301, 30))
            found.append(curve.find_need(0.95))
    # A need of None: not reached with 300 answers.
    uncertain, drawn = ([300 if n is None else n for n in found] for found in needs.values())
    assert np.mean(uncertain) < 0.8 * np.mean(drawn)


def test_a_need_counts_from_where_the_score_stays():
    curve = LearningCurve(np.array([10, 20, 30, 40]), np.array([np.nan, 0.96, 0.9, 0.97]))
    assert curve.find_need(0.95) == 40
    assert curve.find_need(0.9) == 20
    assert curve.find_need(0.99) is None


def test_nothing_to_ask_about_is_refused():
    message = (
        "values: expected contacts to ask about, found none. Lower the number of faces or voxels "
        "that a contact must have."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        ActiveLearner(np.empty((0, 3), np.float32), np.empty(0), SeedTree(0))
