"""What lies in one half is judged by what was trained on the other, and joins mend."""

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree, SilentProgress
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.config import MendingPlan, ProofreadingConfig
from neuropil.proofreading.halves import fit_halves, follow_joins
from neuropil.proofreading.repair.agglomeration import Agglomeration
from neuropil.proofreading.results import measure_mending
from neuropil.proofreading.score import JudgedPairs, judge_pairs, judge_with_groups
from neuropil.proofreading.tasks.pairs import PairRules, find_pairs
from neuropil.proofreading.work import mend

PLAN = MendingPlan(steps=0, trees=30, rounds=0, margin=2, rise=0.1)
RULES = PairRules(fewest_voxels=50, fewest_sides=5)


@pytest.fixture(scope="module")
def block(tissue):
    return tissue[0]


@pytest.fixture(scope="module")
def cross(block):
    return fit_halves(block, ("pieces", "truth"), PLAN, RULES, SeedTree(0), SilentProgress())


def test_extents_are_the_first_and_last_section_of_each_object(block, cross):
    labels = block.segmentation("pieces")
    for label, (first, last) in zip(cross.sample.graph.labels, cross.extents, strict=True):
        sections = np.flatnonzero((labels == label).any(axis=(1, 2)))
        assert (first, last) == (sections[0], sections[-1])


def test_each_half_is_judged_by_the_scorer_of_the_other(cross):
    graph = cross.sample.graph
    features = describe_contacts(graph)
    faces = graph.of_contacts("faces")[features.rows].sum(axis=1)
    upper = graph.of_contacts("place")[features.rows, 0] / faces >= cross.parts.middle
    found = cross.score(graph, features)
    for rows, repairer in ((upper, cross.repairers[0]), (~upper, cross.repairers[1])):
        own = repairer.scorer_.score(graph, features.take(rows))
        np.testing.assert_allclose(found[rows], own)


def test_true_joins_lower_the_split_part_alone(cross):
    overlap = cross.sample.overlap
    bodies, purity = overlap.find_bodies()
    assert (purity == 1).all()
    pairs = np.array([(np.flatnonzero(bodies == body)[0], row) for row, body in enumerate(bodies)])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    level = np.full(len(pairs), 0.9)
    curve = follow_joins(
        overlap, Agglomeration(len(bodies), pairs, level, level, np.zeros((len(pairs), 3)))
    )
    assert curve.joins.tolist() == [0, len(pairs)]
    assert curve.split[0] > 1
    assert curve.split[1] == pytest.approx(0, abs=1e-9)
    assert curve.merge == pytest.approx([0, 0], abs=1e-9)


def test_planted_boundaries_are_seen_and_sizes_tell_little(block, cross):
    pairs = find_pairs(block, "pieces", "truth", RULES)
    judged = judge_pairs(cross, pairs, 0.99)
    np.testing.assert_array_equal(judged.same, pairs.same)
    blind = judge_with_groups(cross, pairs, ("size",), SeedTree(0))
    assert judged.area() > 0.9
    assert blind.area() < judged.area() - 0.2
    low, high = judged.interval(JudgedPairs.area, SeedTree(0))
    assert low <= judged.area() <= high


def test_pairs_of_another_segmentation_are_refused(block, cross):
    pairs = find_pairs(block, "truth", "truth", PairRules(fewest_voxels=1))
    with pytest.raises(InputError, match="expected pairs that touch in the segmentation"):
        judge_pairs(cross, pairs, 0.99)


@pytest.fixture(scope="module")
def mended(block):
    config = ProofreadingConfig(segmentation="pieces", rules=RULES, mending=PLAN)
    return mend(config, block, SeedTree(0), SilentProgress())


def test_mending_brings_the_segmentation_nearer_to_the_truth(mended):
    total = mended.curve.split + mended.curve.merge
    assert total[mended.chosen] < 0.7 * total[0]
    assert mended.after.edits.total <= mended.before.edits.total
    before, after = mended.before, mended.after
    # Every piece lies in one body: nothing is merged before, and more is followed after.
    assert (before.run.merged, before.run.omitted, before.bodies) == (0, 0, 9)
    assert before.run.perfect == after.run.perfect > after.run.expected > 1.5 * before.run.expected
    for standing in (before, after):
        low, high = standing.run_interval
        assert low < standing.run.expected < high
    names = np.unique(mended.mended_labels())
    assert len(names) == len(mended.cross.sample.graph.labels) - mended.curve.joins[mended.chosen]


def test_a_run_is_told_in_cubic_micrometres(mended):
    found = {one.id: one for one in measure_mending(mended)}
    assert list(found)[:2] == ["run_before", "variation_before"]
    one, standing = found["run_after"], mended.after
    # Voxels of 10 nm.
    assert one.value == pytest.approx(standing.run.expected * 1e-6)
    assert (one.low, one.high) == pytest.approx(tuple(1e-6 * x for x in standing.run_interval))
    assert (one.unit, one.n, one.interval) == ("um3", 9, "bootstrap over true bodies")
    assert one.note.startswith(f"Without an error {standing.run.perfect * 1e-6:.3g} um3. ")


def test_nothing_is_joined_where_the_first_joins_would_cost_too_much(mended, block):
    mended = replace(mended, threshold=np.inf)
    assert mended.chosen == 0
    np.testing.assert_array_equal(mended.mended_labels(), block.segmentation("pieces"))
