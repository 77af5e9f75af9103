"""A repairer that was trained in one piece of tissue mends another one."""

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.halves import Halves
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.changes import apply_changes, undo_changes
from neuropil.proofreading.repair.expectation import expect_rise, find_expected_threshold
from neuropil.proofreading.repair.guided import GuidancePlan
from neuropil.proofreading.repair.repairer import RepairPlan, SplitRepairer
from neuropil.proofreading.repair.trials import PairRule, list_costs

PLAN = RepairPlan(
    boundary=None,
    pairs=PairPlan(voxels=20, trees=30, members=1),
    guidance=GuidancePlan(rounds=1),
    rule=PairRule(voxels=50, faces=5),
    rise=0.3,
)


@pytest.fixture(scope="module")
def repairer(tissue):
    return SplitRepairer(PLAN).fit(tissue[0], "pieces", "truth", Halves(0, 36, 2), SeedTree(0))


def _score(volume, labels):
    return Overlap.of(np.unique(labels), labels, volume.segmentation("truth")).score()


def test_other_tissue_is_mended_and_restored(repairer, other_tissue):
    volume = other_tissue[0]
    labels = volume.segmentation("pieces")
    changes = repairer.repair(volume, "pieces")
    edited = apply_changes(labels, changes)
    assert _score(volume, edited).total < 0.5 * _score(volume, labels).total
    np.testing.assert_array_equal(undo_changes(edited, changes), labels)


def test_contacts_are_listed_with_labels_places_and_probabilities(repairer, other_tissue):
    volume = other_tissue[0]
    table = repairer.score(volume, "pieces")
    truth, labels = volume.segmentation("truth"), volume.segmentation("pieces")
    body = np.zeros(labels.max() + 1, int)
    body[labels.ravel()] = truth.ravel()
    same = body[table["first"].to_numpy()] == body[table["second"].to_numpy()]
    probability = table["probability"].to_numpy()
    assert probability[same].mean() > probability[~same].mean() + 0.3
    assert (np.diff(probability) <= 0).all()
    assert table["z"].max() < volume.extent[0]
    assert (table["smaller"] <= np.bincount(labels.ravel())[table["first"].to_numpy()]).all()


def test_a_higher_precision_makes_fewer_edits(repairer, other_tissue):
    volume = other_tissue[0]
    few, many = (len(repairer.repair(volume, "pieces", precision)) for precision in (0.9, 0.5))
    assert few <= many
    assert repairer.find_threshold(0.9) >= repairer.find_threshold(0.5)


def test_a_precision_beyond_reach_is_refused(repairer):
    with pytest.raises(InputError, match=r"found none of 1\.5 or more"):
        repairer.find_threshold(1.5)


def test_trials_say_what_joins_gain_and_cost(repairer):
    trial = repairer.trials_[0]
    curve = trial.curve()
    assert curve["edits"][0] == 0
    assert curve["rise"][0] == 0
    costs = list_costs(trial, 0.0)
    # Gains and costs of the joins add up to what the scores say.
    assert costs["gain"].sum() == pytest.approx(curve["split"][0] - curve["split"][-1])
    assert costs["cost"].sum() == pytest.approx(curve["rise"][-1])
    thresholds, right = trial.list_joins()
    assert len(thresholds) == len(right) == curve["edits"][-1]


def test_the_expected_rise_grows_with_doubt(repairer):
    trial = repairer.trials_[0]
    found, voxels = trial.agglomeration, trial.sample.graph.of_objects("voxels")[:, 0]
    doubtful, sure = (
        expect_rise(voxels, found, lambda said, _, value=value: np.full(len(said), value))
        for value in (0.5, 1.0)
    )
    assert (sure == 0).all()
    # Of joins that are all wrong, half the entropy of the groups is expected at even odds.
    groups = found.groups(0.0)
    sizes = np.bincount(groups, voxels)
    sizes = sizes[sizes > 0]
    entropy = (sizes * np.log2(sizes)).sum() - (voxels * np.log2(voxels)).sum()
    assert doubtful[-1] == pytest.approx(entropy / 2 / voxels.sum())
    assert (np.diff(doubtful) >= 0).all()


def test_joins_end_where_the_expected_rise_reaches_its_limit(repairer):
    found = repairer.trials_[0].agglomeration
    rise = np.arange(1, len(found.threshold) + 1) / 100
    threshold = find_expected_threshold(found, rise, 0.10)
    made = int((found.threshold >= threshold).sum())
    assert made <= 10
    following = np.unique(found.threshold[found.threshold < threshold])
    assert not len(following) or (found.threshold >= following[-1]).sum() > 10
    assert find_expected_threshold(found, rise, 0.0) == np.inf


def test_only_clear_questions_count(repairer):
    sample = repairer.trials_[0].sample
    rows = np.flatnonzero(sample.graph.touching)
    loose, strict = PairRule(0, 0, 0.0), PairRule(100, 5, 0.8)
    assert loose.find(sample, rows).all()
    assert 0 < strict.find(sample, rows).sum() < len(rows)
