"""Questions about gaps: the right continuation, distractors alike to it, parts that are apart."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.proofreading import Item
from neuropil.proofreading.tasks.gaps import (
    GapPlan,
    GapQuestion,
    ask_gap_questions,
    find_gap_questions,
)

SMALL = GapPlan(sections=(3, 5), bases=12, planes=3, half_width=800.0)


@pytest.fixture(scope="module")
def questions(straight: Volume) -> list[GapQuestion]:
    return find_gap_questions(straight, SeedTree(0), SMALL)


@pytest.fixture(scope="module")
def items(questions: list[GapQuestion], straight: Volume) -> list[Item]:
    return ask_gap_questions(questions, straight, SeedTree(0), SMALL.half_width)


def test_every_half_and_gap_has_as_many_questions_as_planned(
    questions: list[GapQuestion],
) -> None:
    found = Counter((question.part, question.far - question.near) for question in questions)
    assert found == {("test", 3): 12, ("test", 5): 12, ("train", 3): 12, ("train", 5): 12}


def test_the_base_ends_at_the_gap_and_goes_on_beyond_it(
    questions: list[GapQuestion], straight: Volume
) -> None:
    labels = straight.segmentation()
    for question in questions:
        assert (labels[question.near - 1] == question.base).any()
        for label in (question.base, *question.distractors):
            assert (labels[question.far] == label).any()
        assert question.base not in question.distractors


def test_distractors_lie_near_the_base_or_its_continuation(
    questions: list[GapQuestion], straight: Volume
) -> None:
    labels = straight.segmentation()
    for question in questions:
        own = np.argwhere(labels[question.near - 1] == question.base)
        other = np.argwhere(labels[question.far] == question.distractors[0])
        apart = np.linalg.norm(own[:, None] - other, axis=2).min() * 32
        assert apart <= SMALL.lateral


def test_parts_lie_in_different_halves_and_share_no_label(
    questions: list[GapQuestion], straight: Volume
) -> None:
    shown = {"train": set[int](), "test": set[int]()}
    for question in questions:
        shown[question.part] |= question.labels
        middle = straight.shape[0] // 2
        inside = (middle, 2 * middle) if question.part == "test" else (0, middle)
        assert inside[0] + SMALL.margin <= question.near
        assert question.far <= inside[1] - SMALL.margin
    assert not shown["train"] & shown["test"]


def test_labels_of_tests_are_left_out_of_training_where_objects_cross_both_halves() -> None:
    y, x = np.indices((60, 60)) // 10
    through = np.broadcast_to(y * 6 + x + 1, (100, 60, 60)).astype(np.uint16)
    volume = Volume((40.0, 32.0, 32.0), segmentations={"columns": through})
    plan = GapPlan(sections=(3,), bases=6, planes=1, half_width=800.0, margin=10)
    questions = find_gap_questions(volume, SeedTree(3), plan)
    parts = {
        part: set[int]().union(*(one.labels for one in questions if one.part == part))
        for part in ("train", "test")
    }
    assert parts["test"]
    assert not parts["train"] & parts["test"]


def test_the_continuation_is_as_often_larger_as_smaller(questions: list[GapQuestion]) -> None:
    for gap in SMALL.sections:
        sizes = [q.outlines for q in questions if q.part == "test" and q.far - q.near == gap]
        larger = sum(own[0] > other[0] for _, own, other in sizes)
        equal = sum(own[0] == other[0] for _, own, other in sizes)
        assert abs(2 * larger + equal - len(sizes)) <= 2


def test_the_other_half_can_be_the_test(straight: Volume) -> None:
    swapped = find_gap_questions(straight, SeedTree(0), SMALL, test_half="lower")
    assert {q.part for q in swapped if q.far <= 50} == {"test"}
    assert {q.part for q in swapped if q.near >= 50} == {"train"}


def test_a_continuation_out_of_reach_is_no_question() -> None:
    near, far = np.zeros((80, 80), np.uint16), np.zeros((80, 80), np.uint16)
    near[5:15, 5:15], near[18:28, 5:15] = 1, 2
    # 41 pixels of 32 nm away, which is more than 1,024 nm.
    far[5:15, 55:65], far[18:28, 55:65] = 1, 2
    half = np.concatenate([np.repeat(near[None], 12, axis=0), np.repeat(far[None], 17, axis=0)])
    volume = Volume((40.0, 32.0, 32.0), segmentations={"jump": np.concatenate([half, half])})
    plan = GapPlan(sections=(5,), bases=2, planes=1, margin=12, smallest=0.001)
    assert find_gap_questions(volume, SeedTree(0), plan) == []
    reaching = GapPlan(sections=(5,), bases=2, planes=1, margin=12, smallest=0.001, reach=1400.0)
    assert len(find_gap_questions(volume, SeedTree(0), reaching)) == 2


def test_items_have_a_right_answer_and_both_forms(
    items: list[Item], questions: list[GapQuestion]
) -> None:
    forms = Counter((item.task, item.answer) for item in items if item.task.endswith("binary"))
    n = len(questions)
    assert forms == {("split-error-binary", "1"): n, ("split-error-binary", "-1"): n}
    choices = [item for item in items if item.task == "split-error-choice"]
    assert len(choices) == n
    for item in choices:
        right = item.shown[int(item.answer)]
        assert right.labels == item.shown[0].labels
        assert len(item.shown) == 3
    assert 0.25 < np.mean([item.answer == "1" for item in choices]) < 0.75


def test_pieces_lie_on_their_side_of_the_gap(items: list[Item], straight: Volume) -> None:
    for item in items:
        base, *options = item.shown
        assert base.sections is not None
        for option in options:
            assert option.sections is not None
            assert option.sections[0] - base.sections[1] == item.facts["missing_sections"]
            assert option.sections[1] == straight.shape[0]
        voxels = np.prod([800 / edge for edge in straight.voxel_size]) * 8
        assert all(0 < size < voxels for size in item.facts["voxels"])


def test_ids_depend_on_the_seed_alone(
    straight: Volume, items: list[Item], questions: list[GapQuestion]
) -> None:
    again = ask_gap_questions(
        find_gap_questions(straight, SeedTree(0), SMALL), straight, SeedTree(0), SMALL.half_width
    )
    assert [item.id for item in again] == [item.id for item in items]
    assert len({item.id for item in items}) == len(items)
    other = find_gap_questions(straight, SeedTree(1), SMALL)
    assert {q.near for q in other} != {q.near for q in questions}


def test_three_options_give_every_rank_by_size(straight: Volume) -> None:
    plan = GapPlan(sections=(3,), bases=12, planes=3, options=3, half_width=800.0)
    questions = find_gap_questions(straight, SeedTree(0), plan)
    assert {len(question.distractors) for question in questions} == {2}
    ranks = Counter(sum(size[0] < q.outlines[1][0] for size in q.outlines[2:]) for q in questions)
    assert set(ranks) == {0, 1, 2}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sections": ()}, "expected gaps, bases and planes of at least 1"),
        ({"options": 1}, "expected at least 2 options, found 1"),
    ],
)
def test_plans_without_questions_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        GapPlan(**settings)


def test_a_flat_volume_is_refused() -> None:
    volume = Volume((40.0, 32.0, 32.0), segmentations={"a": np.ones((40, 8, 8), np.uint8)})
    expected = "expected halves of at least 37 sections for a gap of 3, found 20"
    with pytest.raises(InputError, match=re.escape(expected)):
        find_gap_questions(volume, SeedTree(0))


def test_mouse_cortex_gives_hundreds_of_questions(real_data: Path) -> None:
    path = real_data / "em/pinky40/pinky40_seg_256x256x512_32x32x40nm_uint16.npz"
    if not path.exists():
        pytest.skip("no segmentation of mouse cortex in the mirror")
    with np.load(path) as file:
        labels = file["seg"].transpose(2, 1, 0)
    volume = Volume((40.0, 32.0, 32.0), segmentations={"automatic": labels})
    plan = GapPlan(sections=(8,), bases=6, planes=2)
    questions = find_gap_questions(volume, SeedTree(0), plan)
    assert Counter(question.part for question in questions) == {"test": 6, "train": 6}
    for question in questions:
        own, other = np.log(question.outlines[1]), np.log(question.outlines[2])
        assert np.abs(own - other).sum() <= 1.0
