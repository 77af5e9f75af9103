"""Whole segments are asked about as a table says what they are."""

import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.tasks.segments import make_segment_items

CLASSES = {1: "processes without soma", 2: "nucleus", 3: "c"}


def test_items_follow_the_table(block):
    items = make_segment_items(block, CLASSES)
    assert [(item.shown[0].labels, item.answer) for item in items] == [
        ((1,), "c"),
        ((2,), "d"),
        ((3,), "c"),
    ]
    assert items[0].center == (880.0, 880.0, 600.0)
    assert {item.half_width for item in items} == {float("inf")}


def test_classes_can_be_balanced(block):
    one = make_segment_items(block, CLASSES, per_class=1, seed=SeedTree(0))
    assert sorted(item.answer for item in one) == ["c", "d"]
    assert one == make_segment_items(block, CLASSES, per_class=1, seed=SeedTree(0))


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({1: "nucleos"}, "expected a kind of segment, found 'nucleos'.*nucleus"),
        ({1: "unsure"}, "expected a kind that can be right, found 'unsure'"),
        ({9: "a"}, "expected voxels of every label, found none of 9"),
    ],
)
def test_tables_that_do_not_fit_are_refused(block, classes, message):
    with pytest.raises(InputError, match=message):
        make_segment_items(block, classes)
