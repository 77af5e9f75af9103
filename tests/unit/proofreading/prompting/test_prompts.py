"""Prompts state what is drawn, in three amounts of help."""

import re

import numpy as np
import pytest

from neuropil.proofreading import Piece
from neuropil.proofreading.prompting.prompts import PROMPT_MODES, ask, write_prompt
from neuropil.proofreading.rendering.pictures import Studio

ITEMS = [
    ("segment-type", (1,), np.inf),
    ("split-error-binary", (1, 2), 600.0),
    ("split-error-choice", (1, 2, 3), 750.0),
    ("merge-error-binary", (1,), 900.0),
    ("merge-error-choice", (1, 2), 1000.0),
]


def _stated_edge(text):
    return float(re.search(r"a cube of tissue with an edge of (\d+) nm", text)[1])


@pytest.mark.parametrize("mode", PROMPT_MODES)
@pytest.mark.parametrize(("task", "labels", "half_width"), ITEMS)
def test_the_stated_box_is_the_one_that_is_drawn(block, make_item, task, labels, half_width, mode):
    size = 400
    item = make_item(task, *labels, half_width=half_width, center=(880.0, 880.0, 600.0))
    pictures = Studio(block, size=size).take(item)
    edge = _stated_edge(write_prompt(pictures, mode))
    if np.isfinite(half_width):
        assert edge == 2 * half_width
    # Bar 1 is 160 nm high and 800 nm long; what is seen of it from the side says how many
    # nanometres the picture really spans.
    side = next(one for one in pictures.views if one.label.endswith("side"))
    blue = (side.pixels[:, :, 2] > side.pixels[:, :, 0]).any(axis=0).sum()
    assert blue / size * edge == pytest.approx(800, rel=0.02)


def test_a_segment_has_its_own_edges_in_the_text(block, make_item):
    item = make_item("segment-type", 1, half_width=np.inf)
    text = write_prompt(Studio(block, size=16).take(item), "null")
    assert "measures 800 nm along x, 160 nm along y and 160 nm along z" in text


@pytest.mark.parametrize(("task", "labels", "half_width"), ITEMS)
def test_help_grows_with_the_mode(block, make_item, task, labels, half_width):
    pictures = Studio(block, size=16).take(make_item(task, *labels, half_width=half_width))
    null, description, heuristics = (write_prompt(pictures, mode) for mode in PROMPT_MODES)
    assert len(null) < len(description)
    assert ("8. " in heuristics) == task.startswith("split-error")
    for text in (null, description, heuristics):
        assert "<analysis>your reasons</analysis><answer>" in text
        assert "{" not in text


def test_the_end_of_the_data_and_missing_sections_are_stated(block, make_item):
    whole = make_item("split-error-binary", 1, 3, half_width=600.0)
    beyond = make_item("split-error-binary", 1, 3, half_width=1000.0)
    texts = [write_prompt(Studio(block, size=16).take(item)) for item in (whole, beyond)]
    assert "data end" not in texts[0]
    assert "The data end inside the cube along y and z;" in texts[1]
    cut = make_item("split-error-binary", 1)
    cut = type(cut)(**{**vars(cut), "shown": (Piece((1,)), Piece((3,), (26, 40)))})
    assert "Some sections are missing" in write_prompt(Studio(block, size=16).take(cut))


def test_messages_hold_labelled_pictures_before_the_question(block, make_item):
    studio = Studio(block, size=16, with_slices=True, slice_size=16)
    system, user = ask(studio.take(make_item("split-error-binary", 1, 2)), "null")
    assert "the brain of a mouse" in system.text
    assert [image.label for image in user.images] == [
        "front",
        "side",
        "top",
        "xy slice",
        "xz slice",
        "yz slice",
    ]
    assert all(image.png.startswith(b"\x89PNG") for image in user.images)
    assert "each is 2500 nm wide" in user.text


def test_no_prompt_tells_the_answer(block, make_item):
    texts = {
        write_prompt(Studio(block, size=16).take(make_item("split-error-binary", 1, 2, answer=one)))
        for one in ("1", "-1")
    }
    assert len(texts) == 1
