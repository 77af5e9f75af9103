"""A repairer that was trained in one piece of tissue mends another one."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, OutputError, SeedTree
from neuropil.proofreading.adjacency.halves import Halves
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.agglomeration import AgglomerationPlan
from neuropil.proofreading.repair.edited import apply_changes, undo_changes
from neuropil.proofreading.repair.guided import GuidancePlan
from neuropil.proofreading.repair.plan import RepairPlan
from neuropil.proofreading.repair.repairer import SplitRepairer
from neuropil.proofreading.repair.trials import Experience, find_clear, list_costs
from neuropil.proofreading.tasks.pairs import PairRules

PLAN = RepairPlan(
    boundary=None,
    pairs=PairPlan(voxels=20, trees=30, members=1),
    guidance=GuidancePlan(rounds=1),
    rules=PairRules(fewest_voxels=50, fewest_sides=5, reach=6),
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
    known = repairer.experience_
    assert known.find_threshold(0.9) >= known.find_threshold(0.5)


def test_a_precision_beyond_reach_is_refused(repairer):
    with pytest.raises(InputError, match=r"found \d+\.\d% at most and not 150\.0%"):
        repairer.experience_.find_threshold(1.5)


def score_trial(trial):
    """Score the tissue of a trial before and after all joins."""
    overlap = trial.sample.overlap
    return overlap.score(), overlap.join(trial.agglomeration.groups(0.0)).score()


def test_trials_say_what_joins_gain_and_cost(repairer):
    trial = repairer.trials_[0]
    costs = list_costs(trial, 0.0)
    before, after = score_trial(trial)
    # Gains and costs of the joins add up to what the scores say.
    assert costs["gain"].sum() == pytest.approx(before.split - after.split)
    assert costs["cost"].sum() == pytest.approx(after.merge - before.merge)
    known = repairer.experience_
    made = sum(len(each.agglomeration.threshold) for each in repairer.trials_)
    assert known.count_joins(0.0) == (made, int(known.right.sum()))
    assert known.count_joins(2.0) == (0, 0)


def test_joins_end_where_the_merge_entropy_had_risen_in_trials():
    said = np.array([0.9, 0.9, 0.9, 0.8, 0.7])
    threshold = np.array([0.9, 0.9, 0.8, 0.8, 0.7])
    cost = np.array([0.01, 0.0, 0.02, -0.01, 0.05])
    known = Experience(said, said > 0, said, threshold, cost <= 0.01, cost)
    limits = {rise: known.find_limit(rise) for rise in (0.005, 0.01, 0.02, 0.06, 0.07)}
    assert limits == {0.005: np.inf, 0.01: 0.9, 0.02: 0.8, 0.06: 0.8, 0.07: 0.7}


def test_the_rise_of_trials_is_that_of_their_scores(repairer):
    known = repairer.experience_
    scores = [score_trial(trial) for trial in repairer.trials_]
    rises = [after.merge - before.merge for before, after in scores]
    assert known.cost.sum() == pytest.approx(np.mean(rises))


def test_only_clear_questions_count(repairer):
    sample = repairer.trials_[0].sample
    rows = np.flatnonzero(sample.graph.touching)
    loose, strict = (
        PairRules(fewest_voxels=voxels, fewest_sides=sides, purity=purity)
        for voxels, sides, purity in ((0, 0, 0.0), (100, 5, 0.8))
    )
    assert find_clear(sample, rows, loose).all()
    assert 0 < find_clear(sample, rows, strict).sum() < len(rows)


def test_a_saved_repairer_proposes_exactly_the_same(repairer, other_tissue, tmp_path):
    volume = other_tissue[0]
    repairer.save(tmp_path / "model")
    again = SplitRepairer.load(tmp_path / "model")
    assert (again.plan, again.tissue_) == (repairer.plan, repairer.tissue_)
    for precision in (None, 0.9):
        first, second = (one.repair(volume, "pieces", precision) for one in (repairer, again))
        assert [one.to_json() for one in second] == [one.to_json() for one in first]
    assert again.score(volume, "pieces").equals(repairer.score(volume, "pieces"))


def test_blocks_on_disk_are_mended_as_the_whole(repairer, other_tissue, tmp_path):
    zarr = pytest.importorskip("zarr")
    volume = other_tissue[0]
    image, labels = (
        zarr.create_array(tmp_path / name, data=data, chunks=(16, 16, 16))
        for name, data in (("a", volume.read_image()), ("b", volume.segmentation("pieces")))
    )
    stored = Volume(volume.voxel_size, image, {"pieces": labels})
    found, wanted = (repairer.repair(one, "pieces") for one in (stored, volume))
    assert [one.to_json() for one in found] == [one.to_json() for one in wanted]


def test_a_folder_without_a_repairer_is_refused(repairer, tmp_path):
    with pytest.raises(InputError, match=r"none/repairer.json: no such file"):
        SplitRepairer.load(tmp_path / "none")
    repairer.save(tmp_path / "model")
    with pytest.raises(OutputError, match="the folder exists"):
        repairer.save(tmp_path / "model")


@pytest.mark.parametrize("name", ["lessons.safetensors", "trees-0.safetensors"])
def test_damage_is_named(repairer, tmp_path, name):
    repairer.save(tmp_path / "model")
    path = tmp_path / "model" / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=rf"{name}: not a readable safetensors file"):
        SplitRepairer.load(tmp_path / "model")


def test_settings_that_are_none_are_named(repairer, tmp_path):
    repairer.save(tmp_path / "model")
    path = tmp_path / "model" / "repairer.json"
    record = json.loads(path.read_text())
    record["plan"]["agglomeration"]["step"] = -1.0
    path.write_text(json.dumps(record))
    with pytest.raises(
        InputError, match=r"repairer.json: .*\(agglomeration: value error, plan: expected 0 < stop"
    ):
        SplitRepairer.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"rules": PairRules(fewest_voxels=1_000_000)},
            "not stated: expected touching objects whose answer is clear in trials, found none. "
            "Lower rules.fewest_voxels, rules.fewest_sides or rules.purity, or bring more tissue.",
        ),
        (
            # One tree that counts for a sixteenth makes nothing likely.
            {"pairs": PairPlan(voxels=20, trees=1), "agglomeration": AgglomerationPlan(0.99, 0.98)},
            "not stated: expected joins in 383 trial contacts, found none that is likely. Train "
            "more trees (mending.trees), or bring more tissue with split objects.",
        ),
    ],
)
def test_trials_that_teach_nothing_are_named(tissue, settings, message):
    plan = replace(PLAN, guidance=GuidancePlan(rounds=0), **settings)
    with pytest.raises(InputError) as caught:
        SplitRepairer(plan).fit(tissue[0], "pieces", "truth", Halves(0, 36, 2), SeedTree(0))
    assert str(caught.value) == message


def test_a_half_that_nobody_has_traced_is_named(tissue):
    truth = tissue[0].segmentation("truth").copy()
    truth[18:] = 0
    half_known = tissue[0].with_segmentation("truth", truth)
    with pytest.raises(InputError) as caught:
        SplitRepairer(PLAN).fit(half_known, "pieces", "truth", Halves(0, 36, 2), SeedTree(0))
    assert str(caught.value) == (
        "pairs: expected contacts within a body and between bodies to learn from, found 0 and 0. "
        "Train where more of the truth is known, on a larger region, or on a segmentation with "
        "more objects."
    )
