"""Views show what lies where, at the stated scale, and the same pixels everywhere."""

import hashlib

import numpy as np
import pytest

from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.meshes import mesh_mask
from neuropil.proofreading.rendering.views import BLUE, ORANGE, VIEWS, draw_view

BOX = Box((500.0, 500.0, 500.0), 500.0)
SIZE = 200


def _draw(region, view, colour=BLUE):
    mask = np.zeros((50, 50, 50), dtype=bool)
    mask[region] = True
    return draw_view([mesh_mask(mask, (20.0, 20.0, 20.0))], [colour], BOX, VIEWS[view], SIZE)


def _extent(picture):
    """First and last row and column that show something."""
    shown = (picture != 255).any(axis=2)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    return [int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1]


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_block_spans_as_many_pixels_as_its_nanometres_say(view):
    block = _draw(np.s_[10:30, 10:30, 10:30], view)
    top, bottom, left, right = _extent(block)
    # 400 of 1,000 nm on 200 pixels.
    assert abs(bottom - top - 80) <= 2
    assert abs(right - left - 80) <= 2


# A block in the corner of low z, y and x: z and y grow upwards, x to the right, and the front view
# looks along x, so that y grows to the left.
@pytest.mark.parametrize(
    ("view", "row", "column"), [("front", 160, 160), ("side", 160, 40), ("top", 160, 40)]
)
def test_views_are_turned_and_not_mirrored(view, row, column):
    top, bottom, left, right = _extent(_draw(np.s_[5:15, 5:15, 5:15], view))
    assert [(top + bottom) / 2, (left + right) / 2] == pytest.approx([row, column], abs=1)


# The front is at low x, the side at low y, the top at high z.
@pytest.mark.parametrize(
    ("view", "nearer", "farther"),
    [
        ("front", np.s_[20:30, 20:30, 5:10], np.s_[15:35, 15:35, 30:35]),
        ("side", np.s_[20:30, 5:10, 20:30], np.s_[15:35, 30:35, 15:35]),
        ("top", np.s_[40:45, 20:30, 20:30], np.s_[10:15, 15:35, 15:35]),
    ],
)
def test_the_nearer_object_hides_the_other(view, nearer, farther):
    masks = np.zeros((2, 50, 50, 50), dtype=bool)
    masks[0][farther] = True
    masks[1][nearer] = True
    meshes = [mesh_mask(mask, (20.0, 20.0, 20.0)) for mask in masks]
    picture = draw_view(meshes, [BLUE, ORANGE], BOX, VIEWS[view], SIZE).astype(int)
    assert picture[100, 100, 0] > picture[100, 100, 2]
    assert picture[70, 100, 0] < picture[70, 100, 2]


def test_background_is_white_and_colours_keep_their_order():
    picture = _draw(np.s_[10:30, 10:30, 10:30], "top", ORANGE)
    assert (picture[0, 0] == 255).all()
    red, green, blue = picture[120, 80].tolist()
    assert red > green > blue


# Pixels of a bent shape from three sides: a change of a single one is a change of what models see.
GOLDEN = {"front": "0d96d6022f47c643", "side": "11aad8edf25319a0", "top": "fd496d77eacd3e35"}


@pytest.mark.parametrize("view", list(VIEWS))
def test_pixels_are_those_that_were_looked_at(view):
    z, y, x = np.indices((50, 50, 50))
    bent = (z - 10 - (x - 25) ** 2 // 20) ** 2 + (y - 25) ** 2 < 36
    candidate = (z - 40) ** 2 + (y - 25) ** 2 + (x - 25) ** 2 < 90
    meshes = [mesh_mask(mask, (20.0, 20.0, 20.0)) for mask in (bent, candidate)]
    picture = draw_view(meshes, [BLUE, ORANGE], BOX, VIEWS[view], SIZE)
    assert hashlib.sha256(picture.tobytes()).hexdigest()[:16] == GOLDEN[view]
