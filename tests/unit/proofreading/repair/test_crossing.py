"""Each half is mended by models of the other one."""

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.proofreading.adjacency.halves import Halves
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.crossing import cross_repair, find_confined
from neuropil.proofreading.repair.guided import GuidancePlan
from neuropil.proofreading.repair.repairer import RepairPlan
from neuropil.proofreading.repair.trials import PairRule

PLAN = RepairPlan(
    boundary=None,
    pairs=PairPlan(voxels=20, trees=20, members=1),
    guidance=GuidancePlan(rounds=1),
    rule=PairRule(voxels=50, faces=5),
    rise=0.5,
)


@pytest.mark.slow
def test_planted_bodies_are_found_across_the_cut(make_tissue):
    volume, _ = make_tissue(shape=(80, 40, 40), bodies=14, pieces=150, seed=2)
    found = cross_repair(volume, ("pieces", "truth"), PLAN, SeedTree(0))
    curve = found.trial.curve()
    after = curve.filter(curve["threshold"] >= found.threshold)[-1]
    assert after["total"].item() < 0.6 * curve["total"][0]
    pairs = found.pairs
    assert len(pairs.same) == len(pairs.probability) == len(pairs.confined)
    assert pairs.probability[pairs.same].mean() > pairs.probability[~pairs.same].mean() + 0.3
    # The scorers of both halves differ: neither has seen the other's contacts.
    lower, upper = found.repairers
    assert lower.scorer_.trees_[0] is not upper.scorer_.trees_[0]


def test_confined_objects_lie_in_one_half():
    labels = np.ones((40, 2, 2), int)
    labels[:5], labels[30:] = 2, 3
    assert find_confined(labels, Halves(0, 40)).tolist() == [2, 3]
