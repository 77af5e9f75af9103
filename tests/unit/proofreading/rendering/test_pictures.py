"""Boxes follow the rules, and each task gets its pictures in order."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading import Item, Piece
from neuropil.proofreading.rendering.boxes import Box, find_boxes
from neuropil.proofreading.rendering.pictures import Studio

FRONT = ["front", "side", "top"]


@pytest.mark.parametrize(
    ("task", "labels", "options"),
    [
        ("segment-type", (1,), [""]),
        ("split-error-binary", (1, 2), [""]),
        ("split-error-choice", (1, 2, 3), ["option 1, ", "option 2, "]),
        ("merge-error-binary", (1,), [""]),
        ("merge-error-choice", (1, 2), ["option 1, ", "option 2, "]),
    ],
)
def test_each_option_is_seen_from_three_sides(block, make_item, task, labels, options):
    pictures = Studio(block, size=32, with_slices=True, slice_size=32).take(
        make_item(task, *labels)
    )
    assert [one.label for one in pictures.views] == [o + name for o in options for name in FRONT]
    planes = ["xy slice", "xz slice", "yz slice"]
    assert [one.label for one in pictures.slices] == [o + name for o in options for name in planes]
    assert len(pictures.boxes) == len(options)
    assert {one.pixels.shape for one in pictures.views} == {(32, 32, 3)}
    assert pictures.window == 2500


def test_choices_show_the_base_with_each_candidate(block, make_item):
    studio = Studio(block, size=64)
    choice = studio.take(make_item("split-error-choice", 1, 2, 3))
    alone = studio.take(make_item("split-error-binary", 1, 3))
    assert (choice.views[3].pixels == alone.views[0].pixels).all()
    # Segments of merge errors are all blue.
    merges = studio.take(make_item("merge-error-choice", 1, 2)).views
    assert all(one.pixels[:, :, 0].sum() < one.pixels[:, :, 2].sum() for one in merges)


def test_a_whole_segment_fills_a_cube_around_it(block, make_item):
    [box] = find_boxes(make_item("segment-type", 1, half_width=np.inf), block)
    # 4 x 8 x 40 voxels of 40 x 20 x 20 nm.
    assert box.extent == (160.0, 160.0, 800.0)
    assert box.center == (880.0, 880.0, 600.0)
    assert box.half_width == pytest.approx(420)


def test_segments_of_a_choice_are_shown_where_they_lie(block):
    places = [(880.0, 880.0, 600.0), (880.0, 880.0, 1400.0)]
    shown = tuple(Piece((k + 1,), center=place) for k, place in enumerate(places))
    item = Item("merge-error-choice", shown, places[0], 450.0, "1", "bars")
    assert [box.center for box in find_boxes(item, block)] == places
    views = Studio(block, size=64).take(item).views
    # The bars are alike, so each looks the same from its own place.
    for one, two in zip(views[:3], views[3:], strict=True):
        assert (one.pixels == two.pixels).all()


def test_a_box_names_the_axes_along_which_the_data_end(block, make_item):
    item = make_item("merge-error-binary", 1, half_width=900.0)
    [box] = find_boxes(item, block)
    assert box.open_sides == ("y",)


def test_voxels_whose_middles_lie_in_the_box_are_taken(block):
    assert Box((880.0, 880.0, 1000.0), 100.0).region(block) == (
        slice(19, 25),
        slice(39, 49),
        slice(45, 55),
    )


def test_an_object_that_is_not_in_its_box_is_refused(block, make_item):
    with pytest.raises(InputError, match="voxels of every shown object in its box, found none"):
        Studio(block).take(make_item("merge-error-binary", 9))
