import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.tasks.contacts import generate_merge_items
from neuropil.proofreading.tasks.joins import Joins, MergePlan
from neuropil.proofreading.tasks.matching import audit_sizes
from neuropil.proofreading.tasks.merge_pairs import generate_pairs

SIZE = (40.0, 32.0, 32.0)
PLAN = MergePlan(
    pairs=4, half_width=1000.0, jitter=600.0, margin=0.0, fewest_voxels=2_000, tries=30
)


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """In each half two beams that touch where they cross, and a whole object of their shape."""
    labels = np.zeros((96, 64, 64), np.uint16)
    for half in (0, 1):
        z, name = 48 * half, 10 * half
        labels[z + 6 : z + 14, :, 16:26] = name + 1
        labels[z + 14 : z + 22, 16:26, :] = name + 2
        labels[z + 28 : z + 36, :, 40:50] = name + 3
        labels[z + 36 : z + 44, 40:50, :] = name + 3
    return labels


def test_items_show_the_joined_beams_and_the_whole_object(labels: np.ndarray) -> None:
    items = generate_merge_items(labels, SIZE, SeedTree(0), PLAN, "beams")
    binary = [item for item in items if item.task == "merge-error-binary"]
    choice = [item for item in items if item.task == "merge-error-choice"]
    assert len(binary) == 2 * len(choice) > 0
    for item in binary:
        shown = {label % 10 for label in item.shown[0].labels}
        assert shown == ({1, 2} if item.answer == "1" else {3})
        assert item.facts["contact_um2"] == pytest.approx(0.1024)
    for item in choice:
        assert len(item.shown[int(item.answer) - 1].labels) == 2
        assert len(item.shown[2 - int(item.answer)].labels) == 1


def test_parts_share_no_label_and_have_their_own_half(labels: np.ndarray) -> None:
    items = generate_merge_items(labels, SIZE, SeedTree(0), PLAN, "beams")
    seen: dict[str, set[int]] = {"train": set(), "test": set()}
    for item in items:
        seen[item.part] |= {label for piece in item.shown for label in piece.labels}
        assert (item.center[0] >= 48 * 40) == (item.part == "test")
    assert seen == {"train": {1, 2, 3}, "test": {11, 12, 13}}


def test_boxes_of_the_parts_share_no_voxel_by_default() -> None:
    plan = MergePlan()
    assert plan.margin is None
    thin = np.ones((8, 64, 64), np.uint16)
    with pytest.raises(InputError, match="lower fewest_voxels, half_width or margin"):
        generate_merge_items(thin, SIZE, SeedTree(0), plan)


def test_a_pair_has_one_box_so_that_its_place_tells_nothing(labels: np.ndarray) -> None:
    items = generate_merge_items(labels, SIZE, SeedTree(0), PLAN, "beams")
    for first, second in zip(items[::3], items[1::3], strict=True):
        assert (first.center, first.half_width) == (second.center, second.half_width)
        for name in ("contact_nm", "branch_nm"):
            off = np.abs(np.array(first.center) - first.facts[name])
            # Centers are whole nanometres.
            assert (off <= PLAN.jitter + 1).all()


def test_ids_are_the_same_wherever_items_are_built(labels: np.ndarray) -> None:
    first = generate_merge_items(labels, SIZE, SeedTree(0), PLAN, "beams")
    again = generate_merge_items(labels.copy(), SIZE, SeedTree(0), PLAN, "beams")
    assert [item.id for item in first] == [item.id for item in again]
    assert len({item.id for item in first}) == len(first)
    other = generate_merge_items(labels, SIZE, SeedTree(1), PLAN, "beams")
    assert {item.id for item in other} != {item.id for item in first}


def test_no_contact_and_no_branch_is_used_twice(labels: np.ndarray) -> None:
    joins = Joins.find(labels, SIZE, PLAN)
    pairs = generate_pairs(joins.half(False), PLAN, SeedTree(0))
    assert len({pair.contact.labels for pair in pairs}) == len(pairs)
    assert len({tuple(pair.branch) for pair in pairs}) == len(pairs)


def test_a_straight_object_is_no_partner(labels: np.ndarray) -> None:
    straight = labels.copy()
    for half in (0, 1):
        straight[48 * half + 36 : 48 * half + 44, 40:50, :] = 0
    joins = Joins.find(straight, SIZE, PLAN)
    loose = MergePlan(**{**vars(PLAN), "mismatch": 100.0})
    assert generate_pairs(joins.half(False), loose, SeedTree(0)) == []


def test_the_audit_finds_sizes_that_tell_the_answer_and_no_others() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.normal(size=(300, 2, 6))
    assert max(audit_sizes(sizes[:150], sizes[150:], SeedTree(0)).values()) < 0.56
    sizes[:, 0, 0] += 2
    scores = audit_sizes(sizes[:150], sizes[150:], SeedTree(0))
    assert scores["volume"] > 0.75
    assert scores["extent"] < 0.56
