"""Parts lie apart and share no object."""

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading import Item, Piece
from neuropil.proofreading.tasks.parts import assign_parts, cut_into_cubes, cut_into_halves


def _item(z, *labels, origin="made"):
    shown = tuple(Piece((label,)) for label in labels)
    return Item("split-error-binary", shown, (z, 50.0, 50.0), 100.0, "1", origin)


HALVES = cut_into_halves(border=500, margin=50)


def test_items_go_to_the_side_of_their_middle():
    items = [_item(z, z) for z in (100, 440, 460, 540, 560, 900)]
    parts = {item.center[0]: item.part for item in assign_parts(items, HALVES)}
    assert parts == {100: "train", 440: "train", 560: "test", 900: "test"}


def test_training_items_that_show_an_object_of_the_test_are_dropped():
    items = [_item(100, 1, 2), _item(200, 3, 4), _item(800, 2, 5), _item(300, 5, 6)]
    assert [item.shown[0].labels[0] for item in assign_parts(items, HALVES)] == [3, 2]


def test_equal_numbers_of_two_sources_are_two_objects():
    items = [_item(100, 1), _item(800, 1, origin="other")]
    assert [item.part for item in assign_parts(items, HALVES)] == ["train", "test"]


def test_objects_shown_in_two_parts_are_dropped():
    shown = (Piece((1,), center=(100.0, 0.0, 0.0)), Piece((2,), center=(900.0, 0.0, 0.0)))
    across = Item("merge-error-choice", shown, (100.0, 0.0, 0.0), 100.0, "1", "made")
    assert across not in assign_parts([across, _item(100, 3), _item(900, 4)], HALVES)


def test_the_test_side_and_the_axis_can_be_chosen():
    side = cut_into_halves(border=500, margin=10, axis="x", test_is_high=False)
    assert [side((0, 0, x)) for x in (100, 495, 900)] == ["test", None, "train"]


def test_cubes_share_out_space_and_repeat():
    side = cut_into_cubes(edge=100, margin=5, seed=SeedTree(0))
    rng = np.random.default_rng(0)
    places = [tuple(place) for place in rng.uniform(0, 3000, (4000, 3))]
    parts = [side(place) for place in places]
    known = [part for part in parts if part]
    # (90 / 100) ** 3 of space lies within no margin.
    assert len(known) / len(parts) == pytest.approx(0.729, abs=0.03)
    assert known.count("train") / len(known) == pytest.approx(0.8, abs=0.03)
    assert known.count("validation") / len(known) == pytest.approx(0.1, abs=0.03)
    again = cut_into_cubes(edge=100, margin=5, seed=SeedTree(0))
    assert parts == [again(place) for place in places]
    assert side((10, 10, 10)) == side((90, 90, 90))


def test_validation_shares_no_object_with_test():
    def side(place):
        return {0: "train", 1: "validation", 2: "test"}[int(place[0] // 100)]

    items = [_item(50, 1), _item(60, 2), _item(150, 2, 3), _item(160, 4), _item(250, 4)]
    kept = [(item.part, item.shown[0].labels[0]) for item in assign_parts(items, side)]
    assert kept == [("train", 1), ("validation", 2), ("test", 4)]


def test_an_empty_part_is_refused():
    with pytest.raises(InputError, match="found none to train of 1 that lie in one"):
        assign_parts([_item(900, 1)], HALVES)
