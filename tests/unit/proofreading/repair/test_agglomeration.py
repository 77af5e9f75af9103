"""Objects are joined in the order of their probability, and judged anew."""

import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.proofreading.adjacency.measuring import measure_contacts
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.models.pairs import PairPlan, label_contacts
from neuropil.proofreading.repair.agglomeration import AgglomerationPlan, agglomerate, find_groups
from neuropil.proofreading.repair.guided import GuidancePlan, Sample, fit_guided


def _sample(tissue):
    volume, evidence = tissue
    labels = volume.segmentation("pieces")
    graph = measure_contacts(labels, evidence)
    return Sample(graph, Overlap.of(graph.labels, labels, volume.segmentation("truth")))


def test_perfect_scores_restore_the_bodies(tissue):
    sample = _sample(tissue)
    alive = {int(name): row for row, name in enumerate(sample.graph.labels)}
    bodies, _ = sample.overlap.find_bodies()

    def score(graph, features):
        owners = bodies[[alive[int(name)] for name in graph.labels]]
        ends = owners[graph.edges[features.rows]]
        return np.where(ends[:, 0] == ends[:, 1], 0.9, 0.1)

    found = agglomerate(sample.graph, score)
    after = sample.overlap.join(found.groups(0.4)).score()
    # Bodies whose pieces do not touch, which these have none of, would stay split.
    assert after.total == pytest.approx(0, abs=1e-9)
    assert len(found.pairs) == len(sample.graph.labels) - len(np.unique(bodies))
    assert set(found.threshold) == {0.9}


def test_contacts_are_judged_anew_only_where_an_object_changed(tissue):
    sample = _sample(tissue)
    judged = []

    def score(graph, features):
        judged.append(len(features.rows))
        # By the size of the objects, which changes with every join.
        voxels = graph.of_objects("voxels")[:, 0][graph.edges[features.rows]]
        return 0.97 / (1 + voxels.sum(axis=1) / 2000)

    found = agglomerate(sample.graph, score, AgglomerationPlan(stop=0.3))
    assert judged[0] == sample.graph.touching.sum()
    assert all(n < judged[0] / 2 for n in judged[1:])
    # What was carried over is what a fresh look at the joined objects says.
    joined = sample.graph.join(found.groups(0.3))
    voxels = joined.of_objects("voxels")[:, 0][joined.edges[joined.touching]]
    assert (0.97 / (1 + voxels.sum(axis=1) / 2000)).max() < 0.3


def test_thresholds_never_rise_and_cut_the_joins(tissue):
    sample = _sample(tissue)
    rng = np.random.default_rng(0)
    found = agglomerate(sample.graph, lambda _, features: rng.uniform(size=len(features.rows)))
    assert (np.diff(found.threshold) <= 0).all()
    assert (found.probability >= found.threshold).all()
    counts = [len(np.unique(found.groups(threshold))) for threshold in (0.995, 0.9, 0.7, 0.4)]
    assert counts[0] == len(sample.graph.labels)
    assert counts == sorted(counts, reverse=True)


def test_a_veto_keeps_objects_apart(tissue):
    sample = _sample(tissue)
    overlap = [sample.overlap]

    def veto(graph, rows):
        allowed = label_contacts(graph, rows, overlap[0])[0]
        groups = find_groups(len(graph.labels), graph.edges[rows[allowed]])
        overlap[0] = overlap[0].join(groups)
        return allowed

    found = agglomerate(
        sample.graph, lambda _, features: np.full(len(features.rows), 0.8), veto=veto
    )
    assert sample.overlap.join(found.groups(0.4)).score().total == pytest.approx(0, abs=1e-9)


def test_groups_stand_for_their_first_object():
    assert find_groups(6, np.array([[4, 1], [1, 3], [5, 2]])).tolist() == [0, 1, 2, 1, 1, 2]
    assert find_groups(3, np.empty((0, 2), int)).tolist() == [0, 1, 2]


def test_a_threshold_must_fall():
    with pytest.raises(ConfigError, match="expected 0 < stop <= start < 1"):
        AgglomerationPlan(start=0.4, stop=0.5)
    assert AgglomerationPlan(0.9, 0.8, 0.05).thresholds().tolist() == [0.9, 0.85, 0.8]


def test_a_guided_scorer_mends_other_tissue(tissue, other_tissue):
    train, test = _sample(tissue), _sample(other_tissue)
    scorer = fit_guided(train, SeedTree(0), PairPlan(voxels=20, trees=40), GuidancePlan(rounds=2))
    found = agglomerate(test.graph, scorer.score)
    before, after = test.overlap.score(), test.overlap.join(found.groups(0.7)).score()
    assert before.split > 1.5
    assert after.total < 0.3 * before.split


def test_a_guided_scorer_is_the_same_again(tissue):
    sample = _sample(tissue)
    plan = PairPlan(voxels=20, trees=10)
    one, other = (
        fit_guided(sample, SeedTree(3), plan, GuidancePlan(rounds=1)).score(sample.graph)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)
