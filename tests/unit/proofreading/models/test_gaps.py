"""The scorer finds tubes again beyond a gap, where the nearest profile is another tube."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, OutputError, SeedTree
from neuropil.proofreading import Item, Piece
from neuropil.proofreading.models.gap_calibration import DepthCalibration
from neuropil.proofreading.models.gap_faces import Face
from neuropil.proofreading.models.gap_items import list_test_labels, locate_gap
from neuropil.proofreading.models.gap_nulls import GapNull
from neuropil.proofreading.models.gap_pairs import Gap, describe_pairs, list_pairs, overlap_pairs
from neuropil.proofreading.models.gap_results import measure_calibration_error, tabulate_gap_scores
from neuropil.proofreading.models.gap_rivals import assign_softly, describe_rivals
from neuropil.proofreading.models.gap_training import Case, choose_fold, judge
from neuropil.proofreading.models.gaps import GapScorer, GapTraining
from neuropil.proofreading.tasks.gaps import GapPlan, ask_gap_questions, find_gap_questions

PLAN = GapPlan(sections=(12,), bases=24, planes=3, half_width=800.0)
QUICK = GapTraining(sections=(12,), spacing=3, easy=1.0, trees=12)


@pytest.fixture(scope="module")
def items(tilted: Volume) -> list[Item]:
    questions = find_gap_questions(tilted, SeedTree(0), PLAN)
    return ask_gap_questions(questions, tilted, SeedTree(0), PLAN.half_width)


@pytest.fixture(scope="module")
def tests(items: list[Item]) -> list[Item]:
    return [item for item in items if item.part == "test"]


@pytest.fixture(scope="module")
def scorer(tilted: Volume, items: list[Item]) -> GapScorer:
    return GapScorer(QUICK).fit(tilted, items, SeedTree(0))


def _list_labels(items: list[Item]) -> set[int]:
    return {label for item in items for piece in item.shown for label in piece.labels}


def _read_accuracy(items: list[Item], chances: list[np.ndarray], task: str) -> float:
    table = tabulate_gap_scores(items, chances, SeedTree(0))
    rows = table.filter((table["task"] == task) & (table["missing_sections"] == 0))
    return float(rows["accuracy"][0])


def test_the_scorer_finds_tubes_again_and_simple_rules_do_not(
    scorer: GapScorer, tilted: Volume, items: list[Item], tests: list[Item]
) -> None:
    chances = scorer.predict_proba(tilted, tests)
    choice, binary = "split-error-choice", "split-error-binary"
    assert _read_accuracy(tests, chances, choice) > 0.95
    assert _read_accuracy(tests, chances, binary) > 0.9
    # Each tube stands where another stood before, so that these rules are mostly wrong.
    for rule in ("nearest centroid", "overlap of faces"):
        null = GapNull(rule).fit(tilted, items).predict_proba(tilted, tests)
        assert _read_accuracy(tests, null, choice) < 0.7


def test_a_draw_is_right_by_chance(tilted: Volume, items: list[Item], tests: list[Item]) -> None:
    null = GapNull("random", random_state=1).fit(tilted, items).predict_proba(tilted, tests)
    # 24 bases: 95 % of draws are right for 7 to 17 of them.
    assert 7 / 24 <= _read_accuracy(tests, null, "split-error-choice") <= 17 / 24


def test_answers_are_those_that_items_allow(
    scorer: GapScorer, tilted: Volume, tests: list[Item]
) -> None:
    answers = scorer.predict(tilted, tests)
    for item, answer, chances in zip(
        tests, answers, scorer.predict_proba(tilted, tests), strict=True
    ):
        if item.task == "split-error-binary":
            assert answer == ("1" if chances[0] >= 0.5 else "-1")
        else:
            assert answer == str(1 + chances.argmax())


def test_no_label_of_the_gap_is_read(scorer: GapScorer, tilted: Volume, tests: list[Item]) -> None:
    labels = tilted.segmentation().copy()
    item = tests[0]
    near, far = locate_gap(item)
    labels[near:far] = 12345
    changed = tilted.with_segmentation("tubes", labels)
    [before] = scorer.predict_proba(tilted, [item])
    [after] = scorer.predict_proba(changed, [item])
    np.testing.assert_array_equal(before, after)


def test_names_of_labels_do_not_matter(
    scorer: GapScorer, tilted: Volume, tests: list[Item]
) -> None:
    item = next(item for item in tests if item.task == "split-error-choice")
    _, far = locate_gap(item)
    labels = tilted.segmentation().copy()
    labels[far:][labels[far:] > 0] += 1000
    renamed = tilted.with_segmentation("tubes", labels)
    base, *options = item.shown
    moved = [Piece((piece.labels[0] + 1000,), piece.sections) for piece in options]
    other = Item(item.task, (base, *moved), item.center, item.half_width, item.answer, "renamed")
    [before], [after] = scorer.predict_proba(tilted, [item]), scorer.predict_proba(renamed, [other])
    np.testing.assert_allclose(before, after, atol=1e-12)


def test_a_folder_brings_back_the_scorer(
    scorer: GapScorer, tilted: Volume, tests: list[Item], tmp_path: Path
) -> None:
    scorer.save(tmp_path / "scorer")
    loaded = GapScorer.load(tmp_path / "scorer")
    np.testing.assert_array_equal(
        np.concatenate(loaded.predict_proba(tilted, tests[:6])),
        np.concatenate(scorer.predict_proba(tilted, tests[:6])),
    )
    with pytest.raises(OutputError, match="the folder exists"):
        scorer.save(tmp_path / "scorer")
    (tmp_path / "scorer" / "round-1-fold-0.safetensors").unlink()
    with pytest.raises(InputError, match="there is no such file"):
        GapScorer.load(tmp_path / "scorer")


def test_a_fit_can_be_repeated(scorer: GapScorer, tilted: Volume, items: list[Item]) -> None:
    again = GapScorer(QUICK).fit(tilted, items, SeedTree(0))
    np.testing.assert_array_equal(again.calibration_.weights, scorer.calibration_.weights)


def test_pairs_of_labels_of_tests_are_not_learned_from(tilted: Volume, items: list[Item]) -> None:
    near, far = locate_gap(items[-1])
    case = Case.read(Gap.read(tilted, near, far))
    own = case.labels[0]
    usable = case.find_usable(own[:1])
    assert not usable[own == own[0]].any()
    assert usable.any()
    assert set(list_test_labels(items)) == _list_labels(
        [item for item in items if item.part == "test"]
    )


def test_labels_are_judged_by_the_model_that_has_not_seen_them(
    scorer: GapScorer, tilted: Volume
) -> None:
    case = Case.read(Gap.read(tilted, 30, 38))
    folds = choose_fold(case.labels[0])
    assert set(folds) == {0, 1}
    held_out = judge(case, scorer.rounds_[:1], held_out=True)
    for fold in (0, 1):
        [model] = [scorer.rounds_[0][fold]]
        expected = model.predict_proba(case.features[folds == fold])[:, 1]
        np.testing.assert_array_equal(held_out[folds == fold], expected)


def test_motion_is_measured_in_nanometres_for_each_nanometre(tilted: Volume) -> None:
    gap = Gap.read(tilted, 30, 38)
    assert gap.depth == 9 * 40.0
    for face in (gap.near, gap.far):
        inner = (np.abs(face.place - 1920) < 1000).all(axis=1)
        # 0.7 pixels of 32 nm for each section of 40 nm; tubes are drawn in whole pixels.
        np.testing.assert_allclose(face.around[inner], 0.7 * 32 / 40, atol=0.03)
        np.testing.assert_allclose(face.motion[3][inner], 0.7 * 32 / 40, atol=0.1)


def test_shifting_by_the_motion_lays_a_tube_on_itself(tilted: Volume) -> None:
    gap = Gap.read(tilted, 30, 38)
    near, far = np.nonzero(gap.near.label[:, None] == gap.far.label)
    inner = (np.abs(gap.near.place[near] - 1920) < 800).all(axis=1)
    pairs = near[inner], far[inner]
    still = overlap_pairs(gap.near, gap.far, pairs, 0 * gap.near.place)
    moved = overlap_pairs(gap.near, gap.far, pairs, gap.depth * gap.near.around)
    assert np.median(still / gap.near.area[pairs[0]]) < 0.1
    assert np.median(moved / gap.near.area[pairs[0]]) > 0.8


def test_features_do_not_depend_on_the_axes(tilted: Volume) -> None:
    turned = Volume(
        tilted.voxel_size,
        segmentations={"turned": tilted.segmentation()[:, ::-1].transpose(0, 2, 1).copy()},
    )
    gap, other = Gap.read(tilted, 30, 38), Gap.read(turned, 30, 38)
    pairs = list_pairs(gap)
    order = {tuple(place): row for row, place in enumerate(np.round(other.near.place))}
    height = tilted.shape[1] * 32
    mirrored = [order[x, height - y] for y, x in np.round(gap.near.place)]
    far_order = {tuple(place): row for row, place in enumerate(np.round(other.far.place))}
    far = [far_order[x, height - y] for y, x in np.round(gap.far.place)]
    same = (np.array(mirrored)[pairs[0]], np.array(far)[pairs[1]])
    one, two = describe_pairs(gap, pairs), describe_pairs(other, same)
    assert np.isfinite(one).all()
    # Shifts are rounded to pixels, halves of which go another way in a mirror.
    assert np.mean(np.abs(one - two) <= 1e-6 * (1 + np.abs(one))) > 0.98


def test_shares_are_those_of_one_to_one_pairs() -> None:
    table = np.array([[0.9, 0.8, 0.0], [0.8, 0.1, 0.0], [0.0, 0.0, 0.01]])
    shares = assign_softly(table)
    assert (shares.sum(axis=0) <= 1).all()
    assert (shares.sum(axis=1) <= 1).all()
    # The second row leaves the first row its second choice.
    assert shares[1, 0] > shares[0, 0]
    assert shares[0, 1] > shares[0, 0]
    assert shares[2, 2] < 0.02


def test_rivals_see_that_a_label_has_found_its_own(tilted: Volume) -> None:
    gap = Gap.read(tilted, 30, 38)
    pairs = list_pairs(gap)
    right = gap.near.label[pairs[0]] == gap.far.label[pairs[1]]
    standing = describe_rivals(gap, pairs, np.where(right, 0.9, 0.2))
    assert np.isfinite(standing).all()
    # Second and third: ranks in the row and in the column.
    assert (standing[right, 1:3] == 0).all()
    assert (standing[~right, 1:3] > 0).any(axis=1).mean() > 0.9


def test_items_that_are_not_cut_at_a_gap_are_refused(tilted: Volume) -> None:
    item = Item("split-error-binary", (Piece((1,)), Piece((2,))), (0, 0, 0), 10.0, "1", "nowhere")
    with pytest.raises(InputError, match="expected a base that ends before a gap"):
        locate_gap(item)
    with pytest.raises(InputError, match="sections of 0 to 109 on both sides, found sections 105"):
        Gap.read(tilted, 105, 110)


def test_training_without_items_is_refused(tilted: Volume, tests: list[Item]) -> None:
    with pytest.raises(InputError, match="both answers for training, found 0 items"):
        GapScorer(QUICK).fit(tilted, tests, SeedTree(0))
    with pytest.raises(ConfigError, match="expected numbers of at least 1"):
        GapTraining(rounds=0)
    with pytest.raises(ConfigError, match="expected one of nearest centroid"):
        GapNull("nearest").fit(tilted, tests)


def test_a_face_without_history_moves_with_its_neighbours(tilted: Volume) -> None:
    labels = tilted.segmentation()[:30].copy()
    # One tube begins on the last section only.
    [label] = set(labels[29, 60:61, 60:61].ravel()) or {0}
    labels[:29][labels[:29] == label] = 0
    volume = Volume(tilted.voxel_size, segmentations={"late": np.concatenate([labels, labels])})
    face = Gap.read(volume, 30, 33).near
    assert isinstance(face, Face)
    [row] = np.flatnonzero(face.label == label)
    np.testing.assert_array_equal(face.motion[:, row], np.repeat(face.around[None, row], 4, axis=0))
    assert face.history[row, 0] == 1


def test_scores_are_tabulated_by_gap_and_balanced(tests: list[Item]) -> None:
    always = [np.ones(len(item.shown) - 1) for item in tests]
    table = tabulate_gap_scores(tests, always, SeedTree(0))
    assert table["accuracy"].to_list() == [0.5] * 4
    assert table["missing_sections"].to_list() == [12, 0, 12, 0]
    assert table["bases"].to_list() == [24] * 4
    right = [
        np.array([float(item.answer == "1")])
        if item.task == "split-error-binary"
        else np.eye(2)[int(item.answer) - 1]
        for item in tests
    ]
    assert tabulate_gap_scores(tests, right, SeedTree(0))["low"].to_list() == [1.0] * 4
    with pytest.raises(InputError, match="expected 1 probabilities, found 3"):
        tabulate_gap_scores(tests[:1], [np.ones(3)], SeedTree(0))


def test_a_score_never_counts_against_itself() -> None:
    scores = np.linspace(-1, 1, 40)
    curve = DepthCalibration.fit(scores, np.repeat([0.2, 0.4], 20), scores < 0)
    chances = curve.apply(np.array([-1.0, 1.0]), 0.3)
    assert chances[1] > chances[0]
    assert chances[1] - chances[0] < 1e-5


def test_the_calibration_error_of_shares_is_none() -> None:
    chances = np.repeat([0.1, 0.5, 0.9], 100)
    right = np.concatenate([np.arange(100) < n for n in (10, 50, 90)])
    assert measure_calibration_error(chances, right) == pytest.approx(0.0, abs=1e-12)
    assert measure_calibration_error(np.ones(10), np.zeros(10, bool)) == 1.0
