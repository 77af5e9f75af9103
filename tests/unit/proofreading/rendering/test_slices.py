"""Slices show the image in place, outlines around objects, and white where there is none."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading import Piece
from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.slices import draw_slice, window_half_width
from neuropil.proofreading.rendering.views import BLUE, ORANGE

PIECES = [(Piece((1,)), BLUE), (Piece((2,)), ORANGE)]
# The end where bars 1 and 2 meet.
BOX = Box((880.0, 880.0, 1000.0), 400.0)


def test_outlines_lie_around_the_objects(block):
    picture = draw_slice(block, PIECES, BOX, "xy", 400)
    # One pixel is 2 nm: bar 1 ends and bar 2 begins in the middle, from y = 800 to 960.
    assert picture[200, 198].tolist() == list(BLUE)
    assert picture[200, 201].tolist() == list(ORANGE)
    assert picture[162, 100].tolist() == list(BLUE)
    assert picture[157, 100].tolist() == [255, 255, 255]
    # Bright tissue tinted blue, and dark tissue tinted orange.
    red, _, blue = picture[200, 100].tolist()
    assert red < blue
    red, _, blue = picture[200, 300].tolist()
    assert red > blue


def test_z_runs_downwards_in_the_other_planes(block):
    pieces = [(Piece((3,)), ORANGE)]
    orange = np.array(ORANGE)
    for plane in ("xz", "yz"):
        picture = draw_slice(block, pieces, BOX, plane, 400)
        rows = np.flatnonzero((picture == orange).all(axis=2).any(axis=1))
        # Bar 3 begins at z = 960, which is 40 rows below the middle.
        assert rows[0] == 240
        assert rows[-1] == 399


def test_what_lies_beyond_the_volume_is_white(block):
    picture = draw_slice(block, PIECES, Box((880.0, 100.0, 1000.0), 400.0), "xy", 400)
    assert (picture[:150] == 255).all()


def test_windows_are_those_of_the_species():
    assert [window_half_width(name) for name in ("fly", "mouse", "")] == [750, 1250, 1250]


def test_without_an_image_there_is_no_slice(block):
    bare = type(block)(block.voxel_size, None, dict(block.segmentations))
    with pytest.raises(InputError, match="expected an image, found segmentations only"):
        draw_slice(bare, PIECES, BOX, "xy")
